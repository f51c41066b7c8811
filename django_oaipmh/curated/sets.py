"""``Curated``: that curators make sets of an item's objects, and what their filters can ask for."""

import dataclasses
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as Specs
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import router
from django.db.models import Model, QuerySet
from django_filters import FilterSet, OrderingFilter
from django_filters.filters import Filter

from ..dependencies import Cause, Watch
from ..hostcode import unharmed
from ..paths import Path, PathError, resolve
from ..sets import BoundSet, Members, SetDeclaration, membership_in, with_ancestors
from ..sources import existence
from .filters import Unusable, select

if TYPE_CHECKING:
    from ..items import Item
    from .models import CuratedSet

logger = logging.getLogger("django_oaipmh")


@dataclasses.dataclass(frozen=True)
class Curated(SetDeclaration):
    """Sets that curators make in the admin: each of the objects that a saved filter selects.

    Attributes:
        filterset: a FilterSet for the item's model. Its form is what curators fill in.
    """

    filterset: type[FilterSet]

    def bind(self, item: "Item") -> "BoundCurated":
        return BoundCurated(self, item)


class BoundCurated(BoundSet):
    """``Curated`` bound to an item."""

    def __init__(self, declared: Curated, item: "Item") -> None:
        self.filterset = declared.filterset
        if not (isinstance(self.filterset, type) and issubclass(self.filterset, FilterSet)):
            raise TypeError(f"Curated({self.filterset!r}): this is no FilterSet class")
        if not apps.is_installed("django_oaipmh.curated"):
            raise ImproperlyConfigured('add "django_oaipmh.curated" to INSTALLED_APPS')
        model = self.filterset._meta.model
        if model is not None and not issubclass(item.model, model):
            raise TypeError(f"{self.filterset.__name__} is for {model._meta.label}, not for {item.label}")
        self.item = item
        self.label = f"{type(item).__name__}.sets: Curated({self.filterset.__name__})"
        self.paths = []
        self.opaque = is_opaque(self.filterset)
        for filter_ in self.filterset.base_filters.values():
            path = path_of(filter_, item.model)
            if path is not None:
                self.paths.append(path)
            elif not isinstance(filter_, OrderingFilter):
                self.opaque = True

    def watches(self, lookup: str) -> Iterator[Watch]:
        from .models import CuratedSet

        yield CuratedWatch(CuratedSet, lookup, "", None, movable=True, item=self.item)

    def saved(self) -> "QuerySet[CuratedSet]":
        """Return the sets that curators have made of the item's objects, read where they are written."""
        from .models import CuratedSet

        rows = CuratedSet.objects.using(router.db_for_write(CuratedSet)).order_by("pk")
        return rows.filter(repository=self.item.repository.name, model=self.item.label)

    def known(self, specs: Specs[str]) -> Specs[str]:
        return specs & set(with_ancestors(self.saved().values_list("spec", flat=True)))

    def prepare(self, objects: Iterable[Any]) -> Members:
        pks = [obj.pk for obj in objects]
        found = [
            (membership_in(one.declaration, self.item.repository), self.members(one.spec, one.filter, pks))
            for one in self.saved()
        ]
        return lambda obj, problem: [membership for membership, members in found if obj.pk in members]

    def members(self, spec: str, query: str, pks: Sequence[Any]) -> set[Any]:
        """Return which of the objects ``pks`` are in a set; those that are already if its filter is unusable."""
        from ..index.examine import known_items, source_key

        try:
            return self.keys(query, lambda rows: rows.filter(pk__in=pks))
        except Unusable as error:
            logger.error("The filter of the set %s is unusable, and its records stay what they are: %s", spec, error)
        keys = {pk: source_key(self.item, pk) for pk in pks}
        rows = known_items(keys.values())
        return {pk for pk, key in keys.items() if (row := rows.get(key)) and spec in row.set_specs.split()}

    def keys(self, query: str, narrow: Callable[[QuerySet[Any]], QuerySet[Any]] = QuerySet.all) -> set[Any]:
        """Return the keys of the objects, visible or not, that the saved filter ``query`` selects.

        Raises:
            Unusable: the filter is nonsense.
        """
        using = router.db_for_write(self.item.model)
        with unharmed(using):
            return set(narrow(self.selected(query)).values_list("pk", flat=True))

    def selected(self, query: str) -> QuerySet[Any]:
        """Return the objects, visible or not, that the saved filter ``query`` selects.

        Raises:
            Unusable: the filter is nonsense.
        """
        rows = self.item.model._base_manager.using(router.db_for_write(self.item.model))
        return select(self.filterset, query, rows)

    def concerned(self, value: str) -> Iterator[Any]:
        spec, _, query = value.partition("?")
        try:
            keys = self.keys(query)
        except Unusable:  # then nobody is in the set but those who were
            keys = set()
        yield from keys
        yield from (pk for pk in self.indexed(spec) if pk not in keys)

    def indexed(self, spec: str) -> list[Any]:
        """Return the keys of the objects that are in the set ``spec`` now, as harvesters see it."""
        from ..index.store import item_rows
        from ..models import key_of

        key = key_of(self.item.repository.name, spec)
        rows = item_rows(self.item).filter(deleted=False, records__entries__list__set__key=key)
        keys = rows.filter(records__entries__deleted=False).values_list("object_pk", flat=True).distinct()
        return [self.item.model._meta.pk.to_python(text) for text in keys]


@dataclasses.dataclass(frozen=True)
class CuratedWatch(Watch):
    """What a change of a curated set means: it concerns the objects that were in it, or are."""

    item: Any = None

    def causes(self, row: Any) -> Iterator[Cause]:
        if (row.repository, row.model) == (self.item.repository.name, self.item.label):
            yield Cause(self.lookup, f"{row.spec}?{row.filter}")


def path_of(filter_: Filter, model: type[Model]) -> Path | None:
    """Return what a filter looks at as a path from ``model``; ``None`` if that cannot be told."""
    shipped = type(filter_).filter.__module__.startswith("django_filters.")
    if filter_.method is not None or not shipped or not filter_.field_name:
        return None
    parts = filter_.field_name.split("__")
    for number in range(len(parts), 0, -1):  # what cannot be resolved at the end is a transform
        try:
            path = resolve(model, "__".join(itertools.islice(parts, number)))
        except PathError:
            continue
        if path.attribute and not path.field:
            return None
        return path if path.attribute else existence(path)
    return None


def is_opaque(filterset: type[FilterSet]) -> bool:
    """Return whether a FilterSet selects by more than its filters."""
    return any(getattr(filterset, name) is not getattr(FilterSet, name) for name in ("qs", "filter_queryset"))
