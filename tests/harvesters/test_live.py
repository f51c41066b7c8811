"""Harvesters that people run, over HTTP, against a live server: complete, and equal to the truth."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client
from oaipmh_scythe import Scythe
from oaipmh_scythe.config import HTTPConfig
from oaipmh_scythe.exceptions import NoRecordsMatch as ScytheNoRecordsMatch
from oaipmh_scythe.exceptions import NoSetHierarchy as ScytheNoSetHierarchy
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch as SickleNoRecordsMatch
from sickle.oaiexceptions import NoSetHierarchy as SickleNoSetHierarchy

from tests.press.data import Press, build
from tests.press.models import Article, Dataset

pytestmark = pytest.mark.django_db(transaction=True)

#: identifier → deleted, of a whole list
Listed = dict[str, bool]
Harvest = Callable[..., Listed]


@pytest.fixture
def press(transactional_db: None) -> Press:
    return build()


def by_sickle(url: str, method: str, arguments: dict) -> list[list]:
    harvester = Sickle(url, http_method=method)
    arguments = {"metadataPrefix": "oai_dc"} | arguments
    return [list(harvester.ListRecords(**arguments)), list(harvester.ListIdentifiers(**arguments))]


def by_scythe(url: str, method: str, arguments: dict) -> list[list]:
    arguments = {{"set": "set_", "from": "from_"}.get(name, name): value for name, value in arguments.items()}
    with Scythe(url, http_config=HTTPConfig(http_method=method)) as harvester:
        return [list(harvester.list_records(**arguments)), list(harvester.list_identifiers(**arguments))]


@pytest.fixture(params=[by_sickle, by_scythe])
def harvest(request: pytest.FixtureRequest, press: Press, live_server) -> Harvest:
    """Harvest by either software: ``harvest(path, method, **arguments)``. Records and identifiers have to agree."""

    def run(path: str = "/oai", method: str = "GET", **arguments: str) -> Listed:
        records, headers = request.param(live_server.url + path, method, arguments)
        harvested = {record.header.identifier: record.header.deleted for record in records}
        assert len(harvested) == len(records)
        assert harvested == {header.identifier: header.deleted for header in headers}
        return harvested

    return run


def truth(press: Press, path: str = "/oai", spec: str = "") -> Listed:
    return {one.identifier: one.deleted for one in press.records[path].values() if not spec or spec in one.sets}


def test_all_records(harvest: Harvest, press: Press):
    for path in press.records:
        assert harvest(path) == truth(press, path)
    assert harvest("/oai/", "POST") == truth(press)


def test_one_set_and_a_parent_set(harvest: Harvest, press: Press):
    one, parent = harvest(set="europe:france"), harvest(set="europe")
    assert one == truth(press, spec="europe:france")
    assert parent == truth(press, spec="europe")
    assert set(parent) > set(one) != set()


def test_by_date(harvest: Harvest, press: Press):
    expected = {
        one.identifier for one in press.records["/oai"].values() if (one.datestamp or "").startswith("2020-03-01")
    }
    assert set(harvest(**{"from": "2020-03-01", "until": "2020-03-01"})) == expected != set()


def test_after_deletes(harvest: Harvest, press: Press):
    before = harvest()
    since = Client().get("/oai", {"verb": "Identify"}).oai.response_date
    gone = {press.titled("In one second, 1"), press.titled("In one second, 2")}
    Article.objects.get(title="In one second, 1").delete()
    Article.objects.filter(title="In one second, 2").update(stage=Article.Stage.RETRACTED)
    call_command("oai_sync", verbosity=0)
    assert harvest() == before | dict.fromkeys(gone, True)
    changed = harvest(**{"from": since})
    assert {identifier for identifier in changed if changed[identifier] != before[identifier]} == gone


def test_after_deletes_that_nothing_is_said_of(harvest: Harvest, press: Press):
    before = harvest("/nodeletes/oai")
    Dataset.objects.get(title="Maps").delete()
    call_command("oai_sync", verbosity=0)
    del before[press.titled("Maps", "/nodeletes/oai")]
    assert harvest("/nodeletes/oai") == before


def test_errors(harvest: Harvest):
    with pytest.raises((SickleNoRecordsMatch, ScytheNoRecordsMatch)):
        harvest(**{"from": "2100-01-01"})
    with pytest.raises((SickleNoSetHierarchy, ScytheNoSetHierarchy)):
        harvest("/theses/oai", set="any")


def test_sickle_reads_everything_else(press: Press, live_server):
    sickle = Sickle(live_server.url + "/oai")
    assert sickle.Identify().repositoryName == "Harvest Press & Sons"
    assert {one.metadataPrefix for one in sickle.ListMetadataFormats()} == {"oai_dc", "galley"}
    assert len(list(sickle.ListSets())) == 16
    record = sickle.GetRecord(identifier=press.titled("First of all"), metadataPrefix="oai_dc")
    assert record.metadata["creator"] == ["First, Phaenarete", "Second, Sappho"]


def test_scythe_reads_everything_else(press: Press, live_server):
    with Scythe(live_server.url + "/oai") as scythe:
        assert scythe.identify().repositoryName == "Harvest Press & Sons"
        assert {one.metadataPrefix for one in scythe.list_metadata_formats()} == {"oai_dc", "galley"}
        assert len(list(scythe.list_sets())) == 16
        record = scythe.get_record(identifier=press.titled("First of all"), metadata_prefix="oai_dc")
        assert record.get_metadata()["creator"] == ["First, Phaenarete", "Second, Sappho"]
