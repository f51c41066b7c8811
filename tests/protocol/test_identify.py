"""Identify: ID01 to ID12."""

import re
from urllib.parse import urlsplit

import pytest

from tests.harvester import OAI, XSI, OAIClient
from tests.press.data import Press
from tests.validation import DATESTAMPS

OAI_IDENTIFIER = "{http://www.openarchives.org/OAI/2.0/oai-identifier}"
BASE_URLS = {
    "/oai": "https://press.example.org/oai",
    "/theses/oai": "https://press.example.org/theses/oai",
    "/nodeletes/oai": "https://data.example.org/nodeletes/oai",
}


def test_ID01_identify_answers(anyhow: OAIClient):
    reply = anyhow.ask(verb="Identify")
    assert reply.answer.tag == OAI + "Identify"


def test_ID02_elements_in_schema_order(anywhere: OAIClient):
    names = [element.tag.replace(OAI, "") for element in anywhere.get(verb="Identify").answer]
    pattern = (
        "repositoryName baseURL protocolVersion (adminEmail )+earliestDatestamp deletedRecord granularity "
        "(compression )*(description )*"
    )
    assert re.fullmatch(pattern, " ".join(names) + " "), names


def test_ID03_baseURL_is_that_of_this_repository(anywhere: OAIClient):
    reply = anywhere.get(verb="Identify")
    assert reply.text("baseURL") == BASE_URLS[anywhere.path]
    assert reply.request.text == BASE_URLS[anywhere.path]


@pytest.mark.parametrize("path", ["/oai", "/oai/"])
def test_ID03_baseURL_does_not_follow_the_host_of_the_request(path):
    reply = OAIClient(path).raw("verb=Identify", host="evil.example.net", x_forwarded_host="evil.example.net")
    assert reply.text("baseURL") == BASE_URLS["/oai"]


@pytest.fixture
def derived_base_url(settings):
    """A developer's machine: no BASE_URL, and a proxy in front that names host and scheme."""
    settings.DEBUG = True
    settings.USE_X_FORWARDED_HOST = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.OAIPMH = {key: value for key, value in settings.OAIPMH.items() if key != "BASE_URL"} | {
        "NAMESPACE": "press.example.org"
    }


def test_ID03_baseURL_is_derived_from_the_request_while_developing(harvester: OAIClient, derived_base_url):
    reply = harvester.raw("verb=Identify", host="localhost:8000")
    assert reply.text("baseURL") == reply.request.text == "http://localhost:8000/oai"


def test_ID03_baseURL_behind_a_proxy(harvester: OAIClient, derived_base_url):
    reply = harvester.raw(
        "verb=Identify", host="127.0.0.1:8000", x_forwarded_host="proxy.example.net", x_forwarded_proto="https"
    )
    assert reply.text("baseURL") == reply.request.text == "https://proxy.example.net/oai"


def test_ID04_protocolVersion(anywhere: OAIClient):
    assert anywhere.get(verb="Identify").text("protocolVersion") == "2.0"


@pytest.mark.parametrize(
    ("path", "granularity", "deleted"),
    [
        ("/oai", "YYYY-MM-DDThh:mm:ssZ", "persistent"),
        ("/theses/oai", "YYYY-MM-DD", "transient"),
        ("/nodeletes/oai", "YYYY-MM-DDThh:mm:ssZ", "no"),
    ],
)
def test_ID05_granularity_and_deletedRecord(path, granularity, deleted):
    reply = OAIClient(path).get(verb="Identify")
    assert reply.text("granularity") == granularity
    assert reply.text("deletedRecord") == deleted


def test_ID06_earliestDatestamp_in_the_granularity(anywhere: OAIClient):
    reply = anywhere.get(verb="Identify")
    assert DATESTAMPS[reply.text("granularity")].fullmatch(reply.text("earliestDatestamp"))


def test_ID07_adminEmail(harvester: OAIClient):
    reply = harvester.get(verb="Identify")
    emails = [element.text for element in reply.answer.findall(OAI + "adminEmail")]
    assert emails == ["oai@press.example.org", "library@press.example.org"]


def test_ID07_adminEmail_is_that_of_the_admins(harvester: OAIClient, settings):
    settings.ADMINS = [("The library", "library@admins.example.org")]
    settings.OAIPMH = {key: value for key, value in settings.OAIPMH.items() if key != "ADMIN_EMAILS"}
    assert harvester.get(verb="Identify").text("adminEmail") == "library@admins.example.org"


def test_ID08_repositoryName(anywhere: OAIClient):
    names = {
        "/oai": "Harvest Press & Sons",
        "/theses/oai": "Harvest Theses",
        "/nodeletes/oai": "Harvest Data in Brief",
    }
    assert anywhere.get(verb="Identify").text("repositoryName") == names[anywhere.path]


def test_ID09_compression_names_content_codings(anywhere: OAIClient):
    codings = [element.text for element in anywhere.get(verb="Identify").answer.findall(OAI + "compression")]
    assert codings == ["gzip"]


def test_ID10_descriptions_are_one_element_each(anywhere: OAIClient):
    reply = anywhere.get(verb="Identify")
    for description in reply.answer.findall(OAI + "description"):
        (child,) = description
        namespace = child.tag[1:].partition("}")[0]
        assert namespace != OAI[1:-1]
        assert namespace in child.get(XSI + "schemaLocation").split()[::2]


@pytest.mark.parametrize("path", ["/oai", "/theses/oai"])
def test_ID11_oai_identifier(path, press: Press):
    harvester = OAIClient(path)
    description = harvester.get(verb="Identify").answer.find(f"{OAI}description/{OAI_IDENTIFIER}oai-identifier")
    assert description is not None, "a repository whose identifiers are oai:… says so"
    assert description.nsmap.get(None) == OAI_IDENTIFIER[1:-1]  # which the OAI's own validator demands
    scheme, repository, delimiter, sample = (element.text for element in description)
    assert (scheme, repository, delimiter) == ("oai", "press.example.org", ":")
    assert sample.startswith("oai:press.example.org:")
    for header in harvester.headers():
        assert re.fullmatch(r"oai:press\.example\.org:[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+", header.identifier)


def test_ID11_no_oai_identifier_where_identifiers_are_others(brief: OAIClient):
    description = brief.get(verb="Identify").answer.find(f"{OAI}description/{OAI_IDENTIFIER}oai-identifier")
    assert {urlsplit(header.identifier).scheme for header in brief.headers()} == {"https"}
    assert description is None


@pytest.mark.parametrize("name", ["metadataPrefix", "identifier", "set", "from", "until", "resumptionToken"])
def test_ID12_identify_takes_no_arguments(either: OAIClient, name):
    assert either.ask(f"verb=Identify&{name}=2020-01-01").codes == ["badArgument"]
