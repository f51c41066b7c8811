"""``oai_sync``: it finds what no signal told, and refuses what nobody can want."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

import django_oaipmh as oai
from django_oaipmh.index import outbox, store
from django_oaipmh.index import sync as module
from django_oaipmh.models import Dirty, IndexedItem, Intent, Progress, Record, RepositoryState
from tests.copies import differences
from tests.harvester import OAIClient
from tests.invariants.clocks import Clock, headers
from tests.invariants.copies import told, truth
from tests.press.factories import ArticleFactory, DatasetFactory, JournalFactory, NotationFactory
from tests.press.models import Article, Collection, Dataset, Journal, Notation, Subject

from .conftest import Spare
from .looks import deleted, identifier, live, sync, values

ROOT = Path(__file__).resolve().parents[2]


def said(*models: str, **options: object) -> str:
    """What the command says, on both outputs."""
    out = io.StringIO()
    call_command("oai_sync", *models, stdout=out, stderr=out, no_color=True, **options)
    return out.getvalue()


def bulk(number: int, **fields: object) -> None:
    """Articles that no signal tells of."""
    journal = Journal.objects.first() or JournalFactory()
    Article.objects.bulk_create(
        [Article(journal=journal, **{"title": f"Bulk {count}", **fields}) for count in range(number)]
    )


def in_step() -> bool:
    from tests.copies import Copy

    return not differences(told(Copy().harvest()), truth())


# What it finds.


def test_it_finds_what_no_signal_told(articles: list[Article]):
    Article.objects.filter(pk=articles[0].pk).update(title="By update")
    Subject.objects.update(label="All alike")
    Article.subjects.through.objects.filter(article=articles[1]).delete()
    Collection.objects.filter(slug="greece").update(parent=None)
    bulk(3)
    rows = Article.objects.filter(pk=articles[2].pk)
    Article.collections.through.objects.filter(article__in=rows).delete()
    rows._raw_delete(rows.db)
    assert not in_step()
    sync()
    assert in_step()
    assert identifier(articles[2]) in deleted()


def test_it_says_what_became_of_the_objects(articles: list[Article]):
    Article.objects.filter(pk=articles[0].pk).update(title="Changed")
    Article.objects.filter(pk=articles[1].pk).update(stage="draft")
    bulk(2)
    assert "5 seen: 2 new, 1 changed, 1 deleted, 1 unchanged" in said("press.Article")


def test_one_model(articles: list[Article]):
    Article.objects.filter(pk=articles[0].pk).update(title="Changed")
    notation = Notation(code="N1", label="New")
    Notation.objects.bulk_create([notation])
    sync("press.notation")
    assert values("oai:press.example.org:notation/N1") == ["New"]
    assert values(articles[0]) != ["Changed"]
    sync("press.Article")
    assert values(articles[0]) == ["Changed"]


def test_one_model_does_not_open_a_repository(transactional_db):
    ArticleFactory()
    sync("press.Article")
    assert OAIClient().get(verb="Identify").status == 503


def test_changed_does_not_open_a_repository(transactional_db):
    ArticleFactory()
    sync(changed=True)
    assert OAIClient().get(verb="Identify").status == 503


def test_changed_reads_only_what_was_noted(articles: list[Article], monkeypatch):
    Article.objects.filter(pk=articles[0].pk).update(title="Not noted")
    with monkeypatch.context() as patch:
        patch.setattr(outbox.Wake, "__call__", lambda self: None)
        articles[1].title = "Noted"
        articles[1].save()
    sync(changed=True)
    assert values(articles[1]) == ["Noted"]
    assert values(articles[0]) != ["Not noted"]


def test_a_second_sync_writes_nothing(articles: list[Article]):
    sync()
    before = list(IndexedItem.objects.order_by("pk").values())
    said_ = said(repository="oai")
    assert "3 seen: 0 new, 0 changed, 0 deleted, 3 unchanged" in said_
    assert list(IndexedItem.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    "options, words",
    [
        ({"changed": True, "dry_run": True}, "--changed"),
        ({"processes": 0}, "--processes"),
        ({"repository": "nonsense"}, "no repository"),
    ],
)
def test_options_that_make_no_sense(options, words, transactional_db):
    with pytest.raises(CommandError, match=words):
        sync(**options)


def test_a_model_that_is_not_registered(transactional_db):
    with pytest.raises(CommandError, match=r"press\.Journal"):
        sync("press.Journal")
    with pytest.raises(LookupError, match=r"press\.Journal"):
        oai.sync(Journal.objects.all())


# What it does not write.


def everything() -> list[object]:
    models = [IndexedItem, Record, RepositoryState, Progress, Dirty, Intent]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_dry_run_writes_nothing(articles: list[Article], monkeypatch):
    Article.objects.filter(pk=articles[0].pk).update(title="Changed")
    articles[1].delete()
    bulk(2)
    Article.objects.filter(pk=articles[2].pk).update(stage="draft")
    with monkeypatch.context() as patch:
        patch.setattr(outbox.Wake, "__call__", lambda self: None)
        articles[0].authors.first().delete()
    before = everything()
    words = said("press.Article", dry_run=True)
    assert "2 new, 1 changed, 1 deleted" in words
    assert everything() == before


def test_a_dry_run_before_the_first_sync_writes_nothing(transactional_db):
    bulk(2)
    before = everything()
    assert "2 new" in said(repository="oai", dry_run=True)
    assert everything() == before
    assert OAIClient().get(verb="Identify").status == 503


# Interrupted.


class Interrupted(BaseException):
    pass


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "SAVE_EVERY", -1.0)


def interrupt(monkeypatch: pytest.MonkeyPatch, batches: int, **options: object) -> None:
    """Run a sync that is interrupted in its batch number ``batches`` + 1."""
    original = module.sync_batch
    left = iter(range(batches))

    def sync_batch(*args: object, **keywords: object) -> object:
        if next(left, None) is None:
            raise Interrupted
        return original(*args, **keywords)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(module, "sync_batch", sync_batch)
        sync(**options)


def looked_at(monkeypatch: pytest.MonkeyPatch, **options: object) -> list[int]:
    """The keys of the articles that a sync looks at, in its order."""
    original = module.sync_batch
    keys: list[int] = []

    def sync_batch(item, pks, *args: object, **keywords: object) -> object:
        keys.extend(pks if item.model is Article else ())
        return original(item, pks, *args, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(module, "sync_batch", sync_batch)
        sync(**options)
    return keys


def test_an_interrupted_sync_stays_closed_and_goes_on(transactional_db, small_batches, monkeypatch):
    bulk(7)
    pks = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    interrupt(monkeypatch, 2)
    assert OAIClient().get(verb="Identify").status == 503
    assert looked_at(monkeypatch)[:3] == pks[4:]
    assert in_step()
    assert looked_at(monkeypatch) == pks, "a completed sync is not resumed"


def test_restart_does_not_go_on(transactional_db, small_batches, monkeypatch):
    bulk(7)
    pks = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    interrupt(monkeypatch, 2)
    assert looked_at(monkeypatch, restart=True) == pks


def test_a_resumed_sync_still_compares_everything(transactional_db, small_batches, monkeypatch):
    """Who runs it after a bulk change may rely on it, whatever happened to the sync before."""
    bulk(7)
    sync()
    first = Article.objects.order_by("pk").first()
    interrupt(monkeypatch, 2)
    Article.objects.filter(pk=first.pk).update(title="Changed behind the interrupted sync")
    sync()
    assert values(first) == ["Changed behind the interrupted sync"]


def test_an_interrupted_sync_deletes_nothing_that_is_there(articles: list[Article], small_batches, monkeypatch):
    interrupt(monkeypatch, 1)
    assert len(live()) == 3


def test_another_sync_does_not_forget_or_revive_the_progress(articles: list[Article], monkeypatch):
    """``--changed`` runs every minute, also while a full sync begins or ends."""
    Progress.objects.filter(model="press.Article").update(last_pk="999999")
    original = module.index

    def index(*args: object, **keywords: object) -> object:
        Progress.objects.filter(model="press.Article").update(last_pk="")  # the full sync is complete
        return original(*args, **keywords)

    from django.utils import timezone

    Article.objects.update(embargo_until=timezone.now())
    with monkeypatch.context() as patch:
        patch.setattr(module, "index", index)
        sync(changed=True)
    assert Progress.objects.get(model="press.Article", repository="oai").last_pk == ""


# What it refuses.


@pytest.fixture
def many(transactional_db) -> None:
    bulk(80)
    sync()
    OAIClient().get(verb="ListIdentifiers", metadataPrefix="oai_dc")


def withdraw(number: int) -> None:
    """Withdraw so many articles, without a signal."""
    pks = list(Article.objects.values_list("pk", flat=True)[:number])
    Article.objects.filter(pk__in=pks).update(stage="draft")


def refused(*models: str, **options: object) -> str:
    err = io.StringIO()
    with pytest.raises(CommandError, match="Not complete"):
        call_command("oai_sync", *models, verbosity=0, stderr=err, no_color=True, **options)
    return err.getvalue()


def test_a_mass_deletion(many):
    withdraw(60)
    words = refused()
    assert "ArticleItem" in words and "press.Article" in words and "--allow-mass-change" in words
    assert len(live()) == 80
    sync(allow_mass_change=True)
    assert len(live()) == 20


def test_a_few_deletions_are_none(many):
    withdraw(20)
    sync()
    assert len(live()) == 60


def test_a_mass_change(clock: Clock, many):
    before = headers()
    Article.objects.update(title="All alike")
    clock.tick(30)
    words = refused()
    assert "--allow-mass-change" in words
    assert headers() == before, "nothing was written before it was refused"
    sync(allow_mass_change=True)
    assert headers() != before


def test_a_mass_change_by_the_mapping_of_a_related_object(many):
    Journal.objects.update(name="Renamed")
    refused()
    sync(allow_mass_change=True)
    assert in_step()


def test_a_dry_run_tells_how_much_would_change(many):
    Article.objects.update(title="All alike")
    assert "80 changed" in said("press.Article", dry_run=True)


@pytest.mark.parametrize("number", [1, 3, 80])
def test_an_empty_queryset_deletes_nothing(number, transactional_db, monkeypatch):
    from tests.press.oai import ArticleItem

    bulk(number)
    sync()
    with monkeypatch.context() as patch:
        patch.setattr(ArticleItem, "queryset", Article.objects.none())
        words = refused()
    assert "empty" in words
    assert len(live()) == number


@pytest.mark.parametrize("error", [ValueError, NotImplementedError, None])
def test_a_failing_queryset_deletes_nothing(error, articles: list[Article], monkeypatch):
    from tests.press.oai import ArticleItem

    def get_queryset(self: object) -> object:
        if error is not None:
            raise error("out of the blue")
        return Article.objects.extra(where=["no_such_column = 1"])

    with monkeypatch.context() as patch:
        patch.setattr(ArticleItem, "get_queryset", get_queryset)
        with pytest.raises((CommandError, ValueError)):
            sync()
    assert len(live()) == 3


def test_a_model_that_is_no_longer_registered(spare: Spare):
    @oai.register(Article, Notation, repository=spare)
    class Some(oai.Item):
        queryset = None

        def get_queryset(self):
            return self.model.objects.all()

        metadata = {"title": str}

    ArticleFactory()
    NotationFactory()
    sync(repository="spare")
    assert len(live("/spare/oai")) == 2
    spare.unregister(Notation)
    words = refused(repository="spare")
    assert "press.Notation" in words and "--allow-mass-change" in words
    assert len(live("/spare/oai")) == 2
    sync(repository="spare", allow_mass_change=True)
    assert len(live("/spare/oai")) == 1
    assert len(deleted("/spare/oai")) == 1


def test_another_namespace(articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"NAMESPACE": "elsewhere.example.org"}
    words = refused(repository="oai")
    assert "press.example.org" in words and "elsewhere.example.org" in words
    assert all("press.example.org" in name for name in live())


def test_no_namespace(transactional_db, settings):
    ArticleFactory()
    settings.OAIPMH = settings.OAIPMH | {"BASE_URL": "", "NAMESPACE": ""}
    assert "NAMESPACE" in refused(repository="oai")


# Several processes.

HOST = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.index.file_settings"
if __name__ == "__main__":
    django.setup()
    from django.core.management import call_command
    from tests.press.models import Article, Journal
    call_command("migrate", verbosity=0)
    journal = Journal.objects.create(code="jhs", name="Journal")
    Article.objects.bulk_create(Article(title=f"Article {n}", journal=journal) for n in range(1100))
    call_command("oai_sync", processes=2)
    Article.objects.filter(title="Article 700").update(title="Changed")
    Article.objects.filter(title="Article 1").update(stage="draft")
    call_command("oai_sync", "press.Article", processes=2)
    from django_oaipmh.models import IndexedItem, Intent, Record
    records = Record.objects.filter(prefix="oai_dc", deleted=False, item__repository="oai")
    assert records.count() == 1099, records.count()
    assert records.filter(body__contains="Changed").count() == 1
    assert not Intent.objects.exists()
"""


def run_host(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run a program over the test host, on a database in a file."""
    script = folder / "host.py"
    script.write_text(source)
    environment = os.environ | {"TEST_DATABASE_FILE": str(folder / "db.sqlite3"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180)


def test_several_processes(tmp_path: Path):
    """On a database in a file, as tests' own may be in memory."""
    done = run_host(tmp_path, HOST)
    assert done.returncode == 0, done.stderr
    assert "1100 seen: 1100 new, 0 changed, 0 deleted, 0 unchanged" in done.stdout
    assert "1100 seen: 0 new, 1 changed, 1 deleted, 1098 unchanged" in done.stdout


KILLED = """
import multiprocessing, os, signal, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.index.file_settings"
if __name__ == "__main__":
    django.setup()
    from django.core.management import CommandError, call_command
    from django_oaipmh.management.commands import oai_sync
    from django_oaipmh.models import Dirty, IndexedItem, Intent, Progress, Record, RepositoryState
    from tests.press.models import Article, Journal
    call_command("migrate", verbosity=0)
    journal = Journal.objects.create(code="jhs", name="Journal")
    Article.objects.bulk_create(Article(title=f"Article {n}", journal=journal) for n in range(3000))
    killed = []
    def report(self, item, done, total):
        if done and not killed:
            killed.append(multiprocessing.active_children()[0])
            os.kill(killed[0].pid, signal.SIGKILL)
    oai_sync.Command._report = report
    try:
        call_command("oai_sync", repository="oai", processes=2)
    except CommandError as error:
        print(error)
    records = Record.objects.filter(prefix="oai_dc", item__repository="oai")
    print("records", 0 < records.count() < 3000, "opened", RepositoryState.objects.get(pk="oai").opened)
    assert not multiprocessing.active_children()
    call_command("oai_sync", repository="oai", processes=2)
    assert records.count() == 3000 == IndexedItem.objects.filter(repository="oai").count(), records.count()
    assert RepositoryState.objects.get(pk="oai").opened
    assert Intent.objects.count() <= 1 and not Dirty.objects.exists()
"""


def test_a_process_that_is_killed(tmp_path: Path):
    """What was written stays, nobody is left behind, the repository stays closed, and the next sync ends it."""
    done = run_host(tmp_path, KILLED)
    assert done.returncode == 0, done.stderr
    assert "oai: BrokenProcessPool" in done.stderr
    assert "Somebody killed it" in done.stderr
    assert "run oai_sync again and it goes on from there" in done.stderr
    assert "Not complete: oai" in done.stdout
    assert "records True opened None" in done.stdout
    assert "3000 seen" in done.stdout


@pytest.mark.skipif(connection.vendor == "sqlite", reason="the tests' SQLite is in the memory of one process")
def test_several_processes_on_a_server(transactional_db):
    bulk(600)
    sync("press.Article", processes=2)
    assert IndexedItem.objects.filter(model="press.Article", deleted=False).count() == 600


# Odd keys.


def test_keys_that_are_text_or_UUIDs(transactional_db, small_batches):
    for code in ["a", "B", "ö", "Z z", "y ", "10", "9", "_", "%"]:
        Notation.objects.bulk_create([Notation(code=code, label=f"Label of {code!r}")])
    Dataset.objects.bulk_create([DatasetFactory.build() for _ in range(5)])
    sync()
    assert len(live()) == Notation.objects.count() + 5
    assert in_step()
    assert "0 new, 0 changed, 0 deleted" in said(repository="oai")


def test_intents_are_few(many, monkeypatch):
    """One for each batch that is written, none for what is unchanged."""
    created: list[int] = []
    original = store._Batch.write
    monkeypatch.setattr(store._Batch, "write", lambda self, changes: created.append(1) or original(self, changes))
    sync()
    assert not created


def test_many_writes_have_the_statistics_made_anew(transactional_db, monkeypatch):
    monkeypatch.setattr(module, "ANALYSED", 5)

    def analysed(number: int, *models: str) -> bool:
        bulk(number)
        with CaptureQueriesContext(connection) as queries:
            sync(*models)
        return any(query["sql"].startswith("ANALYZE") for query in queries)

    assert not analysed(4)
    assert analysed(5) == (connection.vendor == "postgresql")
    assert not analysed(4, "press.Article")
    assert analysed(5, "press.Article") == (connection.vendor == "postgresql")
