"""MODS: names with their parts, dates with their encoding, terms with their authority, the host item with its part."""

import re

import pytest
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats.mods import MODS
from django_oaipmh.metadata import (
    Citation,
    Concept,
    Degree,
    File,
    Funding,
    Identifier,
    Organisation,
    Person,
    Place,
    Text,
)

from .descriptions import describe

NAMESPACES = re.compile(r' xmlns(:\w+)?="[^"]*"')


def told(metadata, path):
    """The elements of a record at a path, without namespaces, as text."""
    root = MODS().payload(describe({"title": ["On harvests"]} | metadata))
    bare = etree.fromstring(markup.embed(root).replace(' xmlns="http://www.loc.gov/mods/v3"', ""))
    found = (etree.tostring(one, encoding="unicode", with_tail=False) for one in bare.findall(path))
    return [NAMESPACES.sub("", one) for one in found]


@pytest.mark.parametrize(
    ("creator", "attributes", "parts"),
    [
        ("Sappho", ' usage="primary"', "<namePart>Sappho</namePart>"),
        (
            Person(family="Roe", given="Richard", birth="1971"),
            ' type="personal" usage="primary"',
            '<namePart type="family">Roe</namePart><namePart type="given">Richard</namePart>'
            '<namePart type="date">1971-</namePart>',
        ),
        (
            Person(name="Richard Roe", family="Roe"),
            ' type="personal" usage="primary"',
            '<namePart type="family">Roe</namePart><displayForm>Richard Roe</displayForm>',
        ),
        (
            Person(name="Moe", uri="http://viaf.org/viaf/44404"),
            ' type="personal" usage="primary" valueURI="http://viaf.org/viaf/44404"',
            "<namePart>Moe</namePart>",
        ),
        (Organisation("Example Press"), ' type="corporate" usage="primary"', "<namePart>Example Press</namePart>"),
    ],
)
def test_names(creator, attributes, parts):
    (name,) = told({"creator": [creator]}, "name")
    assert name.startswith(f"<name{attributes}>{parts}<role>")


@pytest.mark.parametrize(
    ("metadata", "roles"),
    [
        ({"creator": ["Sappho"]}, ["creator", "cre"]),
        ({"creator": [Person(name="Moe", role="Author")]}, ["author", "aut"]),
        ({"contributor": [Person(name="Moe", role="helping hand")]}, ["helping hand"]),
        ({"contributor": ["Moe"]}, ["contributor", "ctb"]),
        ({"rightsHolder": ["Moe"]}, ["copyright holder", "cph"]),
        ({"funding": [Funding("European Commission")]}, ["funder", "fnd"]),
        ({"degree": [Degree("PhD", grantor="University of Examples")]}, ["degree granting institution", "dgg"]),
    ],
)
def test_roles(metadata, roles):
    found = told(metadata, "name/role/roleTerm")
    assert [one.partition(">")[2].removesuffix("</roleTerm>") for one in found] == roles


@pytest.mark.parametrize(
    ("term", "value", "expected"),
    [
        ("issued", "2021-03-04", ['<dateIssued encoding="w3cdtf" keyDate="yes">2021-03-04</dateIssued>']),
        (
            "issued",
            "ca. 1850",
            ['<dateIssued encoding="w3cdtf" qualifier="approximate" keyDate="yes">1850</dateIssued>'],
        ),
        (
            "created",
            "1850/1860",
            [
                '<dateCreated encoding="w3cdtf" point="start" keyDate="yes">1850</dateCreated>',
                '<dateCreated encoding="w3cdtf" point="end">1860</dateCreated>',
            ],
        ),
        ("created", "1850/..", ['<dateCreated encoding="w3cdtf" point="start" keyDate="yes">1850</dateCreated>']),
        ("created", "185X", ['<dateCreated encoding="edtf" keyDate="yes">185X</dateCreated>']),
        ("created", "44 BC", ['<dateCreated encoding="edtf" keyDate="yes">-0043</dateCreated>']),
        ("created", "19th c.", ['<dateCreated keyDate="yes">19th c.</dateCreated>']),
        ("created", "in spring", ['<dateCreated keyDate="yes">in spring</dateCreated>']),
        (
            "modified",
            "2021-05-06T07:08:09",
            ['<dateModified encoding="edtf" keyDate="yes">2021-05-06T07:08:09</dateModified>'],
        ),
        ("available", "2022", ['<dateOther encoding="w3cdtf" keyDate="yes" type="available">2022</dateOther>']),
    ],
)
def test_dates(term, value, expected):
    assert told({term: [value]}, "originInfo/*") == expected


def test_one_date_is_the_key():
    found = told({"created": ["1850"], "issued": ["1851", "1852"]}, "originInfo/*[@keyDate]")
    assert found == ['<dateIssued encoding="w3cdtf" keyDate="yes">1851</dateIssued>']


@pytest.mark.parametrize(
    ("type", "expected"),
    [
        ("Text", "<typeOfResource>text</typeOfResource>"),
        ("StillImage", "<typeOfResource>still image</typeOfResource>"),
        ("map", "<typeOfResource>cartographic</typeOfResource>"),
        ("Collection", '<typeOfResource collection="yes">mixed material</typeOfResource>'),
        ("manuscript", '<typeOfResource manuscript="yes">text</typeOfResource>'),
        ("a riddle", None),
    ],
)
def test_type_of_resource(type, expected):
    assert told({"type": [type]}, "typeOfResource") == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("term", "value", "path", "expected"),
    [
        ("subject", "harvests", "subject", "<subject><topic>harvests</topic></subject>"),
        (
            "subject",
            Concept("Ernte", "http://d-nb.info/gnd/4015286-8", lang="de"),
            "subject",
            '<subject xml:lang="de" authority="gnd" valueURI="http://d-nb.info/gnd/4015286-8">'
            "<topic>Ernte</topic></subject>",
        ),
        (
            "subject",
            Person(name="Plato"),
            "subject",
            '<subject><name type="personal"><namePart>Plato</namePart></name></subject>',
        ),
        (
            "spatial",
            Place("", latitude="1", longitude="2"),
            "subject",
            "<subject><cartographics><coordinates>1, 2</coordinates></cartographics></subject>",
        ),
        (
            "temporal",
            "1850",
            "subject",
            '<subject><temporal encoding="w3cdtf">1850</temporal></subject>',
        ),
        ("coverage", "Lesbos", "subject", "<subject><geographic>Lesbos</geographic></subject>"),
        ("coverage", "1850", "subject/temporal", '<temporal encoding="w3cdtf">1850</temporal>'),
        ("type", "Text", "genre", '<genre authority="dct">Text</genre>'),
        (
            "language",
            "pt_BR",
            "language",
            '<language><languageTerm type="code" authority="iso639-2b">por</languageTerm>'
            '<languageTerm type="code" authority="rfc5646">pt-BR</languageTerm></language>',
        ),
        (
            "language",
            "Ancient Greek",
            "language",
            '<language><languageTerm type="text">Ancient Greek</languageTerm></language>',
        ),
        (
            "identifier",
            Identifier("11222/333", "handle"),
            "identifier",
            '<identifier type="hdl">11222/333</identifier>',
        ),
        (
            "identifier",
            Identifier("978-3-16-148410-1", "ISBN"),
            "identifier",
            '<identifier type="isbn" invalid="yes">978-3-16-148410-1</identifier>',
        ),
        ("identifier", "MS 12", "identifier", "<identifier>MS 12</identifier>"),
        (
            "file",
            File("https://a.example/1.png", use="thumbnail"),
            "location/url",
            '<url access="preview">https://a.example/1.png</url>',
        ),
        ("references", "On acres", "relatedItem", None),
        ("description", "On fields.", "abstract", "<abstract>On fields.</abstract>"),
        (
            "format",
            "application/pdf",
            "physicalDescription/*",
            "<internetMediaType>application/pdf</internetMediaType>",
        ),
        ("format", "parchment", "physicalDescription/*", "<form>parchment</form>"),
        ("bibliographicCitation", "Roe 2021", "note", '<note type="preferred citation">Roe 2021</note>'),
        (
            "license",
            Concept("", "https://creativecommons.org/licenses/by/4.0/"),
            "accessCondition",
            '<accessCondition type="use and reproduction" '
            'xlink:href="https://creativecommons.org/licenses/by/4.0/">https://creativecommons.org/licenses/by/4.0/'
            "</accessCondition>",
        ),
    ],
)
def test_elements(term, value, path, expected):
    if expected is None:
        expected = f'<relatedItem type="{term}"><titleInfo><title>{value}</title></titleInfo></relatedItem>'
    assert told({term: [value]}, path) == [expected]


def test_half_a_pair_of_coordinates_is_no_subject():
    assert told({"spatial": [Place(latitude="1")]}, "subject") == []


def test_a_description_beside_an_abstract_is_a_note():
    metadata = {"abstract": ["What is reaped."], "description": ["With a map."]}
    assert told(metadata, "abstract") == ["<abstract>What is reaped.</abstract>"]
    assert told(metadata, "note") == ["<note>With a map.</note>"]


def test_titles():
    titles = [Text("The fields : a study", "en"), Text("Die Felder", "de"), "Acres"]
    assert told({"title": titles}, "titleInfo") == [
        '<titleInfo usage="primary" xml:lang="en"><nonSort>The </nonSort><title>fields</title>'
        "<subTitle>a study</subTitle></titleInfo>",
        '<titleInfo type="translated" xml:lang="de"><title>Die Felder</title></titleInfo>',
        '<titleInfo type="alternative"><title>Acres</title></titleInfo>',
    ]


def test_the_host_is_told_once():
    citation = Citation(title="Journal of Harvests", volume="4", first_page="1", isbn="978-3-16-148410-0")
    parts = ["Journal of Harvests", Identifier("9783161484100"), "Another journal"]
    assert told({"bibliographicCitation": [citation], "isPartOf": parts}, "relatedItem") == [
        '<relatedItem type="host"><titleInfo><title>Journal of Harvests</title></titleInfo>'
        '<identifier type="isbn">9783161484100</identifier>'
        '<part><detail type="volume"><number>4</number></detail><extent unit="pages"><start>1</start></extent></part>'
        "</relatedItem>",
        '<relatedItem type="host"><titleInfo><title>Another journal</title></titleInfo></relatedItem>',
    ]


def test_the_first_address_is_the_one_to_show():
    found = told({"identifier": ["10.5555/1", "https://doi.org/10.5555/1", "https://a.example/1"]}, "location/url")
    assert found == [
        '<url usage="primary display" access="object in context">https://doi.org/10.5555/1</url>',
        '<url access="object in context">https://a.example/1</url>',
    ]
