"""``oai_qdc``: refinements, and encoding schemes only of values that are of them."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import settings as options
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats.oai_qdc import QualifiedDublinCore, Statement, statements
from django_oaipmh.metadata import TERMS, Concept, Identifier, Person, Place, Text

from .. import schemas
from .descriptions import RICH, describe, descriptions, normalised

DCMI = "http://dublincore.org/schemas/xmls/qdc"
CONTAINER = """
<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:dcterms="http://purl.org/dc/terms/"
        targetNamespace="{namespace}">
  <import namespace="http://purl.org/dc/terms/" schemaLocation="{dcmi}/{version}/dcterms.xsd"/>
  <element name="qualifieddc" type="dcterms:elementOrRefinementContainer"/>
</schema>
"""


@cache
def container(version: str) -> etree.XMLSchema:
    """The container as an application schema declares it, over one of DCMI's official schemas."""
    text = CONTAINER.format(namespace=QualifiedDublinCore.namespace, dcmi=DCMI, version=version)
    return etree.XMLSchema(etree.fromstring(text, schemas.STORED.parser()))


def told(term, *values):
    return list(statements(normalised({term: list(values)})))


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
@pytest.mark.parametrize("version", ["2006/01/06", "2008/02/11"])
def test_valid_by_both_schemas_of_dcmi_that_are_in_use(version):
    @options(max_examples=50)
    @given(descriptions())
    def check(description):
        root = etree.fromstring(markup.embed(QualifiedDublinCore().payload(description)))
        assert container(version).validate(root), container(version).error_log

    check()


def test_every_term_of_dcmi_is_told_under_its_own_name():
    for term in TERMS:
        names = {one.name for one in told(term, "a word")}
        assert names <= {f"dc:{term}", f"dcterms:{term}"}
        assert bool(names) == (term not in ("dataProvider", "degree", "file", "funding", "version"))


def test_the_elements_are_followed_by_their_refinements():
    names = [one.name for one in statements(RICH)]
    assert names.index("dc:title") < names.index("dcterms:alternative") < names.index("dc:creator")
    assert names.index("dcterms:license") < names.index("dcterms:audience")


@pytest.mark.parametrize(
    ("term", "value", "text", "scheme"),
    [
        ("issued", "2021-03", "2021-03", "W3CDTF"),
        ("date", "1850/1860", "start=1850; end=1860; scheme=W3C-DTF;", "Period"),
        ("temporal", "1914-1918", "start=1914; end=1918; scheme=W3C-DTF;", "Period"),
        ("temporal", "1914/", "start=1914; scheme=W3C-DTF;", "Period"),
        ("language", "deu", "de", "RFC3066"),
        ("language", "pt_BR", "pt-BR", "RFC3066"),
        ("format", "text/html", "text/html", "IMT"),
        ("type", "StillImage", "StillImage", "DCMIType"),
        ("identifier", "https://a.example/1", "https://a.example/1", "URI"),
        ("identifier", "10.5555/1", "https://doi.org/10.5555/1", "URI"),
        ("relation", "urn:nbn:de:101:1-2", "urn:nbn:de:101:1-2", "URI"),
        ("isPartOf", Identifier("0378-5955", "issn"), "urn:issn:0378-5955", "URI"),
        (
            "license",
            "https://creativecommons.org/licenses/by/4.0/",
            "https://creativecommons.org/licenses/by/4.0/",
            "URI",
        ),
        ("subject", Concept("Cats", scheme="LCSH"), "Cats", "LCSH"),
        ("subject", Concept("636.8", scheme="ddc"), "636.8", "DDC"),
        ("spatial", Concept("DE", scheme="ISO3166"), "DE", "ISO3166"),
        ("spatial", Place("", "", "-31.9", "+115.8"), "east=115.8; north=-31.9;", "Point"),
    ],
)
def test_schemes(term, value, text, scheme):
    assert Statement(next(iter(told(term, value))).name, text, scheme) in told(term, value)


@pytest.mark.parametrize(
    ("term", "value"),
    [
        ("issued", "ca. 1850"),
        ("issued", "2021-02-30"),
        ("issued", "2021-05-06T07:08Z"),
        ("date", "-0044"),
        ("temporal", "ca. 620 BC"),
        ("temporal", "1850~/1860"),
        ("language", "English"),
        ("format", "PDF"),
        ("format", "text/html; charset=utf-8"),
        ("type", "text"),
        ("identifier", "MS 12"),
        ("identifier", "http://["),
        ("identifier", "https://a.example/#a#b"),
        ("license", "javascript:alert(1)"),
        ("title", "https://a.example/1"),
        ("creator", Person(name="10.5555/1")),
        ("subject", Concept("Cats", scheme="ddc")),
        ("spatial", Place("", "", "91", "0")),
        ("spatial", Place("", "", "NaN", "0")),
    ],
)
def test_no_scheme_for_what_is_not_of_it(term, value):
    assert {one.scheme for one in told(term, value)} - {"DCMIType"} == {""}


def test_a_label_and_the_uri_it_goes_with():
    concept = Concept("Katzen", "http://id.loc.gov/authorities/subjects/sh85021262", "lcsh", "de")
    assert told("subject", concept) == [
        Statement("dc:subject", "Katzen", lang="de"),
        Statement("dc:subject", concept.uri, "URI"),
    ]


def test_a_name_within_a_point_cannot_be_mistaken_for_its_parts():
    (name, point) = told("spatial", Place("a;b=c\\d\ne", "", "1", "2"))
    assert name.value == "a;b=c\\d\ne"
    assert point.value == r"name=a\;b\=c\\d e; east=2; north=1;"


def test_words_in_a_language_are_words():
    assert told("identifier", Text("https://a.example/", "en")) == [
        Statement("dc:identifier", "https://a.example/", lang="en")
    ]


def test_the_type_is_told_in_the_words_of_dcmi_too():
    assert told("type", "PhD thesis")[-1] == Statement("dc:type", "Text", "DCMIType")


def test_an_authority_is_no_second_creator():
    assert told("creator", Concept("Sappho", "http://viaf.org/viaf/44404", "viaf", "en")) == [
        Statement("dc:creator", "Sappho", lang="en")
    ]


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_within_a_response_of_oai_pmh():
    """The wildcard of OAI-PMH asks for a root element that a schema declares."""
    locations = {name: schemas.LOCATIONS[name] for name in ("http://www.openarchives.org/OAI/2.0/",)}
    locations[QualifiedDublinCore.namespace] = QualifiedDublinCore.schema
    imports = "".join(f'<import namespace="{name}" schemaLocation="{url}"/>' for name, url in locations.items())
    schema = etree.XMLSchema(
        etree.fromstring(f'<schema xmlns="{schemas.XSD}">{imports}</schema>', schemas.STORED.parser())
    )
    response = RESPONSE.format(markup.embed(QualifiedDublinCore().payload(describe(RICH))))
    assert schema.validate(etree.fromstring(response)), schema.error_log


RESPONSE = """
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
  <responseDate>2021-01-01T00:00:00Z</responseDate>
  <request>https://press.example.org/oai</request>
  <GetRecord>
    <record>
      <header><identifier>oai:press.example.org:article/1</identifier><datestamp>2021-01-01</datestamp></header>
      <metadata>{}</metadata>
    </record>
  </GetRecord>
</OAI-PMH>
"""


def test_another_container():
    """DSpace's, as the documentation shows."""

    class DSpace(QualifiedDublinCore):
        namespace = "http://dspace.org/qualifieddc/"
        schema = "http://www.ukoln.ac.uk/metadata/dcmi/xmlschema/qualifieddc.xsd"
        template_name = "django_oaipmh/formats/oai_qdc.xml"

    root = DSpace().payload(describe({"title": ["On harvests"]}))
    assert root.tag == "{http://dspace.org/qualifieddc/}qualifieddc"
    assert root[0].text == "On harvests"
