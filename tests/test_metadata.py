"""Metadata: terms and what they dumb down to, values and how they are made plain."""

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from django_oaipmh.formats import MetadataFormat
from django_oaipmh.formats.oai_dc import OAIDublinCore
from django_oaipmh.items import Description
from django_oaipmh.markup import clean
from django_oaipmh.metadata import (
    ELEMENTS,
    OWN_TERMS,
    TERMS,
    Concept,
    Identifier,
    Metadata,
    Organisation,
    Person,
    Text,
    Undecodable,
    language_tag,
    normalise,
)

from . import schemas
from .harvester import DC

#: The properties of DCMI Metadata Terms (2020-01-20) that refine one of the fifteen elements, by element.
DCMI = {
    "title": ["alternative"],
    "description": ["abstract", "tableOfContents"],
    "date": [
        "available",
        "created",
        "dateAccepted",
        "dateCopyrighted",
        "dateSubmitted",
        "issued",
        "modified",
        "valid",
    ],
    "format": ["extent", "medium"],
    "identifier": ["bibliographicCitation"],
    "relation": [
        "conformsTo",
        "hasFormat",
        "hasPart",
        "hasVersion",
        "isFormatOf",
        "isPartOf",
        "isReferencedBy",
        "isReplacedBy",
        "isRequiredBy",
        "isVersionOf",
        "references",
        "replaces",
        "requires",
    ],
    "coverage": ["spatial", "temporal"],
    "rights": ["accessRights", "license"],
}
#: Those that refine none: simple Dublin Core cannot say them.
OTHERS = [
    "accrualMethod",
    "accrualPeriodicity",
    "accrualPolicy",
    "audience",
    "educationLevel",
    "instructionalMethod",
    "mediator",
    "provenance",
    "rightsHolder",
]


def test_the_terms_are_those_of_DCMI():
    assert len(ELEMENTS) == 15
    terms = set(TERMS) - set(OWN_TERMS)
    assert terms == {*ELEMENTS, *OTHERS, *(term for terms in DCMI.values() for term in terms)}
    assert len(terms) == 55


@pytest.mark.parametrize("element", ELEMENTS)
def test_terms_dumb_down_to_the_element_that_they_refine(element):
    for term in [element, *DCMI.get(element, [])]:
        assert Metadata({term: ["x"]}).dumb_down() == {element: [Text("x")]}


@pytest.mark.parametrize("term", [*OTHERS, *OWN_TERMS])
def test_terms_that_simple_Dublin_Core_cannot_say_are_left_out(term):
    assert Metadata({term: ["x"]}).dumb_down() == {}


def test_simple_Dublin_Core_comes_in_the_order_of_its_elements_each_value_once():
    metadata = Metadata(
        {
            "issued": ["2020"],
            "abstract": ["A", "B"],
            "title": [Text("T", "en"), Text("T", "fr"), "T"],
            "date": ["2020", "2021"],
            "description": ["B"],
            "creator": [Person(family="F", given="G")],
        }
    )
    assert list(metadata.dumb_down().items()) == [
        ("title", [Text("T", "en"), Text("T", "fr"), Text("T")]),
        ("creator", [Text("F, G")]),
        ("description", [Text("A"), Text("B")]),
        ("date", [Text("2020"), Text("2021")]),
    ]


@pytest.mark.parametrize(
    "value, text",
    [
        (Text("A", "en"), "A"),
        (Person("N", given="G", family="F"), "N"),
        (Person(given="G", family="F"), "F, G"),
        (Person(family="F"), "F"),
        (Person(given="G"), "G"),
        (Organisation("O", ror="x"), "O"),
        (Identifier("1", "isbn"), "1"),
        (Concept("L", uri="u"), "L"),
        (Concept(uri="u"), "u"),
    ],
)
def test_every_value_knows_its_plain_string(value, text):
    assert str(value) == text
    assert list(normalise(value)) == [value]


@pytest.mark.parametrize(
    "value", [Text(), Person(orcid="0000"), Organisation(ror="x"), Identifier(scheme="doi"), Concept()]
)
def test_values_without_words_are_left_out(value):
    assert list(normalise(value)) == []


@pytest.mark.parametrize(
    "value, expected",
    [
        ("  a\n", ["a"]),
        (" \t ", []),
        ("a\x00\x0b\ud800\ufffeb", ["ab"]),
        ("\x00 ", []),
        (SafeString("<b>"), ["<b>"]),
        ([["a"], ("b", None), {"c"}], ["a", "b", "c"]),
        (Person(name=" a\x00 ", birth=1900), [Person("a", birth="1900")]),
        (Text(" a ", "pt_BR"), [Text("a", "pt-BR")]),
        (Text("a", "not a language"), [Text("a")]),
    ],
)
def test_values_are_cleaned(value, expected):
    assert list(normalise(value)) == expected


@pytest.mark.parametrize(
    "value, expected",
    [
        (b" caf\xc3\xa9\x00 ", ["café"]),
        (bytearray(b"a"), ["a"]),
        (memoryview(b"a"), ["a"]),
        (b"", []),
        (memoryview(b" "), []),
        ([b"a", ["b", b"a"]], ["a", "b", "a"]),
        (Person(name=b"A", given=memoryview(b"B")), [Person("A", given="B")]),
    ],
)
def test_bytes_are_the_text_that_they_are_in_UTF_8(value, expected):
    assert list(normalise(value)) == expected


@pytest.mark.parametrize("value", [b"\xff", memoryview(b"caf\xe9"), ["a", b"\xff"], Text(b"\xff")])
def test_bytes_that_are_no_text_are_not_guessed(value):
    with pytest.raises(Undecodable, match="utf-8"):
        list(normalise(value))


class Shelf:
    def label(self):
        return ["of a method", None]

    @classmethod
    def name(cls):
        return cls.__name__


@pytest.mark.parametrize(
    "value, expected",
    [
        (Shelf().label, ["of a method"]),
        (Shelf.name, ["Shelf"]),
        (lambda: "of a function", ["of a function"]),
        ([lambda: "a", "b"], ["a", "b"]),
        ("a b".split, ["a", "b"]),
    ],
)
def test_methods_that_nobody_called_are_called(value, expected):
    """As in Django's templates."""
    assert list(normalise(value)) == expected


def test_a_method_that_wants_more_says_so():
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'more'"):
        list(normalise(lambda more: more))


@pytest.mark.parametrize(
    "tag, expected", [("de", "de"), ("zh_Hant_TW", "zh-Hant-TW"), ("", ""), ("deutsch!", ""), ("e1", "")]
)
def test_language_tags(tag, expected):
    assert language_tag(tag) == expected


@given(values=st.lists(st.text(st.characters(exclude_categories=())), max_size=4), lang=st.text(max_size=9))
def test_any_text_gives_valid_xml(values, lang):
    """Invariant 5: whatever the characters, what comes out is well-formed, valid, and says the same."""
    told = list(normalise([*values, [Text(value, lang) for value in values]]))
    metadata = Metadata(dict.fromkeys(("title", "abstract", "creator"), told) if told else {})
    root = OAIDublinCore().payload(Description(None, "oai:a.example:1", metadata))
    assert isinstance(root, etree._Element)
    root = etree.fromstring(etree.tostring(root, encoding="utf-8"))
    expected = list(dict.fromkeys(cleaned for value in values if (cleaned := clean(value).strip())))
    found = list(dict.fromkeys(lines(title.text) for title in root.iter(DC + "title")))
    assert found == list(dict.fromkeys(lines(text) for text in expected))
    if schemas.available():
        assert not payload_errors(root)


def lines(text: str) -> str:
    """The text as XML reads its line ends (XML 1.0, section 2.11)."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def payload_errors(root: etree._Element) -> list[str]:
    """What the schema of oai_dc has against the payload, inside a whole response."""
    OAI = "http://www.openarchives.org/OAI/2.0/"
    response = etree.fromstring(
        f"""<OAI-PMH xmlns="{OAI}"><responseDate>2020-01-01T00:00:00Z</responseDate>
        <request>https://press.example.org/oai</request><GetRecord><record><header><identifier>oai:a.example:1</identifier>
        <datestamp>2020-01-01T00:00:00Z</datestamp></header><metadata/></record></GetRecord></OAI-PMH>"""
    )
    response.find(f".//{{{OAI}}}metadata").append(root)
    return schemas.errors(response)


def test_the_format_of_the_test_above_is_the_shipped_one():
    assert OAIDublinCore.render is MetadataFormat.render
