"""Signals: every way in which a host changes something is noted, nothing more is, and the host never suffers."""

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.db import connection, transaction
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.test.utils import CaptureQueriesContext

import django_oaipmh as oai
from django_oaipmh.index import outbox, signals
from django_oaipmh.models import Dirty, Progress
from tests.press.factories import (
    ArticleFactory,
    ArticleIdentifierFactory,
    AuthorFactory,
    AuthorshipFactory,
    DatasetFactory,
    OrganisationFactory,
    SectionFactory,
    SubjectFactory,
    TagFactory,
    ThesisFactory,
)
from tests.press.models import (
    Article,
    ArticleIdentifier,
    Author,
    Authorship,
    Journal,
    Licence,
    Organisation,
    Publication,
    Section,
    Subject,
    Tag,
    Thesis,
)

from .conftest import Spare
from .looks import deleted, identifier, live, sync, values


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the process die after every commit: all that is left is the outbox."""
    with monkeypatch.context() as patch:
        patch.setattr(outbox.Wake, "__call__", lambda self: None)
        yield


def noted() -> set[tuple[str, str, str]]:
    return set(Dirty.objects.values_list("repository", "lookup", "value"))


# At once.


def test_what_is_saved_outside_of_a_transaction_is_indexed_at_once(articles: list[Article]):
    articles[0].title = "At once"
    articles[0].save()
    assert values(articles[0]) == ["At once"]
    assert not Dirty.objects.exists()


def test_what_is_saved_in_a_transaction_is_indexed_after_it(articles: list[Article]):
    with transaction.atomic():
        articles[0].title = "After it"
        articles[0].save()
        assert values(articles[0]) != ["After it"]
    assert values(articles[0]) == ["After it"]
    assert not Dirty.objects.exists()


def test_both_repositories_of_a_model_are_told(transactional_db):
    dataset = DatasetFactory(doi="10.5555/both")
    sync()
    dataset.title = "In both"
    dataset.save()
    assert values(dataset) == ["In both"]
    assert values("https://doi.org/10.5555/both", path="/nodeletes/oai") == ["In both"]


def test_before_the_first_sync_changes_are_only_noted(transactional_db):
    article = ArticleFactory()
    assert noted()
    sync()
    assert identifier(article) in live()
    assert not Dirty.objects.filter(repository="oai").exists()


# Relatives of a model.


@pytest.fixture
def proxies(transactional_db) -> Iterator[dict[str, type[Model]]]:
    """Proxies that some other app of the host defines."""
    made = {}
    for model in (Author, Article, Thesis):
        meta = type("Meta", (), {"proxy": True, "app_label": "press"})
        name = f"{model.__name__}Proxy"
        made[model.__name__] = type(name, (model,), {"Meta": meta, "__module__": "tests.press.models"})
    signals.connect()
    yield made
    for model in made.values():
        del apps.all_models["press"][model._meta.model_name]
    apps.clear_cache()
    signals.connect()


def test_proxies_of_a_model_and_of_what_is_related(proxies, articles: list[Article]):
    author = proxies["Author"].objects.get(family="First")
    author.family = "Proxied"
    author.save()
    assert values(articles[0], "creator")[0] == f"Proxied, {author.given}"
    article = proxies["Article"].objects.get(pk=articles[0].pk)
    article.title = "By proxy"
    article.save()
    assert values(articles[0]) == ["By proxy"]
    name = identifier(articles[0])
    article.delete()
    assert name in deleted()


def test_a_queryset_of_a_proxy_can_be_synced(proxies, articles: list[Article]):
    Article.objects.filter(pk=articles[0].pk).update(title="In bulk")
    oai.sync(proxies["Article"].objects.all())
    assert values(articles[0]) == ["In bulk"]


def test_a_parent_and_a_child_in_tables_of_their_own(transactional_db):
    thesis = ThesisFactory()
    sync()
    publication = Publication.objects.get(pk=thesis.pk)
    publication.title = "By the parent"
    publication.save(update_fields=["title"])
    assert values(thesis, path="/theses/oai") == ["By the parent"]
    thesis.refresh_from_db()
    thesis.title = "By the child"
    thesis.save(update_fields=["title"])
    assert values(thesis, path="/theses/oai") == ["By the child"]
    name = identifier(thesis)
    publication.delete()
    assert name in deleted("/theses/oai")


def test_an_item_of_the_parent_hears_of_its_children(spare: Spare):
    @oai.register(Publication, repository=spare)
    class PublicationItem(oai.Item):
        queryset = Publication.objects.all()
        metadata = {"title": "title"}

    spare.watch()
    sync(repository="spare")
    thesis = ThesisFactory(title="A thesis is a publication")
    name = f"oai:spare.example.org:publication/{thesis.pk}"
    assert values(name, path="/spare/oai") == ["A thesis is a publication"]
    thesis.delete()
    assert name in deleted("/spare/oai")


# Rows that link, and rows that move.


def test_a_through_model_that_only_its_rows_are_read_of(spare: Spare):
    """The manager of the many-to-many relation sends another signal than the rows themselves."""

    @oai.register(Article, repository=spare)
    class ByRows(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title", "creator": "authorships__author__family"}

    article = ArticleFactory()
    spare.watch()
    sync(repository="spare")
    name = f"oai:spare.example.org:article/{article.pk}"

    def creators() -> list[str]:
        return values(name, "creator", "/spare/oai")

    author, other = AuthorFactory(family="Added"), AuthorFactory(family="Other")
    article.authors.add(author)
    assert creators() == ["Added"]
    other.articles.add(article)
    assert creators() == ["Added", "Other"]
    article.authors.remove(author)
    assert creators() == ["Other"]
    article.authors.set([author, other])
    assert creators() == ["Other", "Added"]
    other.articles.clear()
    assert creators() == ["Added"]
    article.authors.clear()
    assert creators() == []


@pytest.mark.parametrize("how", ["save", "update_fields", "attname", "rebuilt", "raw save after it"])
def test_a_row_that_moves_concerns_both_owners(how: str, articles: list[Article]):
    row = ArticleIdentifierFactory(article=articles[0], value="the row")
    assert "the row" in values(articles[0], "identifier")
    if how == "rebuilt":
        row = ArticleIdentifier(pk=row.pk, value=row.value, scheme=row.scheme)
    row.article = articles[1]
    row.save(update_fields={"update_fields": ["article"], "attname": ["article_id"]}.get(how))
    assert "the row" not in values(articles[0], "identifier")
    assert "the row" in values(articles[1], "identifier")


def test_an_authorship_that_moves_concerns_both_articles(articles: list[Article]):
    authorship = articles[0].authorships.get(author__family="First")
    authorship.article = articles[2]
    authorship.save()
    assert not any("First" in name for name in values(articles[0], "creator"))
    assert any("First" in name for name in values(articles[2], "creator"))


def test_a_tag_that_moves_concerns_both_articles(articles: list[Article]):
    tag = TagFactory(target=articles[0], label="moving")
    tag.target = articles[1]
    tag.save()
    assert "moving" not in values(articles[0], "subject")
    assert "moving" in values(articles[1], "subject")
    tag.delete()
    assert "moving" not in values(articles[1], "subject")


def test_a_tag_of_something_else_concerns_nobody(articles: list[Article]):
    subject = Subject.objects.get(label="Asia")
    Tag.objects.create(label="of a subject", target=subject)
    assert not any("of a subject" in values(article, "subject") for article in articles)


def test_an_item_without_a_declared_dependency_hears_of_its_generic_relation(spare: Spare):
    @oai.register(Article, repository=spare)
    class Tagged(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title", "subject": "tags__label"}

    first, second = ArticleFactory(), ArticleFactory()
    spare.watch()
    sync(repository="spare")
    names = [f"oai:spare.example.org:article/{article.pk}" for article in (first, second)]
    tag = Tag.objects.create(label="new", target=first)
    assert values(names[0], "subject", "/spare/oai") == ["new"]
    tag.label = "renamed"
    tag.save(update_fields=["label"])
    assert values(names[0], "subject", "/spare/oai") == ["renamed"]
    tag.target = second
    tag.save()
    assert [values(name, "subject", "/spare/oai") for name in names] == [[], ["renamed"]]
    second.tags.clear()
    assert values(names[1], "subject", "/spare/oai") == []


# Deletions.


def test_who_loses_what_a_deleted_row_was_is_told(articles: list[Article]):
    """SET_NULL changes rows without a signal."""
    section = SectionFactory(journal=articles[0].journal, name="Gone soon")
    articles[0].section = section
    articles[0].save()
    assert any("Gone soon" in value for value in values(articles[0], "identifier"))
    Section.objects.all().delete()
    assert not any("Gone soon" in value for value in values(articles[0], "identifier"))
    Licence.objects.all().delete()
    assert values(articles[0], "rights") == ["All rights reserved"]


def test_who_loses_it_two_relations_away_is_told(articles: list[Article]):
    author = articles[0].authors.first()
    author.affiliation = OrganisationFactory(name="University")
    author.save()
    assert "University" in values(articles[0], "contributor")
    Organisation.objects.get(name="University").delete()
    assert "University" not in values(articles[0], "contributor")


def test_cascades_delete_records(articles: list[Article]):
    names = {identifier(article) for article in articles}
    Journal.objects.get(code="rmr").delete()
    assert names & deleted() == {identifier(articles[1]), identifier(articles[2])}
    Journal.objects.all().delete()
    assert names == deleted()


def test_a_deletion_by_queryset_and_a_return(articles: list[Article]):
    pk = articles[0].pk
    name = identifier(articles[0])
    Article.objects.filter(pk=pk).delete()
    assert name in deleted()
    ArticleFactory(pk=pk, title="Back")
    assert values(name) == ["Back"]


# What is not noted.


def test_fields_that_nobody_reads_cost_nothing(spare: Spare):
    """A login saves the user with ``update_fields``, and authors may be users."""

    @oai.register(Article, repository=spare)
    class Names(oai.Item):
        queryset = Article.objects.all()
        metadata = {
            "title": "title",
            "creator": oai.Person.of("authorships__author", family="family"),
            "contributor": "authorships__author__affiliation__name",
            "isPartOf": "journal__name",
        }
        sets = [oai.SetsBy("section", spec="slug", name="name")]

    article = ArticleFactory(authors=["One"], section=SectionFactory())
    spare.watch()
    sync()
    for row, unread, read in [
        (article.authors.get(), ["given", "orcid"], ["family"]),
        (article.journal, ["active", "publisher"], ["name"]),
        (article.section, ["journal"], ["slug"]),
        (article.section, ["journal_id"], ["name"]),
    ]:
        with pytest.MonkeyPatch.context() as patch, dying(patch):
            row.save(update_fields=unread)
            assert not Dirty.objects.filter(repository="spare").exists(), (row, unread)
            row.save(update_fields=[*unread, *read])
            assert Dirty.objects.filter(repository="spare").exists(), (row, read)
        Dirty.objects.all().delete()


def test_models_that_nobody_reads_are_left_alone():
    signals.connect()
    for signal in (pre_save, post_save, pre_delete, post_delete):
        assert not signal.has_listeners(Session), "fast deletes are gone for the whole site"
    assert not m2m_changed.has_listeners(apps.get_model("auth", "User").groups.through)


def test_a_fixture_is_only_noted(articles: list[Article]):
    """Its rows come in any order: what they refer to may not be there yet."""
    article = articles[0]
    article.title = "From a fixture"
    text = serializers.serialize("json", [article])
    for one in serializers.deserialize("json", text):
        one.save()
    assert values(article) != ["From a fixture"]
    assert ("oai", "pk", str(article.pk)) in noted()
    sync(changed=True)
    assert values(article) == ["From a fixture"]


# How much is done at once.


def test_a_change_with_many_consequences_is_left_to_the_outbox(articles: list[Article]):
    journal = articles[0].journal
    Article.objects.bulk_create([Article(title=f"Of many, {number}", journal=journal) for number in range(101)])
    sync()
    journal.name = "Renamed"
    with CaptureQueriesContext(connection) as queries:
        journal.save()
    assert len(queries) < 12, "a visitor waits for this"
    assert values(articles[0], "relation") != ["Renamed"]
    assert noted() == {("oai", "journal", str(journal.pk))} or len(noted()) == 1
    sync(changed=True)
    assert values(articles[0], "relation") == ["Renamed"]
    assert not Dirty.objects.exists()


def test_one_object_saved_many_times_is_one_change(articles: list[Article]):
    with transaction.atomic():
        for number in range(outbox.AT_ONCE + 1):
            articles[0].title = f"Number {number}"
            articles[0].save()
    assert values(articles[0]) == [f"Number {outbox.AT_ONCE}"]
    assert not Dirty.objects.exists()


def test_many_objects_in_one_transaction_are_left_to_the_outbox(articles: list[Article]):
    with transaction.atomic():
        for number in range(outbox.AT_ONCE + 1):
            Article.objects.create(title=f"Number {number}", journal=articles[0].journal)
    assert len(live()) == 3
    assert Dirty.objects.filter(lookup="pk").count() == outbox.AT_ONCE + 1
    sync(changed=True)
    assert len(live()) == outbox.AT_ONCE + 4


serial = itertools.count()


def queries_of(article: Article, times: int) -> int:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        for _ in range(times):
            article.title = f"Number {next(serial)}"
            article.save()
    return len(queries)


def test_a_transaction_is_collected_once(articles: list[Article]):
    """Each further save of the same object is one UPDATE of the host's own."""
    queries_of(articles[0], 1)
    once = queries_of(articles[0], 1)
    assert queries_of(articles[0], 21) == once + 20


def test_indexing_takes_as_many_queries_for_few_as_for_many(articles: list[Article]):
    def queries_for(count: int) -> int:
        chosen = [Article.objects.create(title="New", journal=articles[0].journal) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            oai.sync(Article.objects.filter(pk__in=[article.pk for article in chosen]))
        return len(queries)

    queries_for(1)
    assert queries_for(50) <= queries_for(5) + 1


def test_the_sets_of_a_batch_are_asked_for_once(articles: list[Article]):
    with CaptureQueriesContext(connection) as queries:
        articles[0].title = "Another"
        articles[0].save()
    statements = [query["sql"] for query in queries]
    assert len([sql for sql in statements if re.match(r"SELECT .* FROM \W?django_oaipmh_indexedset", sql)]) == 1


# Savepoints, rollbacks, threads.


def test_what_a_savepoint_takes_back_is_noted_again(articles: list[Article], monkeypatch):
    with dying(monkeypatch), transaction.atomic():
        articles[0].title = "Outside of the savepoint"
        articles[0].save()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            articles[1].title = "Inside"
            articles[1].save()
            raise ZeroDivisionError
        articles[1].title = "Outside after all"
        articles[1].save()
    assert {("oai", "pk", str(article.pk)) for article in articles[:2]} <= noted()
    sync(changed=True)
    assert values(articles[1]) == ["Outside after all"]


def test_a_savepoint_that_is_kept_is_noted_once(articles: list[Article], monkeypatch):
    with dying(monkeypatch), transaction.atomic():
        for _ in range(3):
            with transaction.atomic():
                articles[0].save()
    assert Dirty.objects.filter(lookup="pk", value=str(articles[0].pk)).count() == 1


def test_after_a_savepoint_is_taken_back_the_rest_is_indexed_at_once(articles: list[Article]):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            articles[1].title = "Inside"
            articles[1].save()
            raise ZeroDivisionError
        articles[0].title = "Outside"
        articles[0].save()
    assert values(articles[0]) == ["Outside"]
    assert values(articles[1]) != ["Inside"]


def test_a_transaction_that_fails_changes_nothing(articles: list[Article]):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        articles[0].title = "Never"
        articles[0].save()
        articles[1].delete()
        raise ZeroDivisionError
    assert values(articles[0]) != ["Never"]
    assert len(live()) == 3
    assert not Dirty.objects.exists()


def test_a_save_after_a_failed_one_is_indexed(articles: list[Article]):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        articles[0].save()
        raise ZeroDivisionError
    articles[0].title = "Then"
    articles[0].save()
    assert values(articles[0]) == ["Then"]


def test_what_other_connections_have_noted_is_theirs(articles: list[Article]):
    other = connection.copy()
    wake = outbox._wakes[other] = outbox.Wake([])
    wake.noted.add((None, None))
    outbox.discharge([])
    assert wake.noted, "its rows are not even committed yet"


# The host never suffers.


def test_an_error_while_indexing_does_not_reach_the_host(articles: list[Article], monkeypatch, caplog):
    def fail(*args: object, **options: object) -> None:
        raise RuntimeError("out of the blue")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "index", fail)
        articles[0].title = "Saved all the same"
        articles[0].save()
        with transaction.atomic():
            articles[1].title = "And this too"
            articles[1].save()
        articles[2].delete()
    assert "out of the blue" in caplog.text
    assert Article.objects.filter(title__in=["Saved all the same", "And this too"]).count() == 2
    sync(changed=True)
    assert values(articles[0]) == ["Saved all the same"]


def test_without_tables_the_host_can_still_save(articles: list[Article], caplog):
    """As between a deployment and its ``migrate``."""
    models = [Dirty, Progress]
    with connection.schema_editor() as editor:
        for model in models:
            editor.delete_model(model)
    try:
        articles[0].title = "Saved all the same"
        articles[0].save()
        with transaction.atomic():
            articles[0].abstract = "In a transaction"
            articles[0].save()
            AuthorshipFactory(article=articles[0])
            articles[0].subjects.add(SubjectFactory())
            articles[1].delete()
    finally:
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
    assert "oai_sync" in caplog.text
    article = Article.objects.get(pk=articles[0].pk)
    assert (article.title, article.abstract) == ("Saved all the same", "In a transaction")
    assert Authorship.objects.filter(article=article).count() == 3
    sync()
    assert values(article) == ["Saved all the same"]


def test_a_dependency_that_fails_does_not_reach_the_host(spare: Spare, caplog):
    def fail(tag: Tag) -> None:
        raise RuntimeError("out of the blue")

    @oai.register(Article, repository=spare)
    class Failing(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title"}
        depends_on = [oai.Dependency(Tag, fail)]

    spare.watch()
    sync()
    tag = TagFactory()
    tag.label = "renamed"
    tag.save()
    tag.delete()
    with transaction.atomic():
        TagFactory(label="in a transaction").delete()
    assert not Tag.objects.exists()
    assert "out of the blue" in caplog.text


def test_what_can_no_longer_be_resolved_does_not_stop_the_outbox(articles: list[Article], caplog):
    """As a cause that was noted before a deployment that renamed a relation, or whose function fails."""
    Dirty.objects.create(repository="oai", model="press.Article", lookup="no_such_relation", value="1")
    Dirty.objects.create(repository="oai", model="press.Article", lookup="pk", value="no key")
    Article.objects.filter(pk=articles[0].pk).update(title="Noted behind it")
    Dirty.objects.create(repository="oai", model="press.Article", lookup="pk", value=str(articles[0].pk))
    sync(changed=True)
    assert values(articles[0]) == ["Noted behind it"]
    assert "no_such_relation" in caplog.text
    sync()
    assert not Dirty.objects.exists(), "a full sync has compared everything"
