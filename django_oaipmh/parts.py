"""``Parts``: what an object consists of, for formats that tell one document for a whole tree of objects.

Only the whole is an item of the repository. Its parts are read in one query in document order, some at a time, each
time that somebody asks; their place in the tree follows from their depth alone.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django.core.exceptions import FieldDoesNotExist
from django.db import router
from django.db.models import Model, QuerySet, Value

from .dependencies import Fields
from .items import Item
from .metadata import Metadata, plain
from .sources import Reader, Source, bind

if TYPE_CHECKING:
    from .sets import BoundSet

#: Given an item, surrounds what its host's code does.
Watch: TypeAlias = Callable[[Item], AbstractContextManager[None]]

#: Parts that are read at a time, with all that describing them needs.
CHUNK = 500


@dataclasses.dataclass(frozen=True)
class Part:
    """What is said of one part.

    Attributes:
        depth: it belongs to the nearest part before it of a smaller depth, and to the whole if there is none.
        level: what kind of part it is, in a word.
        metadata: term → values.
    """

    depth: int
    level: str
    metadata: Metadata


class Parts(Item):
    """How the parts of an item's objects are found and described; subclass it, and name it in ``Item.parts``.

    ``queryset``, ``metadata``, ``changes_at`` and methods are those of an item; what concerns records (``identifier``,
    ``sets``, ``xml``, ``has_format`` and the like) has no meaning here.

    Attributes:
        queryset: the parts that are disseminated, in document order: what belongs to a part comes right after it.
        root: the foreign key from a part, however deep, to the object that it is a part of. Where there is none,
            override ``get_parts`` and ``get_roots``.
        depth: the source of the part's depth, a whole number: a part belongs to the nearest part before it whose
            depth is smaller. Where they start, and gaps between them, do not matter.
        level: the source of the part's level, such as ``series`` or ``file``.
        root_level: the source of the level of the whole, read from the item's object.
    """

    root: ClassVar[str] = ""
    depth: ClassVar[Source] = None
    level: ClassVar[Source] = None
    root_level: ClassVar[Source] = Value("fonds")

    def __init__(self, whole: Item) -> None:
        model = self.get_queryset().model
        assert model is not None
        super().__init__(model, whole.repository)
        self.whole = whole

    # What a host may override.

    def get_parts(self, obj: Any) -> QuerySet[Any]:
        """Return the parts of ``obj``, an object of the item, in document order."""
        return self.get_queryset().filter(**{self.root: obj})

    def get_roots(self, part: Any) -> QuerySet[Any]:
        """Return the objects of the item's model that ``part`` is a part of, visible or not.

        It is asked before and after a part is changed, so that both sides of a move are noticed.
        """
        return self.whole.model._base_manager.filter(
            **{self.pointer.target_field.attname: getattr(part, self.pointer.attname)}
        )

    # What the rest of the app asks.

    def own_method(self, name: str) -> Callable[[Any], Any] | None:
        """Return the host's method of this name; a name of the base class is never a source."""
        return None if hasattr(Parts, name) else super().own_method(name)

    @property
    def pointer(self) -> Any:
        """The foreign key ``root``.

        Raises:
            ValueError: there is none, or it leads elsewhere.
        """
        try:
            field = self.model._meta.get_field(self.root)
        except FieldDoesNotExist:
            field = None
        target = self.whole.model._meta.concrete_model
        to = getattr(field, "related_model", None)
        if field is None or not (field.many_to_one or field.one_to_one) or field.auto_created:
            raise ValueError(f"{self.model._meta.label} has no foreign key {self.root!r}")
        if not (isinstance(to, type) and issubclass(to, Model)) or to._meta.concrete_model is not target:
            raise ValueError(f"{self.root!r} of {self.model._meta.label} does not lead to {self.whole.label}")
        return field

    @property
    def finds_roots(self) -> bool:
        """Whether the host says how parts and roots are found, in place of ``root``."""
        return type(self).get_parts is not Parts.get_parts and type(self).get_roots is not Parts.get_roots

    @cached_property
    def depth_reader(self) -> Reader:
        """The reader of the depth."""
        return bind(self.depth, self)

    @cached_property
    def level_reader(self) -> Reader | None:
        """The reader of the level."""
        return None if self.level is None else bind(self.level, self)

    @cached_property
    def root_level_reader(self) -> Reader:
        """The reader of the level of the whole, from the item's objects."""
        return bind(self.root_level, self.whole)

    @cached_property
    def all_readers(self) -> list[Reader]:
        """Every reader of the parts."""
        own = [self.depth_reader, *([self.level_reader] if self.level_reader else [])]
        return [*self.readers.values(), *self.hooks, *own]

    @cached_property
    def bound_sets(self) -> "list[BoundSet]":
        """Parts are in no sets."""
        return []

    @cached_property
    def bound_scopes(self) -> "list[BoundSet]":
        """Nor are they in scopes of their own."""
        return []

    @cached_property
    def fields(self) -> Fields:
        """Any field of a part may matter: for its order, or for where it belongs."""
        return None

    def describe_part(self, obj: Any) -> Part:
        """Return what is said of one part.

        Raises:
            ValueError: its depth is no whole number.
            Exception: whatever the host's code raises.
        """
        depth = next(iter(self.depth_reader.read(obj)), None)
        if isinstance(depth, bool) or not isinstance(depth, int):
            raise ValueError(f"{type(self).__name__}: the depth of the part {obj.pk} is {depth!r}, no whole number")
        level = _word(self.level_reader.read(obj)) if self.level_reader else ""
        return Part(depth, level, self._normalised_metadata(obj))

    def of(self, obj: Any) -> "PartList":
        """Return the parts of ``obj``; nothing is read yet."""
        return PartList(self, obj, _word(self.root_level_reader.read(obj)))

    def root_keys(self, parts: QuerySet[Any]) -> Iterator[Any]:
        """Yield the keys of the objects that ``parts`` are parts of, perhaps some of them twice."""
        if type(self).get_roots is Parts.get_roots:
            keys = parts.exclude(**{self.root: None}).order_by().values_list(f"{self.root}__pk", flat=True)
            yield from keys.distinct()
            return
        asked = set()
        for part in parts.order_by("pk").iterator(chunk_size=CHUNK):
            keys = self.get_roots(part).using(parts.db).order_by().values_list("pk", flat=True)
            question = str(keys.query)  # the same for all parts of one whole, and asked but once
            if question not in asked:
                asked.add(question)
                yield from keys

    def are_many(self, pks: Sequence[Any], most: int) -> bool:
        """Return whether the objects ``pks`` of the item have more than ``most`` parts together."""
        using = router.db_for_write(self.whole.model)
        left = most
        for obj in self.whole.model._base_manager.using(using).filter(pk__in=list(pks)):
            left -= self.get_parts(obj).using(router.db_for_write(self.model))[: left + 1].count()
            if left < 0:
                return True
        return False


class PartList:
    """The parts of one object: read from the database, ``CHUNK`` at a time, whenever it is iterated.

    Attributes:
        level: of the whole.
        digests: one for each time that all of the parts were read; they differ if the parts changed meanwhile.
    """

    def __init__(self, parts: Parts, obj: Any, level: str) -> None:
        self.level = level
        self.digests: list[str] = []
        self._parts = parts
        self._object = obj

    def __len__(self) -> int:
        return self._queryset().count()

    def __iter__(self) -> Iterator[Part]:
        return self.read()

    def read(self, watch: Watch = lambda item: nullcontext()) -> Iterator[Part]:
        """Yield every part, each described under ``watch``.

        Raises:
            Exception: whatever the host's code raises.
        """
        digest = hashlib.blake2b(self.level.encode(), digest_size=16)
        rows = self._parts.prefetched(_steady(self._queryset())).iterator(chunk_size=CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            with watch(self._parts):
                described = [self._parts.describe_part(obj) for obj in chunk]
            for part in described:
                digest.update(repr(part).encode())
                yield part
        self.digests.append(digest.hexdigest())

    def digest(self, watch: Watch) -> str:
        """Read all parts, and return a digest of what is said of them."""
        for _ in self.read(watch):
            pass
        return self.digests[-1]

    def _queryset(self) -> QuerySet[Any]:
        return self._parts.get_parts(self._object).using(router.db_for_write(self._parts.model))


def _word(values: Iterable[Any]) -> str:
    return next((text for value in values if (text := plain(value))), "")


def _steady(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Return ``queryset`` in an order that leaves no choice: parts of one position would come in any order."""
    model: type[Model] = queryset.model
    order = queryset.query.order_by or (model._meta.ordering if queryset.query.default_ordering else ())
    return queryset.order_by(*(order or ()), "pk")
