import datetime
import io

import pytest
from django.core.management import call_command

from tests.harvester import OAI, OAIClient, dublin_core, payload
from tests.invariants.clocks import Clock, clock_fixture, headers  # noqa: F401

from .models import Country, Institution, Unit

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/oaipmh"
ID = "oai:portal.example.org:{}".format
EAD, EAD3 = "{urn:isbn:1-931666-22-9}", "{http://ead3.archivists.org/schema/}"


@pytest.fixture
def harvester() -> OAIClient:
    return OAIClient(PATH)


@pytest.fixture
def vienna() -> Institution:
    austria = Country.objects.create(code="at", name="Austria", history="Archives since 1749.")
    Country.objects.create(code="be", name="Belgium")
    Institution.objects.create(code="at-000001", name="Without holdings", country=austria)
    return Institution.objects.create(
        code="at-001890", name="Archive of the City", description="Holds papers.", country=austria
    )


def make(institution: Institution, code: str, parts: int = 3, **fields: object) -> Unit:
    """A fonds, and a series in it with all other parts."""
    fonds = Unit.objects.create(
        institution=institution, code=code, title=f"Papers of {code}", dates="1938/1945", creator="A family", **fields
    )
    rows = [
        Unit(
            institution=institution,
            fonds=fonds,
            code=f"{code}-{number}",
            title=f"{code}, part {number}",
            position=number,
            depth=min(number, 2),
            level="series" if number == 1 else "file",
        )
        for number in range(1, parts + 1)
    ]
    Unit.objects.bulk_create(rows)
    return fonds


@pytest.fixture
def fonds(clock: Clock, vienna: Institution) -> Unit:
    made = make(vienna, "at-001890-1")
    make(vienna, "at-001890-2")
    make(vienna, "at-001890-3", visible=False)
    call_command("oai_sync", verbosity=0)
    headers(PATH)
    return made


def test_the_host_has_nothing_that_checks_complain_about():
    call_command("check", fail_level="WARNING", stdout=io.StringIO(), stderr=io.StringIO())


# Requests


@pytest.mark.parametrize("query", ["", "verb=Identify"])
def test_a_request_without_a_verb_is_Identify(query, fonds, harvester):
    reply = harvester.raw(query)
    assert reply.text("repositoryName") == "Example Portal of Archives"
    assert reply.text("baseURL") == "https://portal.example.org/api/oaipmh"


@pytest.mark.parametrize("query", ["verb=", "verb=identify", "metadataPrefix=oai_dc", "verb=Identify&verb=Identify"])
def test_nothing_else_is_guessed(query, fonds, harvester):
    assert harvester.raw(query).codes in (["badVerb"], ["badArgument"])


@pytest.mark.parametrize("prefix", ["oai_dc", "ead", "ead3"])
def test_both_date_formats_give_the_same(prefix, fonds, harvester):
    assert harvester.get(verb="Identify").text("granularity") == "YYYY-MM-DDThh:mm:ssZ"
    stamps = [header.datestamp for header in harvester.headers(prefix)]
    first, last = min(stamps), max(stamps)
    by_second = harvester.headers(prefix, from_=first, until=last)
    by_day = harvester.headers(prefix, from_=first[:10], until=last[:10])
    assert by_second == by_day and len(by_day) == 2
    tomorrow = datetime.date.fromisoformat(last[:10]) + datetime.timedelta(days=1)
    assert harvester.get(verb="ListRecords", metadataPrefix=prefix, from_=str(tomorrow)).codes == ["noRecordsMatch"]
    mixed = harvester.get(verb="ListRecords", metadataPrefix=prefix, from_=first[:10], until=last)
    assert mixed.codes == ["badArgument"]


# Sets


def test_sets_by_country_and_institution_and_no_empty_ones(fonds, harvester):
    assert harvester.sets() == {"at": "Austria", "at:at-001890": "Archive of the City"}
    described = {
        one.findtext(OAI + "setSpec"): [element.text for element in one.iterfind(".//{*}description")]
        for one in harvester.get(verb="ListSets").root.iter(OAI + "set")
    }
    assert described == {"at": ["Archives since 1749."], "at:at-001890": ["Holds papers."]}
    for spec in described:
        assert len(harvester.headers(set=spec)) == 2
    assert {header.sets for header in harvester.headers("ead")} == {("at:at-001890",)}


def test_a_set_is_there_as_soon_as_its_first_fonds_is(fonds, harvester):
    belgian = Institution.objects.create(code="be-002157", name="Museum", country=Country.objects.get(code="be"))
    assert "be" not in harvester.sets()
    make(belgian, "be-002157-1")
    assert harvester.sets().keys() == {"at", "at:at-001890", "be", "be:be-002157"}


# Formats


def test_dublin_core_tells_of_the_top_level_alone(fonds, harvester):
    values = dublin_core(harvester.record(ID("at-001890-1")))
    assert values["title"] == ["Papers of at-001890-1"]
    assert values["publisher"] == ["Archive of the City"]
    assert "part" not in str(values)


@pytest.mark.parametrize(("prefix", "namespace", "title"), [("ead", EAD, "unittitle"), ("ead3", EAD3, "unittitle")])
def test_a_finding_aid_tells_of_the_whole_fonds(prefix, namespace, title, fonds, harvester):
    aid = payload(harvester.record(ID("at-001890-1"), prefix))
    assert [one.text for one in aid.iter(namespace + title)] == [
        "Papers of at-001890-1",
        *(f"at-001890-1, part {number}" for number in (1, 2, 3)),
    ]
    series, first, second = aid.iter(namespace + "c")
    assert [one.get("level") for one in (series, first, second)] == ["series", "file", "file"]
    assert first.getparent() is second.getparent() is series


def test_a_change_deep_inside_moves_the_finding_aids_alone(fonds, clock):
    with clock.moving((PATH, "oai_dc"), (PATH, "ead"), (PATH, "ead3")) as moved:
        part = fonds.parts.get(position=3)
        part.title = "Another title"
        part.save()
    assert moved == {
        (PATH, "oai_dc"): set(),
        (PATH, "ead"): {ID("at-001890-1")},
        (PATH, "ead3"): {ID("at-001890-1")},
    }


def test_what_becomes_invisible_is_deleted(fonds, clock):
    clock.tick()
    fonds.visible = False
    fonds.save()
    for prefix in ("oai_dc", "ead", "ead3"):
        assert headers(PATH, prefix)[ID("at-001890-1")].deleted
