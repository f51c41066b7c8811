"""``jats``: articles as a journal keeps them, put into a namespace and otherwise left alone."""

import os
from pathlib import Path

import pytest
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats import MetadataFormat
from django_oaipmh.formats.jats import JATS
from django_oaipmh.items import Description
from django_oaipmh.metadata import Metadata

from .descriptions import IDENTIFIER

GOLDEN = Path(__file__).parent / "golden"
XLINK, MATH = "http://www.w3.org/1999/xlink", "http://www.w3.org/1998/Math/MathML"


def payload(xml: object, format: type[MetadataFormat] = JATS) -> etree._Element | None:
    root = format().payload(Description(None, IDENTIFIER, Metadata(), xml={format.prefix: xml}))
    return None if root is None else etree.fromstring(markup.embed(root))


def test_an_article():
    """As a journal keeps it, with a document type, entities that are not used, and mixed content; read by eye."""
    root = payload((GOLDEN.parent / "article.xml").read_bytes())
    text = etree.tostring(root, encoding="unicode") + "\n"
    path = GOLDEN / "jats-article.xml"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_nothing_is_changed_but_the_namespace():
    stored = markup.parse((GOLDEN.parent / "article.xml").read_bytes())
    served = payload((GOLDEN.parent / "article.xml").read_bytes())
    pairs = list(zip(stored.iter(etree.Element), served.iter(etree.Element), strict=True))
    for before, after in pairs:
        known = before.tag.startswith("{")
        assert after.tag == (before.tag if known else f"{{{JATS.namespace}}}{before.tag}")
        assert (after.text, after.tail) == (before.text, before.tail)
        assert dict(after.attrib).items() - dict(before.attrib).items() <= {
            (markup.SCHEMA_LOCATION, f"{JATS.namespace} {JATS.schema}")
        }
    assert {etree.QName(after).namespace for _, after in pairs} == {JATS.namespace, MATH}
    assert served.findall(f".//*[@{{{XLINK}}}href]")


def test_what_is_in_the_namespace_already_is_served_so():
    root = payload(f'<j:article xmlns:j="{JATS.namespace}"><j:front/></j:article>')
    assert [one.tag for one in root.iter()] == [f"{{{JATS.namespace}}}{name}" for name in ("article", "front")]


def test_another_namespace_is_refused():
    with pytest.raises(markup.IllFormed, match=r"is of the namespace 'http://jats\.nlm\.nih\.gov'"):
        payload('<article xmlns="http://jats.nlm.nih.gov"/>')


def test_it_does_not_promise_to_be_valid():
    """The schema is for articles without a namespace, which OAI-PMH does not take."""
    assert JATS().comment == "<!-- jats: not meant to be valid against its schema -->"


def test_nothing_is_stored():
    assert payload("") is None
    description = Description(None, IDENTIFIER, Metadata({"title": ["On harvests"]}))
    assert JATS().payload(description) is None
    assert JATS().missing(description) == ["There is no XML stored for jats."]
    assert JATS().only_stored


def test_another_stored_format_in_three_lines():
    class TEI(MetadataFormat):
        prefix = "tei"
        namespace = "http://www.tei-c.org/ns/1.0"
        schema = "https://www.tei-c.org/release/xml/tei/custom/schema/xsd/tei_all.xsd"

    assert payload('<TEI xmlns="http://www.tei-c.org/ns/1.0"/>', TEI).tag == "{http://www.tei-c.org/ns/1.0}TEI"
    with pytest.raises(markup.IllFormed, match="namespace ''"):
        payload("<TEI/>", TEI)
    TEI.adopts = True
    assert payload("<TEI/>", TEI).tag == "{http://www.tei-c.org/ns/1.0}TEI"
