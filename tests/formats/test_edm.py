"""What Europeana asks for beyond its schema, and what an object needs to get there."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import settings as options
from lxml import etree

from django_oaipmh import markup
from django_oaipmh.formats.edm import EuropeanaDataModel
from django_oaipmh.metadata import Concept, File, Identifier, Organisation, Person, Place, Text
from django_oaipmh.standards.licences import rights_statement

from .. import schemas
from .descriptions import IDENTIFIER, RICH, describe, descriptions

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdaGr2": "http://rdvocab.info/ElementsGr2/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "wgs84_pos": "http://www.w3.org/2003/01/geo/wgs84_pos#",
}

#: A photograph of a museum, with all that Europeana wants and nothing else.
PHOTOGRAPH = {
    "title": [Text("The harvest", "en")],
    "type": [Concept("photographs", "http://vocab.getty.edu/aat/300046300", "http://vocab.getty.edu/aat/", "en")],
    "identifier": ["https://museum.example.org/objects/7", "inv. 7"],
    "rights": ["https://creativecommons.org/publicdomain/mark/1.0/deed.en"],
    "dataProvider": [Text("Museum of Fields", "en")],
    "file": [File("https://museum.example.org/objects/7.jpg", "image/jpeg")],
}


class AggregatedEDM(EuropeanaDataModel):
    data_provider = "Museum of Fields"
    provider = "Museums of the Plain"


def payload(metadata, format=None) -> etree._Element | None:
    root = (format or EuropeanaDataModel()).payload(describe(metadata))
    if root is None:
        return None
    root = etree.fromstring(markup.embed(root))
    assert_valid(root)
    return root


def assert_valid(root: etree._Element) -> None:
    assert not schemas.available() or schemas.STORED.errors(root) == []
    assert broken_rules(root) == []


def missing(metadata) -> list[str]:
    return EuropeanaDataModel().missing(describe(metadata))


def find(root: etree._Element, path: str) -> list:
    return root.xpath(path, namespaces=NAMESPACES)


def values(root: etree._Element, path: str) -> list[str]:
    """What elements hold: what they refer to, or their text."""
    return [element.get(f"{{{NAMESPACES['rdf']}}}resource") or element.text for element in find(root, path)]


#: The patterns that stand in EDM-EXTERNAL-MAIN.xsd, as they stand there.
RIGHTS = [
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd|by-nd-nc)/1[.]0/((fi|il|nl)/)?$",
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd)/2[.]0/((au|at|be|br|ca|cl|hr|uk|fr"
    r"|de|it|jp|nl|pl|kr|es|tw)/)?$",
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd)/2[.]1/((au|es|jp)/)$",
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd)/2[.]5/((ar|au|br|bg|ca|cn|co|hr|dk"
    r"|hu|in|il|it|mk|my|mt|mx|nl|pe|pl|pt|scotland|si|za|es|se|ch|tw)/)?$",
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd)/3[.]0/((au|at|br|cl|cn|cr|hr|cz|ec"
    r"|eg|ee|fr|de|gr|gt|hk|igo|ie|it|lu|nl|nz|no|ph|pl|pt|pr|ro|rs|sg|za|es|ch|tw|th|ug|us|ve|vn)/)?$",
    r"^http[:]//creativecommons[.]org/licenses/(by|by-sa|by-nd|by-nc|by-nc-sa|by-nc-nd)/4[.]0/$",
    r"^http[:]//creativecommons[.]org/publicdomain/(zero|mark)/1[.]0/$",
    r"^http[:]//rightsstatements[.]org/vocab/(NoC-NC|NoC-OKLR|InC|InC-EDU|InC-OW-EU|CNE)/1[.]0/$",
]

#: Europeana's Schematron rules (in the appinfo of its schemas): what they look at → what has to be true of it.
RULES = {
    "//edm:ProvidedCHO": [
        "dc:subject or dc:type or dcterms:temporal or dcterms:spatial",
        "dc:subject[@rdf:resource or normalize-space(.) != ''] or "
        "dc:type[@rdf:resource or normalize-space(.) != ''] or "
        "dcterms:temporal[@rdf:resource or normalize-space(.) != ''] or "
        "dcterms:spatial[@rdf:resource or normalize-space(.) != '']",
        "dc:title[normalize-space(.) != ''] or dc:description[@rdf:resource or normalize-space(.) != '']",
        "not(edm:type = 'TEXT') or dc:language",
    ],
    "//ore:Aggregation": [
        "edm:isShownAt/@rdf:resource or edm:isShownBy/@rdf:resource",
        "edm:dataProvider[@rdf:resource or normalize-space(.) != '']",
        "edm:provider[@rdf:resource or normalize-space(.) != '']",
        "edm:rights/@rdf:resource",
    ],
    "//edm:WebResource": ["not(dcterms:hasPart[text()])"],
    "//*": [
        "not(@rdf:resource = '') and not(@rdf:about = '') and not(@xml:lang = '')",
        "not(@rdf:resource and text())",
    ],
}


def broken_rules(root: etree._Element) -> list[str]:
    broken = [
        f"{element.tag}: {rule}"
        for context, rules in RULES.items()
        for element in find(root, context)
        for rule in rules
        if not element.xpath(f"boolean({rule})", namespaces=NAMESPACES)
    ]
    for uri in values(root, "//edm:rights"):
        if not any(re.match(pattern, uri) for pattern in RIGHTS):
            broken.append(f"edm:rights: {uri}")
    about = [element.get(f"{{{NAMESPACES['rdf']}}}about") for element in root]
    tags = [element.tag for element in root]
    if len(set(zip(tags, about, strict=True))) < len(root):
        broken.append("a resource is described twice")
    return broken


@options(max_examples=100)
@given(description=descriptions())
def test_rules_of_europeana_hold_of_any_record(description):
    root = AggregatedEDM().payload(description)
    if root is not None:
        assert_valid(etree.fromstring(markup.embed(root)))


def test_a_photograph_has_all_that_is_needed():
    root = payload(PHOTOGRAPH)
    assert values(root, "edm:ProvidedCHO/edm:type") == ["IMAGE"]
    assert values(root, "ore:Aggregation/edm:isShownAt") == ["https://museum.example.org/objects/7"]
    assert values(root, "ore:Aggregation/edm:isShownBy") == ["https://museum.example.org/objects/7.jpg"]
    assert values(root, "ore:Aggregation/edm:object") == ["https://museum.example.org/objects/7.jpg"]
    assert values(root, "ore:Aggregation/edm:provider") == ["Museum of Fields"]
    assert values(root, "ore:Aggregation/edm:rights") == ["http://creativecommons.org/publicdomain/mark/1.0/"]
    assert values(root, "ore:Aggregation/dc:rights") == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": []}, "title or description"),
        ({"type": ["VIDEO"], "title": []}, "title or description"),
        ({"type": [], "file": []}, "subject or type or spatial or temporal"),
        ({"type": ["amphora"], "file": []}, "text, image, sound, video or 3D"),
        ({"type": ["book"]}, "language"),
        ({"identifier": ["inv. 7"], "file": [], "type": ["IMAGE"]}, "URL"),
        ({"dataProvider": []}, "dataProvider"),
        ({"rights": []}, "Creative Commons"),
        ({"rights": ["all rights reserved", "http://rightsstatements.org/vocab/UND/1.0/"]}, "RightsStatements.org"),
    ],
)
def test_without_what_europeana_demands_there_is_no_record(changes, reason):
    metadata = PHOTOGRAPH | changes
    reasons = missing(metadata)
    assert any(reason in one for one in reasons)
    assert payload(metadata) is None


def test_a_description_stands_in_for_a_title():
    assert values(payload(PHOTOGRAPH | {"title": [], "abstract": ["A field."]}), "//dc:description") == ["A field."]


@pytest.mark.parametrize(
    ("changes", "type"),
    [
        ({"type": ["Sound"]}, "SOUND"),
        ({"type": [Concept("video", "http://purl.org/coar/resource_type/c_12ce")]}, "VIDEO"),
        ({"type": ["journal article"], "language": ["en"]}, "TEXT"),
        ({"type": ["amphora", "3D"]}, "3D"),
        ({"type": ["amphora"], "file": [File("https://museum.example.org/7.glb", "model/gltf-binary")]}, "3D"),
        ({"type": ["PhysicalObject"]}, "IMAGE"),
        ({"type": ["roll"], "file": [File("https://museum.example.org/7", "Audio/MPEG; rate=44100")]}, "SOUND"),
    ],
)
def test_type_of_the_digital_object(changes, type):
    assert values(payload(PHOTOGRAPH | changes), "//edm:type") == [type]


def test_the_word_that_says_the_type_is_not_repeated():
    assert values(payload(PHOTOGRAPH | {"type": ["amphora", "3D"]}), "//dc:type") == ["amphora"]
    assert values(payload(PHOTOGRAPH | {"type": ["3D"]}), "//dc:type") == ["3D"]
    assert values(payload(PHOTOGRAPH | {"type": ["3D", Text("3D", "en")]}), "//dc:type") == ["3D", "3D"]


@pytest.mark.parametrize(
    "landing",
    [
        ["inv. 7", Identifier("10.5555/7", "doi"), "https://museum.example.org/7"],
        [Identifier("10.5555/7", "doi"), "https://museum.example.org/7", "https://museum.example.org/8"],
        ["ftp://museum.example.org/6", "https://museum.example.org/7"],
    ],
)
def test_the_landing_page_is_the_first_url(landing):
    assert values(payload(PHOTOGRAPH | {"identifier": landing}), "//edm:isShownAt") == ["https://museum.example.org/7"]


def test_a_doi_leads_to_the_landing_page_too():
    root = payload(PHOTOGRAPH | {"identifier": [Identifier("10.5555/7", "doi")]})
    assert values(root, "//edm:isShownAt") == ["https://doi.org/10.5555/7"]
    assert values(root, "edm:ProvidedCHO/owl:sameAs") == ["https://doi.org/10.5555/7"]


def test_files():
    files = [
        File("https://museum.example.org/7-ocr.txt", "text/plain", use="text"),
        File("https://museum.example.org/7-1.jpg", "image/jpeg", size="1000", label="Front"),
        "https://museum.example.org/7-2.jpg",
        File("https://museum.example.org/7-1.jpg", "image/jpeg"),
        File("https://museum.example.org/7-small.jpg", "image/jpeg", use="thumbnail"),
        File("/7-3.jpg", "image/jpeg"),
    ]
    root = payload(PHOTOGRAPH | {"file": files})
    assert values(root, "//edm:isShownBy") == ["https://museum.example.org/7-1.jpg"]
    assert values(root, "//edm:hasView") == ["https://museum.example.org/7-2.jpg"]
    assert values(root, "//edm:object") == ["https://museum.example.org/7-small.jpg"]
    front, back = find(root, "edm:WebResource")
    assert [child.text or child.get(f"{{{NAMESPACES['rdf']}}}resource") for child in front] == [
        "Front",
        "image/jpeg",
        "1000 bytes",
        "http://creativecommons.org/publicdomain/mark/1.0/",
    ]
    assert values(back, "*") == ["http://creativecommons.org/publicdomain/mark/1.0/"]


def test_a_host_says_who_provides():
    without = PHOTOGRAPH | {"dataProvider": []}
    root = payload(without, AggregatedEDM())
    assert values(root, "//edm:dataProvider") == ["Museum of Fields"]
    assert values(root, "//edm:provider") == ["Museums of the Plain"]
    assert AggregatedEDM().fingerprint() != EuropeanaDataModel().fingerprint()


def test_the_term_comes_before_what_the_host_says():
    root = payload(PHOTOGRAPH | {"dataProvider": [Organisation("Barn Museum")]}, AggregatedEDM())
    assert values(root, "//edm:dataProvider") == ["Barn Museum"]


@pytest.mark.parametrize(
    ("said", "statement"),
    [
        ("https://creativecommons.org/licenses/by-sa/4.0", "http://creativecommons.org/licenses/by-sa/4.0/"),
        ("http://creativecommons.org/licenses/by/3.0/de/deed.en", "http://creativecommons.org/licenses/by/3.0/de/"),
        (
            "https://creativecommons.org/publicdomain/zero/1.0/legalcode.de",
            "http://creativecommons.org/publicdomain/zero/1.0/",
        ),
        ("https://rightsstatements.org/page/InC/1.0/?language=de", "http://rightsstatements.org/vocab/InC/1.0/"),
        ("http://rightsstatements.org/vocab/noc-oklr/1.0/", "http://rightsstatements.org/vocab/NoC-OKLR/1.0/"),
    ],
)
def test_rights_as_people_copy_them(said, statement):
    root = payload(PHOTOGRAPH | {"rights": ["Museum of Fields"], "accessRights": [Concept("Anybody", said)]})
    assert set(values(root, "//edm:rights")) == {statement}
    assert values(root, "//dc:rights") == ["Museum of Fields"]


@pytest.mark.parametrize(
    "said",
    [
        "CC BY 4.0",
        "http://creativecommons.org/licenses/by/2.1/",
        "http://creativecommons.org/licenses/by/4.0/de/",
        "http://creativecommons.org/licenses/sampling/1.0/",
        "http://rightsstatements.org/vocab/NoC-US/1.0/",
        "https://opensource.org/license/mit",
    ],
)
def test_other_rights_are_not_taken(said):
    assert payload(PHOTOGRAPH | {"license": [said], "rights": []}) is None


def test_translations_of_a_concept_stand_side_by_side():
    uri = "http://vocab.getty.edu/aat/300047898"
    concepts = [Concept("harvest", uri, "", "en"), Concept("Ernte", uri, "", "de"), Concept("reaping", uri, "", "en")]
    root = payload(PHOTOGRAPH | {"subject": concepts})
    assert values(root, "//dc:subject") == [uri]
    (concept,) = find(root, f"skos:Concept[@rdf:about='{uri}']")
    assert values(concept, "skos:prefLabel") == ["harvest", "Ernte"]
    assert values(concept, "skos:altLabel") == ["reaping"]


def test_a_person_is_described_once():
    uri = "http://viaf.org/viaf/44404"
    author = Person("Li Bai", uri=uri, birth="701", death="762", orcid="0000-0002-1825-0097", role="aut")
    root = payload(PHOTOGRAPH | {"creator": [author], "subject": [Person("Li Po", uri=uri, birth="699")]})
    assert values(root, "//dc:creator") == values(root, "//dc:subject") == [uri]
    (agent,) = find(root, "edm:Agent")
    assert values(agent, "*") == ["Li Bai", "Li Po", "701", "762", "https://orcid.org/0000-0002-1825-0097"]


def test_dates_of_a_person_without_uri_are_kept():
    person = Person("Sappho", birth="ca. 630 BC")
    root = payload(
        PHOTOGRAPH | {"creator": [person], "contributor": [Person("Sappho", birth="ca. 630 BC", role="edt")]}
    )
    assert values(root, "//dc:creator") == values(root, "//dc:contributor") == [f"{IDENTIFIER}#agent-1"]
    assert values(root, "edm:Agent/*") == ["Sappho", "ca. 630 BC"]


def test_people_without_anything_more_than_a_name_are_words():
    root = payload(PHOTOGRAPH | {"creator": ["Sappho", Person(family="Roe", given="Richard"), Organisation("Press")]})
    assert values(root, "//dc:creator") == ["Sappho", "Roe, Richard", "Press"]
    assert find(root, "edm:Agent") == []


@pytest.mark.parametrize(
    ("latitude", "longitude"), [("91", "0"), ("0", "181"), ("NaN", "1"), ("39.2", ""), ("1e3", "2"), ("a", "b")]
)
def test_places_off_the_earth_have_no_coordinates(latitude, longitude):
    place = Place("Lesbos", "http://sws.geonames.org/261604/", latitude, longitude)
    root = payload(PHOTOGRAPH | {"spatial": [place]})
    assert values(root, "edm:Place/*") == ["Lesbos"]


def test_coordinates_of_a_place_without_uri_are_kept():
    root = payload(PHOTOGRAPH | {"spatial": [Place("Lesbos", "", "39.21", "26.28", "en")]})
    assert values(root, "//dcterms:spatial") == [f"{IDENTIFIER}#place-1"]
    assert values(root, "edm:Place/*") == ["39.21", "26.28", "Lesbos"]


def test_dates_and_ranges():
    root = payload(PHOTOGRAPH | {"created": ["1850/1860"], "temporal": ["1850/1860", "1914/", "the iron age"]})
    span, open_span = f"{IDENTIFIER}#1850/1860", f"{IDENTIFIER}#1914/.."
    assert values(root, "//dcterms:created") == [span]
    assert values(root, "//dcterms:temporal") == [span, open_span, "the iron age"]
    assert [values(one, "edm:*") for one in find(root, "edm:TimeSpan")] == [["1850", "1860"], ["1914"]]


def test_what_is_no_absolute_uri_is_told_in_words():
    concepts = [Concept("harvest", "#harvest", "", "en"), Concept("reaping", "javascript:reap()", "", "en")]
    root = payload(PHOTOGRAPH | {"subject": concepts, "relation": ["https://[", "https://a.example/ä b"]})
    assert values(root, "//dc:subject") == ["harvest", "reaping"]
    assert values(root, "//dc:relation") == ["https://[", "https://a.example/ä b"]


def test_languages_are_codes_where_they_can_be():
    root = payload(PHOTOGRAPH | {"language": ["ger", "pt_BR", "Old Norse"]})
    assert values(root, "//dc:language") == ["de", "pt-BR", "Old Norse"]


@pytest.mark.parametrize(
    "identifier", ["oai:a.example:b", "https://a.example/b#c", "oai:a.example:[b]#c#d", "urn:x:%5B"]
)
def test_any_oai_identifier_is_the_uri_of_an_object(identifier):
    description = dataclasses.replace(describe(PHOTOGRAPH | {"temporal": ["1850/1860"]}), identifier=identifier)
    root = etree.fromstring(markup.embed(EuropeanaDataModel().payload(description)))
    assert_valid(root)
    assert len({element.get(f"{{{NAMESPACES['rdf']}}}about") for element in root}) == len(root)


def test_every_statement_that_europeana_takes_and_no_other():
    ports = re.findall(r"\b[a-z]{2,8}\b", " ".join(re.findall(r"\((\(.*?)\)/\)", " ".join(RIGHTS))))
    paths = [
        f"licenses/{licence}/{version}/{port}"
        for licence in ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "by-nd-nc", "nd", "sampling")
        for version in ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0", "5.0")
        for port in ("", *(f"{one}/" for one in {*ports, "xx"}))
    ]
    uris = [
        f"http://creativecommons.org/{path}" for path in (*paths, "publicdomain/zero/1.0/", "publicdomain/mark/1.0/")
    ]
    codes = (
        "NoC-NC",
        "NoC-OKLR",
        "NoC-CR",
        "NoC-US",
        "InC",
        "InC-EDU",
        "InC-OW-EU",
        "InC-NC",
        "InC-RUU",
        "CNE",
        "UND",
        "NKC",
    )
    uris += [f"http://rightsstatements.org/vocab/{code}/1.0/" for code in codes]
    taken = [uri for uri in uris if any(re.match(pattern, uri) for pattern in RIGHTS)]
    assert len(taken) > 300
    assert [uri for uri in uris if rights_statement(uri)] == taken
    assert [rights_statement(uri) for uri in taken] == taken


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_the_patterns_of_rights_are_those_of_the_schema():
    root = etree.parse(str(schemas.STORED.path_of("http://www.europeana.eu/schemas/edm/EDM-EXTERNAL-MAIN.xsd")))
    assert root.xpath("//*[local-name() = 'pattern']/@value") == RIGHTS


def test_the_object_is_not_its_landing_page():
    root = payload(RICH)
    (cho,), (aggregation,) = find(root, "edm:ProvidedCHO"), find(root, "ore:Aggregation")
    about = f"{{{NAMESPACES['rdf']}}}about"
    assert cho.get(about) == IDENTIFIER
    assert len({cho.get(about), aggregation.get(about), *values(root, "//edm:isShownAt | //edm:isShownBy")}) == 4
