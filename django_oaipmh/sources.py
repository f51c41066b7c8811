"""Where the values of an item's metadata come from, as a host declares them.

A *source* is a path, the name of a method, a callable, Django's ``Value``, a list of sources, ``First``, ``Map`` or a
structured value's ``of``. Bound to an item it becomes a *reader*, which knows how to read one object, what to read
ahead for many, and which paths it depends on.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from django.db.models import Prefetch, Q, QuerySet, Value

from .metadata import Structured, normalise
from .paths import Ahead, Path, PathError, resolve
from .queries import filter_paths

if TYPE_CHECKING:
    from django.db.models import Model

    from .items import Item

Source: TypeAlias = Any

#: How a path's steps may be spelled.
SPELLINGS = ("lookup", "accessor")

F = TypeVar("F", bound=Callable[..., Any])


def uses(*paths: str) -> Callable[[F], F]:
    """Declare the paths that a method reads: they are read ahead, and a change there re-dates the item.

    Usage: ``@oai.uses("issue__volume")`` above a method of an ``Item`` class.
    """

    def declare(function: F) -> F:
        function.oai_uses = paths  # type: ignore[attr-defined]
        return function

    return declare


class First:
    """The values of the first source that has some."""

    def __init__(self, *sources: Source) -> None:
        self.sources = sources


class Map:
    """The values of a source, each put through ``function``."""

    def __init__(self, source: Source, function: Callable[[Any], Any]) -> None:
        self.source = source
        self.function = function


@dataclasses.dataclass(frozen=True)
class Of:
    """A structured value, declared: see ``Structured.of``."""

    kind: type[Structured]
    relation: str
    where: Q | None
    order_by: tuple[str, ...]
    fields: dict[str, Source]


class Reader:
    """A source bound to an item.

    Attributes:
        label: what an error message calls it.
        paths: what it depends on; also what is prefetched.
        opaque: it may read any field of the object itself.
    """

    label = ""
    paths: tuple[Path, ...] = ()
    opaque = False

    def read(self, obj: Any) -> Iterable[Any]:
        """Return the values for ``obj``, raw, empty ones included."""
        raise NotImplementedError

    def prefetches(self) -> dict[str, Ahead]:
        """Return what to read ahead, by lookup."""
        return {lookup: prefetch for path in self.paths for lookup, prefetch in path.prefetches().items()}


class ConstantReader(Reader):
    """Django's ``Value``."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.label = f"Value({value!r})"

    def read(self, obj: Any) -> Iterable[Any]:
        return (self.value,)


class PathReader(Reader):
    """A path of the model."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.paths = (path,)
        self.label = path.text
        self.opaque = not path.steps and not path.field

    def read(self, obj: Any) -> Iterable[Any]:
        return self.path.read(obj)


class MethodReader(Reader):
    """A callable that is given the object; what it declares is read ahead the way Django's managers find it."""

    opaque = True

    def __init__(self, function: Callable[[Any], Any], label: str, paths: tuple[Path, ...]) -> None:
        self.function = function
        self.label = label
        self.paths = paths

    def read(self, obj: Any) -> Iterable[Any]:
        return (self.function(obj),)

    def prefetches(self) -> dict[str, Ahead]:
        return {name: ahead for path in self.paths for name, ahead in path.plain_prefetches().items()}


class AllReader(Reader):
    """A list of sources: all their values."""

    def __init__(self, readers: list[Reader]) -> None:
        self.readers = readers
        self.label = "[" + ", ".join(reader.label for reader in readers) + "]"
        self.paths = tuple(path for reader in readers for path in reader.paths)
        self.opaque = any(reader.opaque for reader in readers)

    def read(self, obj: Any) -> Iterable[Any]:
        return [value for reader in self.readers for value in reader.read(obj)]

    def prefetches(self) -> dict[str, Ahead]:
        return {name: ahead for reader in self.readers for name, ahead in reader.prefetches().items()}


class FirstReader(AllReader):
    """``First``."""

    def read(self, obj: Any) -> Iterable[Any]:
        return next((values for reader in self.readers if (values := list(normalise(iter(reader.read(obj)))))), ())


class MapReader(AllReader):
    """``Map``."""

    def __init__(self, reader: Reader, function: Callable[[Any], Any]) -> None:
        super().__init__([reader])
        self.function = function
        self.label = f"Map({reader.label})"

    def read(self, obj: Any) -> Iterable[Any]:
        return [self.function(value) for value in self.readers[0].read(obj) if value not in (None, "")]


class StructuredReader(Reader):
    """A structured value's ``of``: rows filtered and sorted in the database, ahead of the reading."""

    def __init__(self, declared: Of, item: "Item", model: "type[Model]") -> None:
        self.kind = declared.kind
        relation = repr(declared.relation) if declared.relation else ""
        self.label = f"{declared.kind.__name__}.of({relation})"
        self.path = resolve(model, declared.relation) if declared.relation else Path(model, "", ())
        if self.path.attribute:
            raise PathError(f"{self.label}: {self.path.attribute!r} is no relation. {self._without(declared)}")
        target = self.path.steps[-1].model if self.path.steps else model
        if target is None:
            raise PathError(f"{self.label}: a generic foreign key leads to no one model")
        known = [field.name for field in dataclasses.fields(self.kind)]
        for name in declared.fields:
            if name not in known:
                raise PathError(f"{self.label} has no {name!r}. There are: {', '.join(known)}.")
        self.fields = {name: bind(source, item, target) for name, source in declared.fields.items()}
        self.opaque = not self.path.steps and any(reader.opaque for reader in self.fields.values())
        self.selects: list[Path] = []
        if declared.where is not None or declared.order_by:
            self.path = self._select(declared)
        inner = [join(self.path, path) for reader in self.fields.values() for path in reader.paths]
        self.paths = (*([existence(self.path)] if self.path.steps else []), *inner, *self.selects)

    def _without(self, declared: Of) -> str:
        """Return a sentence with the declaration that was meant, where the relation ends in a field."""
        *relation, field = declared.relation.split("__")
        stem = f"{'__'.join(relation)!r}, " if relation else ""
        first = dataclasses.fields(self.kind)[0].name
        return f"Did you mean {self.kind.__name__}.of({stem}{first}={field!r}, …)?"

    def _select(self, declared: Of) -> Path:
        """Return the path with its relations to many filtered and sorted as declared.

        What ``where`` and ``order_by`` say of a relation selects its rows there: each condition as near to the
        path's end as it is spelled.
        """
        steps = list(self.path.steps)
        stems = {
            number: {"__".join(getattr(one, kind) for one in steps[: number + 1]) + "__" for kind in SPELLINGS}
            for number, step in enumerate(steps)
            if step.many
        }
        if not stems:
            raise PathError(f"{self.label}: where and order_by need a relation that leads to many")
        rows: dict[int, QuerySet[Any]] = {}
        if declared.order_by:
            number = self._place(declared.order_by, stems)
            names = [self._strip(name, stems[number]) for name in declared.order_by]
            rows[number] = steps[number].rows().order_by(*names, "pk")
            self.selects += [resolve(self.path.model, name.lstrip("-")) for name in declared.order_by]
        if declared.where is not None:
            conditions: dict[int, Q] = {}
            for one in conjuncts(declared.where):
                number = self._place(self._names(one), stems)
                conditions[number] = conditions.get(number, Q()) & self._strip_q(one, stems[number])
            for number, condition in conditions.items():
                rows[number] = rows.get(number, steps[number].rows()).filter(condition).distinct()
            self.selects += filter_paths(self.path.model, declared.where)
        variant = hashlib.blake2b(f"{declared.where} {declared.order_by}".encode(), digest_size=4).hexdigest()
        for number, selected in rows.items():
            steps[number] = dataclasses.replace(steps[number], selected=selected, variant=f"_{variant}")
        return dataclasses.replace(self.path, steps=tuple(steps))

    def _place(self, names: Sequence[str], stems: Mapping[int, set[str]]) -> int:
        """Return the number of the last relation to many that all ``names`` lead through."""
        for number in sorted(stems, reverse=True):
            if all(name.lstrip("-").startswith(tuple(stems[number])) for name in names):
                return number
        for name in names:
            self._strip(name, stems[min(stems)])
        return min(stems)

    def _names(self, where: Q) -> list[str]:
        names: list[str] = []
        for child in where.children:
            if isinstance(child, Q):
                names += self._names(child)
            elif isinstance(child, tuple):
                names.append(child[0])
            else:
                raise PathError(f"{self.label}: where takes conditions on fields, not {child!r}")
        return names

    def _strip(self, name: str, stems: Iterable[str]) -> str:
        bare = name.lstrip("-")
        for stem in stems:
            if bare.startswith(stem):
                return name[: len(name) - len(bare)] + bare.removeprefix(stem)
        start = self.path.model._meta.label
        raise PathError(
            f"{self.label}: {bare!r} does not start with {' or '.join(sorted(stems))!r}; where and order_by are "
            f"spelled from {start}"
        )

    def _strip_q(self, where: Q, stems: Iterable[str]) -> Q:
        children: list[Any] = [
            self._strip_q(child, stems) if isinstance(child, Q) else (self._strip(child[0], stems), child[1])  # type: ignore[index]
            for child in where.children
        ]
        return Q(*children, _connector=where.connector, _negated=where.negated)

    def prefetches(self) -> dict[str, Ahead]:
        result = self.path.prefetches()
        for reader in self.fields.values():
            result.update(below(self.path, reader))
        return result

    def read(self, obj: Any) -> Iterable[Any]:
        for target in self.path.objects(obj):
            values = {
                name: next(iter(normalise(iter(reader.read(target)))), "") for name, reader in self.fields.items()
            }
            yield self.kind(**{name: value for name, value in values.items() if value})


def conjuncts(where: Q) -> Iterator[Q]:
    """Yield the conditions that ``where`` joins by "and"."""
    if where.negated or where.connector != Q.AND:
        yield where
        return
    for child in where.children:
        yield from conjuncts(child) if isinstance(child, Q) else [Q(child)]


def existence(path: Path) -> Path:
    """Return ``path``, which ends in a relation, as one that depends on which rows there are, not what is in them."""
    model = path.steps[-1].model
    return path if model is None else dataclasses.replace(path, field=model._meta.pk.name)


def join(stem: Path, path: Path) -> Path:
    """Return ``path``, which starts where ``stem`` ends, as one path from the start of ``stem``."""
    text = f"{stem.text}__{path.text}" if stem.steps else path.text
    return Path(stem.model, text, stem.steps + path.steps, path.attribute, path.field)


def below(stem: Path, reader: Reader) -> dict[str, Ahead]:
    """Return what ``reader``, which starts where ``stem`` ends, wants read ahead, from the start of ``stem``."""
    prefix = "".join(f"{step.attr}__" for step in stem.steps)
    result: dict[str, Ahead] = {}
    for name, ahead in reader.prefetches().items():
        if isinstance(ahead, str):
            result[prefix + name] = prefix + ahead
        else:
            result[prefix + name] = Prefetch(prefix + ahead.prefetch_through, ahead.queryset, ahead.to_attr)
    return result


def bind(source: Source, item: "Item", model: "type[Model] | None" = None) -> Reader:
    """Return the reader of ``source`` for ``item``.

    Args:
        source: see the module.
        item: gives its methods, and its model as the start of paths.
        model: another start of paths, for the fields of structured values.

    Raises:
        PathError: a path or name leads nowhere.
        TypeError: this is no source.
    """
    start = model or item.model
    if isinstance(source, Value):
        return ConstantReader(source.value)
    if isinstance(source, str):
        method = item.own_method(source) if start is item.model else None
        if method is not None:
            return MethodReader(method, f"{type(item).__name__}.{source}", _declared_paths(method, start))
        return PathReader(resolve(start, source, item.annotations if start is item.model else ()))
    if isinstance(source, First):
        return FirstReader([bind(one, item, model) for one in source.sources])
    if isinstance(source, Map):
        return MapReader(bind(source.source, item, model), source.function)
    if isinstance(source, Of):
        return StructuredReader(source, item, start)
    if isinstance(source, list | tuple):
        return AllReader([bind(one, item, model) for one in source])
    if callable(source):
        return MethodReader(source, getattr(source, "__qualname__", repr(source)), _declared_paths(source, start))
    if isinstance(source, Structured):
        kind = type(source).__name__
        raise TypeError(f"{source!r} is no source: write {kind}.of(…), or Value({kind}(…)) if it is the same for all")
    raise TypeError(f"{source!r} is no source: give a path, a method, Value(…), a list, First, Map or an .of(…)")


def _declared_paths(function: Callable[..., Any], model: "type[Model]") -> tuple[Path, ...]:
    return tuple(resolve(model, text) for text in getattr(function, "oai_uses", ()))
