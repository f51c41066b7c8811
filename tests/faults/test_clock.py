"""A clock that steps: by an hour, back or forward and back, between requests and in the middle of a write."""

import time as real_time
import types
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import signing
from django.core.management import call_command
from django.db import connection, transaction

from django_oaipmh import clock
from django_oaipmh.index import store
from django_oaipmh.models import Intent
from django_oaipmh.protocol.datestamps import format_datestamp
from tests import validation
from tests.copies import Copy, differences
from tests.harvester import OAIClient
from tests.invariants.clocks import headers
from tests.invariants.copies import told, truth
from tests.press.factories import ArticleFactory
from tests.press.models import Article

HOUR = 3600


class Skew:
    """The real clocks, of the database and of the web server, that are wrong by some seconds. They begin three hours
    late, so that nothing is ever later than the test itself."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seconds = -3 * HOUR
        now, sql, parameters = clock.now, clock.sql, clock.parameters
        # A server's time is asked for with ``sql``, which is patched below.
        patch.setattr(clock, "now", lambda using: now(using) + (self.seconds if parameters(using) else 0))
        patch.setattr(
            clock, "sql", lambda using: sql(using) if parameters(using) else f"({sql(using)} + ({self.seconds}))"
        )
        patch.setattr(clock, "parameters", lambda using: [time + self.seconds for time in parameters(using)])
        patch.setattr(signing, "time", types.SimpleNamespace(time=lambda: real_time.time() + self.seconds))

    def step(self, seconds: int) -> None:
        self.seconds += seconds


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skew:
    monkeypatch.setitem(validation.rules, "XM06", lambda reply: None)  # which compares with the right time
    return Skew(monkeypatch)


@pytest.fixture
def press(skew: Skew, transactional_db: None) -> Iterator[list[Article]]:
    found = [ArticleFactory(authors=["One"]) for _ in range(4)]
    call_command("oai_sync", verbosity=0)
    OAIClient().headers()
    yield found


def rename(article: Article, title: str) -> None:
    article.title = title
    article.save()


def check(copy: Copy) -> None:
    assert told(copy.harvest()) == truth()
    assert not differences(copy.records, Copy().harvest().records)


def test_an_hour_back(press: list[Article], skew: Skew):
    copies = [Copy().harvest(), Copy().harvest()]
    rename(press[0], "Before")
    copies[0].harvest()
    before = headers()
    skew.step(-HOUR)
    for copy in copies:
        check(copy)
    rename(press[1], "After")
    press[2].delete()
    after = headers()
    assert all(after[name].datestamp >= header.datestamp for name, header in before.items())
    assert max(header.datestamp for header in before.values()) <= min(
        header.datestamp for name, header in after.items() if header != before[name]
    ), "what was written later is never earlier"
    for copy in copies:
        check(copy)
    call_command("oai_sync", verbosity=0)
    rename(press[0], "And again")
    for copy in copies:
        check(copy)


def test_an_hour_forward_and_back(press: list[Article], skew: Skew):
    """Who harvested while the clock was ahead misses nothing, as it was ahead while something was written, too."""
    copies = [Copy().harvest(), Copy().harvest()]
    skew.step(HOUR)
    copies[0].harvest()
    rename(press[0], "Ahead")
    skew.step(-HOUR)
    rename(press[1], "Back")
    for copy in copies:
        check(copy)
    skew.step(HOUR)
    rename(press[2], "Caught up")
    for copy in copies:
        check(copy)


def test_oai_sync_changed_is_enough_of_a_write(press: list[Article], skew: Skew):
    """It runs every few minutes, and lets the clock of the repository tick."""
    copy = Copy().harvest()
    skew.step(HOUR)
    copy.harvest()
    call_command("oai_sync", changed=True, verbosity=0)
    skew.step(-HOUR)
    rename(press[1], "Back")
    check(copy)


@pytest.mark.parametrize("steps", [(-HOUR,), (HOUR,), (HOUR, -HOUR), (-HOUR, HOUR)], ids=str)
def test_tokens_stay_valid(steps: tuple[int, ...], press: list[Article], skew: Skew, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    client = OAIClient()
    whole = [header.identifier for header in client.headers()]
    reply = client.get(verb="ListIdentifiers", metadataPrefix="oai_dc")
    met = list(reply.identifiers)
    for step in (*steps, 0, 0, 0):
        if not reply.token_text:
            break
        skew.step(step)
        reply = client.get(verb="ListIdentifiers", resumptionToken=reply.token_text)
        assert not reply.errors
        met += reply.identifiers
    assert met == whole


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
@pytest.mark.parametrize("before", ["_datestamp", "_conclude", "_apply", "_write_quarantine"])
def test_a_step_in_the_middle_of_a_write(before: str, seconds: int, press: list[Article], skew: Skew, monkeypatch):
    """A harvest on either side of the step, while the write is under way."""
    copies = [Copy().harvest(), Copy().harvest(), Copy().harvest()]
    original = getattr(store._Batch, before)
    once = iter([True])

    def step(self: Any, *args: Any) -> Any:
        if next(once, False):
            (present,) = Intent.objects.filter(repository="oai").values_list("time", flat=True) or [None]
            if before in ("_datestamp", "_conclude"):
                copies[0].harvest()
            skew.step(seconds)
            if before in ("_datestamp", "_conclude"):
                assert present is not None
                copies[1].harvest()
        return original(self, *args)

    monkeypatch.setattr(store._Batch, before, step)
    skew.step(30)  # since the clock of the repository ticked last
    rename(press[0], "Under way")
    for copy in copies:
        check(copy)
    rename(press[1], "Afterwards")
    for copy in copies:
        check(copy)


@pytest.mark.parametrize("seconds", [-HOUR, HOUR])
def test_no_response_tells_a_later_time_than_it_knows(seconds: int, press: list[Article], skew: Skew):
    """The time of the oldest write under way bounds it, whichever way the clock has stepped since."""
    began = clock.now("default")
    Intent.objects.create(repository="oai", time=began)
    skew.step(seconds)
    for verb in ("Identify", "ListSets", "Nonsense"):
        told_ = OAIClient().get(verb=verb).response_date
        assert told_ <= format_datestamp(began)
        assert told_ <= format_datestamp(clock.now("default"))


def test_time_goes_on_in_a_transaction(transactional_db: None):
    with transaction.atomic():
        before = clock.now(connection.alias)
        real_time.sleep(1.1)
        assert clock.now(connection.alias) > before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has such messages")
def test_the_time_of_a_statement_is_that_of_its_first_message(transactional_db: None, monkeypatch):
    """Bound on the server, a statement begins to look before the message comes that PostgreSQL tells its time by."""
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"server_side_binding": True})
    connection.close()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT TRANSACTION_TIMESTAMP() < STATEMENT_TIMESTAMP() WHERE %s = 1", [1])
            assert cursor.fetchone() == (True,)
        assert "TRANSACTION_TIMESTAMP" in clock.sql(connection.alias)
        assert clock.now(connection.alias) <= real_time.time()
    finally:
        connection.close()
