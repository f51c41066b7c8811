"""Who indexes what was saved (the setting INDEX): the process, a task, or a sync. Never at the price of the save."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from django_oaipmh import checks
from django_oaipmh.index import outbox, signals
from django_oaipmh.models import Dirty, Record
from tests.press.factories import AuthorFactory, AuthorshipFactory
from tests.press.models import Article

from .looks import values

tasks = pytest.importorskip("django_oaipmh.tasks", reason="this Django has no Tasks framework")
BACKENDS = type(tasks.task_backends).__module__.split(".")[0]
BACKENDS = "django.tasks.backends" if BACKENDS == "django" else "django_tasks.backends"
DUMMY, IMMEDIATE = f"{BACKENDS}.dummy.DummyBackend", f"{BACKENDS}.immediate.ImmediateBackend"


@pytest.fixture
def index(settings, transactional_db):
    """Choose who indexes."""

    def choose(way: str, backend: str = "") -> None:
        settings.OAIPMH = settings.OAIPMH | {"INDEX": way}
        if backend:
            settings.TASKS = {"default": {"BACKEND": backend}}
        signals.connect()

    yield choose
    settings.OAIPMH = settings.OAIPMH | {"INDEX": "commit"}
    signals.connect()


def save(article: Article, title: str) -> None:
    article.title = title
    article.save()


def queued() -> list[tuple[Any, ...]]:
    return [tuple(result.args) for result in tasks.task_backends["default"].results]


def test_a_task_is_queued_after_the_commit(articles: list[Article], index: Callable):
    index("task", DUMMY)
    with transaction.atomic():
        for number, article in enumerate(articles):
            save(article, f"Queued {number}")
        assert queued() == []
    assert queued() == [("oai",), ("brief",)]  # one for each repository that shows articles
    assert values(articles[0]) != ["Queued 0"]
    assert Dirty.objects.exists()
    for arguments in queued():
        tasks.work_off_outbox.func(*arguments)
    assert values(articles[0]) == ["Queued 0"]
    assert not Dirty.objects.exists()


def test_nothing_is_queued_after_a_rollback(articles: list[Article], index: Callable):
    index("task", DUMMY)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        save(articles[0], "Never")
        1 / 0  # noqa: B018
    assert queued() == []


def test_the_task_does_the_work(articles: list[Article], index: Callable):
    index("task", IMMEDIATE)
    save(articles[0], "By a task")
    assert values(articles[0]) == ["By a task"]
    assert not Dirty.objects.exists()
    articles[1].delete()
    assert Record.objects.filter(deleted=True).exists()


def test_the_task_does_also_what_is_too_much_for_a_save(articles: list[Article], index: Callable, monkeypatch):
    monkeypatch.setattr(outbox, "AT_ONCE", 1)
    author = AuthorFactory(family="Before")
    for article in articles[:3]:
        AuthorshipFactory(article=article, author=author)
    call_command("oai_sync", verbosity=0)
    index("task", IMMEDIATE)
    author.family = "After"
    author.save()
    assert not Dirty.objects.exists()
    assert Record.objects.filter(prefix="oai_dc", body__contains="After").count() == 3


def test_a_task_that_comes_late_or_twice_does_no_harm(articles: list[Article], index: Callable):
    index("task", DUMMY)
    save(articles[0], "Once")
    for _ in range(2):
        tasks.work_off_outbox.func("oai")
    assert values(articles[0]) == ["Once"]


@pytest.mark.parametrize("trouble", ["refused", "no backend"])
def test_without_the_queue_the_save_succeeds_and_the_outbox_knows(
    articles: list[Article], index: Callable, monkeypatch, settings, caplog, trouble
):
    index("task", DUMMY)
    with monkeypatch.context() as patch:
        if trouble == "refused":
            refuse = lambda *args, **kwargs: 1 / 0  # noqa: E731
            patch.setattr(type(tasks.task_backends["default"]), "enqueue", refuse)
        else:
            settings.TASKS = {"default": {"BACKEND": "nowhere.Backend"}}
        save(articles[0], "Saved")
    articles[0].refresh_from_db()
    assert articles[0].title == "Saved"
    assert "stays in the outbox" in caplog.text
    call_command("oai_sync", changed=True, verbosity=0)
    assert values(articles[0]) == ["Saved"]


def test_before_the_first_sync_the_task_leaves_all_to_it(index: Callable, transactional_db):
    from tests.press.factories import ArticleFactory

    index("task", IMMEDIATE)
    ArticleFactory()
    assert Dirty.objects.exists()
    assert not Record.objects.exists()


def test_the_outbox_waits_for_oai_sync(articles: list[Article], index: Callable):
    index("outbox")
    save(articles[0], "Noted")
    assert values(articles[0]) != ["Noted"]
    assert Dirty.objects.exists()
    call_command("oai_sync", changed=True, verbosity=0)
    assert values(articles[0]) == ["Noted"]


def test_with_sync_nothing_is_noted(articles: list[Article], index: Callable):
    index("sync")
    save(articles[0], "Not noted")
    assert not Dirty.objects.exists()
    call_command("oai_sync", verbosity=0)
    assert values(articles[0]) == ["Not noted"]


def test_what_a_save_costs(articles: list[Article], index: Callable):
    """In queries, which is where the time goes: of the process that saves, by who does the rest."""
    cost = {}
    for way in ("sync", "outbox", "task", "commit"):
        index(way, DUMMY)
        with CaptureQueriesContext(connection) as queries:
            save(articles[0], f"By {way}")
        statements = [query["sql"].split()[0] for query in queries]
        cost[way] = sum(word in ("SELECT", "INSERT", "UPDATE", "DELETE") for word in statements)
    assert cost["outbox"] <= cost["sync"] + 4
    assert cost["task"] == cost["outbox"]
    assert cost["commit"] > cost["task"] + 5


def test_the_framework_is_not_imported_unless_asked_for():
    code = "import django, sys; django.setup(); print('django_oaipmh.tasks' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


# Checks


def test_W071_a_backend_without_workers(index: Callable):
    index("task", IMMEDIATE)
    assert [message.id for message in checks.check_tasks()] == ["oaipmh.W071"]
    index("commit", IMMEDIATE)
    assert checks.check_tasks() == []


def test_E071_no_framework(index: Callable, monkeypatch):
    index("task")
    monkeypatch.setitem(sys.modules, "django_oaipmh.tasks", None)
    assert [message.id for message in checks.check_tasks()] == ["oaipmh.E071"]
