"""Sets: how a host declares them, and which of them an object belongs to (section 2.6).

A membership is a chain of sets from the root of the hierarchy to the set itself; an object belongs to the last one,
and by that to all before it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as Specs
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import router
from django.db.models import Model, Q

from .containers import Problem, ignore
from .descriptions import Container, DublinCore, to_xml
from .identifiers import LONGEST_SET_SPEC, is_word
from .metadata import TERMS, normalise, plain
from .paths import Ahead, Path, PathError, ordered, resolve
from .queries import filter_paths
from .sources import Reader, Source, below, bind, existence, join

if TYPE_CHECKING:
    from .dependencies import Watch
    from .items import Item
    from .repository import Repository


@dataclasses.dataclass(frozen=True)
class SetInfo:
    """One set as ListSets tells it: ``spec`` is the whole setSpec, ``description`` its setDescription elements."""

    spec: str
    name: str
    description: str = ""


Membership: TypeAlias = tuple[SetInfo, ...]
#: Given an object of the batch, its memberships; illegal setSpecs are told to the second argument.
Members: TypeAlias = Callable[[Any, Callable[[str], None]], list[Membership]]
#: The same of every set and of every scope that an item declares.
Prepared: TypeAlias = tuple[list[Members], list[Members]]


class SetDeclaration:
    """What stands in ``Item.sets`` and ``Repository.sets``: one set, or many of a kind."""

    def bind(self, item: "Item") -> "BoundSet":
        """Return the sets as ``item`` reads them.

        Raises:
            PathError: a source leads nowhere.
            TypeError, ValueError: it cannot hold for this item.
        """
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Set(SetDeclaration):
    """A set with a fixed spec: of the item's objects that meet ``filter``, or of all.

    A spec with colons lies below the sets that its beginning names.

    Attributes:
        description: a text, or a dict of texts by DCMI metadata term, or one of ``django_oaipmh.descriptions``, or a
            list of these.
    """

    spec: str
    name: str
    description: Any = ""
    filter: Q | None = None

    def bind(self, item: "Item") -> "BoundSet":
        return BoundFilter(self, item)


@dataclasses.dataclass(frozen=True)
class SetsBy(SetDeclaration):
    """One set for each value of a relation or field: collections, journals, languages.

    Attributes:
        source: a path to the related objects or to a field, from the item's model.
        spec: the source of a set's own part of the setSpec, from the related object; left out: its key or the value.
        name: the source of the setName; left out: ``str()``, or the label of a choice.
        description: the source of a description, from the related object; or a dict of sources by DCMI metadata term.
        children: sets below each of these, again spelled from the item's model.
        parent: for trees, the name of the relation to the parent: the setSpec then names all ancestors.
        flat: of a tree, each set has a setSpec of its own part alone, and a record is told to be in every ancestor.
    """

    source: str
    spec: Source = None
    name: Source = None
    description: Source | Mapping[str, Source] = None
    children: Sequence["SetsBy"] = ()
    parent: str = ""
    flat: bool = False

    def bind(self, item: "Item") -> "BoundSet":
        return BoundRelation(self, item)


class BoundSet:
    """A declared set bound to an item.

    Attributes:
        label: what messages call it.
        paths: what memberships depend on.
        opaque: memberships may depend on any field of the object.
        tree: for a self-tree, the lookup of its relation and the relation to the parent.
    """

    label = ""
    paths: list[Path]
    opaque = False
    tree: tuple[str, type[Model], str] | None = None

    def prefetches(self) -> dict[str, Ahead]:
        """Return what to read ahead."""
        return {}

    def prepare(self, objects: Iterable[Any]) -> Members:
        """Return what tells the memberships of each of ``objects``."""
        raise NotImplementedError

    def known(self, specs: Specs[str]) -> Specs[str]:
        """Return those of ``specs`` that there is something to be the set of, whether any object is in them or not.
        What cannot be told counts as known."""
        raise NotImplementedError

    def watches(self, lookup: str) -> "Iterable[Watch]":
        """Return what else changes memberships besides the objects: rows that say what the sets are. Causes of this
        ``lookup`` come back to ``concerned``."""
        return ()

    def concerned(self, value: str) -> Iterable[Any]:
        """Yield the keys of the objects that the cause of this ``value`` concerns, each once."""
        raise NotImplementedError


class BoundFilter(BoundSet):
    """``Set`` bound to an item."""

    def __init__(self, declared: Set, item: "Item") -> None:
        self.label = f"{type(item).__name__}.sets: Set({declared.spec!r})"
        self.model = item.model
        self.repository = item.repository
        self.declared = declared
        self.filter = declared.filter
        self.paths = [] if declared.filter is None else filter_paths(item.model, declared.filter)

    def known(self, specs: Specs[str]) -> Specs[str]:
        return specs & set(with_ancestors([self.declared.spec]))

    def prepare(self, objects: Iterable[Any]) -> Members:
        membership = membership_in(self.declared, self.repository)
        if self.filter is None:
            return lambda obj, problem: [membership]
        rows = self.model._base_manager.using(router.db_for_write(self.model)).filter(self.filter)
        members = set(rows.filter(pk__in=[obj.pk for obj in objects]).values_list("pk", flat=True))
        return lambda obj, problem: [membership] if obj.pk in members else []


class BoundRelation(BoundSet):
    """``SetsBy`` bound to an item."""

    def __init__(self, declared: SetsBy, item: "Item") -> None:
        self.label = f"{type(item).__name__}.sets: SetsBy({declared.source!r})"
        self.path = resolve(item.model, declared.source, item.annotations)
        target = self.path.steps[-1].model if self.path.steps and not self.path.attribute else None
        if target is None and (declared.spec or declared.name or declared.parent or declared.description):
            raise PathError(f"{self.label}: spec, name, description and parent need a source that ends in a relation")
        if declared.flat and not declared.parent:
            raise PathError(f"{self.label}: flat=True is for trees; name the relation to the parent, parent='…'")
        self.parent = declared.parent
        self.flat = declared.flat
        self.readers: dict[str, Reader] = {}
        self.terms: dict[str, Reader] = {}
        self.paths = [self.path]
        if target is not None:
            sources = {"spec": declared.spec or "pk", "name": declared.name}
            self.readers = {key: bind(source, item, target) for key, source in sources.items() if source is not None}
            self.terms = {term: bind(source, item, target) for term, source in _terms(declared.description).items()}
            for term in self.terms:
                if term not in TERMS:
                    raise PathError(f"{self.label}: description: {term!r} is no DCMI metadata term")
            if declared.name is not None:
                self.paths = [existence(self.path)]
            for reader in (*self.readers.values(), *self.terms.values()):
                self.paths += [join(self.path, path) for path in reader.paths]
            if self.parent:
                above = resolve(target, self.parent).steps
                if len(above) != 1 or above[0].many or not issubclass(target, above[0].model or ()):
                    raise PathError(f"{self.label}: parent={self.parent!r} does not lead from one set to another")
                self.parent_attname = above[0].relation.attname
                self.parent_target = above[0].relation.target_field
                self.tree = (self.path.lookup, target, self.parent)
        self.opaque = not self.path.steps and not self.path.field
        self.labels = _choice_labels(item.model, self.path)
        self.children = [child.bind(item) for child in declared.children]
        for child in self.children:
            self.paths += child.paths

    def prefetches(self) -> dict[str, Ahead]:
        result = self.path.prefetches()
        for bound in self.children:
            result.update(bound.prefetches())
        for reader in (*self.readers.values(), *self.terms.values()):
            result.update(below(self.path, reader))
        return result

    def prepare(self, objects: Iterable[Any]) -> Members:
        objects = list(objects)
        nodes = self._load_ancestors(objects) if self.parent else {}
        below = [child.prepare(objects) for child in self.children]

        def members(obj: Any, problem: Callable[[str], None]) -> list[Membership]:
            found = []
            inner = [deeper for child in below for deeper in child(obj, problem)]
            for value in self.path.read(obj):
                *above, chain = self._chains(value, nodes, problem)
                if chain:
                    found += [one for deeper in inner if (one := self._below(chain, deeper, problem))] or [chain]
                found += filter(None, above)
            return found

        return members

    def known(self, specs: Specs[str]) -> Specs[str]:
        if not self.readers:  # a language is not gone because no record is in it
            return specs
        stems = self._stems()
        return {spec for spec in specs if spec in stems or self._is_below(spec, stems)}

    def _is_below(self, spec: str, stems: set[str]) -> bool:
        """Return whether a child knows the rest of ``spec`` behind one of ``stems``."""
        rests = {spec[len(above) + 1 :] for above in with_ancestors([spec]) if above in stems}
        return any(child.known(rests) for child in self.children)

    def _stems(self) -> set[str]:
        """Return the setSpecs, without those of children, of all related objects that there are."""
        target = self.path.steps[-1].model
        assert target is not None
        nodes = ordered(target).using(router.db_for_write(target))
        by_key = {getattr(one, self.parent_target.attname): one for one in nodes} if self.parent else {}
        each = by_key.values() if self.parent else nodes.iterator()
        return {info.spec for node in each for chain in self._chains(node, by_key, ignore) for info in chain}

    def _load_ancestors(self, objects: list[Any]) -> dict[Any, Any]:
        """Return the tree nodes above those of ``objects``, by what their children hold, one query a level."""
        assert self.tree is not None
        model = self.tree[1]
        attname, target = self.parent_attname, self.parent_target
        nodes = {getattr(node, target.attname): node for obj in objects for node in self.path.read(obj)}
        missing = {getattr(node, attname) for node in nodes.values()} - nodes.keys() - {None}
        while missing:
            loaded = ordered(model).using(router.db_for_write(model)).in_bulk(missing, field_name=target.name)
            nodes.update(loaded)
            missing = {getattr(node, attname) for node in loaded.values()} - nodes.keys() - {None}
        return nodes

    def _chains(self, value: Any, nodes: dict[Any, Any], problem: Callable[[str], None]) -> list[Membership]:
        """Return the membership in the set of ``value``, and before it those in its ancestors if the tree is flat; a
        set without a legal setSpec gives an empty one."""
        if not self.readers:
            text = plain(value)
            return [self._info((), text, str(self.labels.get(value, text)), "", problem) if text else ()]
        line = self._line(value, nodes)
        if self.flat:
            return [self._told((), node, problem) for node in line]
        chain: Membership = ()
        for node in line:
            chain = self._told(chain, node, problem)
            if not chain:
                break
        return [chain]

    def _line(self, value: Any, nodes: dict[Any, Any]) -> list[Any]:
        """Return ``value`` and the tree nodes above it, from the root down."""
        line = [value]
        while self.parent:
            above = nodes.get(getattr(line[0], self.parent_attname))
            if above is None or above in line:
                break
            line.insert(0, above)
        return line

    def _told(self, above: Membership, node: Any, problem: Callable[[str], None]) -> Membership:
        """Return the membership in the set of a related object, below ``above``."""
        told = {key: next(filter(None, map(plain, reader.read(node))), "") for key, reader in self.readers.items()}
        terms = ((term, tuple(normalise(iter(reader.read(node))))) for term, reader in self.terms.items())
        return self._info(above, told["spec"], told.get("name") or plain(node), in_dublin_core(tuple(terms)), problem)

    def _info(
        self, above: Membership, part: str, name: str, description: str, problem: Callable[[str], None]
    ) -> Membership:
        if not is_word(part):
            remedy = (
                "give spec= a field or method" if self.readers else "declare a Set for each value, or take a source"
            )
            problem(
                f"{self.label}: {part!r} is no legal part of a setSpec; {remedy} with letters, digits and "
                f"-_.!~*'() only"
            )
            return ()
        return self._below(above, (SetInfo(part, name or part, description),), problem)

    def _below(self, above: Membership, chain: Membership, problem: Callable[[str], None]) -> Membership:
        """Return ``above`` and below it ``chain``; nothing if that is too deep."""
        if above:
            stem = above[-1].spec
            chain = tuple(dataclasses.replace(info, spec=f"{stem}:{info.spec}") for info in chain)
        if len(chain[-1].spec) > LONGEST_SET_SPEC:
            problem(f"{self.label}: a setSpec has {LONGEST_SET_SPEC} characters at most: {chain[-1].spec[:100]}…")
            return ()
        return above + chain


def membership_in(declared: Set, repository: "Repository") -> Membership:
    """Return a set and those above it, named in the present language."""
    *above, _ = with_ancestors([declared.spec])
    names = repository.set_names if above else {}
    return (
        *(SetInfo(spec, str(names.get(spec, spec))) for spec in above),
        SetInfo(declared.spec, str(declared.name), described(declared.description)),
    )


def with_ancestors(specs: Iterable[str]) -> Iterator[str]:
    """Yield setSpecs with those of the sets above them, each once."""
    seen = set()
    for spec in specs:
        parts = spec.split(":")
        for number in range(len(parts)):
            above = ":".join(parts[: number + 1])
            if above not in seen:
                seen.add(above)
                yield above


def described(declared: Any, problem: Problem = ignore) -> str:
    """Return the setDescription elements for what ``Set.description`` declares."""
    several = declared if isinstance(declared, list | tuple) else [declared]
    containers = [one if isinstance(one, Container) else DublinCore(**_terms(one)) for one in several]
    return "".join(f"<setDescription>{xml}</setDescription>" for xml in to_xml(containers, problem))


@lru_cache(maxsize=1024)
def in_dublin_core(terms: tuple[tuple[str, tuple[Any, ...]], ...]) -> str:
    """Return the setDescription element for values by DCMI metadata term; it is asked for every object of the set."""
    return described(dict(terms))


def _terms(description: Any) -> Mapping[str, Source]:
    if isinstance(description, Mapping):
        return description
    return {} if description is None else {"description": description}


def _choice_labels(model: type[Model], path: Path) -> dict[Any, Any]:
    """Return value → label of the field that ``path`` ends in, where it has choices."""
    target = path.steps[-1].model if path.steps else model
    if target is None or not path.field:
        return {}
    return dict(getattr(target._meta.get_field(path.field), "flatchoices", None) or ())
