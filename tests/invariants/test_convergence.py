"""Nothing is lost, whatever changes: a harvester's copy ends up as a fresh harvest, and that as the host's own data.

hypothesis makes up lives of a press, in which harvesters ask for pages at any moment. ``HYPOTHESIS_PROFILE=long``
makes many and long ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

import django_oaipmh as oai
from tests.copies import Copy, differences
from tests.harvester import Header, OAIClient
from tests.press import models
from tests.press.factories import NotationFactory

from .clocks import Clock
from .conftest import GALLEY
from .copies import galley_truth, told, truth
from .templates import marked

COMMON: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
settings.register_profile("brief", max_examples=25, stateful_step_count=30, derandomize=True, **COMMON)
settings.register_profile("long", max_examples=500, stateful_step_count=60, **COMMON)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))

#: What may differ between two texts, and what may not break XML.
WORDS = st.sampled_from(["Aegae", "Bari & Sons", "<i>Corinth</i>", "Ðelos ]]>", "Eph\u00e9sos", "Z\u200fadar"])
NUMBERS = st.integers(min_value=0, max_value=4)
LISTS = {"/oai oai_dc": ("/oai", "oai_dc"), "/oai galley": ("/oai", "galley"), "/theses": ("/theses/oai", "oai_dc")}


class RolledBack(Exception):
    """Raised to have a transaction undone."""


def empty() -> None:
    """Take every row out of the tables of the press and of the index."""
    with connection.constraint_checks_disabled(), transaction.atomic():
        for model in [
            *apps.get_app_config("press").get_models(True),
            *apps.get_app_config("django_oaipmh").get_models(),
        ]:
            queryset = model._base_manager.all()
            queryset._raw_delete(queryset.db)


class Press(RuleBasedStateMachine):
    """A press in business, and its harvesters."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.clock = Clock().wind(self.patch)
        self.behind = False  # something was changed that only a sync can find
        self.templates: Any = None
        self.serial = 0
        self.copies = {name: Copy(*where) for name, where in LISTS.items()}

    @initialize()
    def open(self) -> None:
        empty()
        ContentType.objects.get_for_model(models.Article)
        for code in ("jhs", "rmr"):
            journal = models.Journal.objects.create(code=code, name=f"Journal {code}")
            for slug in ("research", "notes"):
                models.Section.objects.create(journal=journal, slug=slug, name=slug.title())
        parent = None
        for slug in ("europe", "greece", "delphi"):
            parent = models.Collection.objects.create(slug=slug, title=slug.title(), parent=parent)
        models.Collection.objects.create(slug="asia", title="Asia")
        models.Licence.objects.create(url="https://creativecommons.org/licenses/by/4.0/", open=True)
        models.Licence.objects.create(url="https://press.example.org/closed", open=False)
        for number in range(3):
            models.Subject.objects.create(label=f"Subject {number}")
            affiliation = models.Organisation.objects.create(name=f"University {number}")
            models.Author.objects.create(family=f"Family{number}", given="Given", affiliation=affiliation)
        NotationFactory(code="QA", label="Software")
        for number in range(3):
            self._article(number)
        self.sync()

    def teardown(self) -> None:
        try:
            if models.Journal.objects.exists():
                self.check()
        finally:
            if self.templates:
                self.templates.__exit__(None, None, None)
            self.patch.undo()
            empty()

    def check(self) -> None:
        self.sync()
        headers = self.headers()
        for name, where in LISTS.items():
            fresh = Copy(*where).harvest()
            copy = self.copies[name]
            if copy.token:
                copy.harvest()  # what began earlier; what changed behind it comes with the next one
            copy.harvest()
            assert not differences(copy.records, fresh.records), name
            if where[1] == "oai_dc":
                assert not differences(told(fresh), truth(where[0])), name
            else:
                assert set(fresh.live) == galley_truth(), name
        specs = {spec for facts in truth().values() for spec in facts.sets}
        for spec in sorted(specs):
            members = {header.identifier for header in OAIClient().headers(set=spec) if not header.deleted}
            assert members == {
                identifier
                for identifier, facts in truth().items()
                if any(one == spec or one.startswith(spec + ":") for one in facts.sets)
            }, spec
        self.clock.tick()
        call_command("oai_sync", render_all=True, verbosity=0)
        assert self.headers() == headers, "a sync without a change moved something"

    # Helpers.

    def headers(self) -> list[list[Header]]:
        """The headers of everything, without what asking for them may change."""
        return [OAIClient(path).headers(prefix) for path, prefix in LISTS.values()]

    def pick(self, model: Any, number: int) -> Any:
        """One of the objects of ``model``, if there are any."""
        rows = list(model._base_manager.order_by("pk"))
        return rows[number % len(rows)] if rows else None

    def word(self, text: str) -> str:
        """A word that no other object has."""
        self.serial += 1
        return f"{text} {self.serial}"

    def _article(self, number: int) -> models.Article:
        article = models.Article.objects.create(
            title=self.word("Article"),
            journal=self.pick(models.Journal, number),
            licence=self.pick(models.Licence, number),
            galley_xml=GALLEY.format("Galley") if number % 2 else "",
        )
        author = self.pick(models.Author, number)
        if author:
            models.Authorship.objects.create(article=article, author=author)
        return article

    # Time and syncs.

    @rule(seconds=st.sampled_from([0, 1, 1, 2]))
    def time_passes(self, seconds: int) -> None:
        self.clock.tick(seconds)

    @rule()
    def sync(self) -> None:
        call_command("oai_sync", allow_mass_change=True, restart=True, verbosity=0)
        self.behind = False

    @rule()
    def sync_changed(self) -> None:
        call_command("oai_sync", changed=True, verbosity=0)

    @rule(mark=st.sampled_from(["first", "second"]))
    def template_changes(self, mark: str) -> None:
        if self.templates:
            self.templates.__exit__(None, None, None)
        self.templates = marked(mark)
        self.templates.__enter__()
        self.sync()

    @rule()
    def template_returns(self) -> None:
        if self.templates:
            self.templates.__exit__(None, None, None)
            self.templates = None
            self.sync()

    # Harvesters.

    @rule(name=st.sampled_from(list(LISTS)))
    def harvest_one_page(self, name: str) -> None:
        self.copies[name].page()

    @rule(name=st.sampled_from(list(LISTS)))
    def harvest_to_the_end(self, name: str) -> None:
        self.copies[name].harvest()

    @rule(name=st.sampled_from(list(LISTS)))
    def give_up_a_harvest(self, name: str) -> None:
        self.copies[name].give_up()

    # Articles.

    @rule(number=NUMBERS)
    def add_an_article(self, number: int) -> None:
        self._article(number)

    @rule(number=NUMBERS)
    def save_without_a_change(self, number: int) -> None:
        article = self.pick(models.Article, number)
        before = None if self.behind else self.headers()
        self.clock.tick()
        if article:
            article.save()
            for authorship in article.authorships.all():
                authorship.save()
                authorship.author.save()
            article.journal.save()
        if before is not None:
            assert self.headers() == before

    @rule(number=NUMBERS, other=NUMBERS, field=st.sampled_from(["journal", "section", "licence"]))
    def point_an_article_elsewhere(self, number: int, other: int, field: str) -> None:
        article = self.pick(models.Article, number)
        if article:
            target = self.pick(models.Article._meta.get_field(field).related_model, other)
            if target or field != "journal":
                setattr(article, field, target)
                article.save(update_fields=[field] if number % 2 else None)

    @rule(
        number=NUMBERS,
        change=st.sampled_from(
            [
                {"title": "Another title"},
                {"abstract": "On <b>this</b> & that"},
                {"language": "el"},
                {"language": "en"},
                {"published_on": "2020-02-29"},
                {"galley_xml": ""},
                {"galley_xml": GALLEY.format("Changed")},
                {"abstract": "<broken"},
            ]
        ),
        bulk=st.booleans(),
    )
    def edit_an_article(self, number: int, change: dict[str, str], bulk: bool) -> None:
        article = self.pick(models.Article, number)
        if not article:
            return
        if bulk:
            models.Article.objects.filter(pk=article.pk).update(**change)
            self.behind = True
        else:
            for name, value in change.items():
                setattr(article, name, value)
            article.save()

    @rule(number=NUMBERS, stage=st.sampled_from(models.Article.Stage.values))
    def publish_or_withdraw(self, number: int, stage: str) -> None:
        article = self.pick(models.Article, number)
        if article:
            article.stage = stage
            article.save(update_fields=["stage"])

    @rule(number=NUMBERS, embargoed=st.booleans())
    def embargo(self, number: int, embargoed: bool) -> None:
        article = self.pick(models.Article, number)
        if article:
            article.embargo_until = "2999-01-01T00:00:00Z" if embargoed else None
            article.save()

    @rule(number=NUMBERS, how=st.sampled_from(["object", "queryset", "raw"]))
    def delete_an_article(self, number: int, how: str) -> None:
        article = self.pick(models.Article, number)
        if not article:
            return
        if how == "object":
            article.delete()
        elif how == "queryset":
            models.Article.objects.filter(pk=article.pk).delete()
        else:
            with transaction.atomic():
                for model in (
                    models.Authorship,
                    models.ArticleIdentifier,
                    models.Article.subjects.through,
                    models.Article.collections.through,
                ):
                    rows = model._base_manager.filter(article=article)
                    rows._raw_delete(rows.db)
                models.Dataset.objects.filter(supplement_to=article).update(supplement_to=None)
                tags = models.Tag.objects.filter(object_id=article.pk)
                tags._raw_delete(tags.db)
                rows = models.Article.objects.filter(pk=article.pk)
                rows._raw_delete(rows.db)
            self.behind = True

    @rule(number=NUMBERS)
    def add_in_bulk(self, number: int) -> None:
        journal = self.pick(models.Journal, number)
        if journal:
            models.Article.objects.bulk_create(
                [models.Article(title=self.word("Bulk"), journal=journal) for _ in range(2)]
            )
            self.behind = True

    @rule(how=st.sampled_from(["everything", "one model", "atomic"]))
    def change_in_bulk_and_say_so(self, how: str) -> None:
        models.Article.objects.update(title=Concat(F("title"), Value("'")))
        articles = models.Article.objects.all()
        self.behind = True  # what only refers to them
        if how == "everything":
            self.sync()
        elif how == "one model":
            oai.sync(articles)
        else:
            with transaction.atomic():
                oai.sync(articles)

    @rule(number=NUMBERS, other=NUMBERS, outcome=st.sampled_from(["commit", "partly", "rollback"]))
    def change_in_a_transaction(self, number: int, other: int, outcome: str) -> None:
        article, author = self.pick(models.Article, number), self.pick(models.Author, other)
        if not article or not author:
            return
        try:
            with transaction.atomic():
                author.given = self.word("Given")
                author.save()
                try:
                    with transaction.atomic():
                        article.title = self.word("In a transaction")
                        article.save()
                        article.subjects.clear()
                        if outcome == "partly":
                            raise RolledBack
                except RolledBack:
                    pass
                author.save()
                if outcome == "rollback":
                    raise RolledBack
        except RolledBack:
            pass

    # What articles are related to.

    @rule(
        number=NUMBERS,
        which=st.sampled_from(
            [
                (models.Author, "family"),
                (models.Organisation, "name"),
                (models.Journal, "name"),
                (models.Journal, "publisher"),
                (models.Section, "name"),
                (models.Collection, "title"),
                (models.Subject, "label"),
                (models.Tag, "label"),
                (models.ArticleIdentifier, "value"),
                (models.Dataset, "title"),
                (models.Notation, "label"),
            ]
        ),
        word=WORDS,
        only=st.booleans(),
    )
    def rename(self, number: int, which: tuple[Any, str], word: str, only: bool) -> None:
        model, field = which
        found = self.pick(model, number)
        if found:
            setattr(found, field, word)
            found.save(update_fields=[field] if only else None)

    @rule(
        number=NUMBERS,
        which=st.sampled_from([(models.Journal, "code"), (models.Section, "slug"), (models.Collection, "slug")]),
    )
    def give_a_set_another_spec(self, number: int, which: tuple[Any, str]) -> None:
        model, field = which
        found = self.pick(model, number)
        if found:
            self.serial += 1
            setattr(found, field, f"spec{self.serial}")
            found.save()

    @rule(number=NUMBERS, open=st.booleans())
    def change_a_licence(self, number: int, open: bool) -> None:
        licence = self.pick(models.Licence, number)
        if licence:
            licence.open = open
            licence.save(update_fields=["open"])

    @rule(number=NUMBERS, other=NUMBERS, bulk=st.booleans())
    def move_a_collection(self, number: int, other: int, bulk: bool) -> None:
        node, parent = self.pick(models.Collection, number), self.pick(models.Collection, other)
        above = parent
        while above is not None and above != node:
            above = above.parent
        if node is None or above == node:
            parent = None
        if node is not None and bulk:
            models.Collection.objects.filter(pk=node.pk).update(parent=parent)
            self.behind = True
        elif node is not None:
            node.parent = parent
            node.save()

    @rule(number=NUMBERS, other=NUMBERS)
    def move_an_author_to_another_university(self, number: int, other: int) -> None:
        author = self.pick(models.Author, number)
        if author:
            author.affiliation = self.pick(models.Organisation, other)
            author.save(update_fields=["affiliation"])

    @rule(
        number=NUMBERS,
        model=st.sampled_from(
            [
                models.Journal,
                models.Section,
                models.Licence,
                models.Author,
                models.Organisation,
                models.Subject,
                models.Collection,
                models.Tag,
                models.Authorship,
                models.Dataset,
                models.Thesis,
            ]
        ),
        bulk=st.booleans(),
    )
    def delete_something(self, number: int, model: Any, bulk: bool) -> None:
        found = self.pick(model, number)
        if found and not (model is models.Journal and models.Journal.objects.count() == 1):
            (model.objects.filter(pk=found.pk) if bulk else found).delete()

    # Many-to-many, through rows, reverse foreign keys, generic relations.

    @rule(
        number=NUMBERS,
        other=NUMBERS,
        relation=st.sampled_from(["subjects", "collections", "authors"]),
        how=st.sampled_from(["add", "remove", "clear", "set"]),
        reverse=st.booleans(),
    )
    def relate(self, number: int, other: int, relation: str, how: str, reverse: bool) -> None:
        field = models.Article._meta.get_field(relation)
        article, target = self.pick(models.Article, number), self.pick(field.related_model, other)
        if not article or not target:
            return
        manager = target.articles if reverse else getattr(article, relation)
        one = article if reverse else target
        actions: dict[str, Callable[[], Any]] = {
            "add": lambda: manager.add(one),
            "remove": lambda: manager.remove(one),
            "clear": lambda: manager.clear(),
            "set": lambda: manager.set([one]),
        }
        actions[how]()

    @rule(number=NUMBERS, other=NUMBERS, role=st.sampled_from(["aut", "edt"]), position=NUMBERS)
    def credit(self, number: int, other: int, role: str, position: int) -> None:
        article, author = self.pick(models.Article, number), self.pick(models.Author, other)
        if article and author:
            models.Authorship.objects.create(article=article, author=author, role=role, position=position)

    @rule(
        number=NUMBERS,
        other=NUMBERS,
        model=st.sampled_from([models.Authorship, models.ArticleIdentifier, models.Tag]),
        how=st.sampled_from(["save", "only", "rebuilt", "bulk"]),
    )
    def move_a_row_to_another_article(self, number: int, other: int, model: Any, how: str) -> None:
        row, article = self.pick(model, number), self.pick(models.Article, other)
        if not row or not article:
            return
        name = "object_id" if model is models.Tag else "article_id"
        if how == "bulk":
            model.objects.filter(pk=row.pk).update(**{name: article.pk})
            self.behind = True
            return
        if how == "rebuilt":  # as forms and deserialisers do: an object that does not know that it is stored
            row = model(**{field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields})
        setattr(row, name, article.pk)
        row.save(update_fields=[name] if how == "only" else None)

    @rule(number=NUMBERS, position=NUMBERS, role=st.sampled_from(["aut", "edt"]))
    def reorder_authors(self, number: int, position: int, role: str) -> None:
        authorship = self.pick(models.Authorship, number)
        if authorship:
            authorship.position, authorship.role = position, role
            authorship.save()

    @rule(number=NUMBERS, word=WORDS, tag=st.booleans())
    def attach(self, number: int, word: str, tag: bool) -> None:
        article = self.pick(models.Article, number)
        if article and tag:
            models.Tag.objects.create(label=word, target=article)
        elif article:
            article.identifiers.create(value=word, scheme="local")

    @rule(number=NUMBERS, other=NUMBERS)
    def add_a_dataset(self, number: int, other: int) -> None:
        models.Dataset.objects.create(
            title=self.word("Data"), doi=f"10.5555/{self.serial}", supplement_to=self.pick(models.Article, other)
        )

    # Theses: multi-table inheritance, days, another repository.

    @rule(number=NUMBERS)
    def add_a_thesis(self, number: int) -> None:
        author = self.pick(models.Author, number)
        if author:
            institution = self.pick(models.Organisation, number)
            models.Thesis.objects.create(title=self.word("Thesis"), author=author, institution=institution)

    @rule(number=NUMBERS, accepted=st.booleans())
    def accept_or_recall_a_thesis(self, number: int, accepted: bool) -> None:
        thesis = self.pick(models.Thesis, number)
        if thesis:
            thesis.accepted = accepted
            thesis.save()

    @rule(number=NUMBERS, word=WORDS)
    def rename_the_parent_of_a_thesis(self, number: int, word: str) -> None:
        publication = self.pick(models.Publication, number)
        if publication:
            publication.title = word
            publication.save()


@pytest.mark.django_db(transaction=True)
def test_a_copy_converges(settings: Any) -> None:
    from tests.settings import OAIPMH

    settings.OAIPMH = OAIPMH | {"PAGE_SIZE": 2}
    run_state_machine_as_test(Press, settings=PROFILE)
