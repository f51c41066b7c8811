"""Connections that the server ends: while a request runs, between two, and for good."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.harvester import OAIClient
from tests.press.models import Article

from .asking import LIST, ask, is_postponed
from .sides import kill, several_connections

pytestmark = several_connections


@pytest.fixture(params=[0, 600, None], ids=["a connection for each request", "for ten minutes", "for ever"])
def age(request: pytest.FixtureRequest) -> Iterator[None]:
    """``CONN_MAX_AGE``."""
    before = connection.settings_dict["CONN_MAX_AGE"]
    connection.settings_dict["CONN_MAX_AGE"] = request.param
    connection.close()
    yield
    connection.close()
    connection.settings_dict["CONN_MAX_AGE"] = before


REQUESTS: list[dict[str, str]] = [
    LIST,
    {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"},
    {"verb": "Identify"},
    {"verb": "ListSets"},
    {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:press.example.org:article/0"},
    {"verb": "Nonsense"},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request["verb"])
def test_a_connection_that_is_lost_while_a_request_runs(request_, articles: list[Article], age, caplog):
    """Before its first statement, its second, and so on to the last."""
    statements: list[str] = []

    def count(execute: Any, sql: str, *arguments: Any) -> Any:
        statements.append(sql)
        return execute(sql, *arguments)

    assert ask(**request_).status == 200, "what is kept is connected now"
    with connection.execute_wrapper(count):
        assert ask(**request_).status == 200
    assert statements
    for fatal in range(len(statements)):
        left = iter(range(fatal))

        def lose(execute: Any, *arguments: Any, left: Iterator[int] = left) -> Any:
            if next(left, None) is None:
                kill()
            return execute(*arguments)

        with connection.execute_wrapper(lose):
            assert is_postponed(ask(**request_))
        assert ask(**request_).status == 200
    assert "The database did not answer." in caplog.text


def test_a_connection_that_is_lost_between_requests(articles: list[Article], age):
    assert ask(**LIST).status == 200
    kept = connection.connection is not None
    if kept:
        kill()
        assert is_postponed(ask(**LIST))
    assert ask(**LIST).identifiers
    assert kept == (connection.settings_dict["CONN_MAX_AGE"] != 0)


def test_nobody_notices_with_health_checks(articles: list[Article], age, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close()
    assert ask(**LIST).status == 200
    if connection.connection is not None:
        kill()
    assert ask(**LIST).identifiers


def test_the_view_does_not_need_the_signals_of_a_server(articles: list[Article], age):
    """Django's test client, and whoever else calls views, leaves connections as they are."""
    client = OAIClient()
    assert client.get(**LIST).identifiers
    kill()
    assert client.get(**LIST).status == 503
    assert client.get(**LIST).identifiers


def test_a_server_that_is_away(articles: list[Article], monkeypatch):
    port = connection.settings_dict["PORT"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    for _ in range(2):
        assert is_postponed(ask(**LIST))
    monkeypatch.undo()
    connection.close()
    assert connection.settings_dict["PORT"] == port
    assert ask(**LIST).identifiers


def test_a_token_goes_on_after_the_connection_was_lost(articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    client = OAIClient()
    first = client.get(**LIST)
    kill()
    again = {"verb": "ListRecords", "resumptionToken": first.token_text}
    assert client.get(**again).status == 503
    following = client.get(**again)
    assert following.identifiers and following.identifiers != first.identifiers


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL")
def test_statements_that_are_prepared(articles: list[Article], monkeypatch):
    """As docs/planning.rst advises: whoever asks, and whatever is written in between."""
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"server_side_binding": True, "prepare_threshold": 0})
    connection.close()
    try:
        requests = [*REQUESTS, LIST | {"set": "nothing"}, LIST | {"from": "2000-01-01", "until": "2999-12-31"}]
        before = [ask(**request) for request in requests]
        assert [reply.status for reply in before] == [200] * len(requests)
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%oaipmh_entry%'")
            assert cursor.fetchone()[0]
        articles[0].title = "Another title"
        articles[0].save()
        assert "Another title" in ask(**LIST).body.decode()
        after = [ask(**request) for request in requests]
        assert [set(reply.identifiers) for reply in after] == [set(reply.identifiers) for reply in before]
        assert len(before[0].identifiers) == len(articles)
    finally:
        connection.close()
