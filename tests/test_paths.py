"""Paths: what they may be made of, how they are told apart, and what their errors say."""

import pytest
from django.db import models
from django.test.utils import isolate_apps

from django_oaipmh.paths import PathError, resolve

from .press.models import Article, Author, Authorship, Collection, Dataset, Journal, Tag, Thesis


@pytest.mark.parametrize(
    "model, text, lookup, attribute, field",
    [
        (Article, "title", "", "title", "title"),
        (Article, "pk", "", "pk", ""),
        (Article, "id", "", "id", "id"),
        (Article, "journal", "journal", "", ""),
        (Article, "journal_id", "", "journal_id", "journal"),  # the column, not the relation
        (Article, "journal__name", "journal", "name", "name"),
        (Article, "doi_url", "", "doi_url", ""),
        (Article, "get_absolute_url", "", "get_absolute_url", ""),
        (Article, "get_language_display", "", "get_language_display", ""),
        (Article, "datasets", "datasets", "", ""),
        (Article, "tags__label", "tags", "label", "label"),
        (Article, "authorships__author__affiliation__name", "authorships__author__affiliation", "name", "name"),
        (Journal, "articles__subjects__label", "articles__subjects", "label", "label"),
        (Collection, "parent__parent__slug", "parent__parent", "slug", "slug"),
        (Collection, "children", "children", "", ""),
        (Thesis, "title", "", "title", "title"),
        (Author, "theses__title", "theses", "title", "title"),
        (Tag, "target", "target", "", ""),
        (Tag, "target__title", "target", "title", ""),
    ],
)
def test_a_path_is_relations_and_perhaps_an_attribute(model, text, lookup, attribute, field):
    path = resolve(model, text)
    assert (path.text, path.lookup, path.attribute, path.field) == (text, lookup, attribute, field)


@pytest.mark.parametrize(
    "model, text, words",
    [
        (Article, "titel", ["'titel'", "press.Article has no 'titel'", "There are: ", "title", "datasets"]),
        (Article, "authorships__author__nam", ["press.Author has no 'nam'", "family"]),
        (Article, "title__x", ["'title' of press.Article is no relation"]),
        (Article, "doi_url__x", ["'doi_url' of press.Article is no relation"]),
        (Article, "journal_id__name", ["'journal_id' of press.Article is no relation"]),
        (Tag, "target__journal__name", ["behind a generic foreign key only one attribute"]),
        (Article, "", ["press.Article has no ''"]),
        (Article, "journal__", ["press.Journal has no ''"]),
        (Article, "title ", ["has no 'title '"]),
    ],
)
def test_an_error_names_the_step_and_what_there_is(model, text, words):
    with pytest.raises(PathError) as caught:
        resolve(model, text)
    for word in [repr(text), *words]:
        assert word in str(caught.value)


def test_names_that_the_queryset_adds():
    assert resolve(Article, "creators", also=["creators"]).attribute == "creators"
    with pytest.raises(PathError):
        resolve(Article, "journal__creators", also=["creators"])


def test_every_relation_is_read_ahead_and_only_once():
    path = resolve(Article, "authorships__author__affiliation__name")
    stem = "oai_authorships"
    assert list(path.prefetches()) == [stem, f"{stem}__author", f"{stem}__author__affiliation"]
    assert list(path.plain_prefetches()) == ["authorships", "authorships__author", "authorships__author__affiliation"]
    assert resolve(Article, "title").prefetches() == {}


def test_rows_of_relations_to_many_are_always_in_order():
    for model, text in [
        (Article, "subjects"),
        (Article, "authorships"),
        (Article, "tags"),
        (Dataset, "supplement_to__subjects"),
    ]:
        (step,) = [step for step in resolve(model, text).steps if step.many]
        assert step.rows().query.order_by[-1] == "pk"
    assert not resolve(Authorship, "author").steps[0].many


@isolate_apps("tests.press")
def test_the_parts_of_a_file_are_no_path():
    class Scan(models.Model):  # noqa: DJ008
        image = models.FileField()

        class Meta:
            app_label = "press"

    with pytest.raises(PathError, match="The field itself gives the URL"):
        resolve(Scan, "image__url")
