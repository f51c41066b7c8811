"""Several prefixes for one format, formats that will go, and formats that do not validate: what is told of them."""

import datetime
import io

import pytest
from django.core.management import call_command
from django.urls import path
from django.utils import translation
from lxml import etree

import django_oaipmh as oai
from django_oaipmh import checks
from django_oaipmh.models import Record
from django_oaipmh.repository import Repository
from django_oaipmh.testing import synced

from .harvester import OAI, OAIClient, Reply, payload
from .hosts import format_of, hosting
from .press.factories import ArticleFactory, JournalFactory
from .press.models import Article
from .urls import urlpatterns

BRIEF = "tests.press.formats.Brief"
ALIAS = {"format": BRIEF, "prefix": "brief2", "deprecated": "2099-06-30"}
CLIENT = OAIClient("/adhoc/oai")


@pytest.fixture
def offer(settings, db):
    """Offer formats in a repository of articles, in sets by their journal."""

    class Articles(oai.Item):
        queryset = Article.objects.order_by("pk")
        metadata = {"title": "title", "issued": "published_on"}
        sets = [oai.SetsBy("journal", spec="code", name="name")]

    def offered(*formats, **options) -> Repository:
        options = {"FORMATS": list(formats), "PAGE_SIZE": 2, "NAMESPACE": "a.example.org"} | options
        settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": settings.OAIPMH["REPOSITORIES"] | {"adhoc": options}}
        return repository

    with hosting() as repository:
        settings.ROOT_URLCONF = (*urlpatterns, path("adhoc/oai", repository.urls))
        oai.register(Article, repository=repository)(Articles)
        yield offered


def comments(reply: Reply) -> list[str]:
    return [one.text.strip() for one in reply.answer.iter(etree.Comment)]


def name(article: Article) -> str:
    return f"oai:a.example.org:article/{article.pk}"


@pytest.mark.parametrize("formats", [("oai_dc", BRIEF, ALIAS), ("oai_dc", ALIAS, BRIEF), ("oai_dc", ALIAS)])
def test_every_verb_takes_the_alias(offer, formats):
    """The same records under the same conditions, whether the format is offered under its own prefix too or not."""
    repository = offer(*formats)
    one, two = JournalFactory(code="one"), JournalFactory(code="two")
    articles = [ArticleFactory(journal=one if number % 2 else two) for number in range(7)]
    prefixes = ["oai_dc", *(one if isinstance(one, str) else one["prefix"] for one in formats[1:])]
    prefixes = [prefix.replace(BRIEF, "brief") for prefix in prefixes]
    with synced(repository):
        assert CLIENT.get(verb="ListMetadataFormats").prefixes == prefixes
        assert CLIENT.get(verb="ListMetadataFormats", identifier=name(articles[0])).prefixes == prefixes
        lists = {}
        for prefix in prefixes[1:]:
            headers = CLIENT.headers(prefix)
            assert [header.identifier for header in headers] == [name(article) for article in articles]
            pages = list(CLIENT.pages("ListRecords", metadataPrefix=prefix))
            assert len(pages) == 4
            assert pages[0].request.get("metadataPrefix") == prefix
            assert all(page.request.get("resumptionToken") for page in pages[1:])
            assert [record[0][0].text for page in pages for record in page.records] == [name(one) for one in articles]
            lists[prefix] = [etree.tostring(record, method="c14n") for page in pages for record in page.records]
            in_set = [header.identifier for header in CLIENT.headers(prefix, set="one")]
            assert in_set == [name(article) for article in articles if article.journal == one]
            assert CLIENT.get(verb="ListRecords", metadataPrefix=prefix, until="1999-01-01").codes == [
                "noRecordsMatch"
            ]
            reply = CLIENT.get(verb="GetRecord", metadataPrefix=prefix, identifier=name(articles[3]))
            assert payload(reply.records[0]).tag == "{https://press.example.org/ns/brief}brief"
            assert reply.request.get("metadataPrefix") == prefix
        assert len({tuple(records) for records in lists.values()}) == 1
    if BRIEF not in formats:
        assert CLIENT.get(verb="GetRecord", metadataPrefix="brief", identifier=name(articles[3])).codes == [
            "cannotDisseminateFormat"
        ]
        assert CLIENT.get(verb="ListRecords", metadataPrefix="brief").codes == ["cannotDisseminateFormat"]
    assert set(Record.objects.filter(item__repository="adhoc").values_list("prefix", flat=True)) == {"oai_dc", "brief"}


def test_a_token_of_the_alias_ends_with_the_alias(offer):
    repository = offer("oai_dc", BRIEF, ALIAS)
    for _ in range(3):
        ArticleFactory()
    with synced(repository):
        tokens = {
            prefix: CLIENT.get(verb="ListRecords", metadataPrefix=prefix).token_text for prefix in ("brief", "brief2")
        }
        offer("oai_dc", BRIEF)
        found = {
            prefix: CLIENT.get(verb="ListRecords", resumptionToken=token).codes for prefix, token in tokens.items()
        }
        assert found == {"brief": [], "brief2": ["badResumptionToken"]}


def test_a_deletion_is_told_under_every_prefix(offer):
    repository = offer("oai_dc", BRIEF, ALIAS)
    article = ArticleFactory()
    with synced(repository):
        CLIENT.headers()
        article.delete()
        for prefix in ("oai_dc", "brief", "brief2"):
            (header,) = CLIENT.headers(prefix)
            assert header.deleted


def test_an_alias_that_is_added_later_has_all_records_at_once(offer):
    repository = offer("oai_dc", BRIEF)
    ArticleFactory()
    with synced(repository):
        (before,) = CLIENT.headers("brief")
    offer("oai_dc", BRIEF, ALIAS)
    assert CLIENT.headers("brief2") == [before]


# What is told of it


@pytest.mark.parametrize(
    "formats, told",
    [
        (["oai_dc", BRIEF, ALIAS], ["brief2: until 2099-06-30; the same as brief"]),
        (["oai_dc", ALIAS, BRIEF], ["brief2: until 2099-06-30; the same as brief"]),
        (["oai_dc", ALIAS], ["brief2: until 2099-06-30"]),
        (
            ["oai_dc", {"format": BRIEF, "prefix": "a"}, {"format": BRIEF, "prefix": "b"}],
            ["b: the same as a"],
        ),
        (["oai_dc", BRIEF], []),
        (["oai_dc", {"format": BRIEF, "deprecated": datetime.date(2099, 6, 30)}], ["brief: until 2099-06-30"]),
        (["oai_dc", {"format": BRIEF, "prefix": "x--y-"}, BRIEF], ["x- -y-: the same as brief"]),
        (["oai_dc", {"format": BRIEF, "deprecated": "--><b/><!--&"}], ["brief: until - -><b/><!- -&"]),
    ],
)
def test_ListMetadataFormats_tells_it(offer, formats, told):
    repository = offer(*formats)
    article = ArticleFactory()
    with synced(repository):
        for reply in (
            CLIENT.get(verb="ListMetadataFormats"),
            CLIENT.get(verb="ListMetadataFormats", identifier=name(article)),
        ):
            assert comments(reply) == told
            assert len(reply.answer.findall(OAI + "metadataFormat")) == len(formats)


def test_a_format_that_does_not_validate(offer):
    loose = format_of("loose", validates=False, template_name="django_oaipmh/formats/brief.xml")
    repository = offer("oai_dc", loose)
    with synced(repository):
        told = comments(CLIENT.get(verb="ListMetadataFormats"))
    assert told == ["loose: not meant to be valid against its schema"]


def test_it_can_be_translated(offer):
    formats = offer("oai_dc", BRIEF, ALIAS).metadata_formats
    with translation.override("en"):
        assert formats["brief2"].notes == ["until 2099-06-30", "the same as brief"]


def test_oai_inspect_tells_it(offer):
    repository = offer("oai_dc", BRIEF, ALIAS)
    article = ArticleFactory()
    with synced(repository):
        out = io.StringIO()
        call_command("oai_inspect", "press.Article", article.pk, repository="adhoc", stdout=out, no_color=True)
    assert "[brief]\nbrief2: until 2099-06-30; the same as brief\n<metadata>" in out.getvalue()
    assert "[oai_dc]\n<metadata>" in out.getvalue()


# Checks


def messages(repository: Repository) -> list[tuple[str, str]]:
    return [(message.id, message.msg) for message in checks._check_formats(repository)]


def test_good_ones(offer):
    ArticleFactory()
    assert messages(offer("oai_dc", BRIEF, ALIAS, {"format": "oai_dc", "prefix": "dc"})) == []


@pytest.mark.parametrize(
    "day, past", [("2020-06-30", True), (str(datetime.date.today() + datetime.timedelta(2)), False)]
)
def test_W029_a_day_that_is_past(offer, day, past):
    """Nothing is taken away by itself: a harvester is told the truth until somebody decides."""
    repository = offer("oai_dc", BRIEF, ALIAS | {"deprecated": day})
    found = [("oaipmh.W029", f"brief2 was to be offered until {day}, and still is.")] if past else []
    assert messages(repository) == found
    ArticleFactory()
    with synced(repository):
        assert len(CLIENT.headers("brief2")) == 1
        assert comments(CLIENT.get(verb="ListMetadataFormats")) == [f"brief2: until {day}; the same as brief"]


@pytest.mark.parametrize("day", ["soon", "2027-02-30", "30.6.2027", "2027", 2027])
def test_E029_no_date(offer, day):
    message = f"brief2: deprecated is {str(day)!r}; it has to be a date such as 2027-06-30."
    assert messages(offer("oai_dc", BRIEF, ALIAS | {"deprecated": day})) == [("oaipmh.E029", message)]


@pytest.mark.parametrize(
    "entry, id, words",
    [
        (ALIAS | {"until": "2027-06-30"}, "E011", "until is not known there. There are: format, prefix, deprecated."),
        (ALIAS | {"prefix": "a b"}, "E015", "Its prefix is 'a b'."),
        (ALIAS | {"prefix": "brief"}, "E013", "have the same prefix"),
        (ALIAS | {"prefix": "BRIEF"}, "E013", "have the same prefix"),
        (ALIAS | {"prefix": "oai_dc"}, "E013", "have the same prefix"),
        ({"prefix": "a"}, "E011", "None is no MetadataFormat class"),
        ({"format": "nonsense", "prefix": "a"}, "E011", "there is no format 'nonsense'"),
        ({"format": [BRIEF], "prefix": "a"}, "E011", "is no format"),
        ({1: 2, "format": BRIEF}, "E011", "is no format"),
        ({1: 2}, "E011", "1 is not known there"),
        ([BRIEF], "E011", "is no format"),
        (("a", "b"), "E011", "is no format"),
        (("format", BRIEF), "E011", "is no format"),
        (None, "E011", "None is no MetadataFormat class"),
    ],
)
def test_wrong_entries(offer, entry, id, words):
    repository = offer("oai_dc", BRIEF, entry)
    ((found, message),) = messages(repository)
    assert found == f"oaipmh.{id}"
    assert words in message
    if id == "E011":
        assert message.startswith("OAIPMH['REPOSITORIES']['adhoc']['FORMATS']: ")


BROKEN = {
    "broken_import": ("import nowhere.at_all", "ModuleNotFoundError: No module named 'nowhere'"),
    "broken_syntax": ("class :", "SyntaxError: invalid syntax"),
    "broken_name": ("nonsense", "NameError: name 'nonsense' is not defined"),
    "broken_format": ("", 'Module "broken_format" does not define a "F" attribute/class'),
}


@pytest.mark.parametrize("module", BROKEN)
def test_E011_says_what_is_wrong_with_a_module(offer, tmp_path, monkeypatch, module):
    text, words = BROKEN[module]
    (tmp_path / f"{module}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    ((id, message),) = messages(offer("oai_dc", f"{module}.F"))
    assert id == "oaipmh.E011"
    assert f"there is no format '{module}.F' ({words}" in message.replace("(ImportError: ", "(")


def test_messages_name_the_place(settings, offer):
    repository = offer("nonsense")
    assert messages(repository)[0][1].startswith("OAIPMH['REPOSITORIES']['adhoc']['FORMATS']: ")
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": {}, "FORMATS": ["nonsense"]}
    assert repository.place_of("FORMATS") == "AdHocRepository.formats"
    assert oai.default_repository.place_of("FORMATS") == "OAIPMH['FORMATS']"
    assert messages(oai.default_repository)[0][1].startswith("OAIPMH['FORMATS']: ")
    repository.__class__ = type("Plain", (Repository,), {})
    assert repository.place_of("FORMATS") == "OAIPMH['FORMATS']"
    assert messages(repository)[0][1].startswith("OAIPMH['FORMATS']: ")
