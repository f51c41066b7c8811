"""``XSLTFormat``: a stylesheet over another format, which can reach nothing but what it is given."""

import os

import pytest
from lxml import etree

from django_oaipmh import XSLTFormat, markup
from django_oaipmh.formats.oai_dc import OAIDublinCore
from django_oaipmh.items import Description
from django_oaipmh.metadata import Metadata

from ..hosts import format_of, with_templates

NAMESPACE = "https://press.example.org/ns/adhoc"
XSL = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns="{namespace}"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exsl="http://exslt.org/common" xmlns:date="{date}"
    exclude-result-prefixes="dc exsl date" extension-element-prefixes="exsl">{before}
    <xsl:template match="/">{body}</xsl:template></xsl:stylesheet>"""
TITLE = "<a><xsl:value-of select='//dc:title'/></a>"
DESCRIPTION = Description(None, 'oai:press.example.org:"it\'s"/1', Metadata({"title": ["On <harvests> & more"]}))


@pytest.fixture
def made_by(tmp_path):
    """Write a stylesheet and return a format that is made by it."""

    def make(body: str = TITLE, before: str = "", date: str = "urn:x", **attributes) -> XSLTFormat:
        path = tmp_path / "a.xsl"
        path.write_text(XSL.format(namespace=NAMESPACE, date=date, before=before, body=body))
        os.utime(path, ns=(0, hash((body, before, date)) % 10**15))  # one that was not there before
        attributes = {"source": "oai_dc", "stylesheet": str(path)} | attributes
        return type("Made", (XSLTFormat, format_of()), attributes)()

    return make


def rendered(format: XSLTFormat, description: Description = DESCRIPTION) -> str:
    root = format.payload(description)
    assert root is not None
    return "".join(root.itertext())


@pytest.mark.parametrize(
    "source", ["oai_dc", "django_oaipmh.formats.oai_dc.OAIDublinCore", OAIDublinCore], ids=["prefix", "path", "class"]
)
def test_it_is_made_of_the_other_format(made_by, source):
    format = made_by(source=source)
    assert rendered(format) == "On <harvests> & more"
    assert format.payload(DESCRIPTION).get(markup.SCHEMA_LOCATION) == f"{NAMESPACE} {NAMESPACE}.xsd"
    assert format.problems() == []


def test_the_stylesheet_knows_the_identifier(made_by):
    format = made_by("<a><xsl:value-of select='$identifier'/></a>", "<xsl:param name='identifier'/>")
    assert rendered(format) == DESCRIPTION.identifier


def test_blanks_are_those_of_the_stylesheet(made_by):
    assert rendered(made_by("<a><b>1</b><xsl:text> </xsl:text><b>2</b></a>")) == "1 2"


def test_it_is_made_of_stored_xml(made_by):
    """Which it gets as harvesters do: in a namespace."""
    body = "<a xmlns:j='https://jats.nlm.nih.gov/ns/archiving/1.3/'><xsl:value-of select='/j:article/j:p'/></a>"
    format = made_by(body, source="jats")
    assert (
        rendered(format, Description(None, "oai:a", Metadata(), xml={"jats": "<article><p>One</p></article>"}))
        == "One"
    )
    assert format.kept == ("adhoc", "jats")
    assert format.only_stored and format.problems() == []
    for xml in ({}, {"jats": ""}, {"jats": b" "}):
        assert format.payload(Description(None, "oai:a", Metadata(), xml=xml)) is None
    assert format.missing(DESCRIPTION) == ["There is no XML stored for jats."]


def test_stored_xml_of_its_own_comes_first(made_by):
    stored = Description(None, "oai:a", Metadata(), xml={"adhoc": f'<a xmlns="{NAMESPACE}">stored</a>'})
    assert rendered(made_by(source="jats"), stored) == "stored"


def test_it_is_available_where_the_other_format_is(made_by, settings):
    settings.TEMPLATES = with_templates({"other.xml": '<b xmlns="urn:b"/>'})
    other = format_of("other", namespace="urn:b", template_name="other.xml", needs=("issued",))
    format = made_by("<a/>", source=other)
    assert format.missing(DESCRIPTION) == ["There is no issued."]
    assert format.payload(DESCRIPTION) is None
    dated = Description(None, "oai:a", Metadata({"issued": ["2020"]}))
    assert format.missing(dated) == []
    assert format.payload(dated) is not None
    assert made_by("<a/>", source=other, needs=("title",)).missing(dated) == ["There is no title."]


# What a stylesheet may not


@pytest.mark.parametrize(
    "select",
    ["document('secret.xml')", "document('{folder}/secret.xml')", "document('http://localhost:9/')", "document('')"],
)
def test_it_reads_no_document(made_by, tmp_path, select):
    (tmp_path / "secret.xml").write_text("<secret>the secret</secret>")
    format = made_by(f'<a><xsl:value-of select="{select.format(folder=tmp_path.as_uri())}"/></a>')
    with pytest.raises(etree.XSLTApplyError, match="denied"):
        format.payload(DESCRIPTION)


def test_it_writes_no_document(made_by, tmp_path):
    with pytest.raises(etree.XSLTApplyError, match="denied"):
        made_by(f'<exsl:document href="{tmp_path}/new.xml"><b/></exsl:document>').payload(DESCRIPTION)
    assert not (tmp_path / "new.xml").exists()


def test_what_it_imports_and_includes_is_beside_it(made_by, tmp_path):
    part = '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"{}>{}</xsl:stylesheet>'
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/one.xsl").write_text(part.format("", '<xsl:include href="two.xsl"/>'))
    (tmp_path / "parts/two.xsl").write_text(part.format("", '<xsl:template name="two">two</xsl:template>'))
    format = made_by('<a><xsl:call-template name="two"/></a>', '<xsl:import href="parts/one.xsl"/>')
    assert rendered(format) == "two"
    fingerprint = format.fingerprint()
    (tmp_path / "parts/two.xsl").write_text(part.format("", '<xsl:template name="two">2, changed</xsl:template>'))
    os.utime(tmp_path / "parts/two.xsl", ns=(0, 0))
    assert format.fingerprint() != fingerprint
    assert rendered(format) == "2, changed"


@pytest.mark.parametrize(
    "href", ["../b.xsl", "{parent}/b.xsl", "http://localhost:9/b.xsl", "parts/../../b.xsl", "link.xsl"]
)
def test_what_it_imports_is_not_elsewhere(made_by, tmp_path, href):
    outside = tmp_path / "b.xsl"
    outside.write_text(XSL.format(namespace=NAMESPACE, date="urn:x", before="", body=""))
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "link.xsl").symlink_to(outside)
    main = folder / "a.xsl"
    before = f'<xsl:import href="{href.format(parent=tmp_path.as_uri())}"/>'
    main.write_text(XSL.format(namespace=NAMESPACE, date="urn:x", before=before, body=TITLE))
    format = made_by(stylesheet=str(main))
    with pytest.raises(etree.XSLTParseError, match="is not in"):
        format.payload(DESCRIPTION)
    assert "is not in" in format.problems()[0]


def test_what_it_imports_is_what_it_names(made_by, tmp_path):
    """``xml:base`` leads elsewhere only for the processor."""
    (tmp_path / "parts").mkdir()
    for path in (tmp_path / "b.xsl", tmp_path / "parts/b.xsl"):
        path.write_text(XSL.format(namespace=NAMESPACE, date="urn:x", before="", body=""))
    format = made_by(before='<xsl:import href="b.xsl" xml:base="parts/"/>')
    assert "is not one of the files" in format.problems()[0]


def test_folders_with_blanks_and_accents(made_by, tmp_path):
    folder = tmp_path / "les étés à venir"
    folder.mkdir()
    (folder / "b.xsl").write_text(XSL.format(namespace=NAMESPACE, date="urn:x", before="", body="<b/>"))
    main = XSL.format(namespace=NAMESPACE, date="urn:x", before='<xsl:import href="b.xsl"/>', body=TITLE)
    (folder / "a.xsl").write_text(main)
    assert rendered(made_by(stylesheet=str(folder / "a.xsl"))) == "On <harvests> & more"


def test_its_own_entities_are_those_of_many_stylesheets(made_by, tmp_path):
    format = made_by("<a>&amp;</a>")
    text = (tmp_path / "a.xsl").read_text().replace("&amp;", "&nbsp;")
    (tmp_path / "a.xsl").write_text(f'<!DOCTYPE xsl:stylesheet [<!ENTITY nbsp "&#160;">]>{text}')
    assert rendered(format) == "\xa0"


# Mistakes


@pytest.mark.parametrize(
    "body, before, words",
    [
        ("text", "", "no element where the root element is {.*}"),
        ("", "", "no element"),
        ("<a/><a/>", "", "Extra content"),
        ("<a/>", "<xsl:output method='text'/>", "empty"),
        ("<a>text</a>", "<xsl:output method='text'/>", "Start tag expected"),
        ("<b xmlns='urn:b'/>", "", "namespace 'urn:b'"),
    ],
)
def test_what_gives_no_element_of_the_format(made_by, body, before, words):
    with pytest.raises(markup.IllFormed, match=words):
        made_by(body, before).payload(DESCRIPTION)


@pytest.mark.parametrize(
    "body, words",
    [
        ("<xsl:message terminate='yes'>no title, no record</xsl:message>", "no title, no record"),
        ("<a><xsl:value-of select='$nowhere'/></a>", "no result"),
        ("<a><xsl:apply-templates select='/'/></a>", "."),  # without an end
    ],
)
def test_what_fails_fails_for_this_record(made_by, body, words):
    with pytest.raises(etree.XSLTApplyError, match=words):
        made_by(body).payload(DESCRIPTION)


@pytest.mark.parametrize(
    "attributes, words",
    [
        ({"body": "<a><xsl:value-of select=']['/></a>"}, "]["),
        ({"body": "<a>"}, "mismatch"),
        ({"stylesheet": "/nowhere/a.xsl"}, "/nowhere/a.xsl"),
        ({"stylesheet": ""}, "it needs a source and a stylesheet."),
        ({"source": ""}, "it needs a source and a stylesheet."),
        ({"source": "nonsense"}, "source: there is no format 'nonsense'. Shipped are: "),
        ({"source": object}, "source: <class 'object'> is no MetadataFormat class."),
        ({"source": format_of("other", template_name="gone.xml")}, "source: there is no template 'gone.xml'."),
    ],
)
def test_what_is_wrong_is_told(made_by, attributes, words):
    (problem,) = made_by(**attributes).problems()
    assert words in problem


def test_a_broken_stylesheet_is_told_of_records(made_by):
    format = made_by("<a>")
    assert not format.purity().pure
    assert format.fingerprint()
    with pytest.raises(etree.XMLSyntaxError):
        format.payload(DESCRIPTION)
    assert rendered(made_by()) == "On <harvests> & more", "repaired"


# Purity and fingerprints


def test_it_is_as_pure_as_the_other_format(made_by, settings):
    settings.TEMPLATES = with_templates({"other.xml": '<b xmlns="urn:b">{{ object }}</b>'})
    assert made_by().purity().pure
    other = format_of("other", namespace="urn:b", template_name="other.xml")
    assert not made_by(source=other).purity().pure
    assert made_by(source="jats").purity().pure


@pytest.mark.parametrize("name", ["dates-and-times", "math", "random"])
def test_a_stylesheet_that_asks_the_time_or_fate_is_impure(made_by, name):
    assert not made_by(date=f"http://exslt.org/{name}").purity().pure


def test_a_render_of_the_hosts_own_is_impure_unless_it_says_otherwise(made_by):
    def render(self, description):
        return XSLTFormat.render(self, description)

    assert not made_by(render=render).purity().pure
    assert made_by(render=render, pure=True).purity().pure


def test_the_fingerprint_follows_stylesheet_and_source(made_by, settings):
    found = {made_by().fingerprint()}
    assert made_by().fingerprint() in found
    found.add(made_by("<a/>").fingerprint())
    found.add(made_by("<a/>", source="jats").fingerprint())
    settings.TEMPLATES = with_templates({"django_oaipmh/formats/oai_dc.xml": "<b/>"})
    found.add(made_by().fingerprint())
    assert len(found) == 4


def test_a_stylesheet_is_beside_the_module_of_the_class_that_names_it():
    class Named(XSLTFormat):
        stylesheet = "named.xsl"

    inherited = type("Inherited", (Named,), {"__module__": "django_oaipmh.items"})
    assert inherited().path.as_posix().endswith("/tests/formats/named.xsl")


def test_it_is_compiled_once(made_by):
    from django_oaipmh.formats.xslt import stylesheet_at

    format = made_by()
    format.payload(DESCRIPTION)
    compiled = stylesheet_at(format.path).transform
    format.payload(DESCRIPTION)
    assert stylesheet_at(format.path).transform is compiled
