"""What harvesters of Zenodo know it by."""

import datetime
import time
from types import SimpleNamespace

import pytest
import requests
from django.core import signing
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import Client
from lxml import etree
from sickle import Sickle

from django_oaipmh.access import rates
from django_oaipmh.testing import payload_errors
from tests import schemas
from tests.harvester import OAI, payload

from .conftest import name

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


def test_the_base_url_has_no_slash(harvester):
    reply = harvester.get(verb="Identify")
    assert reply.status == 200
    assert reply.text("baseURL") == "https://zenodo.org/oai2d"
    assert Client().get("/oai2d", {"verb": "Identify"}).status_code == 200


def test_the_licence_of_all_metadata_is_stated(harvester, deposit):
    record = deposit()
    manifest = harvester.get(verb="Identify").answer.find(f"{OAI}description/{{*}}rightsManifest")
    assert manifest.get("appliesTo") == "http://www.openarchives.org/OAI/2.0/entity#metadata"
    assert manifest.find("{*}rights/{*}rightsReference").get("ref") == CC0
    reply = harvester.get(verb="GetRecord", metadataPrefix="datacite", identifier=name(record))
    assert reply.records[0].find(f"{OAI}about/{{*}}rights/{{*}}rightsReference").get("ref") == CC0


@pytest.mark.parametrize(
    "prefix, root",
    [
        ("oai_dc", "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"),
        ("oai_datacite", "{http://schema.datacite.org/oai/oai-1.1/}oai_datacite"),
        ("oai_datacite3", "{http://schema.datacite.org/oai/oai-1.1/}oai_datacite"),
        ("datacite", "{http://datacite.org/schema/kernel-4}resource"),
        ("datacite3", "{http://datacite.org/schema/kernel-4}resource"),
        ("marc21", "{http://www.loc.gov/MARC21/slim}record"),
    ],
)
def test_formats(harvester, deposit, prefix, root):
    record = deposit()
    reply = harvester.get(verb="GetRecord", metadataPrefix=prefix, identifier=name(record))
    assert payload(reply.records[0]).tag == root


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_every_record_is_valid(deposit):
    record = deposit("Data", description="What it is", licence="https://creativecommons.org/licenses/by/4.0/")
    assert payload_errors(record, schemas=schemas.OFFICIAL) == []


# Errors


def test_every_error_is_422_with_the_usual_body(harvester):
    for query, code in {
        "": "badVerb",
        "verb=ListRecords": "badArgument",
        "verb=ListRecords&metadataPrefix=none": "cannotDisseminateFormat",
        "verb=ListRecords&metadataPrefix=oai_dc": "noRecordsMatch",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:zenodo.org:0": "idDoesNotExist",
    }.items():
        reply = harvester.raw(query)
        assert (reply.status, reply.codes) == (422, [code])
        assert reply.http["content-type"] == "text/xml; charset=utf-8"
        assert "no-store" in reply.http["cache-control"]
        assert "etag" not in reply.http


@pytest.fixture
def token(harvester, deposit, settings) -> str:
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    deposit("One")
    deposit("Two")
    return harvester.get(verb="ListRecords", metadataPrefix="oai_dc").token_text


def test_a_token_lives_for_two_minutes(harvester, token, monkeypatch):
    began = time.time()
    expires = harvester.get(verb="ListRecords", metadataPrefix="oai_dc").token.get("expirationDate")
    left = datetime.datetime.fromisoformat(expires) - datetime.datetime.now(datetime.timezone.utc)
    assert 117 <= left.total_seconds() <= 120
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: began + 118))
    assert harvester.get(verb="ListRecords", resumptionToken=token).status == 200
    monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda: began + 122))
    for method in ("GET", "POST"):
        reply = type(harvester)("/oai2d", method).get(verb="ListRecords", resumptionToken=token)
        assert reply.status == 422
        assert reply.errors == [("badResumptionToken", "The resumptionToken has expired.")]
        assert "no-store" in reply.http["cache-control"]


def test_clients_see_the_body(harvester, live_server):
    """Sickle raises at the status; what was answered hangs on what it raises."""
    sickle = Sickle(f"{live_server.url}/oai2d")
    with pytest.raises(requests.HTTPError) as raised:
        sickle.ListRecords(resumptionToken="old")
    assert raised.value.response.status_code == 422
    assert etree.fromstring(raised.value.response.content).find(f"{OAI}error").get("code") == "badResumptionToken"


# Rates


def test_who_comes_too_often_is_told_when_to_come_again(harvester, monkeypatch):
    """The time is 20 seconds into a minute."""
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: 1_800_000_020))
    for _ in range(120):
        assert harvester.raw("verb=ListMetadataFormats").status == 200
    reply = harvester.raw("verb=ListMetadataFormats")
    assert reply.status == 429
    assert reply.http["retry-after"] == "40"
    assert reply.http["content-type"] == "text/plain; charset=utf-8"
    assert reply.http["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert reply.raw == b"Too many requests: 120/minute are served. Come again in 40 seconds.\n"


# Retired formats


def test_the_last_day_is_told(harvester):
    told = [comment.text.strip() for comment in harvester.get(verb="ListMetadataFormats").answer.iter(etree.Comment)]
    assert told == [
        "oai_datacite3: until 2026-12-31; the same as oai_datacite",
        "datacite3: until 2026-12-31; the same as datacite",
    ]


def test_after_that_day_they_are_there_until_somebody_decides(harvester, deposit, settings):
    record = deposit()
    retire(settings, "2020-12-31")
    assert {message.id for message in run_checks(tags=["django_oaipmh"])} == {"oaipmh.W029"}
    reply = harvester.get(verb="GetRecord", metadataPrefix="datacite3", identifier=name(record))
    assert (reply.status, len(reply.records)) == (200, 1)


def test_and_then_they_are_gone(harvester, deposit, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    record, _ = deposit("One"), deposit("Two")
    token = harvester.get(verb="ListRecords", metadataPrefix="datacite3").token_text
    retire(settings, None)
    for arguments, code in (
        ({"verb": "ListRecords", "metadataPrefix": "datacite3"}, "cannotDisseminateFormat"),
        ({"verb": "GetRecord", "metadataPrefix": "datacite3", "identifier": name(record)}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "resumptionToken": token}, "badResumptionToken"),
    ):
        reply = harvester.get(**arguments)
        assert (reply.status, reply.codes) == (422, [code])


def retire(settings, day: str | None) -> None:
    """Let the last day of the old formats be ``day``; ``None``: take them out."""
    formats = [one for one in settings.OAIPMH["FORMATS"] if day or "deprecated" not in one]
    formats = [one | {"deprecated": day} if "deprecated" in one else one for one in formats]
    settings.OAIPMH = settings.OAIPMH | {"FORMATS": formats}
    call_command("oai_sync", verbosity=0)
