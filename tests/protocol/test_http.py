"""HTTP: HT01 to HT10. (HT11 is in tests/test_closed.py: there nothing has been synced.)"""

import gzip

import pytest
from django.test import Client

from tests.harvester import OAI, OAIClient, Reply
from tests.validation import rules

from .test_requests import query, same

VERBS = ["Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListIdentifiers", "ListRecords"]


def test_HT01_content_type(replies: list[Reply]):
    for reply in replies:
        assert reply.http["content-type"].replace(" ", "").lower() == "text/xml;charset=utf-8"


def test_HT02_errors_of_the_protocol_are_not_errors_of_HTTP(replies: list[Reply]):
    assert sum(bool(reply.codes) for reply in replies) > 50
    assert {reply.status for reply in replies} == {200}


@pytest.mark.parametrize("path", ["/oai", "/oai/", "/theses/oai", "/theses/oai/", "/nodeletes/oai", "/nodeletes/oai/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_HT03_no_redirect(path, method):
    assert OAIClient(path, method).ask(verb="Identify").status == 200


def test_HT03_nothing_else_answers():
    for path in ("/oaix", "/oai//", "/oai/x", "/OAI"):
        assert Client().get(path, {"verb": "Identify"}).status_code == 404


def test_HT03_a_host_that_demands_login_and_csrf():
    client = Client(enforce_csrf_checks=True)
    assert client.get("/oai", {"verb": "Identify"}).status_code == 200
    posted = client.post("/oai", "verb=Identify", content_type="application/x-www-form-urlencoded")
    assert posted.status_code == 200
    assert not posted.cookies


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "accepted", [None, "", "identity", "br", "deflate", "gzip;q=0", "gzip; q=0.0", "identity, gzip;q=0"]
)
def test_HT04_not_compressed_unless_asked(harvester: OAIClient, verb, accepted):
    headers = {} if accepted is None else {"accept_encoding": accepted}
    reply = harvester.raw(query(verb), **headers)
    assert reply.http.get("content-encoding", "identity") == "identity"
    assert reply.raw.startswith(b"<?xml")


@pytest.mark.parametrize(
    "accepted", ["gzip", "GZIP", "gzip;q=1.0", "deflate, gzip", "br;q=1.0, gzip;q=0.5, *;q=0.1", "x, gzip ,y"]
)
def test_HT05_gzip_when_asked(harvester: OAIClient, accepted):
    plain = harvester.raw(query("ListRecords"))
    packed = harvester.raw(query("ListRecords"), accept_encoding=accepted)
    assert packed.http["content-encoding"] == "gzip"
    assert len(packed.raw) < len(plain.raw)
    assert packed.http.get("content-length", str(len(packed.raw))) == str(len(packed.raw))
    assert gzip.decompress(packed.raw) == packed.content
    assert same(packed, plain)


@pytest.mark.parametrize("verb", VERBS)
def test_HT05_gzip_gives_the_same_document(harvester: OAIClient, verb):
    assert same(harvester.raw(query(verb)), harvester.raw(query(verb), accept_encoding="gzip"))


def test_HT05_gzip_by_POST():
    response = Client().post(
        "/oai",
        query("ListRecords"),
        content_type="application/x-www-form-urlencoded",
        headers={"accept-encoding": "gzip"},
    )
    assert response.oai.http["content-encoding"] == "gzip"
    assert response.oai.records


def test_HT06_compression_is_declared(anywhere: OAIClient):
    declared = [element.text for element in anywhere.get(verb="Identify").answer.findall(OAI + "compression")]
    packed = anywhere.raw("verb=ListRecords&metadataPrefix=oai_dc", accept_encoding="gzip")
    assert packed.http["content-encoding"] in declared


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_HT07_caches_are_told_of_compression(harvester: OAIClient, accepted):
    reply = harvester.raw(query("ListRecords"), accept_encoding=accepted)
    assert "accept-encoding" in reply.http["vary"].lower()


@pytest.mark.parametrize("path", ["/oai", "/oai/"])
@pytest.mark.parametrize("asked", ["verb=Identify", "verb=ListRecords&metadataPrefix=oai_dc", "verb=Nonsense", ""])
def test_HT08_HEAD(path, asked):
    got, head = (Client().generic(method, path, QUERY_STRING=asked) for method in ("GET", "HEAD"))
    assert head.status_code == got.status_code == 200
    assert head["Content-Type"] == got["Content-Type"]
    assert head.content == b""


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"])
def test_HT09_other_methods(harvester: OAIClient, method):
    reply = harvester.raw("verb=Identify", method=method)
    assert reply.status in (200, 204, 405, 501)
    if reply.status == 405:
        assert {"GET", "POST"} <= set(reply.http["allow"].replace(" ", "").split(","))


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "text/xml",
        "application/xml",
        "text/html",
        "application/json",
        "text/xml;q=0.1, text/html",
        "nonsense",
        "",
    ],
)
@pytest.mark.parametrize("verb", VERBS)
def test_HT10_accept_does_not_matter(harvester: OAIClient, verb, accept):
    assert same(harvester.raw(query(verb)), harvester.raw(query(verb), accept=accept))


def test_HT10_language_does_not_matter(harvester: OAIClient):
    assert same(harvester.raw(query("ListRecords")), harvester.raw(query("ListRecords"), accept_language="fr"))


def test_HT01_rule_sees_other_types(replies: list[Reply]):
    reply = replies[0]
    for wrong in ("text/html; charset=utf-8", "application/xml", "text/xml; charset=iso-8859-1", ""):
        bad = Reply(**{**fields(reply), "http": {"content-type": wrong}})
        with pytest.raises(AssertionError):
            rules["HT01"](bad)


def fields(reply: Reply) -> dict:
    return {name: getattr(reply, name) for name in Reply.__dataclass_fields__}
