"""``mets``: what is wrapped is valid too, and files are told as far as what is known of them is valid."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import settings as options
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats import mets
from django_oaipmh.formats.mets import METS, FileEntry, FileGroup, file_groups
from django_oaipmh.formats.mods import MODS
from django_oaipmh.formats.oai_dc import OAIDublinCore
from django_oaipmh.items import Description
from django_oaipmh.metadata import File, Organisation, Person

from .. import schemas
from .descriptions import MINIMAL, RICH, describe, descriptions, normalised

NAMESPACES = {
    "m": METS.namespace,
    "mods": MODS.namespace,
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "xlink": "http://www.w3.org/1999/xlink",
}
HREF = "{http://www.w3.org/1999/xlink}href"


def payload(metadata, format=METS):
    root = format().payload(describe(metadata))
    return None if root is None else etree.fromstring(markup.embed(root))


def wrapped(root, path):
    """The elements within ``path``, each as a document of its own."""
    return [deepcopy(child) for child in root.find(f"{path}//m:xmlData", NAMESPACES)]


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
@options(max_examples=50)
@given(descriptions())
def test_the_description_and_the_rights_are_valid_by_their_own_schemas(description):
    """METS leaves open what is in ``xmlData``."""
    root = METS().payload(description)
    if root is None:
        return
    (mods,) = wrapped(root, "m:dmdSec")
    assert schemas.STORED.errors(mods) == []
    if root.find("m:amdSec", NAMESPACES) is not None:
        dcterms = schemas.STORED.schema_at("http://dublincore.org/schemas/xmls/qdc/2006/01/06/dcterms.xsd")
        for statement in wrapped(root, "m:amdSec"):
            assert dcterms.validate(statement), dcterms.error_log


@options(max_examples=50)
@given(descriptions())
def test_every_file_is_in_the_structure_once(description):
    root = METS().payload(description)
    if root is not None:
        files = [file.get("ID") for file in root.iterfind(".//m:file", NAMESPACES)]
        pointers = [pointer.get("FILEID") for pointer in root.iterfind(".//m:fptr", NAMESPACES)]
        assert sorted(pointers) == sorted(files)


def test_no_identifier_comes_twice_in_a_page_of_records():
    """It is one document, so it would be invalid."""
    roots = [
        METS().payload(Description(None, name, RICH)) for name in ("oai:a.example:1", "oai:a.example:2", "oai:ä:1")
    ]
    found = [element.get("ID") for root in roots for element in root.iter() if element.get("ID")]
    assert len(found) == len(set(found)) > 12
    for root in roots:
        own = {element.get("ID") for element in root.iter()}
        for attribute in ("DMDID", "ADMID", "FILEID"):
            assert {element.get(attribute) for element in root.iter()} <= own


def test_described_as_in_mods():
    (mods,) = wrapped(payload(RICH), "m:dmdSec")
    alone = etree.fromstring(markup.embed(MODS().payload(describe(RICH))))
    assert etree.tostring(mods, method="c14n", exclusive=True) == etree.tostring(alone, method="c14n", exclusive=True)


def test_what_cannot_be_described_is_not_in_it():
    description = describe({"language": ["en"]})
    assert METS().missing(description) == MODS().missing(description)
    assert (METS().payload(description) is None) == (MODS().payload(description) is None)


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_described_in_another_format():
    class DublinCoreMETS(METS):
        described_by = OAIDublinCore
        mdtype = "DC"

    root = payload(MINIMAL, DublinCoreMETS)
    assert root.find("m:dmdSec/m:mdWrap", NAMESPACES).get("MDTYPE") == "DC"
    assert [one.tag for one in wrapped(root, "m:dmdSec")] == [f"{{{OAIDublinCore.namespace}}}dc"]
    assert schemas.STORED.errors(root) == []


def test_a_change_of_the_description_is_a_change(monkeypatch):
    before = METS().fingerprint()
    monkeypatch.setattr(mets.MODS, "schema", "http://www.loc.gov/standards/mods/v3/mods-3-9.xsd")
    assert METS().fingerprint() != before


def test_stored_mods_is_not_what_is_described():
    """It is no part of the metadata, so a change of it would not be noticed."""
    description = describe(MINIMAL, xml={"mods": '<mods xmlns="http://www.loc.gov/mods/v3"/>'})
    (mods,) = wrapped(METS().payload(description), "m:dmdSec")
    assert len(mods)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("https://a.example/1", FileEntry("FILE1", "https://a.example/1")),
        (
            File("https://a.example/1", "Text/HTML; charset=utf-8", "12", "abc", "sha256", "One"),
            FileEntry("FILE1", "https://a.example/1", "text/html", "12", "abc", "SHA-256", "One"),
        ),
        (
            File("https://a.example/ä", "PDF", "12 kB", "abc", "BLAKE2"),
            FileEntry("FILE1", "https://a.example/%C3%A4"),
        ),
        (File("https://a.example/1", checksum_type="MD5"), FileEntry("FILE1", "https://a.example/1")),
        (
            File("https://a.example/1", size="-1", checksum="a b", checksum_type="MD5"),
            FileEntry("FILE1", "https://a.example/1"),
        ),
    ],
)
def test_files(file, expected):
    assert list(file_groups(normalised({"file": [file]}))) == [FileGroup("DEFAULT", (expected,))]


@pytest.mark.parametrize("url", ["nowhere", "/files/1.pdf", "urn:isbn:1", "javascript:x", "http://["])
def test_a_file_without_an_address_is_left_out(url):
    root = payload(MINIMAL | {"file": [File(url)]})
    assert root.find("m:fileSec", NAMESPACES) is None


def test_groups_by_use():
    files = [
        File("https://a.example/1.jpg", use="thumbnail"),
        File("https://a.example/1.pdf"),
        File("https://a.example/1.txt", use="Text"),
        File("https://a.example/2.jpg", use="thumbnail"),
        File("https://a.example/1.mp3", use="read  aloud"),
    ]
    groups = [(group.use, [file.id for file in group.files]) for group in file_groups(normalised({"file": files}))]
    assert groups == [
        ("THUMBS", ["FILE1", "FILE4"]),
        ("DEFAULT", ["FILE2"]),
        ("FULLTEXT", ["FILE3"]),
        ("READ ALOUD", ["FILE5"]),
    ]


def test_files_have_the_rights_of_the_resource():
    root = payload(RICH)
    assert {file.get("ADMID") for file in root.iterfind(".//m:file", NAMESPACES)} == {
        root.find("m:amdSec/m:rightsMD", NAMESPACES).get("ID")
    }
    without = payload(MINIMAL | {"file": [File("https://a.example/1")]})
    assert without.find(".//m:file", NAMESPACES).get("ADMID") is None
    assert without.find(".//m:FLocat", NAMESPACES).get(HREF) == "https://a.example/1"


def test_who_keeps_it_and_who_owns_the_rights():
    told = {"dataProvider": ["Library"], "rightsHolder": [Person("A"), Organisation("B")]}
    agents = payload(MINIMAL | told).findall("m:metsHdr/m:agent", NAMESPACES)
    assert [(one.get("ROLE"), one.get("TYPE"), one[0].text) for one in agents] == [
        ("CUSTODIAN", None, "Library"),
        ("IPOWNER", "INDIVIDUAL", "A"),
        ("IPOWNER", "ORGANIZATION", "B"),
    ]


def test_nothing_in_it_changes_by_itself():
    """No dates of the moment: an unchanged object has an unchanged record."""
    root = payload(RICH)
    assert root.find("m:metsHdr", NAMESPACES).attrib == {}
    assert markup.embed(root) == markup.embed(payload(RICH))
