"""Which items a changed row concerns.

Every path that an item reads names models; a change in one of their rows concerns the items that reach the row. A
concern is written down as a *cause*, "the objects of the item's model whose <lookup> is <value>", cheap to note inside
the host's transaction and resolved to objects later.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import ForeignObjectRel, Model, QuerySet

from .paths import Path, Step

if TYPE_CHECKING:
    from .items import Item
    from .parts import Parts

PK = "pk"
TREE = "tree:"
DECLARED = "depends_on:"
PARTS = "parts:"
SETS = "sets:"

Fields = frozenset[str] | None  # None: any field


@dataclasses.dataclass(frozen=True)
class Dependency:
    """A dependency that no path tells: on trees, generic keys, whatever a method looks up.

    Attributes:
        model: the model whose changes matter.
        affected: given a changed (or about to be deleted) object, returns the queryset of concerned objects.
    """

    model: type[Model]
    affected: Callable[[Any], QuerySet[Any]]


@dataclasses.dataclass(frozen=True, order=True)
class Cause:
    """The objects of an item's model whose ``lookup`` is ``value``."""

    lookup: str
    value: str


@dataclasses.dataclass(frozen=True)
class Watch:
    """What a change in a row of ``sender`` means: the cause's lookup, and the attribute that holds its value.

    Attributes:
        lookup: see ``Cause``.
        attname: the attribute of the row that holds the cause's value.
        fields: the row's fields that matter.
        movable: saving the row can move it from one owner to another.
        content_type_of: the row matters only while its generic key points to this model.
        is_part: the row is a part of objects of the item.
    """

    sender: type[Model]
    lookup: str
    attname: str
    fields: Fields
    movable: bool = False
    content_type_of: type[Model] | None = None
    is_part: bool = False

    def causes(self, row: Any) -> Iterator[Cause]:
        """Yield what a change of ``row`` concerns."""
        if self.content_type_of is not None:
            from django.contrib.contenttypes.models import ContentType

            if getattr(row, self.fields_of_type) != ContentType.objects.get_for_model(self.content_type_of).pk:
                return
        value = getattr(row, self.attname, None)
        if value is not None:
            yield Cause(self.lookup, str(value))

    @property
    def fields_of_type(self) -> str:
        """The attribute that holds the row's content type."""
        assert self.content_type_of is not None
        return next(
            f"{field.content_type_field_name}_id"
            for field in self.content_type_of._meta.private_fields
            if getattr(field, "object_id_field_name", None) == self.attname and field.related_model is self.sender
        )


@dataclasses.dataclass(frozen=True)
class LinkWatch:
    """What a change in a many-to-many relation means, told by ``m2m_changed`` of its ``sender``."""

    sender: type[Model]
    lookup: str  # of the near side, from the item
    near: type[Model]
    forward: bool  # the near side is where the field is declared
    symmetrical: bool
    pointer: Any  # the foreign key of the through table to the near side


def watches(item: "Item") -> Iterator[Watch | LinkWatch]:
    """Yield everything that must be watched to know when ``item`` may disseminate something else."""
    used: dict[tuple[type[Model], str], Fields] = {}
    yield from _targets(item.model, PK, item.fields)
    for path in item.paths:
        for position, step in enumerate(path.steps):
            lookup = "__".join(part.lookup for part in path.steps[: position + 1])
            near = path.steps[position - 1].model if position else path.model
            near_lookup = "__".join([part.lookup for part in path.steps[:position]] + [PK])
            assert near is not None
            yield from _links(step, near, near_lookup)
            if step.model is None:
                continue
            following = path.steps[position + 1] if position + 1 < len(path.steps) else None
            fields = fields_read(following, path)
            key = (step.model, lookup)
            before = used.get(key, frozenset())
            used[key] = None if fields is None or before is None else fields | before
            yield from _owners(step, near, near_lookup)
    for (model, lookup), fields in used.items():
        yield from _targets(model, lookup, fields)
    for lookup, model in item.trees.items():
        yield from _targets(model, TREE + lookup, None)
    for number, dependency in enumerate(item.depends_on):
        yield from _targets(dependency.model, f"{DECLARED}{number}", None)
    for number, bound in enumerate(item.bound_sets):
        yield from bound.watches(f"{SETS}{number}")
    if item.bound_parts and item.reads_parts:
        yield from _of_parts(item.bound_parts)


def fields_read(following: Step | None, path: Path) -> Fields:
    """Return the fields of a row that the rest of ``path`` reads."""
    if following is None:
        return frozenset([path.field]) if path.field else None
    if isinstance(following.relation, ForeignObjectRel) or following.many:
        return frozenset()
    return None if following.model is None else frozenset([following.relation.name])


def relatives(model: type[Model]) -> Iterator[tuple[type[Model], str, str]]:
    """Yield every model whose ``save()`` writes rows of ``model``: itself, proxies, children and parents.

    With each comes what a lookup that ends in ``model`` is continued with, and the attribute that holds the value.
    """
    concrete = model._meta.concrete_model
    assert concrete is not None
    for other in apps.get_models(include_auto_created=True):
        other_concrete = other._meta.concrete_model
        assert other_concrete is not None
        if issubclass(other_concrete, concrete):
            yield other, "", concrete._meta.pk.attname
        elif issubclass(concrete, other_concrete):
            link = concrete._meta.get_ancestor_link(other_concrete)
            assert link is not None
            yield other, f"__{link.name}", other_concrete._meta.pk.attname


def _targets(model: type[Model], lookup: str, fields: Fields) -> Iterator[Watch]:
    for sender, continued, attname in relatives(model):
        if lookup == PK:
            yield Watch(sender, continued.removeprefix("__") or PK, attname, fields)
        elif lookup.startswith((TREE, DECLARED)):
            yield Watch(sender, lookup, attname, fields)
        else:  # a foreign key may hold another column than the key
            yield Watch(sender, lookup + (continued or f"__{PK}"), attname, fields)


def _of_parts(parts: "Parts") -> Iterator[Watch | LinkWatch]:
    """Yield what must be watched to know when a part may be described otherwise, or belong to another whole."""
    own = set(_targets(parts.model, PK, parts.fields))
    for watch in watches(parts):
        lookup = PARTS + watch.lookup
        if isinstance(watch, LinkWatch):
            yield dataclasses.replace(watch, lookup=lookup)
        else:
            yield dataclasses.replace(watch, lookup=lookup, is_part=watch in own)


def _owners(step: Step, near: type[Model], near_lookup: str) -> Iterator[Watch | LinkWatch]:
    """Yield what a row of a reverse relation says by pointing to its owner: it may point to another one next."""
    relation = step.relation
    assert step.model is not None
    if isinstance(relation, ForeignObjectRel) and not step.relation.many_to_many:
        field: Any = relation.field
        for sender, continued, _ in relatives(step.model):
            if not continued:
                held = _held_by(field, near_lookup)
                yield Watch(sender, held, field.attname, frozenset([field.name]), movable=True)
        yield from _managers(field, near, near_lookup)
    elif hasattr(relation, "object_id_field_name"):  # a generic relation
        fields = frozenset([relation.object_id_field_name, relation.content_type_field_name])
        yield Watch(step.model, near_lookup, relation.object_id_field_name, fields, True, near)


def _managers(pointer: Any, near: type[Model], near_lookup: str) -> Iterator[LinkWatch]:
    """Yield the many-to-many relations whose managers write the rows that ``pointer`` is a field of, unsaved."""
    for model in apps.get_models():
        for field in model._meta.local_many_to_many:
            if field.remote_field.through is pointer.model:
                for forward, name in ((True, field.m2m_field_name()), (False, field.m2m_reverse_field_name())):
                    if name == pointer.name:
                        yield _link(field, near, near_lookup, forward)


def _links(step: Step, near: type[Model], near_lookup: str) -> Iterator[Watch | LinkWatch]:
    """Yield what the rows of a many-to-many table say, written by its managers or, if it has a model, as objects."""
    if not step.relation.many_to_many:
        return
    forward = not isinstance(step.relation, ForeignObjectRel)
    link = _link(step.relation if forward else step.relation.field, near, near_lookup, forward)
    yield link
    if not link.sender._meta.auto_created:
        yield Watch(link.sender, link.lookup, link.pointer.attname, None, movable=True)


def _link(field: Any, near: type[Model], near_lookup: str, forward: bool) -> LinkWatch:
    through = field.remote_field.through
    pointer = through._meta.get_field(field.m2m_field_name() if forward else field.m2m_reverse_field_name())
    symmetrical = bool(getattr(field.remote_field, "symmetrical", False))
    return LinkWatch(through, _held_by(pointer, near_lookup), near, forward, symmetrical, pointer)


def _held_by(pointer: Any, lookup: str) -> str:
    """Return ``lookup``, which ends in the key, as one that ends in the column whose values ``pointer`` holds."""
    target = pointer.target_field
    return lookup if target.primary_key else lookup.removesuffix(PK) + target.name


def affected(item: "Item", cause: Cause, using: str) -> QuerySet[Any]:
    """Return the objects of the item's model that ``cause`` concerns, visible or not, read from database ``using``."""
    rows = item.model._base_manager.using(using)
    if cause.lookup.startswith(PARTS):
        assert item.bound_parts is not None
        parts = affected(item.bound_parts, Cause(cause.lookup.removeprefix(PARTS), cause.value), using)
        return rows.filter(pk__in=set(item.bound_parts.root_keys(parts)))
    if cause.lookup.startswith(TREE):
        lookup = cause.lookup.removeprefix(TREE)
        return rows.filter(
            **{f"{lookup}__pk__in": descendants(item.trees[lookup], item.parents[lookup], cause.value, using)}
        )
    if cause.lookup.startswith(DECLARED):
        dependency = item.depends_on[int(cause.lookup.removeprefix(DECLARED))]
        changed = dependency.model._base_manager.using(using).filter(pk=cause.value).first()
        return rows.none() if changed is None else dependency.affected(changed)
    return rows.filter(**{cause.lookup: cause.value})


def descendants(model: type[Model], parent: str, root: Any, using: str) -> list[Any]:
    """Return the keys of a tree's node and of all nodes below it."""
    found: list[Any] = [model._meta.pk.to_python(root)]
    level: Iterable[Any] = found
    seen = set(found)
    while level:
        children = model._base_manager.using(using).filter(**{f"{parent}__pk__in": level}).values_list("pk", flat=True)
        level = [pk for pk in children if pk not in seen]
        seen.update(level)
        found += level
    return found
