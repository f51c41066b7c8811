"""Every response is well-formed and valid, whatever is in the data or in a host's template.

That it is, is asserted of each response by the client itself; here is what might be in the way.
"""

import pytest
from django.core.management import call_command
from django.db import connection
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.models import Quarantine
from tests.harvester import OAIClient, dublin_core, payload
from tests.press.factories import ArticleFactory, CollectionFactory, JournalFactory
from tests.press.models import Article

from .clocks import headers
from .conftest import GALLEY
from .copies import NAMESPACE
from .templates import OAI_DC, host_templates, source_of

NS = 'xmlns="https://press.example.org/ns/galley"'


def identifier(article: Article) -> str:
    return f"oai:{NAMESPACE}:article/{article.pk}"


# What is written: what is read.
HOSTILE = {
    "markup": ("<b>Bold</b> & <script>", "<b>Bold</b> & <script>"),
    "entities": ("&amp; &lt; &#0; &nbsp; &unknown;", "&amp; &lt; &#0; &nbsp; &unknown;"),
    "the end of CDATA": ("a ]]> b <![CDATA[ c", "a ]]> b <![CDATA[ c"),
    "a comment": ("<!-- -- --> -->", "<!-- -- --> -->"),
    "a processing instruction": ('<?xml version="1.0"?>', '<?xml version="1.0"?>'),
    "a document type": ('<!DOCTYPE a [<!ENTITY b "c">]>&b;', '<!DOCTYPE a [<!ENTITY b "c">]>&b;'),
    "control characters": ("a\x01\x08\x0b\x0c\x0e\x1f\x7fb", "a\x7fb"),
    "no characters": ("a\ufffe\uffffb", "ab"),
    "a template": ("{{ 7|add:7 }}{% now 'Y' %}", "{{ 7|add:7 }}{% now 'Y' %}"),
    "right to left": ("\u202eאבג\u202c ا", "\u202eאבג\u202c ا"),
    "joined characters": ("👩\u200d🔬 e\u0301 𝄞", "👩\u200d🔬 e\u0301 𝄞"),
    "white space": ("  a\tb\u00a0c\u2028d ", "a\tb\u00a0c\u2028d"),
    "the place of records": ("<!--records-->", "<!--records-->"),
    "quotes": ("\"'`", "\"'`"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text(name: str, articles: list[Article]):
    written, read = HOSTILE[name]
    article = articles[0]
    article.title = written
    article.save()
    article.journal.name = article.journal.publisher = written
    article.journal.save()
    article.tags.create(label=written[:100])
    collection = CollectionFactory(slug="hostile", title=written, description=written)
    article.collections.add(collection)
    record = dublin_core(OAIClient().record(identifier(article)))
    assert record["title"] == [read]
    assert record["publisher"] == [read]
    assert read in record["subject"]
    assert len(OAIClient().records()) == 3
    assert OAIClient().sets()["hostile"].strip() == read.strip()


def test_lone_surrogates(articles: list[Article], monkeypatch):
    """Text that no database stores, but that a host's method may make."""
    from tests.press.oai import ArticleItem

    monkeypatch.setattr(ArticleItem, "citation", lambda self, article: "a\ud800b\udfffc")
    item = oai.default_repository.item_for("press.Article")
    item.__dict__.pop("readers", None)
    try:
        call_command("oai_sync", verbosity=0)
        assert "abc" in dublin_core(OAIClient().record(identifier(articles[0])))["identifier"]
    finally:
        item.__dict__.pop("readers", None)


def test_huge_text(articles: list[Article], settings):
    """A record that is larger than a page may be has a page of its own."""
    settings.OAIPMH = settings.OAIPMH | {"PAGE_BYTES": 100_000}
    articles[1].abstract = "Long & longer. " * 100_000
    articles[1].save()
    pages = list(OAIClient().pages("ListRecords", metadataPrefix="oai_dc"))
    assert sum(len(page.records) for page in pages) == 3
    assert max(len(page.content) for page in pages) > 1_000_000
    assert len(pages) >= 2


def test_many_values(articles: list[Article]):
    for number in range(150):
        articles[0].tags.create(label=f"Tag {number}")
    assert len(dublin_core(OAIClient().record(identifier(articles[0])))["subject"]) == 152


# Stored XML.

STORED = {
    "a prolog": f'\ufeff <?xml version="1.0" encoding="ISO-8859-1"?><article {NS}><title>T</title></article><!-- -->',
    "a document type": f'<!DOCTYPE article SYSTEM "file:///etc/passwd"><article {NS}><title>T</title></article>',
    "CDATA": f"<article {NS}><title><![CDATA[a & b <c>]]></title></article>",
    "forbidden characters": f"<article {NS}><title>a\x0bb</title></article>",
    "a processing instruction": f'<?xml-stylesheet href="a.xsl"?><article {NS}><title>T</title></article>',
    "comments": f"<article {NS}><!-- what --><title>T</title></article>",
    "a prefix": '<g:article xmlns:g="https://press.example.org/ns/galley"><g:title>T</g:title></g:article>',
    "unused namespaces": f'<article {NS} xmlns:x="urn:x"><title>T</title></article>',
}


@pytest.mark.parametrize("name", STORED)
def test_stored_XML_is_disseminated(name: str, articles: list[Article]):
    articles[0].galley_xml = STORED[name]
    articles[0].save()
    assert not Quarantine.objects.exists()
    root = payload(OAIClient().record(identifier(articles[0]), "galley"))
    assert root.tag == "{https://press.example.org/ns/galley}article"
    assert not root.xpath("//processing-instruction()")


ILL_FORMED = {
    "not closed": f"<article {NS}><title>T</title>",
    "no XML": "just words",
    "two roots": f"<article {NS}><title>T</title></article><article {NS}/>",
    "an undeclared entity": f"<article {NS}><title>&nbsp;</title></article>",
    "an undeclared prefix": f"<article {NS}><x:title>T</x:title></article>",
    "another namespace": '<article xmlns="https://example.org/other"><title>T</title></article>',
    "no namespace": "<article><title>T</title></article>",
    "the namespace of the protocol": '<record xmlns="http://www.openarchives.org/OAI/2.0/"/>',
    "an entity of its own": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    f"<article {NS}><title>&b;</title></article>",
    "a billion laughs": '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>'
    f"<article {NS}><title>&c;</title></article>",
}


@pytest.mark.parametrize("name", ILL_FORMED)
def test_ill_formed_XML_is_quarantined(name: str, articles: list[Article]):
    before = len(OAIClient().records("galley"))
    new = ArticleFactory(galley_xml=ILL_FORMED[name])
    pages = b"".join(page.content for page in OAIClient().pages("ListRecords", metadataPrefix="galley"))
    assert b"root:" not in pages
    assert len(OAIClient().records("galley")) == before
    assert len(OAIClient().records("oai_dc")) == 4
    row = Quarantine.objects.get()
    assert (row.object_pk, row.part) == (str(new.pk), "galley")
    assert row.reason
    new.galley_xml = GALLEY.format("repaired")
    new.save()
    assert len(OAIClient().records("galley")) == before + 1
    assert not Quarantine.objects.exists()


# Templates of a host.


#: What "{{ elements }}" says, as a host may write it.
ONE_BY_ONE = (
    "{% for element, values in dc.items %}{% for value in values %}"
    '<dc:{{ element }}{% if value.lang %} xml:lang="{{ value.lang }}"{% endif %}>{{ value }}</dc:{{ element }}>'
    "{% endfor %}{% endfor %}"
)


@pytest.mark.parametrize("elements", ["{{ elements }}", ONE_BY_ONE])
def test_a_template_of_the_host_s(elements: str, articles: list[Article]):
    text = source_of().replace("{{ elements }}", f"<dc:source>The press</dc:source>{elements}")
    with host_templates({OAI_DC: text}):
        call_command("oai_sync", verbosity=0)
        assert dublin_core(OAIClient().record(identifier(articles[0])))["source"] == ["The press"]
    call_command("oai_sync", verbosity=0)
    assert "source" not in dublin_core(OAIClient().record(identifier(articles[0])))


BROKEN = {
    "not closed": lambda text: text.replace("</oai_dc:dc>", ""),
    "another namespace": lambda text: text.replace("/OAI/2.0/oai_dc/", "/OAI/3.0/oai_dc/"),
    "no XML": lambda text: "just words",
    "nothing": lambda text: "",
    "words behind it": lambda text: text.replace("{% endautoescape %}", "{% endautoescape %} and words"),
    "a syntax error": lambda text: text.replace("{% endautoescape %}", ""),
    "an unknown tag": lambda text: "{% unknown %}" + text,
    "an include that is not there": lambda text: '{% include "no/such/template.xml" %}' + text,
    "a failing filter": lambda text: text.replace(
        "{% autoescape on %}", "{% autoescape on %}{{ dc|add:1|slice:object }}{{ object.pk|divisibleby:0 }}"
    ),
    "no escaping": lambda text: text.replace("{{ elements }}", ONE_BY_ONE.replace("{{ value }}", "{{ value|safe }}")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_template_neither_breaks_nor_shortens_a_page(name: str, articles: list[Article]):
    for article in articles:
        article.title = "Words & <words>"
        article.save()
    before = [etree.tostring(record) for record in OAIClient().records()]
    with host_templates({OAI_DC: BROKEN[name](source_of())}):
        call_command("oai_sync", verbosity=0)
        assert [etree.tostring(record) for record in OAIClient().records()] == before
        assert len(OAIClient().records("galley")) == 3
        assert Quarantine.objects.filter(part="oai_dc").count() == 3
        new = ArticleFactory(galley_xml=GALLEY.format("New & broken".replace("&", "&amp;")), title="a < b")
        assert identifier(new) not in headers()
        assert identifier(new) in headers("/oai", "galley")
    call_command("oai_sync", verbosity=0)
    assert not Quarantine.objects.exists()
    assert len(OAIClient().records()) == 4


def test_a_method_that_fails_neither_breaks_nor_shortens_a_page(articles: list[Article], monkeypatch):
    from tests.press import oai as press

    before = [etree.tostring(record) for record in OAIClient().records()]

    def fail(self: object, article: Article) -> str:
        if article.pk == articles[1].pk:
            raise RuntimeError("out of the blue")
        return "A citation"

    item = oai.default_repository.item_for("press.Article")
    monkeypatch.setattr(press.ArticleItem, "citation", fail)
    item.__dict__.pop("readers", None)
    try:
        call_command("oai_sync", verbosity=0)
        records = {record[0][0].text: record for record in OAIClient().records()}
        assert len(records) == 3
        assert etree.tostring(records[identifier(articles[1])]) in before
        assert "A citation" in dublin_core(records[identifier(articles[0])])["identifier"]
        assert "out of the blue" in Quarantine.objects.get().reason
    finally:
        monkeypatch.undo()
        item.__dict__.pop("readers", None)
    call_command("oai_sync", verbosity=0)
    assert not Quarantine.objects.exists()


def test_hostile_sets_are_left_out(articles: list[Article]):
    for code in ("a b", "a:b", "ü", "<a>", "a&b", "../a"):
        JournalFactory(code=code)
    for journal in JournalFactory._meta.model.objects.all():
        ArticleFactory(journal=journal)
    call_command("oai_sync", verbosity=0)
    assert len(OAIClient().records()) == 3 + JournalFactory._meta.model.objects.count()
    OAIClient().sets()


def test_NUL(articles: list[Article]):
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL refuses it")
    articles[0].title = "a\x00b"
    articles[0].save()
    assert dublin_core(OAIClient().record(identifier(articles[0])))["title"] == ["ab"]
