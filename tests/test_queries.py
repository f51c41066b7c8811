"""Footprints: what decides whether a queryset selects an object."""

import datetime

import pytest
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower, Now, TruncDate

from django_oaipmh.queries import Footprint, filter_paths

from .press.models import Article, Author, Authorship, Collection, Dataset, Tag, Thesis

MOMENT = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


def footprint(queryset) -> set[str]:
    found = Footprint(queryset)
    assert not found.opaque
    return {path.text for path in found.paths}


@pytest.mark.parametrize(
    "queryset, paths",
    [
        (Article.objects.all(), set()),
        (Article.objects.order_by("title"), set()),
        (Article.objects.filter(stage="published"), {"stage"}),
        (Article.objects.exclude(stage="published"), {"stage"}),
        (Article.objects.filter(Q(stage="draft") | ~Q(title="x")), {"stage", "title"}),
        (Article.objects.filter(journal__active=True), {"journal__active"}),
        (Article.objects.filter(journal=1), {"journal"}),
        (Article.objects.filter(section__journal__name="x"), {"section__journal__name"}),
        (Article.objects.filter(subjects__label="x"), {"subjects__label"}),
        (Article.objects.filter(authors__family="x"), {"authorships__author__family"}),
        (Article.objects.filter(authorships__role="aut"), {"authorships__role"}),
        (Article.objects.filter(datasets__listed=True), {"datasets__listed"}),
        (Article.objects.filter(title=F("doi")), {"title", "doi"}),
        (Article.objects.annotate(low=Lower("title")).filter(low="x"), {"title"}),
        (Article.objects.annotate(day=TruncDate("modified")).filter(day=MOMENT.date()), {"modified"}),
        (Collection.objects.filter(parent__slug="x"), {"parent__slug"}),
        (Collection.objects.filter(children__slug="x"), {"children__slug"}),
        (Thesis.objects.filter(title="x"), {"publication_ptr__title"}),
        (Author.objects.filter(articles__stage="published"), {"authorships__article__stage"}),
    ],
    ids=lambda value: str(value.query.where) if hasattr(value, "query") else "",
)
def test_conditions_are_told_as_paths(queryset, paths):
    found = footprint(queryset)
    assert paths <= found
    # The keys that joins compare may be told too, nothing else.
    assert all(text.endswith(("id", "pk", "content_type")) for text in found - paths), found


def test_an_aggregate_reads_what_it_counts():
    assert "authorships" in str(footprint(Article.objects.annotate(n=Count("authorships")).filter(n__gt=1)))


@pytest.mark.parametrize(
    "queryset, models",
    [
        (Article.objects.filter(Exists(Dataset.objects.filter(supplement_to=OuterRef("pk")))), {Dataset}),
        (Article.objects.filter(pk__in=Dataset.objects.values("supplement_to")), {Dataset}),
        (Article.objects.exclude(authorships__role="edt"), {Authorship}),
        (Article.objects.filter(pk__in=Tag.objects.filter(article__title="x").values("object_id")), {Tag, Article}),
        (Article.objects.extra(where=["1 = 1"]), set()),
        (Article.objects.annotate(raw=RawSQL("1", ())).filter(raw=1), set()),
    ],
)
def test_what_no_path_tells_is_opaque(queryset, models):
    found = Footprint(queryset)
    assert found.opaque
    assert found.subqueries == models


def test_constants_of_time_are_kept():
    day = datetime.date(2020, 1, 1)
    assert Footprint(Article.objects.filter(embargo_until__lte=MOMENT, title="x")).moments == [MOMENT]
    assert Footprint(Article.objects.filter(published_on__in=[day])).moments == [day]
    assert Footprint(Article.objects.filter(published_on__range=(day, day))).moments == [day, day]
    assert Footprint(Article.objects.filter(title="2020-01-01")).moments == []


def test_Now_is_seen_wherever_it_stands():
    for queryset in (
        Article.objects.filter(embargo_until__lte=Now()),
        Article.objects.filter(Q(stage="draft") | ~Q(embargo_until__gt=Now())),
        Article.objects.annotate(day=TruncDate(Now())).filter(published_on__lte=F("day")),
        Article.objects.filter(embargo_until__lte=Now() + datetime.timedelta(days=1)),
    ):
        assert Footprint(queryset).uses_now
    assert not Footprint(Article.objects.filter(embargo_until=None)).uses_now


def test_the_condition_of_a_filtered_relation_counts():
    queryset = Article.objects.annotate(
        creators=FilteredRelation("authorships", condition=Q(authorships__role="aut"))
    ).filter(creators__position=0)
    found = Footprint(queryset)
    assert found.opaque or "authorships__role" in {path.text for path in found.paths}


def test_the_paths_of_a_condition_alone():
    assert {path.text for path in filter_paths(Article, Q(licence__open=True))} == {"licence__open"}
