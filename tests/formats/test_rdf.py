"""The format ``rdf`` is RDF, and nothing of a description is lost in it. The golden files of ``edm`` are RDF, too."""

from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import settings as options
from lxml import etree
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, RDFS, SKOS, XSD

from django_oaipmh import markup
from django_oaipmh.formats.rdf import LinkedData
from django_oaipmh.metadata import (
    Concept,
    Degree,
    File,
    Funding,
    Identifier,
    Organisation,
    Person,
    Place,
    Structured,
)
from django_oaipmh.standards.coordinates import coordinates
from django_oaipmh.standards.identifiers import identify, uri
from django_oaipmh.standards.languages import alpha3, tag

from .descriptions import IDENTIFIER, RICH, describe, descriptions

SCHEMA = rdflib.Namespace("https://schema.org/")
GEO = rdflib.Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
RELATORS = rdflib.Namespace("http://id.loc.gov/vocabulary/relators/")
GOLDEN = Path(__file__).parent / "golden"
ARTICLE = rdflib.URIRef("https://press.example.org/articles/1")
IDENTIFIED = {"title": ["On harvests"], "identifier": [str(ARTICLE)]}
OTHERS = {
    "dataProvider": SCHEMA.provider,
    "degree": SCHEMA.inSupportOf,
    "file": SCHEMA.encoding,
    "funding": SCHEMA.funding,
    "version": SCHEMA.version,
}


@pytest.fixture(autouse=True)
def _literals_as_they_are(monkeypatch):
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def graph(description) -> rdflib.Graph:
    root = etree.fromstring(markup.embed(LinkedData().payload(description)))
    return rdflib.Graph().parse(data=etree.tostring(root), format="xml")


def about(**metadata) -> rdflib.Graph:
    return graph(describe(IDENTIFIED | metadata))


def words_of(found: rdflib.Graph, node: rdflib.term.Node) -> set[str]:
    """Every word and URI that is told of a node and of what it leads to."""
    told, ahead = set(), {node}
    while ahead:
        told |= ahead
        ahead = {one for node in ahead for one in found.objects(node)} - told
    return {plain(one) for one in told}


def plain(text: str) -> str:
    return " ".join(str(text).split())


#: Terms of which words are told, whatever the value.
WORDS = (
    *("title", "alternative", "identifier", "bibliographicCitation", "description", "abstract", "tableOfContents"),
    *(
        "date",
        "available",
        "created",
        "dateAccepted",
        "dateCopyrighted",
        "dateSubmitted",
        "issued",
        "modified",
        "valid",
    ),
)


def expected(term: str, value: str | Structured) -> list[str]:
    """What a value says and has to be found again, its URIs as they are told."""
    if term in WORDS:
        return [str(value)]
    if term == "language":
        return [tag(str(value)) if alpha3(str(value)) else str(value)]
    match value:
        case Person():
            return [str(value), value.given, value.family, value.birth, value.death, value.affiliation]
        case Organisation():
            ror = identify(value.ror, "ror")
            return [value.name, uri(value.uri), ror.url if ror.scheme == "ror" else ""]
        case Concept():
            return [value.label, uri(value.uri)] if uri(value.uri) else [uri(str(value)) or str(value)]
        case Place():
            return [value.name, uri(value.uri), *(coordinates(value.latitude, value.longitude) or ())]
        case Identifier():
            return [identify(value.value, value.scheme).uri or value.value]
        case File():
            return [uri(value.url) or value.url, value.media_type, value.label]
        case Funding():
            return [value.funder, value.award, value.title, uri(value.uri)]
        case Degree():
            return [value.name, value.level, value.discipline, value.grantor]
        case _:
            return [uri(str(value)) or str(value)]


@options(max_examples=100)
@given(description=descriptions())
def test_every_value_of_any_description_is_found_again(description):
    found = graph(description)
    for term, values in description.metadata.items():
        objects = set(found.objects(None, OTHERS.get(term) or DCTERMS[term]))
        objects |= set(found.objects(None, SCHEMA.thumbnail))
        told = [words_of(found, node) for node in objects]
        for value in values:
            words = {plain(text) for text in expected(term, value)} - {""}
            assert any(words <= one for one in told), (term, value)


@pytest.mark.parametrize("name", ["rdf-rich", "rdf-minimal", "edm-rich"])
def test_golden_files_are_rdf(name):
    found = rdflib.Graph().parse(GOLDEN / f"{name}.xml", format="xml")
    assert len(found) > 5
    assert all(isinstance(node, rdflib.BNode | rdflib.URIRef) for node in found.subjects())


def test_the_resource_is_known_by_its_persistent_identifier():
    doi = rdflib.URIRef("https://doi.org/10.5555/press.1")
    assert (doi, DCTERMS.title, rdflib.Literal("Über Ernten", "de")) in graph(describe(RICH))
    assert (doi, RDF.type, rdflib.URIRef("http://purl.org/dc/dcmitype/Text")) in graph(describe(RICH))


@pytest.mark.parametrize(
    ("identifiers", "uri"),
    [
        ([str(ARTICLE), "urn:nbn:de:1-2"], "urn:nbn:de:1-2"),
        (["MS 12", str(ARTICLE)], str(ARTICLE)),
        (["0378-5955", str(ARTICLE)], str(ARTICLE)),
        (["MS 12", "0378-5955"], IDENTIFIER),
    ],
)
def test_uri_of_the_resource(identifiers, uri):
    found = graph(describe({"title": ["On harvests"], "identifier": identifiers}))
    assert set(found.subjects(DCTERMS.title)) == {rdflib.URIRef(uri)}
    assert {str(one) for one in found.objects(None, DCTERMS.identifier)} == set(identifiers)


def test_people():
    orcid = rdflib.URIRef("https://orcid.org/0000-0002-1825-0097")
    viaf = rdflib.URIRef("http://viaf.org/viaf/44404")
    person = Person(
        family="Roe",
        given="Richard",
        orcid="0000-0002-1825-0097",
        uri=str(viaf),
        birth="1971",
        affiliation="University of Examples",
        affiliation_uri="03yrm5c26",
    )
    found = about(creator=[person])
    assert (ARTICLE, DCTERMS.creator, viaf) in found
    assert (viaf, RDF.type, FOAF.Person) in found
    assert (viaf, OWL.sameAs, orcid) in found
    assert (viaf, FOAF.familyName, rdflib.Literal("Roe")) in found
    assert (viaf, SCHEMA.birthDate, rdflib.Literal("1971", datatype=XSD.gYear)) in found
    assert (viaf, SCHEMA.affiliation, rdflib.URIRef("https://ror.org/03yrm5c26")) in found


def test_roles_are_told_of_who_has_a_uri_and_who_has_not():
    library = Organisation("Example Library", uri="https://library.example.org/#it", role="his")
    found = about(contributor=[Person("Moe, Mary", role="illustrator"), library, Person("Roe, Richard", role="muse")])
    (illustrator,) = found.objects(ARTICLE, RELATORS.ill)
    assert found.value(illustrator, FOAF.name) == rdflib.Literal("Moe, Mary")
    assert (ARTICLE, DCTERMS.contributor, illustrator) in found
    assert (ARTICLE, RELATORS.his, rdflib.URIRef(library.uri)) in found
    assert len(list(found.objects(ARTICLE, DCTERMS.contributor))) == 3


def test_concepts():
    gnd = rdflib.URIRef("http://d-nb.info/gnd/4015286-8")
    found = about(
        subject=[
            Concept("Ernte", str(gnd), "http://d-nb.info/gnd/", "de"),
            Concept("harvest", str(gnd), "GND", "en"),
            Concept("gleaning", "#gleaning", "", "en"),
        ]
    )
    assert set(found.objects(gnd, SKOS.prefLabel)) == {rdflib.Literal("Ernte", "de"), rdflib.Literal("harvest", "en")}
    assert rdflib.URIRef("http://d-nb.info/gnd/") in set(found.objects(gnd, SKOS.inScheme))
    assert set(found.subjects(RDFS.label, rdflib.Literal("GND"))) <= set(found.objects(gnd, SKOS.inScheme))
    assert rdflib.Literal("gleaning", "en") in set(found.objects(ARTICLE, DCTERMS.subject))


def test_a_licence_is_no_concept():
    licence = rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/")
    found = about(license=[Concept("CC BY 4.0", str(licence))])
    assert set(found.objects(licence, RDF.type)) == {DCTERMS.LicenseDocument}


@pytest.mark.parametrize(
    ("date", "datatype"),
    [
        ("1850", XSD.gYear),
        ("1850-03", XSD.gYearMonth),
        ("1850-03-04", XSD.date),
        ("2021-05-06T07:08:09Z", XSD.dateTime),
        ("2021-05-06T07:08Z", None),
        ("-0044", None),
        ("ca. 1850", None),
        ("1850/1860", None),
        ("2021-02-30", None),
    ],
)
def test_dates(date, datatype):
    assert about(issued=[date]).value(ARTICLE, DCTERMS.issued) == rdflib.Literal(date, datatype=datatype)


def test_places():
    geonames = rdflib.URIRef("http://sws.geonames.org/261604/")
    found = about(spatial=[Place("Lesbos", str(geonames), "39.21", "26.28", "en"), Place("", "", "1.5", "-2")])
    assert (geonames, RDFS.label, rdflib.Literal("Lesbos", "en")) in found
    assert {(str(lat), str(found.value(place, GEO.long))) for place, lat in found.subject_objects(GEO.lat)} == {
        ("39.21", "26.28"),
        ("1.5", "-2"),
    }


def test_files():
    pdf, image = (f"https://press.example.org/articles/1.{end}" for end in ("pdf", "jpg"))
    found = about(
        file=[File(pdf, "application/pdf", "123", "ab" * 32, "SHA-256"), File(image, "image/jpeg", use="thumbnail")]
    )
    assert (ARTICLE, SCHEMA.encoding, rdflib.URIRef(pdf)) in found
    assert (rdflib.URIRef(pdf), SCHEMA.contentSize, rdflib.Literal("123 B")) in found
    assert (rdflib.URIRef(pdf), SCHEMA.sha256, rdflib.Literal("ab" * 32)) in found
    assert (ARTICLE, SCHEMA.thumbnail, rdflib.URIRef(image)) in found


def test_references_and_words():
    found = about(
        relation=[Identifier("10.5555/press.0", "doi"), Identifier("0378-5955", "issn"), "http://[", "javascript:x"],
        title=["https://titles.example.org/"],
    )
    assert set(found.objects(ARTICLE, DCTERMS.relation)) == {
        rdflib.URIRef("https://doi.org/10.5555/press.0"),
        rdflib.URIRef("urn:issn:0378-5955"),
        *map(rdflib.Literal, ("http://[", "javascript:x")),
    }
    assert found.value(ARTICLE, DCTERMS.title) == rdflib.Literal("https://titles.example.org/")
