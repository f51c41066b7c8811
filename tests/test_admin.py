"""The index in the admin: what the manager of a repository looks for, and finds."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from django_oaipmh import admin as module
from django_oaipmh.models import IndexedItem, IndexedSet, Quarantine, Record, RepositoryState
from tests.invariants.conftest import (  # noqa: F401
    _formats_are_loaded_anew,
    articles,
    clock_fixture,
)
from tests.press.factories import ArticleFactory, ThesisFactory
from tests.press.models import Article

HERE = "/admin/django_oaipmh/"
MODELS = {model.__name__.lower(): model for model in (IndexedItem, Record, IndexedSet, Quarantine, RepositoryState)}


def identifier(article: Article) -> str:
    return f"oai:press.example.org:article/{article.pk}"


class Manager:
    def __init__(self, client: Client) -> None:
        self.client = client

    def see(self, path: str, **arguments: Any) -> str:
        response = self.client.get(HERE + path, arguments)
        assert response.status_code == 200, path
        return " ".join(html.document_fromstring(response.content.decode()).find(".//main").text_content().split())

    def rows(self, path: str, **arguments: Any) -> list[str]:
        response = self.client.get(HERE + path, arguments)
        assert response.status_code == 200, path
        root = html.document_fromstring(response.content.decode())
        return [" ".join(row.text_content().split()) for row in root.xpath("//table[@id='result_list']/tbody/tr")]


@pytest.fixture
def manager(articles, client: Client) -> Manager:  # noqa: F811
    """One who may look at everything of the index, and at nothing else."""
    user = User.objects.create_user("manager", is_staff=True)
    allowed = Permission.objects.filter(content_type__app_label="django_oaipmh", codename__startswith="view_")
    user.user_permissions.set(allowed)
    client.force_login(user)
    return Manager(client)


@pytest.fixture
def broken(articles) -> Article:  # noqa: F811
    """An article whose XML cannot be disseminated."""
    articles[1].galley_xml = "<article"
    articles[1].save()
    return articles[1]


@pytest.mark.parametrize("name", MODELS)
def test_every_list_and_row_can_be_looked_at_and_nothing_changed(name, manager, broken):
    assert manager.rows(f"{name}/")
    row = MODELS[name].objects.order_by("pk").first()
    assert manager.see(f"{name}/{row.pk}/change/")
    for action in ("add/", f"{row.pk}/delete/"):
        assert manager.client.get(f"{HERE}{name}/{action}").status_code == 403
    assert manager.client.post(f"{HERE}{name}/{row.pk}/change/", {"name": "x"}).status_code == 403


@pytest.mark.parametrize("name", [*MODELS, "indexeditem/why"])
def test_who_may_not_look_does_not(name, manager):
    user = User.objects.create_user("other", is_staff=True)
    manager.client.force_login(user)
    assert manager.client.get(f"{HERE}{name}/").status_code == 403


@pytest.mark.parametrize("name", ["indexeditem", "record"])
def test_a_search_finds_by_identifier_and_by_key(name, manager, articles):  # noqa: F811
    for asked in (identifier(articles[0]), f" {identifier(articles[0])} ", str(articles[0].pk)):
        rows = manager.rows(f"{name}/", q=asked)
        assert rows and all(identifier(articles[0]).partition(":")[2].split(":")[1] in row for row in rows)
    assert not manager.rows(f"{name}/", q="oai:press.example.org:article/999999")


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("indexeditem", {"repository": "oai"}, 3),
        ("indexeditem", {"repository": "oai", "model": "press.Article"}, 3),
        ("indexeditem", {"repository": "oai", "model": "press.Thesis"}, 0),
        ("indexeditem", {"repository": "oai", "deleted__exact": "1"}, 0),
        ("record", {"repository": "oai", "prefix": "galley"}, 3),
        ("record", {"repository": "oai", "deleted__exact": "0"}, 6),
        ("quarantine", {"repository": "oai", "model": "press.Article"}, 0),
    ],
)
def test_filters(name, asked, expected, manager):
    assert len(manager.rows(f"{name}/", **asked)) == expected


def test_an_item_tells_its_records_its_sets_and_its_quarantine(manager, broken):
    item = IndexedItem.objects.get(repository="oai", object_pk=str(broken.pk))
    words = manager.see(f"indexeditem/{item.pk}/change/")
    assert identifier(broken) in words and "rmr" in words
    assert "oai_dc" in words and "IllFormed" in words


def test_a_record_shows_its_xml_unless_it_is_large(manager, articles, monkeypatch):  # noqa: F811
    record = Record.objects.get(item__identifier=identifier(articles[0]), prefix="oai_dc", item__repository="oai")
    assert "<dc:title xml:lang" in manager.see(f"record/{record.pk}/change/")
    monkeypatch.setattr(module, "SHOWN", 10)
    assert "too large to be shown" in manager.see(f"record/{record.pk}/change/")


def test_the_quarantine_tells_the_reason_and_links_to_the_object(manager, broken):
    (row,) = manager.rows("quarantine/")
    assert "IllFormed" in row and "galley" in row and f"press.Article {broken.pk}" in row
    assert manager.rows("quarantine/", q="IllFormed") and manager.rows("quarantine/", q=str(broken.pk))
    assert (
        f'href="/admin/press/article/{broken.pk}/change/"' in manager.client.get(f"{HERE}quarantine/").content.decode()
    )


def test_an_object_that_nobody_edits_in_the_admin_has_no_link(manager, db):
    thesis = ThesisFactory()
    assert f"press.Thesis {thesis.pk}" in manager.see("indexeditem/", model="press.Thesis")
    assert "/admin/press/thesis/" not in manager.client.get(f"{HERE}indexeditem/").content.decode()


def test_the_state_of_each_repository(manager, broken):
    (press,) = (row for row in manager.rows("repositorystate/") if "Harvest Press & Sons (oai)" in row)
    assert "https://press.example.org/oai" in press
    words = manager.see("repositorystate/oai/change/")
    assert "oai_dc: 3" in words and "galley: 3" in words
    page = manager.client.get(f"{HERE}repositorystate/oai/change/").content.decode()
    assert page.count("icon-no") == 1, "something is in quarantine, and nothing else is wrong"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (lambda article: {"key": article.pk}, "Harvested, and the index is in step with it."),
        (lambda article: {"key": 999_999}, "Not harvested: there is no such object."),
        (lambda article: {"key": "x"}, "must be an integer"),
        (lambda article: {"key": article.pk, "model": "press.Nothing"}, "Select a valid choice"),
    ],
)
def test_why_a_record_is_or_is_not_there(asked, expected, manager, articles):  # noqa: F811
    assert expected in manager.see("indexeditem/why/", **{"model": "press.Article"} | asked(articles[0]))


def test_why_a_record_is_missing(manager, broken):
    broken.stage = "draft"
    broken.save()
    words = manager.see("indexeditem/why/", model="press.Article", key=broken.pk)
    assert "the queryset of the item does not select it" in words
    broken.stage = "published"
    broken.save()
    words = manager.see("indexeditem/why/", model="press.Article", key=broken.pk)
    assert "but for what is in quarantine" in words and "IllFormed" in words


@pytest.mark.parametrize("name", MODELS)
def test_a_list_costs_the_same_and_counts_nothing_whole(name, manager, broken):
    def statements() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            manager.rows(f"{name}/")
        return [query["sql"] for query in captured]

    few = statements()
    for _ in range(10):
        ArticleFactory(galley_xml="<article")
    many = statements()
    assert len(few) == len(many)
    for sql in many:
        assert not re.search(r'"body"|`body`', sql), sql
        if "COUNT(" in sql and "django_oaipmh" in sql:
            assert "LIMIT" in sql, sql


def test_lists_end_somewhere(manager, monkeypatch):
    monkeypatch.setattr(module, "LISTED", 2)
    for name in ("list_per_page", "list_max_show_all"):
        monkeypatch.setattr(module.IndexedItemAdmin, name, 1)
    assert "Only the first 2 are listed." in manager.see("indexeditem/")
    assert [len(manager.rows("indexeditem/", p=page)) for page in (1, 2)] == [1, 1]
    assert manager.client.get(f"{HERE}indexeditem/", {"p": 3}).status_code == 302
