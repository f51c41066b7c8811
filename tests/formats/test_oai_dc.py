"""The format ``oai_dc``: what it tells by a URI, and which date comes first."""

import pytest

from django_oaipmh.formats.oai_dc import OAIDublinCore
from django_oaipmh.metadata import Concept, Identifier, Organisation, Text

from .descriptions import describe

DC = "{http://purl.org/dc/elements/1.1/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
OPEN = "http://purl.org/coar/access_right/c_abf2"


def told(element: str, metadata: dict) -> list[tuple[str, str]]:
    """The texts and languages of an element."""
    root = OAIDublinCore().payload(describe(metadata))
    return [(one.text, one.get(XML_LANG, "")) for one in root.iter(DC + element)]


def texts(element: str, metadata: dict) -> list[str]:
    return [text for text, _ in told(element, metadata)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Identifier("10.5555/1", "doi"), "https://doi.org/10.5555/1"),
        (Identifier("doi:10.5555/a<b"), "https://doi.org/10.5555/a%3Cb"),
        (Identifier("11222/333", "handle"), "https://hdl.handle.net/11222/333"),
        (Identifier("ark:/12345/x"), "https://n2t.net/ark:/12345/x"),
        (Identifier("1207.7214", "arxiv"), "https://arxiv.org/abs/1207.7214"),
        (Identifier("0000-0002-1825-0097", "orcid"), "https://orcid.org/0000-0002-1825-0097"),
        (Identifier("https://a.example/1", "catalogue"), "https://a.example/1"),
        (Identifier("978-3-16-148410-0", "isbn"), "978-3-16-148410-0"),
        (Identifier("urn:nbn:de:101:1-2", "urn"), "urn:nbn:de:101:1-2"),
        (Identifier("MS 12", "shelf mark"), "MS 12"),
        (Identifier("10.5555/1", "shelf mark"), "10.5555/1"),
        ("10.5555/1", "https://doi.org/10.5555/1"),
        ("doi:10.5555/1", "doi:10.5555/1"),
        ("10. Symphony", "10. Symphony"),
        ("10.5 cm", "10.5 cm"),
        ("11222/333", "11222/333"),
        ("https://a.example/ä", "https://a.example/ä"),
        (Text("10.5555/1", "en"), "10.5555/1"),
    ],
)
@pytest.mark.parametrize(
    ("term", "element"), [("identifier", "identifier"), ("source", "source"), ("isPartOf", "relation")]
)
def test_identifiers_are_told_by_where_they_lead(term, element, value, expected):
    assert texts(element, {term: [value]}) == [expected]


def test_an_identifier_that_is_told_twice_is_there_once():
    assert texts("identifier", {"identifier": ["10.5555/1", Identifier("https://doi.org/10.5555/1", "doi")]}) == [
        "https://doi.org/10.5555/1"
    ]


def test_other_terms_keep_their_identifiers():
    assert texts("subject", {"subject": ["10.5555/1", Identifier("10.5555/1", "doi")]}) == ["10.5555/1"]


@pytest.mark.parametrize(
    ("term", "element"),
    [("license", "rights"), ("rights", "rights"), ("accessRights", "rights"), ("type", "type")],
)
def test_a_concept_is_told_by_its_label_and_its_uri(term, element):
    assert told(element, {term: [Concept("offen", OPEN, lang="de"), "words"]}) == [
        ("offen", "de"),
        (OPEN, ""),
        ("words", ""),
    ]


def test_a_concept_that_is_only_half_is_told_once():
    assert texts("rights", {"license": [Concept("", OPEN), Concept("free"), Concept("open", "no uri")]}) == [
        OPEN,
        "free",
        "open",
    ]


def test_other_concepts_are_told_by_their_label():
    found = {
        "subject": [Concept("Cats", "http://a.example/cats")],
        "publisher": [Organisation("A", uri="http://a.example/")],
    }
    assert (texts("subject", found), texts("publisher", found)) == (["Cats"], ["A"])


def test_the_date_of_issue_comes_first_then_the_others_as_they_are_mapped():
    dates = {"modified": ["2022"], "created": ["2020"], "issued": ["2021", "2019"], "date": ["2021", "2018"]}
    assert texts("date", dates) == ["2021", "2019", "2022", "2020", "2018"]
    assert texts("date", {"valid": ["2022"], "created": ["2020"]}) == ["2022", "2020"]
