"""EAD 2002: what the generic tests do not hold. Most of it is EAD3's as well."""

import pytest
from django.template.loader import get_template
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats import finding_aids
from django_oaipmh.formats.ead import EAD2002
from django_oaipmh.formats.ead3 import EAD3
from django_oaipmh.formats.finding_aids import DEEPEST, language_code, level_of, nested
from django_oaipmh.metadata import File, Identifier, Metadata, Organisation, Person, Text
from django_oaipmh.parts import Part
from tests.hosts import with_templates

from .descriptions import MINIMAL, TREE, GivenParts, describe
from .test_shipped import errors, payload

FORMATS = [EAD2002, EAD3]
C = "{urn:isbn:1-931666-22-9}c"


@pytest.fixture(params=FORMATS)
def format(request):
    return request.param()


def chain(depth: int) -> GivenParts:
    """One part in another."""
    return GivenParts([Part(number, "file", Metadata({"title": [str(number)]})) for number in range(depth)])


def parts(depths: list[int]) -> list[Part]:
    return [Part(depth, "", Metadata({"title": [str(number)]})) for number, depth in enumerate(depths)]


def by_the_rule(depths: list[int]) -> list[int]:
    """The number of the part that each belongs to: the nearest before it that is less deep; -1: the whole."""
    return [
        next((before for before in range(number - 1, -1, -1) if depths[before] < depth), -1)
        for number, depth in enumerate(depths)
    ]


def as_nested(root: etree._Element) -> list[int]:
    """The same, read from a document."""
    components = list(root.iter("{*}c"))
    return [components.index(one.getparent()) if one.getparent() in components else -1 for one in components]


def as_nested_deep(root: etree._Element) -> int:
    """How deep components are nested."""
    return max(sum(1 for _ in one.iterancestors(one.tag)) for one in root.iter("{*}c")) + 1


@pytest.mark.parametrize(
    ("depths", "owners"),
    [
        ([1, 2, 3, 1], [-1, 0, 1, -1]),
        ([1, 3, 3, 2], [-1, 0, 0, 0]),  # a gap
        ([2, 1], [-1, -1]),  # the first is too deep
        ([0, 1], [-1, 0]),  # another beginning
        ([5, -3, 7], [-1, -1, 1]),
    ],
)
def test_a_part_belongs_to_the_nearest_before_it_that_is_less_deep(format, depths, owners):
    root = payload(format, describe(MINIMAL, parts=GivenParts(parts(depths))))
    assert as_nested(root) == owners == by_the_rule(depths)


@given(depths=st.lists(st.integers(-3, 12), max_size=40))
def test_any_depths_follow_the_rule(depths):
    root = payload(EAD2002(), describe(MINIMAL, parts=GivenParts(parts(depths))))
    assert as_nested(root) == by_the_rule(depths)
    assert sum(ends for _, ends in nested(parts(depths))) == len(depths)
    assert errors(root) == []


def test_the_deepest_tree_can_be_read_by_any_reader(format):
    """In the envelope of a response, too, with what is within a component."""
    tree = chain(DEEPEST)
    deepest = Metadata({"creator": [Person("Sappho")], "file": [File("https://a.org/1"), File("https://a.org/2")]})
    tree.parts[-1] = Part(DEEPEST, "item", deepest)
    body = markup.embed(format.payload(describe(MINIMAL, parts=tree)))
    response = f"<OAI-PMH><ListRecords><record><metadata>{body}</metadata></record></ListRecords></OAI-PMH>"
    assert len(list(etree.fromstring(response).iter("{*}c"))) == DEEPEST


def test_a_deeper_tree_is_a_failure_that_says_why(format):
    with pytest.raises(ValueError, match="nested deeper than 200"):
        format.payload(describe(MINIMAL, parts=chain(DEEPEST + 1)))


def test_thirty_megabytes(format):
    text = "x" * 150_000
    tree = GivenParts([Part(1, "file", Metadata({"abstract": [f"{number} {text}"]})) for number in range(200)])
    root = payload(format, describe(MINIMAL, parts=tree))
    assert len(list(root.iter("{*}c"))) == 200
    assert len(etree.tostring(root)) > 30_000_000


def test_ten_thousand_components(format):
    """No recursion, however many and however nested."""
    tree = parts([1 + number % 12 for number in range(10_000)])
    root = format.payload(describe(MINIMAL, parts=GivenParts(tree)))
    assert sum(1 for _ in root.iter("{*}c")) == 10_000
    assert as_nested_deep(root) == 12


def test_a_text_that_readers_refuse_is_a_failure_that_says_why(format):
    with pytest.raises(markup.IllFormed, match=r"too long|huge"):
        format.payload(describe(MINIMAL | {"abstract": ["x" * 10_100_000]}))


def test_parts_are_laid_out_while_they_are_read(format):
    """Not collected first: as soon as one is known to have ended or to go on, its lines are made."""
    read, made = [], []

    class Watched(GivenParts):
        def __iter__(self):
            for part in super().__iter__():
                read.append(part)
                yield part

    components = finding_aids.Components(Watched(TREE))
    for _ in components:
        made.append(len(read))
    assert made == [2, 3, 4, 5, 5]


def test_no_fonds(format):
    description = describe(MINIMAL, parts=None)
    assert format.missing(description) == ["This is no fonds: its item does not declare parts."]
    assert format.payload(description) is None


def test_no_parts(format):
    root = payload(format, describe(MINIMAL, parts=GivenParts([])))
    assert root.find(".//{*}dsc") is None
    assert errors(root) == []


def test_a_template_of_the_hosts_for_a_component_is_noticed(format, settings):
    """Included templates count: changed, they change the fingerprint, and so every record."""
    before = format.fingerprint()
    name = f"django_oaipmh/formats/{format.prefix}/unit.xml"
    source = get_template(name).template.source
    settings.TEMPLATES = with_templates({name: source.replace("<did>", "<did><head>Here</head>")})
    assert format.fingerprint() != before
    assert format.purity().pure
    root = payload(format, describe(MINIMAL))
    assert {one.findtext("{*}did/{*}head") for one in root.iter("{*}c")} == {"Here"}


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("fonds", ("fonds", "")),
        ("Sub-series", ("subseries", "")),
        (" RECORD group ", ("recordgrp", "")),
        ("Box", ("otherlevel", "Box")),
        ("", ("", "")),
    ],
)
def test_levels(said, level):
    assert level_of(said) == level


def test_another_level_is_a_token_in_EAD_2002():
    tree = GivenParts([Part(1, "Mappe 1/2 (groß)", Metadata()), Part(1, "/", Metadata())], "Bestand")
    root = payload(EAD2002(), describe(MINIMAL, parts=tree))
    assert [dict(one.attrib) for one in root.iter(C)] == [
        {"level": "otherlevel", "otherlevel": "Mappe-1-2-gro"},
        {"level": "otherlevel"},
    ]
    assert root.find("{*}archdesc").get("otherlevel") == "Bestand"
    assert errors(root) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [("de", "ger"), ("deu", "ger"), ("hr", "hrv"), ("lzh", ""), ("x-y", ""), ("Latin", "")],
)
def test_only_languages_of_the_schema_have_a_code(said, code):
    pytest.importorskip("langcodes")
    assert language_code(said) == code


@pytest.mark.parametrize(
    ("said", "normal"),
    [
        ("1850", "1850"),
        ("1850-03-04T05:06:07Z", "1850-03-04"),
        ("1850/1860", "1850/1860"),
        ("1850–1860", "1850/1860"),
        ("-0044", "-0044"),
        ("1850/..", None),
        ("3001", None),  # beyond what the schema takes
        ("long ago", None),
    ],
)
def test_dates(said, normal):
    root = payload(EAD2002(), describe({"title": ["A"], "date": [said]}, parts=GivenParts([])))
    (date,) = root.iter("{*}unitdate")
    assert (date.text, date.get("normal")) == (said, normal)
    assert errors(root) == []


@pytest.mark.parametrize("url", ["http://[", "https://a.org/ä?b#c#d", "javascript:x"])
def test_what_is_no_url_is_no_link(format, url):
    metadata = {"file": [File(url)], "relation": [Identifier(url, "url")], "identifier": [url]}
    root = payload(format, describe(MINIMAL | metadata))
    assert not [name for one in root.find("{*}archdesc/{*}did").iter() for name in one.attrib if "href" in name]
    assert root.findtext("{*}archdesc/{*}relatedmaterial/{*}p") == url
    assert errors(root) == []


def test_who_holds_it_is_a_corporate_body_or_a_name(format):
    holders = ["Example Library", Organisation("Press"), Person("Sappho"), Text("Archiv", "de")]
    root = payload(format, describe(MINIMAL | {"dataProvider": holders}))
    names = [etree.QName(one[0]).localname for one in root.iter("{*}repository")]
    assert names == ["corpname", "corpname", "name", "corpname"]
    assert errors(root) == []


def test_a_component_without_anything(format):
    root = payload(format, describe(MINIMAL, parts=GivenParts([Part(1, "", Metadata())])))
    (component,) = root.iter("{*}c")
    assert [etree.QName(one).localname for one in component.iter()] == ["c", "did", "unittitle"]
    assert errors(root) == []
