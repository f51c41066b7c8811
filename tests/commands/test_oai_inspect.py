"""``oai_inspect``: for one object, what is disseminated, and why it is or is not harvested."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.hosts import declare
from tests.press.data import ILL_FORMED
from tests.press.factories import ArticleFactory, DatasetFactory
from tests.press.models import Article, Dataset

pytestmark = pytest.mark.django_db


def inspect(*arguments) -> str:
    out = io.StringIO()
    call_command("oai_inspect", *map(str, arguments), stdout=out, stderr=out, no_color=True)
    return out.getvalue()


def sync() -> None:
    call_command("oai_sync", verbosity=0, allow_mass_change=True)


def test_before_the_first_sync():
    assert "Not harvested: the first oai_sync of this repository is not complete." in inspect(
        "press.Article", ArticleFactory().pk
    )


def test_in_step():
    article = ArticleFactory(title="Of harvests")
    sync()
    told = inspect("press.Article", article.pk)
    assert f"press.Article {article.pk} (ArticleItem, oai)\n" in told
    assert "Harvested, and the index is in step with it." in told
    assert told.count(f"oai:press.example.org:article/{article.pk}\n") == 2
    assert '<dc:title xml:lang="en">Of harvests</dc:title>' in told
    assert "[oai_dc] 20" in told
    assert "Z live, sets: en jhs" in told


def test_behind_and_not_noted():
    article = ArticleFactory()
    sync()
    Article.objects.filter(pk=article.pk).update(title="Changed")
    told = inspect("press.Article", article.pk)
    assert "The index is behind: a change was not noted. Run: manage.py oai_sync\n" in told
    assert "Changed" in told


def test_behind_and_noted():
    article = ArticleFactory()
    sync()
    article.title = "Changed"
    article.save()
    told = inspect("press.Article", article.pk)
    assert "The index is behind: a change is in the outbox. Run: manage.py oai_sync --changed\n" in told


def test_not_selected():
    article = ArticleFactory(stage="draft")
    sync()
    told = inspect("press.Article", article.pk)
    assert "Not harvested: the queryset of the item does not select it." in told
    assert "nothing is disseminated" in told
    assert "In the index\nnothing\n" in told


def test_withdrawn_and_not_yet_noticed():
    """It is still in the index, and so still harvested: that must be said."""
    article = ArticleFactory()
    sync()
    Article.objects.filter(pk=article.pk).update(stage="draft")
    told = inspect("press.Article", article.pk)
    assert "live" in told
    assert "The index is behind" in told


def test_withdrawn():
    article = ArticleFactory()
    sync()
    Article.objects.filter(pk=article.pk).update(stage="draft")
    sync()
    told = inspect("press.Article", article.pk)
    assert "Not harvested: the queryset of the item does not select it." in told
    assert "Z deleted" in told


def test_no_such_object():
    sync()
    assert "Not harvested: there is no such object." in inspect("press.Article", 0)


def test_quarantined_in_one_format():
    article = ArticleFactory(galley_xml=ILL_FORMED.format(title="x"))
    sync()
    told = inspect("press.Article", article.pk)
    assert "galley: IllFormed: " in told
    assert "In quarantine since 20" in told
    assert f"press.Article {article.pk} (galley)" in told
    assert "[oai_dc]" in told


def test_failing_as_a_whole(monkeypatch):
    article = ArticleFactory()
    sync()

    def broken(self):
        raise LookupError("where is it")

    monkeypatch.setattr(Article, "get_absolute_url", broken)
    told = inspect("press.Article", article.pk)
    assert "Not harvested as it is now: it could not be described." in told
    assert "object: LookupError: where is it" in told
    assert "live" in told


def test_no_format(repository):
    article = ArticleFactory()
    declare(repository, has_format=lambda self, obj, prefix: False)
    sync()
    told = inspect("press.Article", article.pk, "--repository", "adhoc")
    assert "no format is available for it" in told


def test_every_repository_that_has_the_model():
    dataset = DatasetFactory()
    sync()
    told = inspect("press.dataset", dataset.pk)
    assert "(DatasetItem, oai)" in told
    assert "(BriefDatasetItem, brief)" in told
    assert "(DatasetItem, oai)" not in inspect("press.Dataset", dataset.pk, "--repository", "brief")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("press.Nonsense", 1), "No item is registered for: press.Nonsense"),
        (("press.Thesis", 1, "--repository", "oai"), "No item is registered for: press.Thesis"),
        (("press.Article", "abc"), "'abc'"),
        (("press.Article", 10**30), str(10**30)),
        (("press.Dataset", "1"), "'1'"),
    ],
)
def test_wrong_arguments(arguments, words):
    sync()
    with pytest.raises(CommandError, match=words):
        inspect(*arguments)


def test_nothing_is_written():
    article = ArticleFactory()
    Dataset.objects.all().delete()
    inspect("press.Article", article.pk)
    sync()
    assert "in step" in inspect("press.Article", article.pk)
