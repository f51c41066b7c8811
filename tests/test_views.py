"""The view, beyond the protocol: what Django and a host's settings do to it. (HTTP itself: tests/protocol.)"""

import asyncio
import gzip
import io

import pytest
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError, connection, connections
from django.template.loader import get_template
from django.test import AsyncClient, RequestFactory
from django.urls import resolve
from lxml import etree

from django_oaipmh.protocol.responses import respond
from django_oaipmh.testing import synced
from django_oaipmh.views import accepts_gzip, query_of

from .harvester import OAI, OAIClient
from .hosts import with_templates
from .press.factories import ArticleFactory

pytestmark = pytest.mark.django_db

PATHS = ["/oai", "/theses/oai", "/nodeletes/oai"]


@pytest.fixture
def article():
    article = ArticleFactory(title="Of harvests")
    with synced():
        pass
    return article


@pytest.mark.parametrize("url", PATHS)
def test_the_view_is_outside_of_transactions_of_requests(url):
    assert resolve(url).func._non_atomic_requests == {"default"}


@pytest.mark.parametrize("url", PATHS)
def test_the_view_needs_neither_login_nor_csrf_token(url):
    view = resolve(url).func
    assert view.csrf_exempt
    assert not view.login_required


def test_no_transaction_is_open_while_a_request_is_answered(article, monkeypatch, transactional_db):
    seen = []

    def look(*args):
        seen.append(connection.in_atomic_block)
        return respond(*args)

    monkeypatch.setattr("django_oaipmh.views.respond", look)
    assert OAIClient("/oai", "POST").ask(verb="Identify").status == 200
    assert seen == [False]


# Databases in trouble


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_503_while_the_database_does_not_answer(article, monkeypatch, caplog, error, method):
    def fail(*args):
        raise error("the secret password was wrong")

    client = OAIClient("/oai", method)
    with monkeypatch.context() as patch:
        patch.setattr("django_oaipmh.views.respond", fail)
        reply = client.ask(verb="ListRecords", metadataPrefix="oai_dc")
    assert reply.status == 503
    assert int(reply.http["retry-after"]) > 0
    assert reply.http["content-type"].startswith("text/plain")
    assert b"secret" not in reply.raw
    assert "no-cache" in reply.http["cache-control"]
    assert "The database did not answer." in caplog.text
    assert client.get(verb="ListRecords", metadataPrefix="oai_dc").identifiers


def test_a_request_after_a_broken_statement_works(article):
    """Whatever the cause: the statement failed in the database, not before it."""
    client = OAIClient("/oai")

    def fail(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(fail):
        assert client.ask(verb="Identify").status == 503
    assert client.get(verb="Identify").status == 200


def test_other_errors_are_errors(article, monkeypatch):
    """Not of the database: they are for the host's own handlers and logs."""
    monkeypatch.setattr("django_oaipmh.views.respond", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        resolve("/oai").func(RequestFactory().get("/oai", {"verb": "Identify"}))


# Compression


@pytest.mark.parametrize(
    "header, accepted",
    [
        ("gzip", True),
        ("x-gzip", True),
        ("gzip;q=0.001", True),
        ("gzip ; q=1.000", True),
        ("gzip;q=1.", True),
        ("deflate;q=0.5,gzip;q=0.2", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;Q=0", False),
        ("deflate, gzip;q=0, br", False),
        ("notgzip", False),
        ("gzipped", False),
        ("", False),
        ("identity", False),
        ("gzip;q=nonsense", False),
    ],
)
def test_accepts_gzip(header, accepted):
    assert accepts_gzip(header) is accepted


def test_compression_can_be_switched_off(article, settings):
    settings.OAIPMH = settings.OAIPMH | {"GZIP": False}
    reply = OAIClient("/oai").raw("verb=Identify", accept_encoding="gzip")
    assert "content-encoding" not in reply.http
    assert reply.root.find(f".//{OAI}compression") is None


# ASGI


def scope(query: bytes) -> dict:
    """What an ASGI server tells of a request."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/oai",
        "query_string": query,
        "headers": [],
    }


@pytest.mark.parametrize("text", ["verb=Identify", "identifier=é", "identifier=€", "identifier=éÿ", "a=%C3%A9", "a=𝄞"])
def test_query_strings_by_ASGI(text):
    assert query_of(ASGIRequest(scope(text.encode()), io.BytesIO())) == text.encode()


def test_a_whole_request_by_ASGI(article, transactional_db):
    with synced():
        pass

    async def ask():
        response = await AsyncClient().get("/oai", {"verb": "Identify"}, headers={"accept-encoding": "gzip"})
        await sync_to_async(connections.close_all)()  # of the thread that the view ran in
        return response

    response = asyncio.run(ask())
    assert response.status_code == 200
    assert etree.fromstring(gzip.decompress(response.content)).find(f"{OAI}Identify") is not None


@pytest.mark.parametrize("length, status", [([], 411), ([(b"content-length", b"13")], 200)])
def test_by_ASGI_a_body_of_unknown_length_is_not_read(article, length, status):
    """Django would, to its end."""
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), *length]
    request = ASGIRequest(scope(b"") | {"method": "POST", "headers": headers}, io.BytesIO(b"verb=Identify"))
    response = resolve("/oai").func(request)
    assert response.status_code == status
    assert (b"<error" in response.content) == (status == 411)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_too_many_arguments_none_is_looked_at(article, method):
    reply = OAIClient("/oai", method).ask("verb=Identify" + "&a=b" * 100)
    assert reply.errors == [("badArgument", "The request has too many arguments.")]


# Templates


@pytest.mark.parametrize("verb", ["ListRecords", "ListSets"])
def test_a_host_overrides_the_envelope(article, settings, verb):
    name = "django_oaipmh/OAI-PMH.xml"
    text = get_template(name).template.source.replace("?>", '?><?xml-stylesheet href="/oai.xsl"?>', 1)
    settings.TEMPLATES = with_templates({name: text})
    prefix = {"metadataPrefix": "oai_dc"} if verb == "ListRecords" else {}
    reply = OAIClient("/oai").get(verb=verb, **prefix)
    assert reply.content.startswith(b'<?xml version="1.0" encoding="UTF-8"?><?xml-stylesheet href="/oai.xsl"?>')
    assert reply.answer is not None


def test_a_host_overrides_the_response_to_a_verb(article, settings):
    name = "django_oaipmh/Identify.xml"
    text = """{% extends "django_oaipmh/OAI-PMH.xml" %}{% block verb %}<Identify>
<repositoryName>The host's own {{ name }}</repositoryName><baseURL>{{ base_url }}</baseURL>
<protocolVersion>2.0</protocolVersion>{% for email in emails %}<adminEmail>{{ email }}</adminEmail>{% endfor %}
<earliestDatestamp>{{ earliest }}</earliestDatestamp><deletedRecord>{{ deleted_record }}</deletedRecord>
<granularity>{{ granularity }}</granularity></Identify>{% endblock %}"""
    settings.TEMPLATES = with_templates({name: text})
    reply = OAIClient("/oai").get(verb="Identify")
    assert reply.text("repositoryName") == "The host's own Harvest Press & Sons"
