"""Which paths a queryset looks at: what decides whether an object is visible, or in a set."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Col, RawSQL, ResolvedOuterRef
from django.db.models.functions import Now
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.datastructures import Join
from django.db.models.sql.where import ExtraWhere

from .paths import Path, PathError, resolve


class Footprint:
    """What a queryset's conditions look at.

    Attributes:
        paths: the columns that conditions read, as paths from the queryset's model.
        opaque: conditions also read what no path tells (subqueries, raw SQL).
        subqueries: the models that subqueries read.
        moments: dates and moments that stand in the conditions as constants.
        uses_now: a condition asks the database for the present time.
    """

    def __init__(self, queryset: QuerySet[Any]) -> None:
        self.paths: list[Path] = []
        self.opaque = False
        self.subqueries: set[type[Model]] = set()
        self.moments: list[datetime.date] = []
        self.uses_now = False
        assert queryset.model is not None
        stems = join_stems(queryset.query)
        joined = [getattr(table, "filtered_relation", None) for table in queryset.query.alias_map.values()]
        conditions = [relation.resolved_condition for relation in joined if relation is not None]
        for node in walk([queryset.query.where, *queryset.query.annotations.values(), *conditions]):
            self._note(node, queryset.model, stems)

    def _note(self, node: Any, model: type[Model], stems: dict[str, str | None]) -> None:
        if isinstance(node, Col):
            stem = stems.get(node.alias)
            text = node.target.name if stem == "" else f"{stem}__{node.target.name}"
            try:
                if stem is None:
                    raise PathError(node.alias)
                self.paths.append(resolve(model, text))
            except PathError:
                self.opaque = True
        elif isinstance(node, Query):
            self.opaque = True
            self.subqueries.update(table_models(node))
        elif isinstance(node, RawSQL | ResolvedOuterRef | ExtraWhere):
            self.opaque = True
        elif isinstance(node, Now):
            self.uses_now = True
        elif isinstance(node, datetime.date):
            self.moments.append(node)


def filter_paths(model: type[Model], where: Q) -> list[Path]:
    """Return the paths from ``model`` that the condition ``where`` looks at."""
    return Footprint(model._base_manager.filter(where)).paths


def walk(nodes: list[Any]) -> Iterator[Any]:
    """Yield expressions and constants of a query's conditions, depth first; subqueries as one ``Query``."""
    for node in nodes:
        yield node
        if isinstance(node, Query):
            continue
        if isinstance(node, list | tuple):
            yield from walk(list(node))
        elif isinstance(node, Lookup):  # its own list of expressions leaves constants out
            yield from walk([node.lhs, node.rhs])
        elif hasattr(node, "get_source_expressions"):
            yield from walk([child for child in node.get_source_expressions() if child is not None])


def join_stems(query: Query) -> dict[str, str | None]:
    """Return, for each table alias, the relations that lead to it as a lookup; ``None`` where none can be spelled."""
    stems: dict[str, str | None] = {}
    models: dict[str, type[Model]] = {}
    for alias, table in query.alias_map.items():
        if not isinstance(table, Join):
            stems[alias], models[alias] = "", query.model  # type: ignore[assignment]
            continue
        parent = stems.get(table.parent_alias)
        field: Any = table.join_field
        related = field.related_model
        if parent is None or related is None:
            stems[alias] = None
            continue
        models[alias] = related
        name = _step_name(field, models[table.parent_alias])
        if name is None:
            stems[alias] = None
        else:
            stems[alias] = "__".join(part for part in (parent, name) if part)
    return stems


def _step_name(field: Any, model: type[Model]) -> str | None:
    """Return the lookup name of one join; empty for the second half of a hidden many-to-many table."""
    if model._meta.auto_created:
        return ""
    if field.related_model._meta.auto_created:
        through = field.related_model
        for relation in model._meta.get_fields(include_hidden=True):
            remote = getattr(relation, "remote_field", None)
            if through in (getattr(relation, "through", None), getattr(remote, "through", None)):
                return relation.name
        return None
    name: str = field.name
    return None if name.endswith("+") else name


def table_models(query: Query) -> set[type[Model]]:
    """Return the models whose tables a subquery reads, without those that only link others."""
    tables = {table.table_name for alias, table in query.alias_map.items() if query.alias_refcount[alias]}
    return {model for model in apps.get_models() if model._meta.db_table in tables and not model._meta.proxy}
