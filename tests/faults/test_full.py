"""Full disks, exceeded quotas, broken caches: the host's save succeeds, and what is to be done is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache.backends.base import BaseCache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Model

from django_oaipmh.index import store
from django_oaipmh.models import Dirty, Entry, IndexedItem, Intent, Quarantine, Record
from tests.copies import Copy, differences
from tests.harvester import OAIClient
from tests.invariants.copies import told, truth
from tests.press.models import Article

from .asking import LIST, ask

TRIGGERS = {
    "postgresql": [
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()",
    ],
    "mysql": [
        "CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW "
        "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1114, MESSAGE_TEXT = 'The table is full'"
    ],
    "sqlite": [
        "CREATE TRIGGER full_disk BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    ],
}
REMEDIES = {
    "postgresql": ["DROP FUNCTION full_disk CASCADE"],
    "mysql": ["DROP TRIGGER full_disk"],
    "sqlite": ["DROP TRIGGER full_disk"],
}


@contextmanager
def full(model: type[Model]) -> Iterator[None]:
    """There is no room left for rows of one table."""

    def run(statements: list[str]) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.replace("{table}", connection.ops.quote_name(model._meta.db_table)))

    run(TRIGGERS[connection.vendor])
    try:
        yield
    finally:
        run(REMEDIES[connection.vendor])


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between attempts."""
    monkeypatch.setattr(store.time, "sleep", lambda seconds: None)


def change(articles: list[Article], atomic: bool) -> None:
    """A save, a deletion, and a deletion that takes others with it."""

    def work() -> None:
        articles[0].title = "Saved on a full disk"
        articles[0].save()
        articles[1].authorships.all().delete()
        articles[2].delete()

    if atomic:
        with transaction.atomic():
            work()
    else:
        work()


@pytest.mark.parametrize("atomic", [False, True], ids=["autocommit", "atomic"])
def test_no_room_in_the_outbox(atomic: bool, articles: list[Article], caplog):
    copy = Copy().harvest()
    with full(Dirty):
        change(articles, atomic)
    assert Article.objects.filter(title="Saved on a full disk").exists()
    assert not Article.objects.filter(pk=articles[2].pk).exists()
    assert "A change could not be noted; run oai_sync." in caplog.text
    call_command("oai_sync", verbosity=0)
    assert told(copy.harvest()) == truth()


@pytest.mark.parametrize("model", [Intent, Record, Entry])
@pytest.mark.parametrize("atomic", [False, True], ids=["autocommit", "atomic"])
def test_no_room_in_the_index(atomic: bool, model: type[Model], articles: list[Article], caplog):
    """The note stays, so that the next sync knows."""
    copy = Copy().harvest()
    articles[0].galley_xml = ""
    with full(model):
        change(articles, atomic)
        if model is Record:
            Article(title="A new record", journal=articles[0].journal).save()
        assert ask(**LIST).identifiers, "harvesters go on"
        assert not Intent.objects.exists()
    assert Article.objects.filter(title="Saved on a full disk").exists()
    assert "A change stays in the outbox until the next oai_sync." in caplog.text
    assert Dirty.objects.exists()
    call_command("oai_sync", changed=True, verbosity=0)
    assert told(copy.harvest()) == truth()
    assert not differences(copy.records, Copy().harvest().records)


def test_a_sync_on_a_full_disk_says_so(articles: list[Article], capsys):
    Article.objects.update(title="In bulk")
    with full(Entry), pytest.raises(CommandError):
        call_command("oai_sync", repository="oai", allow_mass_change=True)
    words = capsys.readouterr().err
    assert "run oai_sync again and it goes on from there" in words
    assert "full" in words or "No space left" in words
    assert not Quarantine.objects.exists(), "no object is to blame"
    call_command("oai_sync", verbosity=0, allow_mass_change=True)
    assert told(Copy().harvest()) == truth()
    assert not Intent.objects.exists()
    assert IndexedItem.objects.filter(deleted=False, repository="oai").count() == 3


# Caches.


class Broken(BaseCache):
    """A cache whose server is away, or whose memory is full."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def fail(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("no cache")

    add = get = set = touch = delete = clear = incr = fail


def test_a_broken_cache_is_none_of_our_business(articles: list[Article], settings):
    settings.CACHES = {"default": {"BACKEND": "tests.faults.test_full.Broken"}}
    articles[0].title = "Without a cache"
    articles[0].save()
    call_command("oai_sync", verbosity=0)
    assert told(Copy().harvest()) == truth()
    client = OAIClient()
    for verb in ("Identify", "ListSets", "ListMetadataFormats", "Nonsense"):
        assert client.get(verb=verb).status == 200
    page = ask(**LIST)
    assert page.status == 200 and len(page.identifiers) == 3
