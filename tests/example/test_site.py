"""The example's commands, pages and records."""

import sys

import pytest
from archive.models import Unit
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import transaction
from library.models import Work
from lxml import etree

from django_oaipmh.testing import synced
from tests import schemas

pytestmark = pytest.mark.django_db
OAI = {"oai": "http://www.openarchives.org/OAI/2.0/"}


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The library, loaded and indexed once: each test rolls back what it changed."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_library")
        sync()
        yield
        transaction.set_rollback(True)


def sync():
    """Index what has changed: inside a test nothing is ever committed."""
    call_command("oai_sync", allow_mass_change=True, verbosity=0)


def ask(client, url="/oai", **arguments):
    """Return the root of the response to a request."""
    return etree.fromstring(client.get(url, arguments).content)


def harvest(client, url="/oai", **arguments):
    """Yield every record of a list, over all its pages."""
    root = ask(client, url, verb="ListRecords", **arguments)
    while True:
        assert root.find("oai:error", OAI) is None
        yield from root.iterfind(".//oai:record", OAI)
        token = root.findtext(".//oai:resumptionToken", namespaces=OAI)
        if not token:
            return
        root = ask(client, url, verb="ListRecords", resumptionToken=token)


def deleted(records):
    return [record for record in records if record.find("oai:header", OAI).get("status") == "deleted"]


def test_load_library_again_changes_nothing(loaded):
    Work.objects.filter(slug="emma").update(title="My own title")
    before = list(Work.objects.order_by("pk").values()), list(Unit.objects.order_by("pk").values())
    call_command("load_library")
    assert before == (list(Work.objects.order_by("pk").values()), list(Unit.objects.order_by("pk").values()))


def test_everything_can_be_harvested(loaded, client):
    works = Work.objects.count() + Unit.objects.open().count()
    for prefix in ("oai_dc", "marcxml", "mods"):
        assert len(list(harvest(client, metadataPrefix=prefix))) == works
    assert len(list(harvest(client, metadataPrefix="edm"))) == Work.objects.count(), "the archives name no rights"
    assert len(list(harvest(client, "/archive/oai", metadataPrefix="finding"))) == Unit.objects.open().count()


@pytest.mark.parametrize(
    ("url", "prefix", "schema"),
    [("/oai", "brief", "library/brief.xsd"), ("/archive/oai", "finding", "archive/finding.xsd")],
)
def test_records_in_the_own_formats_are_valid(loaded, client, url, prefix, schema):
    tree = etree.parse(finders.find(schema))
    for node in tree.xpath("//*[local-name()='import']"):  # xml:lang, without the network
        node.getparent().remove(node)
    for node in tree.xpath("//*[@ref='xml:lang']"):
        del node.attrib["ref"]
        node.tag = node.tag.replace("attribute", "anyAttribute")
        node.set("namespace", "http://www.w3.org/XML/1998/namespace")
        node.set("processContents", "skip")
    validator = etree.XMLSchema(tree)
    for record in harvest(client, url, metadataPrefix=prefix):
        payload = record.find("oai:metadata", OAI)[0]
        validator.assertValid(etree.fromstring(etree.tostring(payload)))


@pytest.mark.parametrize("prefix", ["ead", "ead3"])
def test_every_fonds_is_a_finding_aid(loaded, client, prefix):
    fonds = Unit.objects.open().filter(level="fonds")
    with synced():
        records = list(harvest(client, "/archive/oai", metadataPrefix=prefix))
        aids = [etree.fromstring(etree.tostring(record.find("oai:metadata", OAI)[0])) for record in records]
        components = {aid.findtext(".//{*}archdesc/{*}did/{*}unittitle"): len(list(aid.iter("{*}c"))) for aid in aids}
        assert components == {one.title: one.contents.open().count() for one in fonds}
        if schemas.available():
            assert all(schemas.STORED.errors(aid) == [] for aid in aids)


def test_a_new_title_within_a_fonds_is_in_its_finding_aid(loaded, client):
    series = Unit.objects.get(reference_code="SHA-1-2")
    with synced():
        series.title = "Of another name"
        series.save()
        records = harvest(client, "/archive/oai", metadataPrefix="ead")
        assert sum("Of another name" in etree.tostring(record, encoding="unicode") for record in records) == 1


def test_withdrawn_works_become_deleted_records_and_come_back(loaded, client):
    assert deleted(harvest(client, metadataPrefix="oai_dc")) == []
    for _ in range(2):
        call_command("withdraw_works")
        sync()
        assert len(deleted(harvest(client, metadataPrefix="oai_dc"))) == 5
    assert client.get(Work.objects.get(slug="the-trial").get_absolute_url()).status_code == 410
    call_command("withdraw_works", undo=True)
    sync()
    assert deleted(harvest(client, metadataPrefix="oai_dc")) == []


def test_a_new_name_changes_the_records_of_its_works(loaded, client):
    person = Work.objects.get(slug="emma").people.get()
    person.name = "Austen, Jane"
    person.save()
    sync()
    records = harvest(client, metadataPrefix="brief", set="fiction:novels:realism")
    assert sum("Austen, Jane" in etree.tostring(record, encoding="unicode") for record in records) == 2


def test_closed_files_are_kept_back(loaded, client):
    closed = Unit.objects.get(closed_until__isnull=False)
    assert client.get(closed.get_absolute_url()).status_code == 404
    assert closed.title not in client.get(closed.parent.get_absolute_url()).content.decode()
    identifier = f"oai:library.example.org:unit/{closed.pk}"
    root = ask(client, verb="GetRecord", metadataPrefix="oai_dc", identifier=identifier)
    assert root.find("oai:error", OAI).get("code") == "idDoesNotExist"


def test_grow_library_adds_as_many_works_as_asked(client):
    pytest.importorskip("factory")
    call_command("grow_library", "12")
    call_command("grow_library", "3")
    generated = Work.objects.filter(slug__startswith="generated-")
    assert generated.filter(title__endswith="(generated)", collections__isnull=False).count() == 15
    with synced():
        titles = [record.findtext(".//{*}title") for record in harvest(client, metadataPrefix="brief")]
    assert sum(title.endswith("(generated)") for title in titles) == 15


def test_grow_library_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "factory", None)
    monkeypatch.delitem(sys.modules, "library.factories", raising=False)
    with pytest.raises(CommandError, match=r"\[examples\]"):
        call_command("grow_library", "1")


def test_pages_for_people(loaded, client):
    fonds = Unit.objects.get(reference_code="SHA-1")
    for url in ["/", "/works/", "/works/?collection=epic", "/archive/", fonds.get_absolute_url()]:
        assert client.get(url).status_code == 200, url
    for work in Work.objects.all()[:20]:
        assert work.title in client.get(work.get_absolute_url()).content.decode().replace("&#x27;", "'")
    person = Work.objects.get(slug="emma").people.get()
    assert "Pride and Prejudice" in client.get(person.get_absolute_url()).content.decode()


def test_pages_of_an_empty_site(client):
    Work.objects.all().delete()
    assert client.get("/").status_code == 200
    assert "load_library" in client.get("/works/").content.decode()
