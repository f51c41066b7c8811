"""``changes_at``: what time alone changes."""

import datetime

import pytest
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

import django_oaipmh as oai
from django_oaipmh.index import sync as module
from tests.press.factories import ArticleFactory
from tests.press.models import Article

from .conftest import Spare
from .looks import deleted, identifier, live, sync

PATH = "/spare/oai"


def embargo(article: Article, moment: datetime.datetime | None) -> None:
    """Change the embargo without a signal: what is to be seen is what time does."""
    Article.objects.filter(pk=article.pk).update(embargo_until=moment)


@pytest.mark.parametrize("options", [{"changed": True}, {}], ids=["changed", "full"])
def test_an_embargo_that_ends(options, articles: list[Article]):
    articles[0].embargo_until = timezone.now() + datetime.timedelta(days=1)
    articles[0].save()
    assert identifier(articles[0]) in deleted()
    embargo(articles[0], timezone.now() - datetime.timedelta(seconds=1))
    assert identifier(articles[0]) in deleted()
    sync(**options)
    assert identifier(articles[0]) in live()


def test_an_embargo_that_ended_while_nobody_looked(articles: list[Article], monkeypatch):
    """``--changed`` was not run for some days."""
    articles[0].embargo_until = timezone.now() + datetime.timedelta(days=1)
    articles[0].save()
    sync(changed=True)
    ahead = timezone.now() + datetime.timedelta(days=10)
    embargo(articles[0], timezone.now() - datetime.timedelta(seconds=1))
    monkeypatch.setattr(module.timezone, "now", lambda: ahead)
    sync(changed=True)
    assert identifier(articles[0]) in live()


def test_what_ended_long_ago_is_not_looked_at_again(articles: list[Article], monkeypatch):
    embargo(articles[0], timezone.now() - datetime.timedelta(days=100))
    sync(changed=True)
    looked_at: list[object] = []
    original = module.index
    monkeypatch.setattr(module, "index", lambda item, pks, *rest: looked_at.extend(pks) or original(item, pks, *rest))
    sync(changed=True)
    assert looked_at == []


def test_what_time_takes_away(spare: Spare):
    """An end of a licence, say: visible until a moment."""

    @oai.register(Article, repository=spare)
    class Until(oai.Item):
        queryset = Article.objects.filter(Q(embargo_until=None) | Q(embargo_until__gt=Now()))
        metadata = {"title": "title"}
        changes_at = ["embargo_until"]

    article = ArticleFactory(embargo_until=timezone.now() + datetime.timedelta(days=1))
    sync(repository="spare")
    assert len(live(PATH)) == 1
    embargo(article, timezone.now() - datetime.timedelta(seconds=1))
    sync(repository="spare", changed=True)
    assert (len(live(PATH)), len(deleted(PATH))) == (0, 1)


def test_dates_without_hours(spare: Spare):
    @oai.register(Article, repository=spare)
    class FromADay(oai.Item):
        queryset = Article.objects.filter(published_on__lte=Now())
        metadata = {"title": "title"}
        changes_at = ["published_on"]

    article = ArticleFactory(published_on=timezone.now().date() + datetime.timedelta(days=9))
    sync(repository="spare")
    assert not live(PATH)
    Article.objects.filter(pk=article.pk).update(published_on=timezone.now().date() - datetime.timedelta(days=1))
    sync(repository="spare", changed=True)
    assert len(live(PATH)) == 1


def test_a_moment_of_a_related_object(spare: Spare):
    from tests.press.factories import DatasetFactory
    from tests.press.models import Dataset

    @oai.register(Dataset, repository=spare)
    class WithItsArticle(oai.Item):
        queryset = Dataset.objects.filter(supplement_to__embargo_until__lte=Now())
        metadata = {"title": "title"}
        changes_at = ["supplement_to__embargo_until"]

    dataset = DatasetFactory(supplement_to=ArticleFactory(embargo_until=timezone.now() + datetime.timedelta(days=1)))
    sync(repository="spare")
    assert not live(PATH)
    embargo(dataset.supplement_to, timezone.now() - datetime.timedelta(seconds=1))
    sync(repository="spare", changed=True)
    assert len(live(PATH)) == 1
