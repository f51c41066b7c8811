"""Everything that may happen to a press, one function each: they change something at random."""

import random
from collections.abc import Callable
from typing import Any

from django.db.models import Model

from tests.press import models

Change = Callable[[random.Random], None]

CHANGES: list[Change] = []

GALLEY = '<galley xmlns="https://press.example.org/ns/galley">{}</galley>'


def change(function: Change) -> Change:
    CHANGES.append(function)
    return function


def often(function: Change) -> Change:
    """Of one object; changes that concern many would hide what became of a single one."""
    CHANGES.extend([function] * 5)
    return function


def word(rng: random.Random) -> str:
    return f"{rng.choice(['Aegae', 'Bari & Sons', '<i>Corinth</i>', 'Ðelos ]]>'])} {rng.randrange(10**6)}"


def pick(rng: random.Random, model: type[Model]) -> Any:
    """One of the objects, the first ones far more often than the last; None if there are none."""
    pks = list(model._base_manager.order_by("pk").values_list("pk", flat=True))
    return model._base_manager.filter(pk=pks[int(len(pks) * rng.random() ** 3)]).first() if pks else None


def touch(rng: random.Random, model: type[Model], field: str) -> None:
    """Give one object another word."""
    obj = pick(rng, model)
    if obj is not None:
        setattr(obj, field, word(rng))
        obj.save(update_fields=[field])


@often
def article_appears(rng: random.Random) -> None:
    article = models.Article.objects.create(
        title=word(rng),
        journal=pick(rng, models.Journal),
        licence=pick(rng, models.Licence),
        galley_xml=rng.choice(["", GALLEY.format("Galley")]),
    )
    models.Authorship.objects.create(article=article, author=pick(rng, models.Author))


@change
def article_goes(rng: random.Random) -> None:
    if models.Article.objects.count() > 20:
        pick(rng, models.Article).delete()


@often
def article_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Article, "title")


@often
def article_is_published_or_not(rng: random.Random) -> None:
    article = pick(rng, models.Article)
    article.stage = rng.choice(models.Article.Stage.values)
    article.save()


@often
def article_moves(rng: random.Random) -> None:
    article = pick(rng, models.Article)
    article.journal = pick(rng, models.Journal)
    article.section = rng.choice([None, models.Section.objects.filter(journal=article.journal).first()])
    article.language = rng.choice(models.Article.Language.values)
    article.save()


@often
def article_gets_and_loses_links(rng: random.Random) -> None:
    article = pick(rng, models.Article)
    article.subjects.set(models.Subject.objects.filter(pk__in=[pick(rng, models.Subject).pk]))
    rng.choice([article.collections.add, article.collections.remove])(pick(rng, models.Collection))


@often
def article_is_tagged(rng: random.Random) -> None:
    article = pick(rng, models.Article)
    rng.choice([lambda: article.tags.create(label=word(rng)), lambda: article.tags.all().delete()])()


@often
def article_gets_an_identifier(rng: random.Random) -> None:
    article = pick(rng, models.Article)
    article.identifiers.all().delete()
    article.identifiers.create(value=word(rng), scheme="local")


@change
def author_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Author, "family")


@change
def affiliation_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Organisation, "name")


@change
def subject_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Subject, "label")


@change
def journal_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Journal, "name")


@change
def licence_is_opened_or_closed(rng: random.Random) -> None:
    licence = pick(rng, models.Licence)
    licence.open = not licence.open
    licence.save()


@change
def collection_is_moved(rng: random.Random) -> None:
    collection = models.Collection.objects.exclude(parent=None).order_by("?").first()
    if collection is not None:
        roots = models.Collection.objects.filter(parent=None).exclude(pk=collection.pk)
        collection.parent = rng.choice(list(roots))
        collection.save()


@change
def dataset_comes_and_goes(rng: random.Random) -> None:
    if models.Dataset.objects.count() > 5:
        pick(rng, models.Dataset).delete()
    models.Dataset.objects.create(
        title=word(rng), doi=f"10.5555/{rng.randrange(10**9)}", supplement_to=pick(rng, models.Article)
    )


@often
def dataset_is_listed_or_not(rng: random.Random) -> None:
    dataset = pick(rng, models.Dataset)
    if dataset is not None:
        dataset.listed = not dataset.listed
        dataset.save()


@change
def notation_comes_and_goes(rng: random.Random) -> None:
    notation = models.Notation.objects.filter(code=f"Q {rng.randrange(5)}/&").first()
    if notation:
        notation.delete()
    else:
        models.Notation.objects.create(code=f"Q {rng.randrange(5)}/&", label=word(rng))


@change
def thesis_is_renamed(rng: random.Random) -> None:
    touch(rng, models.Thesis, "title")


def unnoticed(rng: random.Random) -> None:
    """A change that sends no signal: only a full sync finds it."""
    models.Article.objects.filter(pk=pick(rng, models.Article).pk).update(title=word(rng))


def found() -> None:
    """Make the press that the changes begin with."""
    rng = random.Random(1)
    for code in ("jhs", "rmr"):
        journal = models.Journal.objects.create(code=code, name=f"Journal {code}")
        for slug in ("research", "notes"):
            models.Section.objects.create(journal=journal, slug=slug, name=slug.title())
    for continent in ("europe", "asia"):
        parent = models.Collection.objects.create(slug=continent, title=continent.title())
        models.Collection.objects.create(slug=f"{continent}-town", title="Town", parent=parent)
    models.Licence.objects.create(url="https://creativecommons.org/licenses/by/4.0/", open=True)
    models.Licence.objects.create(url="https://press.example.org/closed", open=False)
    for number in range(4):
        models.Subject.objects.create(label=f"Subject {number}")
        affiliation = models.Organisation.objects.create(name=f"University {number}")
        author = models.Author.objects.create(family=f"Family{number}", given="Given", affiliation=affiliation)
        models.Thesis.objects.create(title=f"Thesis {number}", author=author)
    for _ in range(80):
        article_appears(rng)
