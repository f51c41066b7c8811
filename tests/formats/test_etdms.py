"""``etdms``: NDLTD's schema is not stored for tests, so what it and the standard ask for is said here."""

import re

import pytest
from hypothesis import given
from hypothesis import settings as options
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats.etdms import ETDMS, THESIS
from django_oaipmh.metadata import Concept, Degree, File, Identifier, Organisation, Person

from .descriptions import MINIMAL, RICH, describe, descriptions

NAMESPACES = {"dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/", "t": ETDMS.namespace}

#: The elements in the order of the schema, and how often each may occur.
OCCURRENCES = {
    "dc:title": (1, None),
    "dcterms:alternative": (0, None),
    "dc:creator": (1, None),
    "dc:subject": (1, None),
    "dc:description": (0, None),
    "dc:publisher": (0, None),
    "dc:contributor": (0, None),
    "dc:date": (1, 1),
    "dc:type": (1, None),
    "dc:format": (0, None),
    "dc:identifier": (1, None),
    "dc:language": (0, None),
    "dc:coverage": (0, None),
    "dc:rights": (0, None),
    "t:degree": (0, None),
}
PARTS_OF_DEGREE = ["name", "level", "discipline", "grantor"]
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ATTRIBUTES = {
    "dc:creator": {LANG, "resource"},
    "dc:publisher": {LANG, "resource"},
    "dc:contributor": {LANG, "resource", "role"},
    "dc:subject": {LANG, "resource", "scheme"},
    "dc:description": {LANG, "role"},
    "dc:date": set(),
    "dc:identifier": set(),
    "dc:language": set(),
    "t:degree": set(),
}
URI = etree.XMLSchema(
    etree.fromstring(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="uri" type="xs:anyURI"/></xs:schema>'
    )
)

THE_THESIS = MINIMAL | {"subject": ["harvests"], "type": ["doctoral thesis"]}


def payload(metadata):
    root = ETDMS().payload(describe(metadata))
    return None if root is None else etree.fromstring(markup.embed(root))


def texts(root, path):
    return [element.text for element in root.findall(path, NAMESPACES)]


def check(root):
    """What the schema of NDLTD says, as far as its documentation tells it."""
    assert root.tag == f"{{{ETDMS.namespace}}}thesis"
    prefixes = {uri: prefix for prefix, uri in NAMESPACES.items()}
    names = [f"{prefixes[etree.QName(child).namespace]}:{etree.QName(child).localname}" for child in root]
    order = list(OCCURRENCES)
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names)
    for name, (least, most) in OCCURRENCES.items():
        assert least <= names.count(name) <= (most or len(names))
    for name, child in zip(names, root, strict=True):
        assert set(child.attrib) <= ATTRIBUTES.get(name, {LANG})
        if name != "t:degree":
            assert len(child) == 0
            assert child.text
        if resource := child.get("resource"):
            uri = etree.Element("uri")
            uri.text = resource
            assert URI.validate(uri)
    assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", root.find("dc:date", NAMESPACES).text)
    assert THESIS in texts(root, "dc:type")
    assert all(re.fullmatch("[a-z]{3}", code) for code in texts(root, "dc:language"))
    for degree in root.findall("t:degree", NAMESPACES):
        parts = [etree.QName(part).localname for part in degree]
        assert parts == [part for part in PARTS_OF_DEGREE if part in parts] != []
        assert set(texts(degree, "t:level")) <= {"0", "1", "2"}


@options(max_examples=100)
@given(descriptions())
def test_anything_in_any_field(description):
    root = ETDMS().payload(description)
    if root is not None:
        check(etree.fromstring(markup.embed(root)))


@pytest.mark.parametrize("metadata", [RICH, THE_THESIS])
def test_the_schema_of_the_standard(metadata):
    check(payload(metadata))


@pytest.mark.parametrize(
    "kind",
    ["thesis", "Dissertation", "PhD thesis", Concept("", "http://purl.org/coar/resource_type/c_bdcc"), THESIS],
)
def test_a_type_makes_it_a_thesis(kind):
    assert payload(THE_THESIS | {"type": [kind]}) is not None


def test_a_degree_makes_it_a_thesis():
    assert payload(THE_THESIS | {"type": ["Text"], "degree": [Degree("Magister Artium")]}) is not None


def test_what_is_no_thesis_is_not_in_it():
    description = describe(THE_THESIS | {"type": ["journal article"]})
    assert ETDMS().payload(description) is None
    assert ETDMS().missing(description) == ["It is not a thesis: there is no degree, and no type that says so."]


@pytest.mark.parametrize("term", ["title", "creator", "subject", "identifier", "issued"])
def test_what_is_mandatory(term):
    description = describe(THE_THESIS | {term: []})
    assert ETDMS().payload(description) is None
    assert len(ETDMS().missing(description)) == 1


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({"issued": ["2021"]}, "2021"),
        ({"issued": ["2021"], "dateAccepted": ["2020-12-01"]}, "2021"),
        ({"issued": ["spring 2021"], "dateAccepted": ["2020-12-01T10:00:00Z"]}, "2020-12-01"),
        ({"issued": [], "available": ["2022-01"]}, "2022-01"),
    ],
)
def test_one_date(dates, expected):
    assert texts(payload(THE_THESIS | dates), "dc:date") == [expected]


@pytest.mark.parametrize(
    ("level", "kind", "expected"),
    [
        ("doctoral", "", ["2"]),
        ("Ph.D.", "", ["2"]),
        ("Master's degree", "", ["1"]),
        ("bachelor", "", ["0"]),
        ("2", "", ["2"]),
        ("3rd cycle", "", []),
        ("", "master thesis", ["1"]),
        ("", "http://purl.org/coar/resource_type/c_db06", ["2"]),
        ("", "thesis", []),
    ],
)
def test_levels(level, kind, expected):
    root = payload(THE_THESIS | {"degree": [Degree("Doctor", level)], "type": [kind or "thesis"]})
    assert texts(root, "t:degree/t:level") == expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [("ths", "advisor"), ("degree supervisor", "advisor"), ("dgc", "committee member"), ("edt", "editor"), ("", None)],
)
def test_roles(role, expected):
    root = payload(THE_THESIS | {"contributor": [Person("Moe", role=role)]})
    assert root.find("dc:contributor", NAMESPACES).get("role") == expected


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        ("open access", ["2", "open access"]),
        ("info:eu-repo/semantics/restrictedAccess", ["1", "info:eu-repo/semantics/restrictedAccess"]),
        ("http://purl.org/coar/access_right/c_14cb", ["0", "http://purl.org/coar/access_right/c_14cb"]),
        ("embargoed access", ["embargoed access"]),
        ("on site", ["on site"]),
    ],
)
def test_levels_of_access(access, expected):
    assert texts(payload(THE_THESIS | {"accessRights": [access]}), "dc:rights") == expected


def test_people_have_the_uri_of_their_authority():
    root = payload(THE_THESIS | {"creator": [Person("A", orcid="0000-0002-1825-0097"), Organisation("B", uri="x y")]})
    assert [one.get("resource") for one in root.findall("dc:creator", NAMESPACES)] == [
        "https://orcid.org/0000-0002-1825-0097",
        None,
    ]


def test_identifiers_lead_to_the_thesis_and_to_its_files():
    identifiers = [Identifier("10.5555/1", "doi"), "MS 12"]
    files = [File("https://a.example/1.pdf"), File("https://a.example/1.jpg", use="thumbnail"), File("nowhere")]
    assert texts(payload(THE_THESIS | {"identifier": identifiers, "file": files}), "dc:identifier") == [
        "https://doi.org/10.5555/1",
        "MS 12",
        "https://a.example/1.pdf",
    ]
