"""Paths over models in Django's spelling (``"authorships__author__name"``): resolving and reading them.

A path goes through foreign keys, many-to-many, reverse and generic relations, by lookup or accessor names; its last
step may be a field, a property or method of the model, or nothing more: then it ends in the related objects.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import FileField, ForeignObjectRel, Model, Prefetch, QuerySet
from django.db.models.manager import BaseManager

from .rendering import absolute_url

#: Something to read ahead: a prefetch, or the lookup of one.
Ahead: TypeAlias = "Prefetch[Any] | str"


class PathError(ValueError):
    """A path that the model does not have; the message names the step and what there is instead."""


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
    """One relation of a path: how Python reads it, how a query spells it, and where it leads."""

    accessor: str
    lookup: str
    relation: Any
    many: bool
    model: type[Model] | None  # None behind a generic foreign key
    selected: QuerySet[Any] | None = None  # rows filtered or sorted otherwise
    variant: str = ""  # tells several selections of one relation apart

    @property
    def attr(self) -> str:
        """The attribute that the related objects are read from, once they were read ahead.

        Where there can be many it is a list of the app's own, which is read twice as fast as a manager.
        """
        return f"oai_{self.accessor}{self.variant}" if self.many else self.accessor

    def rows(self) -> QuerySet[Any]:
        """Return the rows of a relation to many, in a fixed order."""
        if self.selected is not None:
            return self.selected
        assert self.model is not None
        return ordered(self.model)


@dataclasses.dataclass(frozen=True)
class Path:
    """A path resolved on ``model``: relations, then perhaps an attribute."""

    model: type[Model]
    text: str
    steps: tuple[Step, ...]
    attribute: str = ""
    field: str = ""  # the attribute's name as a concrete field; empty: a property or method

    @property
    def lookup(self) -> str:
        """The relations, as a query spells them."""
        return "__".join(step.lookup for step in self.steps)

    def read(self, obj: Any) -> Iterator[Any]:
        """Yield the values at the path's end for an instance of ``model``, objects where it ends in a relation."""
        for owner in self.objects(obj):
            yield attribute_of(owner, self.attribute) if self.attribute else owner

    def objects(self, obj: Any) -> Iterable[Any]:
        """Return the objects that the relations lead to."""
        owners: list[Any] = [obj]
        for step in self.steps:
            owners = [related for owner in owners for related in related_objects(owner, step)]
        return owners

    def prefetches(self) -> dict[str, Ahead]:
        """Return what reads each relation ahead: its name → the prefetch. Rows come in a fixed order."""
        result: dict[str, Ahead] = {}
        stem = ""
        for step in self.steps:
            name = stem + step.attr
            result[name] = Prefetch(stem + step.accessor, step.rows(), to_attr=step.attr) if step.many else name
            stem = f"{name}__"
        return result

    def plain_prefetches(self) -> dict[str, Ahead]:
        """Return the same for code that reads the relations by their managers."""
        result: dict[str, Ahead] = {}
        for position, step in enumerate(self.steps):
            name = "__".join(step.accessor for step in self.steps[: position + 1])
            result[name] = Prefetch(name, step.rows()) if step.many else name
        return result


def resolve(model: type[Model], text: str, also: Iterable[str] = ()) -> Path:
    """Return ``text`` as a path on ``model``.

    Args:
        model: where the path starts.
        text: relations and perhaps an attribute, joined by ``__``.
        also: names that are attributes of the model's objects besides, such as annotations.

    Raises:
        PathError: the path leads nowhere.
    """
    steps: list[Step] = []
    current: type[Model] | None = model
    parts = text.split("__")
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if current is None:
            if last:
                return Path(model, text, tuple(steps), part)
            raise PathError(f"{text!r}: behind a generic foreign key only one attribute can follow")
        field = find_field(current, part)
        by_column = field is not None and part != field.name and part == getattr(field, "attname", None)
        if field is not None and field.is_relation and not by_column:
            steps.append(step_through(field))
            current = steps[-1].model
            continue
        if field is None and not hasattr(current, part) and not (not steps and part in also):
            raise PathError(f"{text!r}: {current._meta.label} has no {part!r}. {choices(current, part)}")
        if not last:
            told = f"{text!r}: {part!r} of {current._meta.label} is no relation, so nothing can follow it"
            if isinstance(field, FileField):
                told += ". The field itself gives the URL; what else is to be said of a file, a property can give"
            raise PathError(told)
        return Path(model, text, tuple(steps), part, field.name if field is not None else "")
    return Path(model, text, tuple(steps))


def find_field(model: type[Model], name: str) -> Any:
    """Return the field or relation of ``model`` by field name, lookup name or accessor name; ``None`` without one."""
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((rel for rel in model._meta.related_objects if rel.get_accessor_name() == name), None)


def step_through(field: Any) -> Step:
    """Return the step through a relation of either direction."""
    many = bool(field.one_to_many or field.many_to_many)
    accessor = field.get_accessor_name() if isinstance(field, ForeignObjectRel) else None
    return Step(accessor or field.name, field.name, field, many, field.related_model)


def choices(model: type[Model], name: str) -> str:
    """Return a sentence that lists what a path may name on ``model`` in place of ``name``."""
    names = sorted(
        (field.get_accessor_name() if isinstance(field, ForeignObjectRel) else None) or field.name
        for field in model._meta.get_fields()
    )
    close = difflib.get_close_matches(name, names, 1)
    suggestion = f"Did you mean {close[0]!r}? " if close else ""
    return f"{suggestion}There are: {', '.join(names)}."


def ordered(model: type[Model]) -> QuerySet[Any]:
    """Return all rows of ``model`` in its own order, and in key order where that leaves a choice."""
    return model._default_manager.order_by(*(model._meta.ordering or ()), "pk")


def related_objects(owner: Any, step: Step) -> Iterable[Any]:
    """Return the objects that ``step`` leads to from ``owner``."""
    if step.many:
        ahead: list[Any] | None = owner.__dict__.get(step.attr)
        return list(getattr(owner, step.accessor).all()) if ahead is None else ahead
    try:
        related = getattr(owner, step.accessor)
    except ObjectDoesNotExist:
        return ()
    return () if related is None else (related,)


def attribute_of(owner: Any, name: str) -> Any:
    """Return an attribute's value, called if it is a method. URLs of objects come absolute."""
    value = getattr(owner, name)
    if callable(value) and not isinstance(value, BaseManager):  # of related objects, which is callable too
        value = value()
    return absolute_url(value) if name == "get_absolute_url" and value else value
