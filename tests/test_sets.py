"""Sets: what is declared, and which of them an object is in. (What harvesters see of them: tests/protocol.)"""

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext_lazy
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.paths import PathError
from django_oaipmh.rendering import rendering

from .hosts import declare, describe, hosting, statements
from .press import factories
from .press.models import Collection

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    journal = factories.JournalFactory(code="jhs", name="Journal")
    section = factories.SectionFactory(journal=journal, slug="research", name="Research")
    return factories.ArticleFactory(journal=journal, section=section, language="fr")


def chains(item, obj) -> list[list[tuple]]:
    """The memberships of ``obj``: spec, name and words of the description of each set from the root."""
    (description,) = describe(item, obj)
    return [[(info.spec, info.name, words(info.description)) for info in chain] for chain in description.memberships]


def words(xml: str) -> str:
    return "".join(etree.fromstring(f"<set>{xml}</set>").itertext())


def specs(repository, declared, obj) -> list[str]:
    item = declare(repository, type(obj), sets=declared)
    try:
        return [chain[-1][0] for chain in chains(item, obj)]
    finally:
        repository.unregister(type(obj))


def test_a_set_of_everything(repository, article):
    item = declare(repository, sets=[oai.Set("all", "All", description="Every one")])
    assert chains(item, article) == [[("all", "All", "Every one")]]


def test_a_set_by_filter(repository, article):
    assert specs(repository, [oai.Set("fr", "French", filter=Q(language="fr"))], article) == ["fr"]
    assert specs(repository, [oai.Set("en", "English", filter=Q(language="en"))], article) == []
    assert specs(repository, [oai.Set("jhs", "J", filter=Q(journal__code="jhs") & ~Q(section=None))], article) == [
        "jhs"
    ]


@pytest.mark.parametrize(
    "declared, asked, known",
    [
        (oai.Set("a:b", "B"), "a a:b a:c b", "a a:b"),
        (oai.SetsBy("language"), "fr en", "fr en"),
        (oai.SetsBy("journal", spec="code"), "jhs none", "jhs"),
        (oai.SetsBy("journal"), "1 jhs", "1"),
        (
            oai.SetsBy("journal", spec="code", children=[oai.SetsBy("section", spec="slug")]),
            "jhs jhs:research jhs:none none:research research",
            "jhs jhs:research",
        ),
        (
            oai.SetsBy("journal", spec="code", children=[oai.SetsBy("language")]),
            "jhs:en none:en",
            "jhs:en",
        ),
        (
            oai.SetsBy("collections", spec="slug", parent="parent"),
            "europe europe:greece greece europe:none",
            "europe europe:greece",
        ),
        (
            oai.SetsBy("collections", spec="slug", parent="parent", flat=True),
            "europe greece europe:greece",
            "europe greece",
        ),
    ],
)
def test_which_sets_there_is_something_to_be_the_set_of(repository, article, declared, asked, known):
    """Whether any record is in them or not."""
    factories.CollectionFactory(slug="greece", parent=factories.CollectionFactory(slug="europe"))
    item = declare(repository, sets=[declared])
    asked, known = (words.replace("1", str(article.journal_id)) for words in (asked, known))
    assert item.bound_sets[0].known(frozenset(asked.split())) == set(known.split())


def test_a_set_below_sets_that_have_names_and_one_that_has_none(repository, article):
    sets = [oai.Set("a", "A"), oai.Set("a:b:c", "C")]
    _, deepest = chains(declare(repository, sets=sets), article)
    assert deepest == [("a", "A", ""), ("a:b", "a:b", ""), ("a:b:c", "C", "")]


def test_sets_by_a_field_are_named_by_the_labels_of_its_choices(repository, article):
    assert chains(declare(repository, sets=[oai.SetsBy("language")]), article) == [[("fr", "French", "")]]


def test_sets_by_a_field_behind_a_relation(repository, article):
    assert specs(repository, [oai.SetsBy("journal__code")], article) == ["jhs"]


def test_sets_by_a_property(repository, article):
    type(article).objects.filter(pk=article.pk).update(doi="1")
    (description,) = describe(declare(repository, sets=[oai.SetsBy("doi_url")]), article)
    assert description.memberships == ()
    assert "'https://doi.org/1' is no legal part of a setSpec" in description.problems[0]
    assert "AdHocItem.sets: SetsBy('doi_url')" in description.problems[0]


def test_sets_by_a_relation_without_more(repository, article):
    found = chains(declare(repository, sets=[oai.SetsBy("journal")]), article)
    assert found == [[(str(article.journal_id), "Journal", "")]]


def test_sets_by_a_relation_that_is_empty(repository, article):
    article.section = None
    article.save()
    assert (
        specs(repository, [oai.SetsBy("section", spec="slug"), oai.SetsBy("collections", spec="slug")], article) == []
    )


def test_spec_name_and_description_are_sources(repository, article):
    declared = oai.SetsBy(
        "journal",
        spec=oai.Map("code", str.upper),
        name=lambda journal: f"The {journal.name}",
        description=oai.First("publisher", "name"),
    )
    assert chains(declare(repository, sets=[declared]), article) == [[("JHS", "The Journal", "Journal")]]


def test_nested_sets(repository, article):
    declared = oai.SetsBy(
        "journal", spec="code", children=[oai.SetsBy("section", spec="slug"), oai.SetsBy("language")]
    )
    assert specs(repository, [declared], article) == ["jhs:research", "jhs:fr"]
    article.section = None
    article.save()
    assert specs(
        repository, [oai.SetsBy("journal", spec="code", children=[oai.SetsBy("section", spec="slug")])], article
    ) == ["jhs"]


def test_trees_name_all_ancestors(repository, article):
    europe = factories.CollectionFactory(slug="europe", title="Europe", description="All of it")
    greece = factories.CollectionFactory(slug="greece", title="Greece", parent=europe)
    article.collections.set([factories.CollectionFactory(slug="athens", title="Athens", parent=greece)])
    declared = oai.SetsBy("collections", spec="slug", name="title", description="description", parent="parent")
    item = declare(repository, sets=[declared])
    expected = [
        ("europe", "Europe", "All of it"),
        ("europe:greece", "Greece", ""),
        ("europe:greece:athens", "Athens", ""),
    ]
    assert chains(item, article) == [expected]


def test_in_a_flat_tree_each_ancestor_is_a_set_of_its_own(repository, article):
    europe = factories.CollectionFactory(slug="europe", title="Europe", description="All of it")
    greece = factories.CollectionFactory(slug="greece", title="Greece", parent=europe)
    turkey = factories.CollectionFactory(slug="turkey", title="Turkey", parent=europe)
    article.collections.set([greece, turkey])
    declared = oai.SetsBy(
        "collections", spec="slug", name="title", description="description", parent="parent", flat=True
    )
    item = declare(repository, sets=[declared])
    assert sorted(chains(item, article)) == [
        [("europe", "Europe", "All of it")],
        [("greece", "Greece", "")],
        [("turkey", "Turkey", "")],
    ]


def test_in_a_flat_tree_an_illegal_part_keeps_nothing_else_out(repository, article):
    top = factories.CollectionFactory(slug="top")
    middle = factories.CollectionFactory(slug="a b", parent=top)
    article.collections.set([factories.CollectionFactory(slug="leaf", parent=middle)])
    item = declare(repository, sets=[oai.SetsBy("collections", spec="slug", parent="parent", flat=True)])
    (description,) = describe(item, article)
    assert sorted(chain[-1].spec for chain in description.memberships) == ["leaf", "top"]
    assert "'a b'" in description.problems[0]


def test_children_of_a_flat_tree_lie_below_the_objects_own_node(repository, article):
    top = factories.CollectionFactory(slug="top")
    article.collections.set([factories.CollectionFactory(slug="leaf", parent=top)])
    declared = oai.SetsBy("collections", spec="slug", parent="parent", flat=True, children=[oai.SetsBy("language")])
    assert specs(repository, [declared], article) == ["leaf:fr", "top"]


def test_flat_is_for_trees(repository):
    with pytest.raises(PathError, match="flat"):
        oai.SetsBy("journal", spec="code", flat=True).bind(declare(repository))


def test_a_tree_that_bites_its_tail_ends(repository, article):
    first = factories.CollectionFactory(slug="first")
    second = factories.CollectionFactory(slug="second", parent=first)
    Collection.objects.filter(pk=first.pk).update(parent=second)
    article.collections.set([second])
    assert specs(repository, [oai.SetsBy("collections", spec="slug", parent="parent")], article) == ["first:second"]


def test_trees_take_one_query_a_level_whatever_the_number(repository):
    declared = oai.SetsBy("collections", spec="slug", parent="parent")
    item = declare(repository, sets=[declared])

    def queries(number: int) -> int:
        articles = []
        for one in range(number):
            top = factories.CollectionFactory(slug=f"top-{number}-{one}")
            leaf = factories.CollectionFactory(slug=f"leaf-{number}-{one}", parent=top)
            articles.append(factories.ArticleFactory(collections=[leaf]))
        with CaptureQueriesContext(connection) as captured:
            assert all(len(one.memberships[0]) == 2 for one in describe(item, *articles))
        return len(statements(captured))

    assert queries(6) == queries(1)


@pytest.mark.parametrize("slug", ["a b", "é", "a:b", "a/b", ""])
def test_an_illegal_part_is_a_problem_of_this_object(repository, article, slug):
    type(article.journal).objects.update(code=slug)
    (description,) = describe(declare(repository, sets=[oai.SetsBy("journal", spec="code")]), article)
    assert description.memberships == ()
    assert repr(slug) in description.problems[0]
    assert "SetsBy('journal')" in description.problems[0]
    assert "spec=" in description.problems[0]


def test_a_set_too_deep_for_its_setspec_is_a_problem_and_the_sets_above_it_are_not(repository, article):
    slugs = [*(f"{number:049}" for number in range(8)), "a"]
    collection = None
    for slug in slugs:
        collection = factories.CollectionFactory(slug=slug, parent=collection)
    article.collections.set([collection])
    declared = {"source": "collections", "spec": "slug", "parent": "parent"}
    (description,) = describe(declare(repository, sets=[oai.SetsBy(**declared)]), article)
    assert description.memberships == ()
    assert "400 characters" in description.problems[0]
    article.collections.set([collection.parent])
    child = oai.SetsBy("journal", spec="code")
    repository.unregister(type(article))
    (description,) = describe(declare(repository, sets=[oai.SetsBy(**declared, children=[child])]), article)
    assert [chain[-1].spec for chain in description.memberships] == [":".join(slugs[:8])]
    assert "400 characters" in description.problems[0]


def test_sets_of_the_repository_hold_for_every_item(article):
    class Sorted(oai.Repository):
        formats = ["oai_dc"]
        sets = [oai.SetsBy("language"), oai.Set("all", "All")]

    with hosting(Sorted) as repository:
        item = declare(repository, sets=[oai.SetsBy("journal", spec="code")])
        assert [chain[-1][0] for chain in chains(item, article)] == ["fr", "all", "jhs"]
        assert repository.declares_sets
    with hosting() as repository:
        declare(repository)
        assert not repository.declares_sets


def test_an_object_is_once_in_each_set(repository, article):
    article.collections.set([factories.CollectionFactory(slug=slug) for slug in ("a", "b")])
    sets = [oai.SetsBy("collections__articles__language"), oai.SetsBy("language")]
    assert specs(repository, sets, article) == ["fr"]


def test_names_are_in_the_language_of_the_repository_whoever_came_first(repository, article, settings):
    settings.OAIPMH = settings.OAIPMH | {"LANGUAGE": "de"}
    sets = [oai.Set("mo", gettext_lazy("Monday")), oai.Set("mo:x", gettext_lazy("Friday"), gettext_lazy("Sunday"))]
    item = declare(repository, sets=sets)
    with translation.override("fr"):
        assert item.bound_sets  # as the signals do in a visitor's request
        assert repository.set_names
    with rendering(repository):
        found = chains(item, article)
    assert found == [[("mo", "Montag", "")], [("mo", "Montag", ""), ("mo:x", "Freitag", "Sonntag")]]
