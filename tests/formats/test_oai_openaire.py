"""What OpenAIRE's application profile says of a resource beyond what holds of every format."""

import re

import pytest

from django_oaipmh.formats.oai_openaire import RESOURCE_TYPES, OpenAIRE
from django_oaipmh.metadata import Concept, File, Person
from django_oaipmh.standards.resource_types import COAR, TYPES

from .. import schemas
from .descriptions import MINIMAL, describe
from .test_datacite import found
from .test_datacite import payload as payload_of

OPEN = "http://purl.org/coar/access_right/c_abf2"
ENOUGH = MINIMAL | {"accessRights": ["open access"]}


def payload(**terms):
    return payload_of(OpenAIRE(), **(ENOUGH | terms))


# Availability


def test_a_url_is_identifier_enough_and_a_publisher_is_not_needed():
    root = payload(publisher=[])
    assert found(root, "identifier") == [("https://press.example.org/articles/1", {"identifierType": "URL"})]


@pytest.mark.parametrize(
    "identifiers, expected",
    [
        (["https://a.example/", "hdl:11222/333", "10.5555/x"], ("https://doi.org/10.5555/x", "DOI")),
        (["https://a.example/", "hdl:11222/333"], ("https://hdl.handle.net/11222/333", "HANDLE")),
        (["https://a.example/", "urn:nbn:de:1-2"], ("urn:nbn:de:1-2", "URN")),
        (["https://a.example/", "ark:/12345/x"], ("https://n2t.net/ark:/12345/x", "ARK")),
    ],
)
def test_the_most_lasting_identifier_is_the_primary_one(identifiers, expected):
    root = payload(identifier=identifiers)
    assert found(root, "identifier") == [(expected[0], {"identifierType": expected[1]})]
    assert len(found(root, "alternateIdentifier")) == len(identifiers) - 1


def test_what_is_missing():
    description = describe(MINIMAL | {"identifier": ["MS 12"], "creator": [], "rights": ["© the authors"]})
    assert OpenAIRE().payload(description) is None
    assert OpenAIRE().missing(description) == [
        "There is no creator.",
        "There is no DOI or HANDLE or URN or ARK or URL among the identifiers.",
        "No value of accessRights or rights is an access right of COAR, such as open access.",
    ]


# Properties


@pytest.mark.parametrize(
    "terms, expected",
    [
        ({"accessRights": ["embargoed access"]}, ("embargoed access", "c_f1cf")),
        (
            {"accessRights": [], "rights": ["© 2021", "info:eu-repo/semantics/closedAccess"]},
            ("metadata only access", "c_14cb"),
        ),
    ],
)
def test_the_access_right(terms, expected):
    label, code = expected
    assert found(payload(**terms), "rights") == [(label, {"rightsURI": f"http://purl.org/coar/access_right/{code}"})]


@pytest.mark.parametrize(
    "value, label, code, general",
    [
        ("journal article", "journal article", "c_6501", "literature"),
        ("PhD thesis", "doctoral thesis", "c_db06", "literature"),
        ("geospatial data", "dataset", "c_ddb1", "dataset"),
        ("source code", "software", "c_5ce6", "software"),
        ("plant patent", "patent", "c_15cd", "literature"),
        ("newspaper", "periodical", "c_2659", "literature"),
        ("peer review", "review", "c_efa0", "literature"),
        ("map", "map", "c_12cd", "other research product"),
        ("Collection", "other", "c_1843", "other research product"),
        ("thingamabob", "other", "c_1843", "other research product"),
    ],
)
def test_the_resource_type(value, label, code, general):
    assert found(payload(type=[value]), "resourceType") == [
        (label, {"resourceTypeGeneral": general, "uri": COAR + code})
    ]


def test_every_resource_type_has_one_that_the_schema_knows():
    told = {one.label: OpenAIRE().resource_type([one.label]) for one in TYPES}
    assert {one.uri for one in told.values()} <= RESOURCE_TYPES
    assert all(told[one.label].uri == COAR + one.coar for one in TYPES if COAR + one.coar in RESOURCE_TYPES)


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_the_resource_types_are_those_of_the_schema():
    path = schemas.STORED.path_of("http://www.openaire.eu/schema/repo-lit/4.0/oaire-resourceType-v4.xsd")
    assert set(re.findall(r'enumeration value="([^"]+)"', path.read_text(encoding="utf-8"))) == RESOURCE_TYPES


@pytest.mark.parametrize(
    "terms, expected",
    [
        ({"issued": ["2021-05-06T07:08:09Z"]}, [("2021-05-06", {"dateType": "Issued"})]),
        ({"issued": ["ca. 2021"]}, [("2021", {"dateType": "Issued", "dateInformation": "ca. 2021"})]),
        ({"issued": ["1998/2004"]}, [("1998", {"dateType": "Issued", "dateInformation": "1998/2004"})]),
        (
            {"issued": [], "available": ["2022-01-01"]},
            [("2022-01-01", {"dateType": "Issued"}), ("2022-01-01", {"dateType": "Available"})],
        ),
        (
            {"dateAccepted": ["2020-12-01"], "available": ["2022-01-01"], "date": ["2019"], "temporal": ["1850"]},
            [
                ("2021", {"dateType": "Issued"}),
                ("2020-12-01", {"dateType": "Accepted"}),
                ("2022-01-01", {"dateType": "Available"}),
            ],
        ),
    ],
)
def test_one_date_of_publication_and_days_without_time(terms, expected):
    assert found(payload(**terms), "date") == expected


@pytest.mark.parametrize(
    "version, expected",
    [
        ("2.1", ("2.1", {})),
        ("VoR", ("VoR", {"uri": "http://purl.org/coar/version/c_970fb48d4fbd8a85"})),
        ("Accepted Manuscript", ("AM", {"uri": "http://purl.org/coar/version/c_ab4af688f83e57aa"})),
        (
            "info:eu-repo/semantics/publishedVersion",
            ("VoR", {"uri": "http://purl.org/coar/version/c_970fb48d4fbd8a85"}),
        ),
        (
            Concept("Autorenfassung", "http://purl.org/coar/version/c_b1a7d7d4d402bcce", lang="de"),
            ("AO", {"uri": "http://purl.org/coar/version/c_b1a7d7d4d402bcce"}),
        ),
        (Concept("Edition", "http://purl.org/coar/version/c_0"), ("Edition", {})),
    ],
)
def test_the_version(version, expected):
    assert found(payload(version=[version]), "version") == [expected]


def test_languages_in_iso_639_3():
    assert [text for text, _ in found(payload(language=["de", "ger", "fr-CA", "German"]), "language")] == [
        "deu",
        "fra",
    ]


def test_files_are_what_the_resource_is():
    files = [
        File("https://a.example/ä.csv", "text/csv"),
        "https://a.example/b",
        File("c.csv"),
        File("https://a.example/p", use="preview"),
        File("https://a.example/s", use="software"),
    ]
    assert found(payload(type=["dataset"], file=files), "file") == [
        ("https://a.example/%C3%A4.csv", {"accessRightsURI": OPEN, "mimeType": "text/csv", "objectType": "dataset"}),
        ("https://a.example/b", {"accessRightsURI": OPEN, "objectType": "dataset"}),
        ("https://a.example/p", {"accessRightsURI": OPEN, "objectType": "other"}),
        ("https://a.example/s", {"accessRightsURI": OPEN, "objectType": "software"}),
    ]


def test_the_first_licence():
    root = payload(license=["https://creativecommons.org/licenses/by/4.0/", "Ask us"])
    uri = "https://creativecommons.org/licenses/by/4.0/"
    assert found(root, "licenseCondition") == [("CC-BY-4.0", {"uri": uri})]


def test_what_datacite_4_1_does_not_know():
    root = payload(
        contributor=[Person("Moe", role="trl")],
        replaces=["10.5555/old"],
        isReplacedBy=["10.5555/new"],
        relation=["10.5555/other"],
        source=["10.5555/source", "A barn"],
    )
    assert found(root, "contributor")[0][1] == {"contributorType": "Other"}
    assert [(text, attributes["relationType"]) for text, attributes in found(root, "relatedIdentifier")] == [
        ("10.5555/old", "IsNewVersionOf"),
        ("10.5555/new", "IsPreviousVersionOf"),
        ("10.5555/source", "IsDerivedFrom"),
    ]
    assert found(root, "source") == [("A barn", {})]
