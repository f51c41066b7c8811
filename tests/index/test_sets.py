"""Sets in the index: trees, nested sets, filters, choices; what is renamed, what moves, what is illegal."""

import pytest
from django.db.models import Q

import django_oaipmh as oai
from tests.harvester import OAIClient
from tests.invariants.clocks import Clock, headers
from tests.press.factories import ArticleFactory, CollectionFactory, JournalFactory, SectionFactory
from tests.press.models import Article, Collection

from .conftest import Spare
from .looks import identifier, quarantined, sync

PATH = "/spare/oai"


def specs(article: Article, path: str = "/oai", namespace: str = "press.example.org") -> set[str]:
    return set(headers(path)[identifier(article, namespace)].sets)


def listed(spec: str, path: str = "/oai") -> set[str]:
    return set(headers(path, set=spec))


@pytest.mark.parametrize("bulk", [False, True], ids=["signals", "sync"])
def test_a_branch_that_moves_takes_everything_along(bulk: bool, articles: list[Article]):
    asia = CollectionFactory(slug="asia")
    greece = Collection.objects.get(slug="greece")
    delphi = CollectionFactory(slug="delphi", parent=greece)
    articles[0].collections.set([delphi])
    assert "europe:greece:delphi" in specs(articles[0])
    if bulk:
        Collection.objects.filter(pk=greece.pk).update(parent=asia)
        sync()
    else:
        greece.parent = asia
        greece.save()
    assert "asia:greece:delphi" in specs(articles[0])
    assert "asia:greece" in specs(articles[1])
    names = {identifier(article) for article in articles}
    assert listed("asia") == listed("asia:greece") == names
    assert listed("asia:greece:delphi") == {identifier(articles[0])}
    assert listed("europe") == listed("europe:greece") == set()


def test_a_tree_with_a_ring_ends(articles: list[Article]):
    europe = Collection.objects.get(slug="europe")
    Collection.objects.filter(pk=europe.pk).update(parent=Collection.objects.get(slug="greece"))
    sync()
    assert len(headers()) == 3


@pytest.mark.parametrize("which", ["greece", "europe"])
@pytest.mark.parametrize("bulk", [False, True], ids=["signals", "sync"])
def test_a_new_name_is_listed_and_moves_nothing(which: str, bulk: bool, articles: list[Article], clock: Clock):
    collection = Collection.objects.get(slug=which)
    with clock.moving() as moved:
        if bulk:
            Collection.objects.filter(pk=collection.pk).update(title="New name", description="New words")
            sync()
        else:
            collection.title, collection.description = "New name", "New words"
            collection.save()
    assert moved == {("/oai", "oai_dc"): set()}
    assert "New name" in OAIClient().sets().values()
    assert any(b"New words" in page.content for page in OAIClient().pages("ListSets"))


def test_a_new_spec_is_another_set(articles: list[Article], clock: Clock):
    greece = Collection.objects.get(slug="greece")
    with clock.moving() as moved:
        greece.slug = "hellas"
        greece.save()
    assert moved["/oai", "oai_dc"] == {identifier(article) for article in articles}
    assert "europe:hellas" in OAIClient().sets() and "europe:greece" not in OAIClient().sets()


def test_nested_sets_by_another_relation(articles: list[Article]):
    journal = articles[0].journal
    articles[0].section = SectionFactory(journal=journal, slug="research")
    articles[0].save()
    assert "jhs:research" in specs(articles[0])
    assert "jhs" not in specs(articles[0]), "the header names the set itself; what is above follows from it"
    assert identifier(articles[0]) in listed("jhs") & listed("jhs:research")
    articles[0].section = None
    articles[0].save()
    assert "jhs" in specs(articles[0])
    assert listed("jhs:research") == set()


def test_choices_are_named_by_their_labels(articles: list[Article]):
    articles[0].language = "el"
    articles[0].save()
    assert OAIClient().sets()["el"] == "Greek"
    assert listed("el") == {identifier(articles[0])}


def test_filters(articles: list[Article]):
    assert len(listed("open")) == 3
    articles[0].licence = None
    articles[0].save()
    assert identifier(articles[0]) not in listed("open")
    articles[1].licence.open = False
    articles[1].licence.save()
    assert listed("open") == set()
    assert "open" not in OAIClient().sets()


def test_an_object_in_two_branches(articles: list[Article]):
    asia = CollectionFactory(slug="asia")
    articles[0].collections.add(asia)
    assert {"asia", "europe:greece"} <= specs(articles[0])
    assert identifier(articles[0]) in listed("asia") & listed("europe")


def test_a_set_with_a_declared_parent(spare: Spare):
    @oai.register(Article, repository=spare)
    class Sets(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title"}
        sets = [
            oai.Set("all", "Everything"),
            oai.Set("all:draft", "Drafts", filter=Q(stage="draft")),
            oai.SetsBy("journal"),
            oai.SetsBy("stage"),
        ]

    article = ArticleFactory(stage="draft", journal=JournalFactory(name="Journal"))
    sync(repository="spare")
    own = specs(article, PATH, "spare.example.org")
    assert own == {"all", "all:draft", str(article.journal_id), "draft"}
    names = OAIClient(PATH).sets()
    assert names["all"] == "Everything" and names["all:draft"] == "Drafts"
    assert names[str(article.journal_id)] == "Journal", "by default the key, and str()"
    assert names["draft"] == "Draft"


def test_sets_of_a_repository_hold_for_every_item(spare: Spare, monkeypatch):
    monkeypatch.setattr(type(spare), "sets", [oai.Set("spare", "Spare things")])

    @oai.register(Article, repository=spare)
    class Plain(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title"}

    article = ArticleFactory()
    sync(repository="spare")
    assert specs(article, PATH, "spare.example.org") == {"spare"}


def test_a_part_that_is_illegal_ends_the_branch(articles: list[Article]):
    Collection.objects.filter(slug="greece").update(slug="not legal")
    sync()
    assert not any(spec.startswith("europe:") for spec in specs(articles[0]))
    assert {part for _, part in quarantined()} == {"sets"}
    assert all(len(headers()) == 3 for _ in range(1))


def test_illegal_and_legal_again(articles: list[Article]):
    greece = Collection.objects.get(slug="greece")
    greece.slug = "a:b"
    greece.save()
    assert quarantined()
    greece.slug = "greece"
    greece.save()
    assert not quarantined()
    assert len(listed("europe:greece")) == 3
