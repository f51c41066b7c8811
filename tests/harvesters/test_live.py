"""Harvesters that people run, over HTTP, against a live server: complete, and equal to the truth."""

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch as ScytheNoRecordsMatch
from oaipmh_scythe.exceptions import NoSetHierarchy as ScytheNoSetHierarchy
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch as SickleNoRecordsMatch
from sickle.oaiexceptions import NoSetHierarchy as SickleNoSetHierarchy

from tests.press.data import Press, build
from tests.press.models import Article, Thesis

pytestmark = pytest.mark.django_db(transaction=True)

Listed = dict[str, bool]
#: identifier → deleted, of a whole list
Harvest = Callable[..., Listed]


@pytest.fixture
def press(transactional_db: None) -> Press:
    return build()


def by_sickle(url: str, verb: str, method: str, arguments: dict) -> Listed:
    harvester = Sickle(url, http_method=method)
    items = list(getattr(harvester, verb)(**{"metadataPrefix": "oai_dc"} | arguments))
    return {getattr(item, "header", item).identifier: getattr(item, "header", item).deleted for item in items}


def by_scythe(url: str, verb: str, method: str, arguments: dict) -> Listed:
    from oaipmh_scythe.config import HTTPConfig

    spelled = {{"set": "set_", "from": "from_"}.get(name, name): value for name, value in arguments.items()}
    listing = {"ListRecords": "list_records", "ListIdentifiers": "list_identifiers"}[verb]
    with Scythe(url, http_config=HTTPConfig(http_method=method)) as harvester:
        items = list(getattr(harvester, listing)(**spelled))
    return {getattr(item, "header", item).identifier: getattr(item, "header", item).deleted for item in items}


@pytest.fixture(params=["sickle", "scythe"])
def software(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=["ListRecords", "ListIdentifiers"])
def harvest(request: pytest.FixtureRequest, press: Press, live_server, software: str) -> Harvest:
    """Harvest a list by either software: ``harvest(path, **arguments)``."""

    def run(path: str = "/oai", method: str = "GET", **arguments: str) -> Listed:
        by = {"sickle": by_sickle, "scythe": by_scythe}[software]
        return by(live_server.url + path, request.param, method, arguments)

    return run


def truth(press: Press, path: str = "/oai", spec: str = "") -> Listed:
    return {one.identifier: one.deleted for one in press.records[path].values() if not spec or spec in one.sets}


@pytest.mark.parametrize("path", ["/oai", "/theses/oai", "/nodeletes/oai"])
def test_all_records(harvest: Harvest, press: Press, path):
    assert harvest(path) == truth(press, path)


def test_all_records_by_post_and_with_a_slash(harvest: Harvest, press: Press):
    assert harvest("/oai/", "POST") == truth(press)


def test_one_set(harvest: Harvest, press: Press):
    assert harvest(set="jhs:research") == truth(press, spec="jhs:research") != {}


def test_a_parent_set(harvest: Harvest, press: Press):
    listed = harvest(set="europe")
    assert listed == truth(press, spec="europe")
    assert set(listed) > set(harvest(set="europe:france"))


def test_by_date(harvest: Harvest, press: Press):
    expected = {
        one.identifier for one in press.records["/oai"].values() if (one.datestamp or "").startswith("2020-03-01")
    }
    assert set(harvest(**{"from": "2020-03-01", "until": "2020-03-01"})) == expected


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


def test_after_deletes_where_nothing_is_said_of_them(harvest: Harvest, press: Press):
    before = harvest("/nodeletes/oai")
    gone = press.titled("Maps", "/nodeletes/oai")
    press_dataset = Thesis._meta.apps.get_model("press", "Dataset")
    press_dataset.objects.get(title="Maps").delete()
    call_command("oai_sync", verbosity=0)
    assert harvest("/nodeletes/oai") == {one: deleted for one, deleted in before.items() if one != gone}


def test_nothing_matches(harvest: Harvest):
    with pytest.raises((SickleNoRecordsMatch, ScytheNoRecordsMatch)):
        harvest(**{"from": "2100-01-01"})


def test_there_are_no_sets(harvest: Harvest):
    with pytest.raises((SickleNoSetHierarchy, ScytheNoSetHierarchy)):
        harvest("/theses/oai", set="any")


@pytest.fixture
def url(press: Press, live_server) -> Iterator[str]:
    yield live_server.url + "/oai"


def test_sickle_reads_everything_else(url: str, press: Press):
    sickle = Sickle(url)
    assert sickle.Identify().repositoryName == "Harvest Press & Sons"
    assert {one.metadataPrefix for one in sickle.ListMetadataFormats()} == {"oai_dc", "galley"}
    assert len(list(sickle.ListSets())) == 16
    record = sickle.GetRecord(identifier=press.titled("First of all"), metadataPrefix="oai_dc")
    assert record.metadata["creator"] == ["First, Phaenarete", "Second, Sappho"]


def test_scythe_reads_everything_else(url: str, press: Press):
    with Scythe(url) as scythe:
        assert scythe.identify().repositoryName == "Harvest Press & Sons"
        assert {one.metadataPrefix for one in scythe.list_metadata_formats()} == {"oai_dc", "galley"}
        assert len(list(scythe.list_sets())) == 16
        record = scythe.get_record(identifier=press.titled("First of all"), metadata_prefix="oai_dc")
        assert record.get_metadata()["creator"] == ["First, Phaenarete", "Second, Sappho"]
