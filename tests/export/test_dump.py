"""``oai_export --dump``: a dump and a harvest from its date are the repository, whatever happens meanwhile."""

import gzip
import io
import os
import random
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files import locks
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from django_oaipmh.export import lists
from django_oaipmh.models import Entry, RepositoryState
from tests.copies import Copy, differences
from tests.harvester import OAI
from tests.invariants.clocks import headers
from tests.invariants.copies import told, truth
from tests.invariants.test_2_nothing_is_lost import at
from tests.press.factories import ArticleFactory, DatasetFactory, JournalFactory, ThesisFactory
from tests.press.models import Article
from tests.soak import changes

from .dumps import DumpCopy, manifest_of, names, responses

ROOT = Path(__file__).resolve().parents[2]


def export(folder: Path, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("oai_export", "--dump", str(folder), *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "dump"


@pytest.fixture
def pages_of_two(monkeypatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)


def between_pages(monkeypatch: pytest.MonkeyPatch, *actions: Callable[[], object]) -> None:
    """Do one thing more before each page that is read."""
    original, left = lists.Listed.read, iter(actions)

    def read(self: Any, *arguments: Any) -> Any:
        if action := next(left, None):
            action()
        return original(self, *arguments)

    monkeypatch.setattr(lists.Listed, "read", read)


def fail() -> None:
    raise OperationalError("the server is gone")


def is_the_truth(folder: Path, path: str = "/oai") -> None:
    """A reader of the dump who goes on harvesting has what a harvester has, and what the host says."""
    copy, fresh = DumpCopy(path).load(folder).harvest(), Copy(path).harvest()
    assert not differences(copy.live, fresh.live)
    assert not differences(told(copy), truth(path))


@pytest.fixture
def press(transactional_db: None, clock) -> None:
    """A press with changes of every kind to come."""
    changes.found()
    call_command("oai_sync", verbosity=0)
    headers()
    clock.tick()


# What it is.


def test_it_is_every_list_as_ListRecords_tells_it(articles, folder):
    said = export(folder)
    assert [len(responses(folder, prefix)) for prefix in ("oai_dc", "galley")] == [1, 1]
    for prefix in ("oai_dc", "galley"):
        copy = DumpCopy(prefix=prefix).load(folder)
        assert copy.records == Copy(prefix=prefix).harvest().records
    assert said == f"6 records. Harvest from {manifest_of(folder)['responseDate']} on.\n"


def test_the_manifest_tells_where_to_go_on(articles, folder):
    export(folder)
    manifest = manifest_of(folder)
    assert manifest["repositoryName"] == "Harvest Press & Sons"
    assert manifest["baseURL"] == "https://press.example.org/oai"
    assert manifest["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert manifest["complete"]
    assert [(one["metadataPrefix"], one["metadataNamespace"], one["records"]) for one in manifest["lists"]] == [
        ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/", 3),
        ("galley", "https://press.example.org/ns/galley", 3),
    ]
    is_the_truth(folder)


def test_files_of_so_many_records(press, folder, pages_of_two):
    export(folder, "--records", "7", "--format", "oai_dc")
    sizes = [len(list(root.iter(OAI + "record"))) for root in responses(folder)]
    assert set(sizes[:-1]) == {7}
    assert 1 <= sizes[-1] <= 7
    assert sum(sizes) == len([header for header in headers().values() if not header.deleted])
    is_the_truth(folder)


def test_files_of_so_many_bytes(press, folder):
    export(folder, "--bytes", "5000", "--format", "oai_dc")
    files = responses(folder)
    assert len(files) > 5
    for path in folder.glob("records-*"):
        content = gzip.decompress(path.read_bytes())
        largest = max(map(len, re.findall(b"<record>.*?</record>", content, re.DOTALL)))
        assert len(content) < 5_000 + largest + 1_000  # of the envelope
    is_the_truth(folder)


def test_one_set(articles, folder):
    export(folder, "--set", "rmr", "--format", "oai_dc")
    assert DumpCopy().load(folder).records.keys() == headers(set="rmr").keys()
    assert manifest_of(folder)["set"] == "rmr"


def test_deleted_records_are_told_to_whom_they_concern(articles, folder):
    articles[0].delete()
    export(folder)
    assert len(DumpCopy().load(folder).records) == 2
    export(folder, "--deleted")
    assert DumpCopy().load(folder).records == Copy().harvest().records
    assert manifest_of(folder)["deleted"]


def test_a_repository_that_tells_of_no_deletions_does_not_here(transactional_db, clock, folder):
    first, _ = DatasetFactory(listed=True), DatasetFactory(listed=True)
    call_command("oai_sync", verbosity=0)
    first.delete()
    export(folder, "--repository", "brief", "--deleted")
    copy = DumpCopy("/nodeletes/oai").load(folder)
    assert [kept.deleted for kept in copy.records.values()] == [False]


def test_days(transactional_db, clock, folder):
    ThesisFactory()
    call_command("oai_sync", verbosity=0)
    export(folder, "--repository", "theses")
    assert manifest_of(folder)["granularity"] == "YYYY-MM-DD"
    assert {len(stamp.text) for root in responses(folder) for stamp in root.iter(OAI + "datestamp")} == {10}
    is_the_truth(folder, "/theses/oai")


def test_a_format_without_records_has_no_files(transactional_db, clock, folder):
    ArticleFactory()
    call_command("oai_sync", verbosity=0)
    export(folder)
    assert responses(folder, "galley") == []
    assert len(responses(folder)) == 1


def test_an_empty_repository(transactional_db, clock, folder):
    call_command("oai_sync", verbosity=0)
    assert export(folder).startswith("0 records.")
    assert names(folder) == ["manifest.json"]
    ArticleFactory()
    is_the_truth(folder)


def test_from_the_first_dump_on_a_datestamp_is_the_time_of_a_change(transactional_db, clock, folder):
    article = ArticleFactory()
    rows = Article.objects.filter(pk=article.pk)
    rows.update(modified="2001-01-01T00:00:00Z")
    call_command("oai_sync", verbosity=0)
    export(folder)
    clock.tick()
    rows.update(title="Later")
    call_command("oai_sync", verbosity=0)
    is_the_truth(folder)
    assert headers()[f"oai:press.example.org:article/{article.pk}"].datestamp > "2002"


# Whatever is written meanwhile.


@pytest.mark.parametrize("seed", range(4))
def test_changes_between_all_pages(press, folder, clock, pages_of_two, monkeypatch, seed):
    rng = random.Random(seed)

    def change() -> None:
        clock.tick(rng.choice([0, 0, 1]))
        for _ in range(3):
            rng.choice(changes.CHANGES)(rng)

    between_pages(monkeypatch, *[change] * 60)
    export(folder, "--records", "5")
    call_command("oai_sync", "--changed", verbosity=0)
    is_the_truth(folder)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_under_way(articles, folder, clock, monkeypatch, when):
    """It began before the dump, and is committed after it."""

    def dump() -> None:
        clock.tick(10)
        export(folder)
        clock.tick(10)

    articles[0].title = "Written slowly"
    with at(monkeypatch, "_datestamp", **{when: dump}):
        articles[0].save()
    assert len(responses(folder)) == 1
    is_the_truth(folder)


# Interrupted, and run again.


@pytest.mark.parametrize("page", range(0, 12, 2))
def test_it_goes_on_where_it_was_interrupted(press, folder, clock, pages_of_two, monkeypatch, page):
    with monkeypatch.context() as patch:
        between_pages(patch, *[int] * page, fail)
        with pytest.raises(CommandError, match="the server is gone"):
            export(folder, "--records", "4", "--format", "oai_dc")
    written = {name: (folder / name).stat().st_mtime_ns for name in names(folder) if name.startswith("records")}
    assert len(written) == page // 2
    assert not (folder / "manifest.json").exists()
    clock.tick()
    article = Article.objects.filter(stage="published").first()
    article.title = "Meanwhile"
    article.save()
    clock.tick()
    export(folder, "--records", "4", "--format", "oai_dc")
    assert written.items() <= {name: (folder / name).stat().st_mtime_ns for name in names(folder)}.items()
    assert not [name for name in names(folder) if "part" in name or "unfinished" in name]
    is_the_truth(folder)


HOST = """
import os, signal, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.index.file_settings"
django.setup()
from django.core.management import call_command
from django_oaipmh.export import lists
from tests.press.models import Article
from tests.soak import changes
lists.PAGE = 2
pages = 0
def read(self, *arguments, original=lists.Listed.read):
    global pages
    pages += 1
    if pages == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, *arguments)
lists.Listed.read = read
if sys.argv[3] == "first":
    call_command("migrate", verbosity=0)
    changes.found()
    call_command("oai_sync", verbosity=0)
else:
    import random
    for seed in range(20):
        rng = random.Random(seed)
        rng.choice(changes.CHANGES)(rng)
call_command("oai_export", "--dump", sys.argv[1], "--records", "4", "--format", "oai_dc")
call_command("oai_sync", "--changed", verbosity=0)
from tests.validation import watching
from tests.export.test_dump import is_the_truth
from pathlib import Path
with watching():
    is_the_truth(Path(sys.argv[1]))
"""


def test_a_process_that_is_killed(tmp_path, folder):
    script = tmp_path / "host.py"
    script.write_text(HOST)
    environment = os.environ | {"TEST_DATABASE_FILE": str(tmp_path / "db.sqlite3"), "PYTHONPATH": str(ROOT)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(script), str(folder), *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert run("12", "first").returncode == -9
    before = [name for name in names(folder) if name.startswith("records")]
    assert len(before) == 5
    assert run("4", "again").returncode == -9
    done = run("0", "again")
    assert done.returncode == 0, done.stderr
    assert set(before) < set(names(folder))
    assert not [name for name in names(folder) if "part" in name or "unfinished" in name]


@pytest.mark.parametrize(
    "change",
    [
        ["--deleted"],
        ["--set", "jhs"],
        ["--format", "galley"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_another_dump_begins_anew(press, folder, monkeypatch, change):
    with monkeypatch.context() as patch:
        between_pages(patch, *[int] * 3, fail)
        with pytest.raises(CommandError):
            export(folder, "--records", "4")
    before = set(names(folder))
    export(folder, "--records", "4", *change)
    assert not before & set(names(folder))


def test_another_index_begins_anew(press, folder, monkeypatch):
    with monkeypatch.context() as patch:
        between_pages(patch, *[int] * 3, fail)
        with pytest.raises(CommandError):
            export(folder, "--records", "4", "--format", "oai_dc")
    before = set(names(folder))
    RepositoryState.objects.update(generation="another")
    export(folder, "--records", "4", "--format", "oai_dc")
    assert not before & set(names(folder))
    is_the_truth(folder)


def test_an_index_that_is_made_anew_meanwhile(press, folder, monkeypatch):
    with monkeypatch.context() as patch:
        between_pages(patch, lambda: RepositoryState.objects.update(generation="another"))
        with pytest.raises(CommandError, match="made anew"):
            export(folder)
    assert not (folder / "manifest.json").exists()
    export(folder)
    is_the_truth(folder)


def test_a_file_that_is_gone(press, folder, monkeypatch):
    with monkeypatch.context() as patch:
        between_pages(patch, *[int] * 3, fail)
        with pytest.raises(CommandError):
            export(folder, "--records", "4", "--format", "oai_dc")
    next(folder.glob("records-*")).unlink()
    export(folder, "--records", "4", "--format", "oai_dc")
    is_the_truth(folder)


def test_the_dump_before_stays_until_the_next_is_complete(press, folder, monkeypatch):
    export(folder, "--format", "oai_dc")
    before = names(folder)
    with monkeypatch.context() as patch:
        between_pages(patch, *[int] * 3, fail)
        with pytest.raises(CommandError):
            export(folder, "--records", "4", "--format", "oai_dc")
    assert set(before) < set(names(folder))
    is_the_truth(folder)
    export(folder, "--records", "4", "--format", "oai_dc")
    assert not [name for name in before if name.startswith("records") and name in names(folder)]
    is_the_truth(folder)


def test_one_dump_at_a_time(articles, folder):
    folder.mkdir()
    with (folder / ".lock").open("w") as lock:
        assert locks.lock(lock, locks.LOCK_EX)
        with pytest.raises(CommandError, match="Another dump is being written"):
            export(folder)
    export(folder)
    is_the_truth(folder)


# Costs.


def test_a_page_costs_one_query(press, folder, pages_of_two):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            export(folder, "--format", "oai_dc")
        return len(captured)

    few = Entry.objects.filter(list__prefix="oai_dc", list__set=None, list__repository="oai", deleted=False)
    before, cost = few.count(), queries()
    ArticleFactory.create_batch(20)
    more = -(-few.count() // 2) - -(-before // 2)
    assert queries() == cost + more


def test_it_holds_no_more_than_a_page(transactional_db, clock, folder, pages_of_two):
    journal = JournalFactory()
    Article.objects.bulk_create(
        Article(title="Long", journal=journal, abstract=str(number) * 50_000) for number in range(100)
    )
    call_command("oai_sync", verbosity=0)
    export(folder)
    tracemalloc.start()
    try:
        export(folder)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000
    is_the_truth(folder)


# What cannot be.


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--records", "0"], "--records takes a number from 1"),
        (["--bytes", "0"], "--bytes takes a number from 1"),
        (["--format", "marc21"], "no format marc21"),
        (["--set", "nowhere"], "There is no set nowhere"),
        (["--repository", "thesis"], "There is no repository 'thesis'"),
    ],
)
def test_wrong_arguments(articles, folder, arguments, words):
    with pytest.raises(CommandError, match=words):
        export(folder, *arguments)


def test_before_the_first_sync(transactional_db, folder):
    with pytest.raises(CommandError, match="being prepared"):
        export(folder)


def test_what_is_no_folder(articles, tmp_path):
    file = tmp_path / "dump"
    file.write_text("mine")
    for path in (file, file / "below"):
        with pytest.raises(CommandError, match="is no folder"):
            export(path)
    assert file.read_text() == "mine"
