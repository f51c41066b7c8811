"""What DataCite's metadata says of a resource beyond what holds of every format."""

import re

import pytest
from lxml import etree

from django_oaipmh.formats.datacite import DataCite
from django_oaipmh.formats.oai_openaire import OpenAIRE
from django_oaipmh.metadata import Citation, Concept, File, Funding, Identifier, Organisation, Person, Place, Text

from .. import schemas
from .descriptions import MINIMAL, describe

XML = "{http://www.w3.org/XML/1998/namespace}"
ENOUGH = MINIMAL | {"identifier": ["https://doi.org/10.5555/x", "https://press.example.org/articles/1"]}


def payload(other: DataCite | None = None, /, **terms) -> etree._Element:
    root = (other or DataCite()).payload(describe(ENOUGH | terms))
    assert root is not None
    assert not schemas.available() or schemas.STORED.errors(root) == []
    return root


def found(root: etree._Element, name: str) -> list[tuple[str | None, dict[str, str]]]:
    """The text and the attributes of each element of a name."""
    return [
        (element.text, {key.replace(XML, "xml:"): value for key, value in element.attrib.items()})
        for element in root.iter("{*}" + name)
    ]


# Availability


def test_enough_is_enough():
    assert found(payload(), "identifier") == [("10.5555/x", {"identifierType": "DOI"})]


@pytest.mark.parametrize("term", ["creator", "title", "publisher", "type"])
def test_a_mandatory_property_without_a_value(term):
    metadata = {name: values for name, values in ENOUGH.items() if name != term}
    assert DataCite().payload(describe(metadata)) is None
    assert DataCite().missing(describe(metadata)) == [f"There is no {term}."]


def test_without_a_doi_there_is_no_record():
    assert DataCite().payload(describe(MINIMAL)) is None
    assert DataCite().missing(describe(MINIMAL)) == ["There is no DOI among the identifiers."]


def test_without_a_year_there_is_no_record():
    description = describe(ENOUGH | {"issued": ["19th century"]})
    assert DataCite().missing(description) == ["No date says in which year it was published."]


@pytest.mark.parametrize(
    "terms, year",
    [
        ({"issued": ["2021-03-04"], "available": ["2023"], "created": ["2019"]}, "2021"),
        ({"issued": ["n.d."], "available": ["2023"], "created": ["2019"]}, "2023"),
        ({"issued": [], "created": ["2019"]}, "2019"),
        ({"issued": ["1998/2004"]}, "1998"),
        ({"issued": ["ca. 1850"]}, "1850"),
        ({"issued": ["185X"], "created": ["1853"]}, "1853"),
        ({"available": ["2023-01-01"], "accessRights": ["embargoed access"]}, "2023"),
        ({"accessRights": ["embargoed access"]}, "2021"),
    ],
)
def test_the_year_of_publication(terms, year):
    """A year out of several that a vague date could mean would be made up; an embargo ends with publication."""
    assert found(payload(**terms), "publicationYear") == [(year, {})]


# Properties


@pytest.mark.parametrize(
    "types, text, general",
    [
        (["Text", "journal article"], "journal article", "JournalArticle"),
        ([Concept("Aufsatz", "http://purl.org/coar/resource_type/c_6501")], "Aufsatz", "JournalArticle"),
        (["http://purl.org/coar/resource_type/c_6501"], "journal article", "JournalArticle"),
        (["Photograph"], "Photograph", "Image"),
        (["thingamabob"], "thingamabob", "Other"),
    ],
)
def test_the_resource_type(types, text, general):
    assert found(payload(type=types), "resourceType") == [(text, {"resourceTypeGeneral": general})]


def test_agents_and_their_identifiers():
    root = payload(
        creator=[
            Person(
                name="A. Ångström",
                family="Ångström",
                given="Åsa",
                orcid="0000-0002-1825-0097",
                uri="https://orcid.org/0000-0002-1825-0097",
            ),
            Person(name="Li Bai", uri="http://d-nb.info/gnd/118728652", affiliation="Court of Tang"),
            Organisation("Press", uri="https://press.example.org/ä"),
            Text("Les Amis", "fr"),
        ]
    )
    assert found(root, "creatorName") == [
        ("Ångström, Åsa", {"nameType": "Personal"}),
        ("Li Bai", {"nameType": "Personal"}),
        ("Press", {"nameType": "Organizational"}),
        ("Les Amis", {"xml:lang": "fr"}),
    ]
    assert found(root, "nameIdentifier") == [
        (
            "https://orcid.org/0000-0002-1825-0097",
            {"nameIdentifierScheme": "ORCID", "schemeURI": "https://orcid.org/"},
        ),
        ("http://d-nb.info/gnd/118728652", {"nameIdentifierScheme": "GND", "schemeURI": "https://d-nb.info/gnd/"}),
        ("https://press.example.org/%C3%A4", {"nameIdentifierScheme": "URL"}),
    ]
    assert found(root, "affiliation") == [("Court of Tang", {})]


@pytest.mark.parametrize(
    "role, expected",
    [
        ("edt", "Editor"),
        ("Editor", "Editor"),
        ("http://id.loc.gov/vocabulary/relators/ths", "Supervisor"),
        ("DataCurator", "DataCurator"),
        ("work package leader", "WorkPackageLeader"),
        ("translator", "Translator"),
        ("illustrator", "Other"),
        ("", "Other"),
    ],
)
def test_roles_of_contributors(role, expected):
    root = payload(contributor=[Person("Moe", role=role)])
    assert found(root, "contributor")[0][1] == {"contributorType": expected}


def test_who_is_told_twice_in_a_role_is_told_once():
    root = payload(contributor=[Organisation("Library", role="his")], dataProvider=[Organisation("Library")])
    assert found(root, "contributorName") == [("Library", {"nameType": "Organizational"})]


def test_titles_in_other_languages_are_translations():
    root = payload(title=[Text("Ernte", "de"), Text("Harvest", "en"), "Garben"], alternative=["H."])
    assert found(root, "title") == [
        ("Ernte", {"xml:lang": "de"}),
        ("Harvest", {"titleType": "TranslatedTitle", "xml:lang": "en"}),
        ("Garben", {"titleType": "AlternativeTitle"}),
        ("H.", {"titleType": "AlternativeTitle"}),
    ]


def test_dates_as_they_can_be_told_and_as_they_were_said():
    root = payload(
        created=["ca. 1850", "long ago"],
        issued=["2021-03-04"],
        valid=["2021/2022"],
        temporal=["185X", "1850/.."],
        date=["2020"],
    )
    assert found(root, "date") == [
        ("1850", {"dateType": "Created", "dateInformation": "ca. 1850"}),
        ("2021-03-04", {"dateType": "Issued"}),
        ("2021/2022", {"dateType": "Valid"}),
        ("1850/1859", {"dateType": "Coverage", "dateInformation": "185X"}),
        ("1850/", {"dateType": "Coverage", "dateInformation": "1850/.."}),
        ("2020", {"dateType": "Other"}),
    ]


def test_other_identifiers():
    root = payload(identifier=["10.5555/x", "10.5555/y", Identifier("MS 12", "shelf mark"), "12", "arXiv:1207.7214"])
    assert found(root, "alternateIdentifier") == [
        ("10.5555/y", {"alternateIdentifierType": "DOI"}),
        ("MS 12", {"alternateIdentifierType": "shelf mark"}),
        ("12", {"alternateIdentifierType": "Local"}),
        ("arXiv:1207.7214", {"alternateIdentifierType": "arXiv"}),
    ]


def test_relations_by_identifier_or_in_words():
    root = payload(
        source=[Identifier("10.5555/s", "doi")],
        replaces=["https://a.example/"],
        relation=["urn:nbn:de:1"],
        conformsTo=[Concept("A standard", "https://standards.example.org/1", "standards")],
        hasPart=[Identifier("IECUR0097", "igsn"), Text("Eine Karte", "de")],
    )
    assert found(root, "relatedIdentifier") == [
        ("IECUR0097", {"relatedIdentifierType": "IGSN", "relationType": "HasPart"}),
        ("https://a.example/", {"relatedIdentifierType": "URL", "relationType": "Obsoletes"}),
        ("10.5555/s", {"relatedIdentifierType": "DOI", "relationType": "IsDerivedFrom"}),
        (
            "https://standards.example.org/1",
            {"relatedIdentifierType": "URL", "relationType": "Other", "relationTypeInformation": "conformsTo"},
        ),
        ("urn:nbn:de:1", {"relatedIdentifierType": "URN", "relationType": "Other"}),
    ]
    assert found(root, "relatedItem")[0][1] == {"relatedItemType": "Other", "relationType": "HasPart"}
    assert found(root.find("{*}relatedItems"), "title") == [("Eine Karte", {"xml:lang": "de"})]


def test_a_chapter_and_its_book():
    root = payload(
        bibliographicCitation=[Citation(title="Fields", isbn="978-3-16-148410-0", first_page="3", date="ca. 2020")],
        isPartOf=["Fields"],
    )
    identified = {"relatedIdentifierType": "ISBN", "relationType": "IsPublishedIn", "resourceTypeGeneral": "Book"}
    assert found(root, "relatedIdentifier") == [("978-3-16-148410-0", identified)]
    assert found(root, "relatedItem")[0][1] == {"relatedItemType": "Book", "relationType": "IsPublishedIn"}
    assert len(found(root, "relatedItem")) == 1
    assert found(root, "firstPage") == [("3", {})]


def test_a_citation_in_words():
    root = payload(bibliographicCitation=["Fields 3 (2020)", Citation(text="Meadows 4 (2021)")])
    assert found(root, "description") == [
        ("Fields 3 (2020)", {"descriptionType": "SeriesInformation"}),
        ("Meadows 4 (2021)", {"descriptionType": "SeriesInformation"}),
    ]


def test_licences_have_their_spdx_identifiers():
    spdx = {"rightsIdentifierScheme": "SPDX", "schemeURI": "https://spdx.org/licenses/"}
    root = payload(
        license=["http://creativecommons.org/licenses/by-sa/4.0/", "CC BY 4.0", "Ask us"],
        accessRights=["open access"],
    )
    assert found(root, "rights") == [
        (
            "CC-BY-SA-4.0",
            {
                "rightsURI": "http://creativecommons.org/licenses/by-sa/4.0/",
                "rightsIdentifier": "CC-BY-SA-4.0",
                **spdx,
            },
        ),
        ("CC BY 4.0", {"rightsIdentifier": "CC-BY-4.0", **spdx}),
        ("Ask us", {}),
        ("open access", {"rightsURI": "http://purl.org/coar/access_right/c_abf2"}),
    ]


def test_points_on_earth():
    places = [Place("A", latitude="91", longitude="0"), Place(latitude="-1.5", longitude="180"), Place("B")]
    root = payload(spatial=[*places, "C", Place(latitude="NaN", longitude="x")])
    assert found(root, "geoLocationPlace") == [("A", {}), ("B", {}), ("C", {})]
    assert found(root, "pointLatitude") == [("-1.5", {})]


@pytest.mark.parametrize(
    "uri, identifier, kind",
    [
        ("10.13039/501100000780", "https://doi.org/10.13039/501100000780", "Crossref Funder ID"),
        ("https://ror.org/00k4n6c32", "https://ror.org/00k4n6c32", "ROR"),
        ("grid.270680.b", "grid.270680.b", "GRID"),
        ("https://fund.example.org/", "https://fund.example.org/", "Other"),
    ],
)
def test_identifiers_of_funders(uri, identifier, kind):
    root = payload(funding=[Funding("A fund", uri)])
    assert found(root, "funderIdentifier") == [(identifier, {"funderIdentifierType": kind})]


def test_an_award_without_a_funder_is_not_told():
    root = payload(funding=[Funding(award="1"), "A fund"])
    assert found(root, "funderName") == [("A fund", {})]


def test_formats_of_the_files_too_but_not_of_thumbnails():
    files = [File("a", "text/csv"), File("b", "text/csv"), File("c", "image/png", use="thumbnail"), "d"]
    assert found(payload(format=["paper"], file=files), "format") == [("paper", {}), ("text/csv", {})]


# Vocabularies


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
@pytest.mark.parametrize(
    "format, folder",
    [
        (DataCite(), "schema.datacite.org/meta/kernel-4.7/include"),
        (OpenAIRE(), "www.openaire.eu/schema/repo-lit/4.0"),
    ],
)
def test_vocabularies_are_those_of_the_schema(format, folder):
    def listed(name: str) -> set[str]:
        path = schemas.STORED.path_of(f"http://{folder}/datacite-{name}-v4.xsd")
        assert path is not None
        return set(re.findall(r'enumeration value="([^"]+)"', path.read_text(encoding="utf-8")))

    assert set(format.contributor_types) == listed("contributorType")
    assert set(format.identifier_types) == listed("relatedIdentifierType") - {"PISSN", "WOS"}
    assert set(format.date_types.values()) <= listed("dateType")
    assert {*format.relation_types.values(), format.published_in} <= listed("relationType")
