"""What a harvester with a key gets."""

import pytest
from django.test import Client

from tests.formats.test_edm import assert_valid, find, values
from tests.harvester import FORM, OAIClient, payload

from .conftest import PATH, ask, authorization, issue
from .models import Object

URI = "http://data.europeana.eu/item/2021672/a1"


@pytest.fixture
def secret() -> str:
    return issue(rate="partner")[1]


@pytest.fixture
def harvester(secret: str) -> OAIClient:
    """One that can be told a base URL and nothing else."""
    return OAIClient(f"{PATH}/{secret}")


def test_Identify(harvester: OAIClient):
    reply = harvester.get(verb="Identify")
    assert reply.text("repositoryName") == "Europeana"
    assert reply.text("baseURL") == "https://api.europeana.eu/oai/record"
    assert reply.text("deletedRecord") == "no"
    assert "Deleted records are not told here. Harvest everything again every 6 months." in reply.content.decode()
    assert b"oai-identifier" not in reply.content


def test_EDM_with_the_whole_aggregation(harvester: OAIClient, publish):
    publish("a1")
    root = payload(harvester.record(URI, "edm"))
    assert_valid(root)
    assert find(root, "//edm:ProvidedCHO/@rdf:about") == [URI]
    assert find(root, "//ore:Aggregation/@rdf:about") == [f"{URI}#aggregation"]
    assert values(root, "//ore:Aggregation/edm:aggregatedCHO") == [URI]
    assert values(root, "//ore:Aggregation/edm:dataProvider") == ["Museum of Fields"]
    assert values(root, "//ore:Aggregation/edm:isShownAt") == ["https://museum.example.org/a1"]
    assert values(root, "//ore:Aggregation/edm:isShownBy") == ["https://museum.example.org/a1.jpg"]
    assert values(root, "//ore:Aggregation/edm:hasView") == ["https://museum.example.org/a1-back.jpg"]
    assert values(root, "//ore:Aggregation/edm:rights") == ["http://creativecommons.org/publicdomain/mark/1.0/"]
    assert find(root, "//edm:WebResource/@rdf:about")[:1] == ["https://museum.example.org/a1.jpg"]
    assert find(root, "//edm:Agent/@rdf:about") == ["http://viaf.org/viaf/1"]


def test_identifiers_are_those_of_the_web_of_data(harvester: OAIClient, publish):
    publish("a1")
    assert [header.identifier for header in harvester.headers("edm")] == [URI]


def test_what_is_deleted_is_gone_without_a_word(harvester: OAIClient, publish):
    publish("a1")
    publish("a2")
    Object.objects.get(local_id="a1").delete()
    assert [(one.identifier, one.deleted) for one in harvester.headers("edm")] == [(URI[:-1] + "2", False)]
    assert harvester.get(verb="GetRecord", metadataPrefix="edm", identifier=URI).codes == ["idDoesNotExist"]


def test_sets_are_the_datasets_that_there_are(harvester: OAIClient, publish):
    publish("a1")
    publish("b1", "9200396")
    assert harvester.sets() == {"2021672": "2021672", "9200396": "9200396"}
    assert len(harvester.headers("edm", set="9200396")) == 1


def test_a_dataset_of_large_records_has_small_pages(harvester: OAIClient, publish):
    for number in range(6):
        publish(f"a{number}")
        publish(f"b{number}", "9200396")
    pages = harvester.pages("ListRecords", metadataPrefix="edm", set="2021672")
    assert [len(page.records) for page in pages] == [5, 1]
    assert len(harvester.get(verb="ListRecords", metadataPrefix="edm", set="9200396").records) == 6
    assert len(harvester.get(verb="ListRecords", metadataPrefix="edm").records) == 12


def test_a_partner_has_pages_of_his_own(publish):
    for number in range(6):
        publish(f"a{number}")
    _, secret = issue(page_size=2)
    assert len(ask("verb=ListRecords&metadataPrefix=edm&set=2021672", secret).records) == 2


def test_a_key_for_some_datasets(publish):
    publish("a1")
    publish("b1", "9200396")
    _, secret = issue(sets="9200396")
    assert ask("verb=ListSets", secret).sets == {"9200396": "9200396"}
    (header,) = ask("verb=ListIdentifiers&metadataPrefix=edm", secret).headers
    assert header.identifier == "http://data.europeana.eu/item/9200396/b1"
    assert ask(f"verb=GetRecord&metadataPrefix=edm&identifier={URI}", secret).codes == ["idDoesNotExist"]


# Old URLs.


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_URL_answers(secret: str, publish, method):
    publish("a1")
    client = OAIClient("/oaicat/OAIHandler", method)
    client.client = Client(headers=authorization(secret, "password"))
    reply = client.ask(verb="ListIdentifiers", metadataPrefix="edm")
    assert reply.identifiers == [URI]
    assert reply.request.text == "https://api.europeana.eu/oai/record"
    assert ask("verb=Identify", secret, "path", "/oaicat/OAIHandler").status == 200
    assert ask("verb=Identify", path="/oaicat/OAIHandler").status == 401


def test_an_older_URL_leads_to_the_new_one():
    got = Client().get("/oai?verb=Identify")
    assert (got.status_code, got["Location"]) == (308, "https://api.europeana.eu/oai/record?verb=Identify")
    posted = Client().post("/oai", "verb=Identify", content_type=FORM)
    assert (posted.status_code, posted["Location"]) == (308, "https://api.europeana.eu/oai/record")
