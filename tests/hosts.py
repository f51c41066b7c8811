"""Hosts that a test makes up for itself: items of the press, in a repository that exists no longer than the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.test.utils import CaptureQueriesContext

import django_oaipmh as oai
from django_oaipmh.formats import MetadataFormat
from django_oaipmh.index import signals
from django_oaipmh.items import Description, Item
from django_oaipmh.metadata import Metadata
from django_oaipmh.rendering import rendering
from django_oaipmh.repository import Repository, repositories

from .press.models import Article
from .settings import TEMPLATES


class AdHocRepository(Repository):
    formats = ("oai_dc",)


@contextmanager
def hosting(repository_class: type[Repository] = AdHocRepository, name: str = "adhoc") -> Iterator[Repository]:
    """Make a repository, and forget it again. Signals are connected before, so that none of its items is watched."""
    if not signals._watches:
        signals.connect()
    repository = repository_class(name)
    try:
        yield repository
    finally:
        del repositories[name]


def declare(repository: Repository, model: type[Model] = Article, /, **attributes: Any) -> Item:
    """Register an item class of these attributes; left out, its queryset selects everything."""
    queryset = {} if "get_queryset" in attributes else {"queryset": model._default_manager.all()}
    repository.register(model, type("AdHocItem", (oai.Item,), queryset | attributes))
    return repository.items[-1]


def describe(item: Item, *objects: Any) -> list[Description]:
    """What the item says of objects of its queryset, in the order of their keys."""
    with rendering(item.repository):
        rows = item.prefetched(item.get_queryset().filter(pk__in=[obj.pk for obj in objects]).order_by("pk"))
        return [told(one) for one in item.describe(list(rows), item.prepare_sets(list(rows)))]


def told(outcome: Description | Exception) -> Description:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def metadata_of(item: Item, obj: Any) -> Metadata:
    (description,) = describe(item, obj)
    return description.metadata


def values(repository: Repository, source: Any, obj: Any, **attributes: Any) -> list[Any]:
    """What ``source`` tells of ``obj``."""
    item = declare(repository, type(obj), metadata={"subject": source}, **attributes)
    try:
        return metadata_of(item, obj).get("subject", [])
    finally:
        repository.unregister(type(obj))


def statements(captured: CaptureQueriesContext) -> list[str]:
    """The statements that were sent, without the savepoints of each object, which are there inside a transaction."""
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def format_of(prefix: str = "adhoc", /, **attributes: Any) -> type[MetadataFormat]:
    """A format class with these attributes."""
    url = f"https://press.example.org/ns/{prefix}"
    return type("AdHoc", (MetadataFormat,), {"prefix": prefix, "namespace": url, "schema": f"{url}.xsd"} | attributes)


def with_templates(templates: dict[str, str]) -> list[dict[str, Any]]:
    """The setting TEMPLATES with these templates before all others."""
    options = {
        "loaders": [
            ("django.template.loaders.locmem.Loader", templates),
            "django.template.loaders.filesystem.Loader",
            "django.template.loaders.app_directories.Loader",
        ]
    }
    return [TEMPLATES[0] | {"APP_DIRS": False, "OPTIONS": options}]
