"""``Item``: how the objects of one model become items of a repository."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from django.db import router
from django.db.models import Model, Prefetch, QuerySet

from . import markup
from .about import About, AboutReader, Told
from .containers import Problem
from .dependencies import Dependency, Fields
from .hostcode import is_lost, unharmed
from .identifiers import LONGEST, is_identifier
from .metadata import TERMS, Metadata, Undecodable, normalise, plain
from .paths import Ahead, Path, resolve
from .queries import Footprint
from .rendering import absolute_url
from .sets import BoundSet, Membership, Prepared, Set, SetDeclaration, SetsBy
from .sources import First, Reader, Source, bind

if TYPE_CHECKING:
    from lxml import etree

    from .parts import PartList, Parts
    from .repository import Repository


@dataclasses.dataclass(frozen=True)
class Description:
    """What an item says about one object: enough to render it in every format.

    Attributes:
        xml: metadataPrefix → where the host keeps the XML; see ``markup.read``. An exception: what kept it from
            telling.
        parts: read from the database when they are iterated; ``None`` where the item declares none.
        scopes: of the scopes that it is in, those above them included.
    """

    object: Any
    identifier: str
    metadata: Metadata
    memberships: tuple[Membership, ...] = ()
    xml: dict[str, Any] = dataclasses.field(default_factory=dict)
    problems: tuple[str, ...] = ()
    about: tuple[Told, ...] = ()
    about_problems: tuple[str, ...] = ()
    parts: "PartList | None" = None
    scopes: tuple[str, ...] = ()


class Item:
    """How the objects of one model become items; subclass it and ``register`` it for the model.

    Attributes:
        queryset: the objects that are disseminated. The only rule of visibility; mandatory, or ``get_queryset()``.
        metadata: term of ``TERMS`` → source. Without ``title`` it is ``str()`` of the object, without ``identifier``
            its ``get_absolute_url()``.
        local_identifier: the source of the last part of OAI identifiers, ``oai:<namespace>:<local identifier>``; left
            out: ``<model name>/<key>``.
        identifier: the source of OAI identifiers of any other form; URIs.
        sets: ``Set``, ``SetsBy`` and other declarations.
        scopes: ``Set`` and ``SetsBy`` declarations of the parts of the repository that ``Repository.get_scope`` can
            choose; no harvester sees them as sets.
        xml: metadataPrefix → source of XML that the host already keeps.
        about: ``Rights`` and ``Provenance`` declarations: what is said about the records.
        initial_datestamp: a field whose value is a record's datestamp until the repository was first harvested.
        changes_at: fields that hold the moments at which time alone changes what the queryset selects.
        depends_on: ``Dependency`` objects for what no path tells.
        parts: the ``Parts`` class of what each object consists of, for formats that tell it.
    """

    queryset: ClassVar[QuerySet[Any] | None] = None
    metadata: ClassVar[Mapping[str, Source]] = {}
    local_identifier: ClassVar[Source] = None
    identifier: ClassVar[Source] = None
    sets: ClassVar[Sequence[SetDeclaration]] = ()
    scopes: ClassVar[Sequence[Set | SetsBy]] = ()
    xml: ClassVar[Mapping[str, Source]] = {}
    about: ClassVar[Sequence[About]] = ()
    initial_datestamp: ClassVar[str] = ""
    changes_at: ClassVar[Sequence[str]] = ()
    depends_on: ClassVar[Sequence[Dependency]] = ()
    parts: "ClassVar[type[Parts] | None]" = None

    def __init__(self, model: type[Model], repository: "Repository") -> None:
        self.model = model
        self.repository = repository
        self.reading = ""  # the source that is being read, for messages

    def __repr__(self) -> str:
        return f"<{type(self).__name__} for {self.label} in {self.repository.name!r}>"

    # What a host may override.

    def get_queryset(self) -> QuerySet[Any]:
        """Return the objects that are disseminated."""
        if self.queryset is None:
            raise NotImplementedError(f"{type(self).__name__} needs a queryset or get_queryset()")
        return self.queryset.all()

    def get_identifier(self, obj: Any) -> str:
        """Return the OAI identifier of ``obj`` (section 2.4): a URI that never changes and never names another."""
        local = f"{self.model._meta.model_name}/{obj.pk}"
        if self._identifier_reader is not None:
            local = next((plain(value) for value in self._identifier_reader.read(obj) if value), "")
        if self.identifier is not None or not local:
            return local
        return f"oai:{self.repository.get_namespace()}:{quote(local, safe='/-_.!~*();:@=+$,')}"

    def get_metadata(self, obj: Any) -> dict[str, Any]:
        """Return term → values of ``obj``: strings, dates, structured values, or lists of them."""
        metadata = {}
        for term, reader in self.readers.items():
            self.reading = reader.label
            metadata[term] = list(reader.read(obj))
        return metadata

    def has_format(self, obj: Any, prefix: str) -> bool:
        """Return whether ``obj`` is disseminated in the format ``prefix``."""
        return True

    def get_about(self, obj: Any, prefix: str) -> "Iterable[str | bytes | etree._Element]":
        """Return the XML of the record's about containers (section 2.5), each with one root element.

        Unless it is overridden, what ``about`` declares.
        """
        return [one.xml for reader in self.about_readers for one in reader.read(obj) if one.holds_for(prefix)]

    # What the rest of the app asks.

    def about_of(self, description: Description, prefix: str) -> "Iterable[str | bytes | etree._Element]":
        """Return what ``get_about`` says of one record, without reading the object again if nobody overrides it."""
        if self.overrides("get_about"):
            return self.get_about(description.object, prefix)
        return [one.xml for one in description.about if one.holds_for(prefix)]

    @property
    def label(self) -> str:
        """The model as ``app_label.ModelName``."""
        return self.model._meta.label

    @property
    def mints_identifiers(self) -> bool:
        """Whether its identifiers are of the app's own scheme, in the repository's namespace."""
        return self.identifier is None and not self.overrides("get_identifier")

    def absolute_url(self, location: str) -> str:
        """Return ``location`` with the scheme and host of the repository, for methods that make URLs."""
        return absolute_url(location)

    def overrides(self, name: str) -> bool:
        """Return whether the host's class replaces the method ``name``."""
        return getattr(type(self), name) is not getattr(Item, name)

    def own_method(self, name: str) -> Callable[[Any], Any] | None:
        """Return the host's method of this name; a name of the base class is never a source."""
        if not name.isidentifier() or hasattr(Item, name) or not hasattr(type(self), name):
            return None
        method = getattr(self, name)
        return method if callable(method) else None

    @cached_property
    def annotations(self) -> tuple[str, ...]:
        """The names that the queryset adds to objects."""
        return tuple(self.get_queryset().query.annotations)

    @cached_property
    def readers(self) -> dict[str, Reader]:
        """Term → reader.

        Raises:
            PathError: a source leads nowhere.
            KeyError: this is no DCMI metadata term.
        """
        for term in self.metadata:
            if term not in TERMS:
                raise KeyError(term)
        sources = dict(self.metadata)
        sources.setdefault("title", str)
        if hasattr(self.model, "get_absolute_url"):
            sources.setdefault("identifier", "get_absolute_url")
        return {term: bind(source, self) for term, source in sources.items()}

    @cached_property
    def xml_readers(self) -> dict[str, Reader]:
        """metadataPrefix → reader of stored XML, of which the first counts that is not empty."""
        sources = {prefix: list(one.sources) if isinstance(one, First) else one for prefix, one in self.xml.items()}
        return {prefix: bind(source, self) for prefix, source in sources.items()}

    @cached_property
    def about_readers(self) -> list[AboutReader]:
        """The readers of what ``about`` declares."""
        return [declared.bind(self) for declared in self.about]

    @cached_property
    def _identifier_reader(self) -> Reader | None:
        source = self.local_identifier if self.identifier is None else self.identifier
        return None if source is None else bind(source, self)

    @cached_property
    def initial_reader(self) -> Reader:
        """The reader of the datestamp that counts until the first harvest."""
        return bind(self.initial_datestamp, self)

    @cached_property
    def hooks(self) -> tuple[Reader, ...]:
        """The readers of what overridden methods declare with ``uses``."""
        names = ("get_identifier", "get_metadata", "has_format", "get_about")
        return tuple(bind(getattr(self, name), self) for name in names if self.overrides(name))

    @cached_property
    def bound_sets(self) -> list[BoundSet]:
        """The declared sets of the repository and of the item."""
        return [declared.bind(self) for declared in (*self.repository.sets, *self.sets)]

    @cached_property
    def bound_scopes(self) -> list[BoundSet]:
        """The declared scopes."""
        return [declared.bind(self) for declared in self.scopes]

    @cached_property
    def footprint(self) -> Footprint:
        """What the queryset's conditions look at."""
        return Footprint(self.get_queryset())

    @cached_property
    def all_readers(self) -> list[Reader]:
        """Every reader of the item."""
        readers = [*self.readers.values(), *self.xml_readers.values(), *self.about_readers, *self.hooks]
        if self.bound_parts:
            readers.append(self.bound_parts.root_level_reader)
        return readers + ([self._identifier_reader] if self._identifier_reader else [])

    @cached_property
    def bound_parts(self) -> "Parts | None":
        """What the objects consist of."""
        return None if self.parts is None else self.parts(self)

    @property
    def reads_parts(self) -> bool:
        """Whether any format of the repository tells the parts."""
        return self.parts is not None and any(one.reads_parts for one in self.repository.record_formats.values())

    @cached_property
    def paths(self) -> list[Path]:
        """Every path that decides what is disseminated."""
        paths = [path for reader in self.all_readers for path in reader.paths]
        paths += [path for bound in (*self.bound_sets, *self.bound_scopes) for path in bound.paths]
        paths += self.footprint.paths
        paths += [resolve(self.model, text) for text in self.changes_at]
        if self.initial_datestamp:
            paths.append(resolve(self.model, self.initial_datestamp))
        return paths

    @cached_property
    def fields(self) -> Fields:
        """The object's own fields that matter; ``None``: any may."""
        if self.footprint.opaque or any(bound.opaque for bound in (*self.bound_sets, *self.bound_scopes)):
            return None
        if any(reader.opaque for reader in self.all_readers):
            return None
        first = [path.steps[0].relation if path.steps else path.field for path in self.paths]
        return frozenset(step if isinstance(step, str) else step.name for step in first)

    @cached_property
    def trees(self) -> dict[str, type[Model]]:
        """Lookup → model of the self-trees that sets are made of."""
        return {bound.tree[0]: bound.tree[1] for bound in self._bound_with_children() if bound.tree}

    @cached_property
    def parents(self) -> dict[str, str]:
        """Lookup → relation to the parent, of the same trees."""
        return {bound.tree[0]: bound.tree[2] for bound in self._bound_with_children() if bound.tree}

    def _bound_with_children(self) -> Iterator[BoundSet]:
        pending = [*self.bound_sets, *self.bound_scopes]
        while pending:
            bound = pending.pop()
            yield bound
            pending += getattr(bound, "children", [])

    def prefetched(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return ``queryset`` with everything read ahead that describing its objects needs."""
        ahead: dict[str, Ahead] = {}
        readers: list[Reader | BoundSet] = [*self.all_readers, *self.bound_sets, *self.bound_scopes]
        for reader in readers:
            for name, prefetch in reader.prefetches().items():
                if isinstance(ahead.get(name, ""), str):
                    ahead[name] = prefetch
        given = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        theirs = {lookup.prefetch_to for lookup in given if isinstance(lookup, Prefetch)}
        own = [ahead[name] for name in sorted(ahead, key=lambda name: name.count("__")) if name not in theirs]
        names = {getattr(lookup, "prefetch_to", lookup) for lookup in own}
        kept = [lookup for lookup in given if isinstance(lookup, Prefetch) or lookup not in names]
        return queryset.prefetch_related(None).prefetch_related(*kept, *own)

    def prepare_sets(self, objects: Sequence[Any]) -> Prepared:
        """Return what tells the memberships of each of ``objects``, set by set and scope by scope."""
        sets = [bound.prepare(objects) for bound in self.bound_sets]
        return sets, [bound.prepare(objects) for bound in self.bound_scopes]

    def describe(self, objects: Iterable[Any], members: Prepared) -> Iterator[Description | Exception]:
        """Yield for each object what the item says of it, or the exception that kept it from saying it.

        Args:
            objects: read by a queryset that ``prefetched`` prepared.
            members: what ``prepare_sets`` returned for them.
        """
        using = router.db_for_write(self.model)
        for obj in objects:
            try:
                with unharmed(using):
                    description = self._described(obj, members)
            except Exception as error:  # whatever the host's code raises is told of this one object
                if is_lost(error, using):
                    raise
                yield error
            else:
                yield description

    def _described(self, obj: Any, members: Prepared) -> Description:
        problems: list[str] = []
        about_problems: list[str] = []
        sets, scopes = (
            tuple(dict.fromkeys(chain for read in reads for chain in read(obj, problems.append))) for reads in members
        )
        return Description(
            obj,
            self._checked_identifier(obj),
            self._normalised_metadata(obj),
            sets,
            {prefix: self._stored(reader, obj) for prefix, reader in self.xml_readers.items()},
            tuple(problems),
            tuple(self._read_about(obj, about_problems.append)),
            tuple(about_problems),
            self.bound_parts.of(obj) if self.bound_parts else None,
            tuple(sorted({info.spec for chain in scopes for info in chain})),
        )

    def _stored(self, reader: Reader, obj: Any) -> Any:
        """Return the first of the sources of stored XML that holds something."""
        self.reading = reader.label
        using = router.db_for_write(self.model)
        try:
            with unharmed(using):
                return next((one for one in reader.read(obj) if not markup.is_empty(one)), None)
        except Exception as error:  # whatever the host's code raises is told of this one format
            if is_lost(error, using):
                raise
            return error

    def _checked_identifier(self, obj: Any) -> str:
        identifier = self.get_identifier(obj)
        if not is_identifier(identifier):
            raise ValueError(
                f"{type(self).__name__}: {identifier!r} is no OAI identifier; it has to be a URI of at most "
                f"{LONGEST} characters, others percent-encoded"
            )
        return identifier

    def _read_about(self, obj: Any, problem: Problem) -> Iterator[Told]:
        for reader in self.about_readers:
            self.reading = reader.label
            yield from reader.tell(obj, problem)

    def _normalised_metadata(self, obj: Any) -> Metadata:
        metadata = Metadata()
        try:
            for term, value in self.get_metadata(obj).items():
                if term not in TERMS:
                    raise ValueError(f"{type(self).__name__}.get_metadata(): {term!r} is no DCMI metadata term")
                self.reading = self.readers[term].label if term in self.readers else "get_metadata()"
                values = list(dict.fromkeys(normalise(value)))
                if values:
                    metadata[term] = values
        except Undecodable as error:
            raise Undecodable(f"{type(self).__name__}: {self.reading}: bytes that are not UTF-8: {error}") from error
        return metadata
