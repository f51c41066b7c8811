"""Syncs, signals and transactions that get into each other's way: the index ends right, and nobody loses a write."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, transaction

from django_oaipmh.index import outbox, store
from django_oaipmh.models import Dirty, Entry, IndexedItem, Intent, Record, RecordList
from tests.copies import Copy, differences
from tests.harvester import OAIClient
from tests.invariants.copies import told, truth
from tests.press.factories import ArticleFactory, CollectionFactory
from tests.press.models import Article

from .sides import LEVELS, Side, elsewhere, isolated, kill, session, several_connections, until_it_waits


@pytest.fixture
def press(transactional_db: None) -> list[Article]:
    found = [ArticleFactory(authors=["One"]) for _ in range(6)]
    call_command("oai_sync", verbosity=0)
    OAIClient().headers()
    return found


@pytest.fixture(params=LEVELS)
def level(request: pytest.FixtureRequest, press: list[Article]) -> Iterator[str]:
    with isolated(request.param):
        yield request.param


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[store._Batch]:
    """Every attempt to write a batch."""
    seen: list[store._Batch] = []
    original = store._Batch.write

    def write(self: store._Batch, changes: Any) -> Any:
        seen.append(self)
        return original(self, changes)

    monkeypatch.setattr(store._Batch, "write", write)
    return seen


def rename(article: Article, title: str) -> None:
    Article.objects.get(pk=article.pk)
    article.title = title
    article.save()


def check(copy: Copy) -> None:
    """Nothing is left to do, and who harvested all the time has what is true."""
    call_command("oai_sync", changed=True, verbosity=0)
    assert told(copy.harvest()) == truth()
    assert not differences(copy.records, Copy().harvest().records)
    assert not Dirty.objects.exists()
    assert not Intent.objects.exists()
    entries = dict(Entry.objects.values_list("record_id", "datestamp"))
    assert entries == dict(Record.objects.values_list("id", "datestamp"))


# At once.


@several_connections
def test_two_syncs_at_once(level: str, press: list[Article]):
    copy = Copy().harvest()
    Article.objects.filter(pk__in=[one.pk for one in press[:4]]).update(title="In bulk")
    press[5].delete()
    Article.objects.bulk_create([Article(title=f"New {n}", journal=press[0].journal) for n in range(300)])
    together = threading.Barrier(3)

    def sync() -> None:
        together.wait(30)
        call_command("oai_sync", repository="oai", verbosity=0, allow_mass_change=True)

    for side in [Side(sync) for _ in range(3)]:
        side.finish()
    check(copy)


@several_connections
def test_syncs_against_signals(level: str, press: list[Article]):
    """Two writers of the same articles, two syncs, and a harvester, for some seconds."""
    copy = Copy().harvest()
    stop = time.monotonic() + 4
    commits = [0, 0]

    def write(number: int) -> Callable[[], None]:
        def forever() -> None:
            turn = 0
            while time.monotonic() < stop or not commits[number]:
                turn += 1
                try:
                    with transaction.atomic():
                        rename(press[turn % 3], f"By {number}, {turn}")
                    commits[number] += 1
                except OperationalError:  # the host's own transaction lost against the other's
                    continue

        return forever

    def sync() -> None:
        while time.monotonic() < stop:
            Article.objects.filter(pk=press[4].pk).update(title=f"In bulk, {time.monotonic()}")
            call_command("oai_sync", repository="oai", verbosity=0)
            call_command("oai_sync", repository="oai", verbosity=0, changed=True)

    def harvest() -> None:
        while time.monotonic() < stop:
            copy.harvest()

    for side in [Side(write(0)), Side(write(1)), Side(sync), Side(sync), Side(harvest)]:
        side.finish()
    check(copy)


# Nested blocks.


@pytest.mark.parametrize("outer_fails", [False, True], ids=["outer commits", "outer fails"])
@pytest.mark.parametrize("inner_fails", [False, True], ids=["inner commits", "inner fails"])
def test_nested_blocks(inner_fails: bool, outer_fails: bool, press: list[Article]):
    copy = Copy().harvest()

    def inner() -> None:
        with transaction.atomic():
            rename(press[0], "Inner")
            rename(press[1], "Inner")
            if inner_fails:
                raise ZeroDivisionError

    def outer() -> None:
        with transaction.atomic():
            rename(press[1], "Outer")
            with contextlib.suppress(ZeroDivisionError):
                inner()
            rename(press[2], "Outer")
            if outer_fails:
                raise ZeroDivisionError

    if outer_fails:
        with pytest.raises(ZeroDivisionError):
            outer()
    else:
        outer()
    assert not Dirty.objects.exists(), "everything was indexed at once, or taken back"
    titles = {Article.objects.get(pk=article.pk).title for article in press[:3]}
    assert ("Inner" in titles, "Outer" in titles) == (not inner_fails and not outer_fails, not outer_fails)
    check(copy)


# Deadlocks and snapshots that are too old, as the databases make them.


@several_connections
def test_a_deadlock_is_tried_again(level: str, press: list[Article], batches: list[store._Batch], monkeypatch):
    """The writer holds one item, the other side another; that asks first, and the writer's question closes the circle.

    So it is the writer that PostgreSQL lets fail: whoever has waited for ``deadlock_timeout`` looks for the circle.
    MariaDB looks at once, and lets fail who wrote less.
    """
    first, second = IndexedItem.objects.filter(object_pk__in=[press[0].pk, press[1].pk]).order_by("id")
    original = store._Batch._locked
    once = iter([True])
    sessions: queue.SimpleQueue[int] = queue.SimpleQueue()
    writer_holds = threading.Event()
    errors: list[BaseException] = []

    def patience(time: str) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL deadlock_timeout = '{time}'")

    def hold(item: IndexedItem) -> None:
        IndexedItem.objects.select_for_update().get(pk=item.pk)

    def cross() -> None:
        with transaction.atomic():
            patience("10min")
            Intent.objects.bulk_create([Intent(repository="elsewhere", time=0) for _ in range(500)])
            hold(second)
            sessions.put(session())
            assert writer_holds.wait(60)
            hold(first)
            transaction.set_rollback(True)

    def locked(self: store._Batch, *arguments: Any) -> Any:
        if next(once, False):
            patience("20ms")
            hold(first)
            writer_holds.set()
            until_it_waits(other)
        return original(self, *arguments)

    def note(execute: Any, *arguments: Any) -> Any:
        try:
            return execute(*arguments)
        except OperationalError as error:
            errors.append(error)
            raise

    monkeypatch.setattr(store._Batch, "_locked", locked)
    side = Side(cross)
    other = sessions.get(timeout=60)
    with connection.execute_wrapper(note), transaction.atomic():
        rename(press[0], "After a deadlock")
        rename(press[1], "After a deadlock")
    side.finish()
    assert any("eadlock" in str(error) for error in errors), "there was one"
    assert len(batches) > 1
    assert told(Copy().harvest()) == truth()
    assert not Dirty.objects.exists(), "it did not have to wait for oai_sync"


@several_connections
@pytest.mark.parametrize("level", ["repeatable read", "serializable"], indirect=True)
def test_a_snapshot_that_is_too_old_is_tried_again(level: str, press: list[Article], batches, monkeypatch):
    """Somebody writes the item right after the writer's transaction took its snapshot."""
    original = store._Batch._conclude
    table = connection.ops.quote_name(IndexedItem._meta.db_table)
    once = iter([True])

    def conclude(self: store._Batch, intent: Intent) -> None:
        original(self, intent)
        if next(once, False):
            if connection.vendor == "mysql":
                list(IndexedItem.objects.all()[:1])
            elsewhere(f"UPDATE {table} SET version = version + 1 WHERE object_pk = %s", str(press[0].pk))

    if connection.vendor == "mysql" and level == "serializable":
        pytest.skip("there every read is a lock, and nobody can write in between")
    monkeypatch.setattr(store._Batch, "_conclude", conclude)
    rename(press[0], "On a new snapshot")
    assert len(batches) > 1
    assert told(Copy().harvest()) == truth()
    assert not Dirty.objects.exists()


def test_lists_made_in_a_transaction_that_failed_are_made_again(press: list[Article], monkeypatch):
    """A record that loses its format and enters a new set at once: its tombstone is the first in a list."""
    article = press[0]
    article.galley_xml = '<article xmlns="https://press.example.org/ns/galley"><title>G</title></article>'
    article.save()
    original = store._Batch._apply
    failures = iter([OperationalError("deadlock")])

    def apply(self: store._Batch, changes: Any) -> None:
        original(self, changes)
        if failure := next(failures, None):
            raise failure

    monkeypatch.setattr(store._Batch, "_apply", apply)
    with transaction.atomic():
        article.galley_xml = ""
        article.save()
        article.collections.add(CollectionFactory(slug="anew"))
    assert set(Entry.objects.values_list("list_id", flat=True)) <= set(RecordList.objects.values_list("id", flat=True))
    (header,) = OAIClient().headers("galley", set="anew")
    assert header.deleted


# In the host's own transaction.


@pytest.mark.parametrize("error", [OperationalError("deadlock")])
def test_nothing_is_tried_again_in_a_transaction_of_others(error, press: list[Article], batches, monkeypatch):
    def fail(self: Any, changes: Any) -> None:
        raise error

    monkeypatch.setattr(store._Batch, "_apply", fail)
    item = next(iter(outbox.repositories["oai"].items))
    with pytest.raises(OperationalError), transaction.atomic():
        outbox.index(item, [press[0].pk])
    assert len(batches) == 1
    batches.clear()
    with pytest.raises(OperationalError):
        outbox.index(item, [press[0].pk])
    assert len(batches) == store.RETRIES


def test_a_lost_race_is_tried_again_even_there(press: list[Article], batches, monkeypatch):
    """A savepoint is enough for that."""
    original = store._Batch._apply
    failures = iter([store.Fenced()])

    def apply(self: store._Batch, changes: Any) -> None:
        if failure := next(failures, None):
            raise failure
        original(self, changes)

    monkeypatch.setattr(store._Batch, "_apply", apply)
    with transaction.atomic():
        outbox.index(next(iter(outbox.repositories["oai"].items)), [press[0].pk])
    assert len(batches) == 2


@several_connections
@pytest.mark.parametrize("operation", ["save", "delete"])
def test_a_transaction_that_is_lost_with_its_note_does_not_seem_committed(operation, press, monkeypatch):
    """The note is not worth the host's change, but where both are gone the host has to know."""
    original = Dirty.objects.none().__class__.bulk_create

    def lose(self: Any, objs: Any, *args: Any, **options: Any) -> Any:
        if self.model is Dirty:
            kill()
        return original(self, objs, *args, **options)

    monkeypatch.setattr(Dirty.objects.none().__class__, "bulk_create", lose)
    with pytest.raises(DatabaseError), transaction.atomic():
        if operation == "save":
            rename(press[0], "Lost")
        else:
            press[0].journal.delete()
    monkeypatch.undo()
    connection.close()
    assert Article.objects.filter(pk=press[0].pk).exclude(title="Lost").exists()
    assert told(Copy().harvest()) == truth()


@several_connections
def test_a_connection_that_is_lost_after_the_commit_is_made_again(press: list[Article], batches, monkeypatch):
    original = store._Batch._apply
    once = iter([True])

    def apply(self: store._Batch, changes: Any) -> None:
        if next(once, False):
            kill()
        original(self, changes)

    monkeypatch.setattr(store._Batch, "_apply", apply)
    rename(press[0], "Written by another connection")
    assert len(batches) == 2
    assert told(Copy().harvest()) == truth()
    assert not Dirty.objects.exists()


@several_connections
def test_no_sync_waits_for_a_host_s_transaction(level: str, press: list[Article]):
    """Its notes are locked until it commits."""
    noted, done = threading.Event(), threading.Event()

    def stay() -> None:
        with transaction.atomic():
            rename(press[0], "Still open")
            noted.set()
            assert done.wait(60)

    side = Side(stay)
    assert noted.wait(30)
    began = time.monotonic()
    call_command("oai_sync", repository="oai", changed=True, verbosity=0)
    waited = time.monotonic() - began
    done.set()
    side.finish()
    assert waited < 30, "a database gives up after 50 seconds or never"
    assert told(Copy().harvest()) == truth()
