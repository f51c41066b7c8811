"""``oai_sync``: what it says, what it refuses, and how it ends."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from django_oaipmh.models import IndexedItem, Quarantine, Record
from django_oaipmh.repository import repositories
from tests.hosts import declare
from tests.press.data import ILL_FORMED
from tests.press.factories import ArticleFactory, DatasetFactory, ThesisFactory
from tests.press.models import Article

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, **options) -> tuple[str, str]:
    """Run the command; return what it wrote to either stream."""
    out, err = io.StringIO(), io.StringIO()
    call_command("oai_sync", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def refused(*arguments: str) -> tuple[str, str]:
    """Run the command, which fails; return why, and what it wrote to stderr."""
    err = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("oai_sync", *arguments, stdout=io.StringIO(), stderr=err)
    assert caught.value.returncode == 1
    return str(caught.value), err.getvalue()


def test_it_tells_what_became_of_the_objects_of_each_repository():
    articles = [ArticleFactory() for _ in range(3)]
    ThesisFactory()
    out, err = run()
    assert "oai: 3 seen: 3 new, 0 changed, 0 deleted, 0 unchanged, 0 in quarantine\n" in out
    assert "theses: 1 seen: 1 new, 0 changed, 0 deleted, 0 unchanged, 0 in quarantine\n" in out
    assert err == ""
    Article.objects.filter(pk=articles[0].pk).update(title="Changed")
    Article.objects.filter(pk=articles[1].pk).delete()
    assert "oai: 3 seen: 0 new, 1 changed, 1 deleted" in run("--repository", "oai")[0]


def test_a_dry_run_writes_nothing():
    ArticleFactory()
    out, _ = run("--dry-run")
    assert "oai: 1 seen: 1 new, 0 changed, 0 deleted, 0 unchanged, 0 in quarantine (nothing was written)\n" in out
    assert not IndexedItem.objects.exists()


def test_some_models_only():
    ArticleFactory()
    DatasetFactory()
    out, _ = run("press.dataset")
    assert set(IndexedItem.objects.values_list("model", flat=True)) == {"press.Dataset"}
    assert out.startswith("oai: 1 seen: 1 new")


def test_verbosity_0_says_nothing():
    ArticleFactory()
    assert run(verbosity=0) == ("", "")


def test_verbosity_0_tells_the_quarantine_of_a_whole_sync_only():
    article = ArticleFactory(galley_xml=ILL_FORMED)
    out, err = run(verbosity=0)
    assert out == ""
    assert f"press.Article {article.pk} (galley)" in err
    assert run("--changed", verbosity=0) == ("", "")


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys):
    ArticleFactory()
    run()
    assert capsys.readouterr().err == ""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    run("--render-all")
    assert re.search(r"\rpress\.Article █{30} 1/1\n", terminal.getvalue())
    terminal.truncate(0)
    run(verbosity=0)
    assert terminal.getvalue() == ""


def test_what_is_in_quarantine_is_listed_with_its_reason():
    article = ArticleFactory(galley_xml=ILL_FORMED.format(title="x"))
    _, err = run()
    assert "In quarantine, and tried again by every sync: 1\n" in err
    assert f"  press.Article {article.pk} (galley): IllFormed: " in err
    assert Record.objects.filter(prefix="oai_dc").count() == 1, "the other format is disseminated"
    Article.objects.update(galley_xml="")
    assert run()[1] == ""
    assert not Quarantine.objects.exists()


def test_a_long_quarantine_says_that_there_is_more():
    for _ in range(25):
        ArticleFactory(galley_xml="<")
    _, err = run()
    assert "every sync: 25\n" in err
    assert err.count("(galley)") == 20
    assert "5 more" in err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["press.Nonsense"], "No item is registered for: press.Nonsense"),
        (["press.Article", "press.Nonsense"], "No item is registered for: press.Nonsense"),
        (["--repository", "thesis"], "There is no repository 'thesis'"),
        (["--changed", "--dry-run"], "--changed goes neither"),
        (["--changed", "press.Article"], "--changed goes neither"),
        (["--processes", "0"], "--processes takes a number from 1"),
    ],
)
def test_wrong_arguments(arguments, words):
    assert words in refused(*arguments)[0]


def test_a_repository_that_cannot_be_synced_does_not_keep_the_others_from_it(settings):
    ThesisFactory()
    options = settings.OAIPMH["REPOSITORIES"]
    run()
    ThesisFactory()
    settings.OAIPMH = settings.OAIPMH | {"NAMESPACE": "moved.example.org"}
    settings.OAIPMH["REPOSITORIES"] = {
        "theses": options["theses"] | {"NAMESPACE": "press.example.org"},
        "brief": options["brief"] | {"NAMESPACE": "data.example.org"},
    }
    why, err = refused()
    assert why == "Not complete: oai"
    assert "oai: The identifiers of this repository are of the namespace 'press.example.org'" in err
    assert "Set OAIPMH['NAMESPACE'] = 'press.example.org'" in err
    assert IndexedItem.objects.filter(repository="theses").count() == 2


def test_an_empty_queryset_deletes_nothing():
    ArticleFactory()
    run()
    Article.objects.update(stage="draft")
    why, err = refused("press.Article")
    assert why == "Not complete: oai"
    assert "the queryset is empty, which would delete all of 1 items of press.Article" in err
    assert "oai_sync --allow-mass-change" in err
    assert "1 deleted" in run("press.Article", "--allow-mass-change")[0]


def test_a_database_in_trouble_is_told(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("disk full")

    monkeypatch.setattr("django_oaipmh.management.commands.oai_sync.sync_all", fail)
    why, err = refused("--repository", "oai")
    assert why == "Not complete: oai"
    assert "oai: OperationalError: disk full" in err
    assert "run oai_sync again" in err


def test_an_item_without_queryset_is_told(repository):
    declare(repository, queryset=None)
    assert "AdHocItem needs a queryset or get_queryset()" in refused("--repository", "adhoc")[1]


def test_a_method_that_queries_for_every_object_is_named(repository):
    def citation(self, obj):
        return obj.journal.name

    declare(repository, metadata={"bibliographicCitation": "citation"}, citation=citation)
    ArticleFactory()
    _, err = run("--repository", "adhoc")
    assert (
        'AdHocItem: AdHocItem.citation queries press_journal for every object; declare it: @oai.uses("journal")' in err
    )


def test_it_says_that_no_app_registers_an_item(monkeypatch):
    for repository in repositories.values():
        monkeypatch.setattr(repository, "_registry", {})
    assert "Nothing to sync" in run()[1]
    assert run("--changed") == ("", "")
    with pytest.raises(CommandError, match=r"for any model: no installed app has an oai\.py"):
        call_command("oai_preview", "press.Article", "1")
