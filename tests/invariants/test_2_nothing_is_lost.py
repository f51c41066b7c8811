"""Nothing is lost, however late something commits, whoever is overtaken or killed, and whatever is asked meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from django_oaipmh.index import outbox, store
from django_oaipmh.models import Dirty, IndexedItem, Intent, Record, RepositoryState
from django_oaipmh.protocol import verbs
from django_oaipmh.protocol.datestamps import format_datestamp
from tests.copies import Copy, differences
from tests.faults.sides import Side
from tests.harvester import OAIClient
from tests.press.factories import ArticleFactory
from tests.press.models import Article

from .clocks import Clock, headers
from .copies import told, truth

several_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite is one connection; it has one writer at a time anyway"
)

Batch = store._Batch


def identifier(article: Article) -> str:
    return f"oai:press.example.org:article/{article.pk}"


def title_of(article: Article) -> list[str]:
    return told(Copy().harvest())[identifier(article)].values["title"]


def rename(article: Article, title: str) -> None:
    article.title = title
    article.save()


@contextmanager
def at(patch: pytest.MonkeyPatch, name: str, before: Callable[[], object] = int, after: Callable[[], object] = int):
    """Do something before or after one step of a write, the first time that it is taken."""
    original = getattr(Batch, name)
    once = iter([True])

    def step(self: Any, *args: Any) -> None:
        first = next(once, False)
        if first:
            before()
        original(self, *args)
        if first:
            after()

    with patch.context() as inner:
        inner.setattr(Batch, name, step)
        yield
    assert next(once, False) is False, f"{name} was never reached"


# Intents: what a response may claim to know.

REQUESTS = [
    {"verb": "Identify"},
    {"verb": "ListMetadataFormats"},
    {"verb": "ListSets"},
    {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc"},
    {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "none"},
    {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:press.example.org:article/0"},
    {"verb": "Nonsense"},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: "-".join(request.values())[:40])
def test_no_response_is_later_than_the_oldest_write_under_way(request_, articles: list[Article], clock: Clock):
    oldest = clock.time
    for time_ in (oldest + 7, oldest, oldest + 3):
        Intent.objects.create(repository="oai", time=time_)
    Intent.objects.create(repository="theses", time=oldest - 20)
    clock.tick(10)
    assert OAIClient().get(**request_).response_date == format_datestamp(oldest)
    Intent.objects.all().delete()
    assert OAIClient().get(**request_).response_date == format_datestamp(clock.time)


def test_a_token_s_response_is_bounded_too(articles: list[Article], clock: Clock, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    token = OAIClient().get(verb="ListRecords", metadataPrefix="oai_dc").token_text
    Intent.objects.create(repository="oai", time=clock.time)
    clock.tick(10)
    reply = OAIClient().get(verb="ListRecords", resumptionToken=token)
    assert reply.response_date == format_datestamp(clock.time - 10)


def test_a_write_announces_itself_before_it_takes_its_datestamp(articles, clock: Clock, monkeypatch):
    copy = Copy().harvest()
    began = clock.tick()

    def harvest() -> None:
        clock.tick(10)
        assert copy.harvest().since == format_datestamp(began)

    with at(monkeypatch, "_datestamp", before=harvest):
        rename(articles[0], "Written slowly")
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert headers()[identifier(articles[0])].datestamp == format_datestamp(began + 10)


def test_an_empty_list_claims_no_more_than_it_looked_at(articles: list[Article], clock: Clock, monkeypatch):
    copy = Copy().harvest()
    clock.tick(10)
    copy.harvest()
    original = verbs.read_page

    def read_and_wait(*arguments: Any, **options: Any) -> verbs.Page:
        page = original(*arguments, **options)
        clock.tick()
        rename(articles[0], "Written when the list was read")
        clock.tick(10)
        return page

    with monkeypatch.context() as patch:
        patch.setattr(verbs, "read_page", read_and_wait)
        assert copy.page().codes == ["noRecordsMatch"]
    assert not differences(copy.harvest().records, Copy().harvest().records)


def test_a_write_leaves_no_intent(articles: list[Article]):
    rename(articles[0], "Another")
    call_command("oai_sync", verbosity=0)
    assert not Intent.objects.exists()


def test_a_failed_write_leaves_no_intent(articles: list[Article], monkeypatch):
    def fail(self: Any, changes: Any) -> None:
        raise RuntimeError("out of the blue")

    monkeypatch.setattr(Batch, "_apply", fail)
    rename(articles[0], "Another")
    assert not Intent.objects.exists()
    assert Dirty.objects.exists(), "and the change is still known"
    monkeypatch.undo()
    call_command("oai_sync", changed=True, verbosity=0)
    assert title_of(articles[0]) == ["Another"]


def test_a_write_whose_intent_was_taken_away_starts_again(articles, clock: Clock, monkeypatch):
    """Once the intent is gone, responses tell later times than the datestamp that the writer has taken."""
    copy = Copy().harvest()

    def swept() -> None:
        Intent.objects.all().delete()
        clock.tick(10)
        assert copy.harvest().since == format_datestamp(clock.time)

    with at(monkeypatch, "_datestamp", after=swept):
        rename(articles[0], "Fenced")
    assert headers()[identifier(articles[0])].datestamp >= copy.since
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert title_of(articles[0]) == ["Fenced"]


def test_intents_of_the_dead_are_swept_and_others_are_not(articles: list[Article], clock: Clock, monkeypatch):
    monkeypatch.setattr(store, "INTENT_LIFETIME", 20)
    Intent.objects.create(repository="oai", time=clock.time - 21)
    young = Intent.objects.create(repository="oai", time=clock.time - 19)
    call_command("oai_sync", changed=True, repository="oai", verbosity=0)
    assert list(Intent.objects.all()) == [young]


def test_saving_sweeps_but_once_a_minute(articles: list[Article], clock: Clock, monkeypatch):
    store._swept.clear()
    present = time.monotonic()
    for later, left in ((0, 0), (59, 1), (60, 0)):
        Intent.objects.create(repository="oai", time=clock.time - store.INTENT_LIFETIME - 1)
        monkeypatch.setattr(time, "monotonic", lambda later=later: present + later)
        rename(articles[0], f"After {later} seconds")
        assert Intent.objects.count() == left


def test_the_time_is_read_before_the_page(articles: list[Article], monkeypatch):
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append("time" if "oaipmh_intent" in sql or "_intent" in sql else "page")
        assert not connection.in_atomic_block, "a snapshot would make the time worthless"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        OAIClient().get(verb="ListRecords", metadataPrefix="oai_dc")
    assert statements[0] == "time" and set(statements[1:]) == {"page"}, statements


# Versions: who read the host earlier does not write later.


def test_a_stale_rendering_loses(articles: list[Article], monkeypatch):
    article = articles[0]
    original = outbox.examine
    first = iter([True])

    def overtaken(*args: Any, **options: Any) -> Any:
        changes = original(*args, **options)
        if next(first, False):
            rename(Article.objects.get(pk=article.pk), "The newest")
            assert title_of(article) == ["The newest"]
        return changes

    monkeypatch.setattr(outbox, "examine", overtaken)
    rename(article, "Overtaken")
    assert title_of(article) == ["The newest"]


def test_a_stale_rendering_loses_to_one_that_found_no_change(articles: list[Article], monkeypatch):
    """A changes to B and back: the writer that saw B must not win over the later one that saw nothing new."""
    article = articles[0]
    before = article.title
    original = outbox.examine
    first = iter([True])

    def overtaken(*args: Any, **options: Any) -> Any:
        changes = original(*args, **options)
        if next(first, False):
            rename(Article.objects.get(pk=article.pk), before)
        return changes

    monkeypatch.setattr(outbox, "examine", overtaken)
    rename(article, "For a moment")
    assert title_of(article) == [before]


def test_a_stale_deletion_loses(articles: list[Article], monkeypatch):
    article = articles[0]
    original = outbox.examine
    first = iter([True])

    def overtaken(*args: Any, **options: Any) -> Any:
        changes = original(*args, **options)
        if next(first, False):
            again = Article.objects.get(pk=article.pk)
            again.stage = "published"
            again.save()
        return changes

    monkeypatch.setattr(outbox, "examine", overtaken)
    article.stage = "draft"
    article.save()
    assert not headers()[identifier(article)].deleted


def test_two_writers_of_a_new_object_make_one_item(articles: list[Article], monkeypatch):
    original = outbox.examine
    first = iter([True])

    def overtaken(*args: Any, **options: Any) -> Any:
        changes = original(*args, **options)
        if next(first, False):
            Article.objects.latest("pk").save()
        return changes

    monkeypatch.setattr(outbox, "examine", overtaken)
    new = ArticleFactory(title="New")
    assert title_of(new) == ["New"]
    assert IndexedItem.objects.filter(identifier=identifier(new)).count() == 1
    assert Record.objects.filter(item__identifier=identifier(new), prefix="oai_dc").count() == 1


@pytest.mark.parametrize("error", [OperationalError("deadlock"), store.Fenced()])
def test_a_write_is_tried_again(error: Exception, articles: list[Article], monkeypatch):
    original = Batch._apply
    failures = iter([error, error])

    def apply(self: Any, changes: Any) -> None:
        if failure := next(failures, None):
            raise failure
        original(self, changes)

    monkeypatch.setattr(Batch, "_apply", apply)
    rename(articles[0], "At the third attempt")
    assert title_of(articles[0]) == ["At the third attempt"]


# The outbox: what dies between a commit and the index.


def test_a_process_that_dies_after_the_commit_leaves_a_note(articles: list[Article], monkeypatch):
    copy = Copy().harvest()
    with monkeypatch.context() as patch:
        patch.setattr(outbox.Wake, "__call__", lambda self: None)
        rename(articles[0], "Committed, and then the light went out")
        articles[1].delete()
        articles[2].authorships.create(author_id=articles[0].authors.first().pk)
    assert title_of(articles[0]) != ["Committed, and then the light went out"]
    call_command("oai_sync", changed=True, verbosity=0)
    assert told(Copy().harvest()) == truth()
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert not Dirty.objects.exists()


def test_a_process_that_dies_while_indexing_leaves_a_note(articles: list[Article], monkeypatch):
    class Killed(BaseException):
        pass

    def kill(self: Any, changes: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Batch, "_apply", kill)
        rename(articles[0], "Half indexed")
    call_command("oai_sync", changed=True, verbosity=0)
    assert title_of(articles[0]) == ["Half indexed"]


def test_a_note_is_part_of_the_host_s_transaction(articles: list[Article]):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        rename(articles[0], "Never committed")
        assert Dirty.objects.exists()
        raise ZeroDivisionError
    assert not Dirty.objects.exists()


def test_a_change_noted_while_the_outbox_is_worked_off_stays(articles: list[Article], monkeypatch):
    original = outbox.index

    def index(item: Any, pks: Any, *args: Any, **options: Any) -> Any:
        counts = original(item, pks, *args, **options)
        monkeypatch.undo()
        outbox.insert(item, [outbox.Cause("pk", str(pk)) for pk in pks])  # what a slower transaction commits now
        return counts

    monkeypatch.setattr(outbox, "index", index)
    rename(articles[0], "Worked off")
    assert Dirty.objects.exists(), "it was noted after the host was read"


# The host's own dates: only until the first list.


def unnoticed_article_of_2001() -> Article:
    """What no signal told of: the next sync finds it."""
    journal = ArticleFactory(stage="draft").journal
    Article.objects.bulk_create([Article(title="Of 2001", journal=journal)])
    Article.objects.filter(title="Of 2001").update(modified=datetime(2001, 1, 1, tzinfo=timezone.utc))
    return Article.objects.get(title="Of 2001")


@pytest.mark.parametrize("prefix", ["oai_dc", "galley"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_first_list_ends_initial_dating_even_for_who_is_writing(
    when, prefix, transactional_db, clock, monkeypatch
):
    """``galley`` is empty here: an empty list is an answer too, from which a harvester goes on."""
    call_command("oai_sync", verbosity=0)
    article = unnoticed_article_of_2001()
    copy = Copy(prefix=prefix)
    with at(monkeypatch, "_datestamp", **{when: copy.harvest}):
        call_command("oai_sync", verbosity=0)
    assert RepositoryState.objects.get(pk="oai").harvested
    header = headers()[identifier(article)]
    assert header.datestamp >= copy.since


def test_other_verbs_do_not_end_initial_dating(transactional_db, clock: Clock):
    call_command("oai_sync", verbosity=0)
    OAIClient().get(verb="Identify")
    OAIClient().get(verb="ListSets")
    OAIClient().get(verb="ListRecords", metadataPrefix="nonsense")
    article = unnoticed_article_of_2001()
    call_command("oai_sync", verbosity=0)
    assert RepositoryState.objects.get(pk="oai").harvested is None
    assert headers()[identifier(article)].datestamp == "2001-01-01T00:00:00Z"


# Pages, and what changes between their two statements.


@contextmanager
def between_keys_and_bodies(patch: pytest.MonkeyPatch, action: Callable[[], object]) -> Iterator[None]:
    """Do something after a page has found its keys, before it reads what is behind them."""
    original = verbs.fitting

    def fitting(sizes: Any, most: int) -> int:
        patch.undo()
        action()
        return original(sizes, most)

    patch.setattr(verbs, "fitting", fitting)
    yield


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_what_changes_under_a_page_comes_later(size, articles: list[Article], clock: Clock, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": size}
    clock.tick()

    def change_all() -> None:
        for article in articles:
            rename(article, f"{article.title}, changed")

    copy = Copy()
    with pytest.MonkeyPatch.context() as patch, between_keys_and_bodies(patch, change_all):
        copy.harvest()
    copy.harvest()
    assert not differences(copy.records, Copy().harvest().records)
    assert told(copy) == truth()


@pytest.mark.parametrize("size", [1, 2])
def test_what_changes_under_the_last_page_comes_in_it(size, articles: list[Article], clock: Clock, settings):
    """The last page would be empty, and an empty list at a token ends a harvest with an error."""
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": size}
    copy = Copy()
    while copy.page() and len(copy.records) + size < len(articles):
        pass
    clock.tick()

    def change_all() -> None:
        for article in articles:
            rename(article, f"{article.title}, changed")

    with pytest.MonkeyPatch.context() as patch, between_keys_and_bodies(patch, change_all):
        reply = copy.page()
    assert reply.codes == []
    while copy.token:
        copy.page()
    assert told(copy.harvest()) == truth()


# Two connections, two clocks ticking.


@pytest.fixture
def press(transactional_db: None) -> list[Article]:
    found = [ArticleFactory(authors=["One"]) for _ in range(3)]
    call_command("oai_sync", verbosity=0)
    OAIClient().headers()
    return found


@several_connections
def test_a_transaction_that_stays_open_is_harvested_when_it_commits(press: list[Article]):
    opened, harvested = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            rename(press[0], "Committed late")
            opened.set()
            assert harvested.wait(30)

    side = Side(slowly)
    assert opened.wait(30)
    time.sleep(1.1)
    copy = Copy().harvest()
    harvested.set()
    side.finish(60)
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert told(copy) == truth()


@several_connections
@pytest.mark.parametrize("step", ["_write_records", "_write_quarantine"])
def test_a_write_that_commits_late_is_harvested(step: str, press: list[Article], monkeypatch):
    """While it is not committed, its datestamp grows old; no response may be later."""
    written, harvested = threading.Event(), threading.Event()

    def wait() -> None:
        written.set()
        assert harvested.wait(30)

    with at(monkeypatch, step, after=wait):
        side = Side(lambda: rename(press[0], "Written late"))
        assert written.wait(30)
        time.sleep(1.1)
        copy = Copy().harvest()
        harvested.set()
        side.finish(60)
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert told(copy) == truth()


@several_connections
def test_the_first_list_waits_for_who_is_writing(transactional_db, monkeypatch):
    call_command("oai_sync", verbosity=0)
    written, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        written.set()
        assert go_on.wait(30)

    unnoticed_article_of_2001()
    with at(monkeypatch, "_write_quarantine", after=wait):
        writer = Side(lambda: call_command("oai_sync", verbosity=0, repository="oai"))
        assert written.wait(30)
        copy = Copy()
        reader = Side(copy.harvest)
        time.sleep(0.3)
        go_on.set()
        writer.finish(60)
        reader.finish(60)
    assert not differences(copy.harvest().records, Copy().harvest().records)
    assert told(copy) == truth()


@several_connections
def test_writers_and_harvesters_at_once(press: list[Article]):
    """For a few seconds, four writers and two harvesters at full speed."""
    stop = time.monotonic() + 4
    journal = press[0].journal

    def write(number: int) -> Callable[[], None]:
        def forever() -> None:
            turn = 0
            while time.monotonic() < stop:
                turn += 1
                article = Article.objects.get(pk=press[turn % 3].pk)
                with transaction.atomic():
                    rename(article, f"By {number}, {turn}")
                    if number == 0:
                        time.sleep(0.4)
                if turn % 5 == number:
                    journal.name = f"Journal of {number}, {turn}"
                    journal.save()
                if turn % 7 == number:
                    ArticleFactory(journal=journal).delete()

        return forever

    copies = [Copy(), Copy()]

    def harvest(copy: Copy) -> Callable[[], None]:
        def forever() -> None:
            while time.monotonic() < stop:
                copy.harvest()

        return forever

    sides = [Side(write(number)) for number in range(4)] + [Side(harvest(copy)) for copy in copies]
    for side in sides:
        side.finish(60)
    call_command("oai_sync", changed=True, repository="oai", verbosity=0)
    fresh = Copy().harvest()
    for copy in copies:
        assert not differences(copy.harvest().records, fresh.records)
    assert told(fresh) == truth()
