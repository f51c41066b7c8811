"""HT11: a repository that has never been synced says so, and when to come again."""

import pytest
from django.core.management import call_command

from .harvester import OAIClient
from .press.factories import ArticleFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/oai", "/oai/", "/theses/oai", "/nodeletes/oai"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("query", ["verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc", "verb=Nonsense", ""])
def test_HT11_closed_until_the_first_sync(path, method, query):
    ArticleFactory()
    reply = OAIClient(path, method).ask(query)
    assert reply.status == 503
    assert int(reply.http["retry-after"]) > 0
    assert "oai_sync" in reply.raw.decode()
    assert reply.http["content-type"].startswith("text/plain")


def test_HT11_HEAD():
    reply = OAIClient("/oai").raw("verb=Identify", method="HEAD")
    assert reply.status == 503
    assert int(reply.http["retry-after"]) > 0


def test_HT11_open_after_the_first_sync():
    ArticleFactory(title="The first")
    call_command("oai_sync", verbosity=0)
    reply = OAIClient("/oai").get(verb="ListRecords", metadataPrefix="oai_dc")
    assert (reply.status, len(reply.records)) == (200, 1)


def test_HT11_an_empty_repository_is_open():
    call_command("oai_sync", verbosity=0)
    for path in ("/oai", "/theses/oai", "/nodeletes/oai"):
        client = OAIClient(path)
        assert client.get(verb="Identify").codes == []
        assert client.get(verb="ListRecords", metadataPrefix="oai_dc").codes == ["noRecordsMatch"]
        assert set(client.get(verb="ListSets").codes) <= {"noSetHierarchy"}
