"""From objects to what has to change in the index: read, describe, compare, render."""

import dataclasses
import datetime
import functools
import hashlib
import sys
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import Error, connections, router
from lxml import etree

from .. import markup
from ..formats import MetadataFormat
from ..hostcode import is_lost, unharmed
from ..items import Description, Item
from ..models import IndexedItem, Record, key_of
from ..paths import PathError
from ..rendering import rendering
from ..repository import Repository
from ..sets import SetInfo
from .recorder import Recorder

#: Objects that are read, rendered and written at a time.
BATCH = 500

#: Characters of rendered records after which a batch is full: some documents are large.
FULL = 32_000_000

#: Bytes of records that are written in one statement, unless a single one is larger.
STATEMENT = 4_000_000

#: The part of an object that a quarantine row speaks of when it is not one format.
WHOLE, SETS, ABOUT = "object", "sets", "about"


@dataclasses.dataclass(frozen=True)
class RenderedRecord:
    """One record as it should be: its body, and the fingerprint of all that is disseminated but the datestamp."""

    body: str
    fingerprint: uuid.UUID


@dataclasses.dataclass(frozen=True)
class Rendering:
    """All records of one object as they should be.

    Attributes:
        identifier: the OAI identifier.
        specs: the setSpecs that the header names.
        scopes: the scopes it is in.
        fingerprint: of everything that went into rendering; ``None``: render again next time.
        records: metadataPrefix → record.
        initial: the datestamp until the first harvest, in seconds since 1970.
    """

    identifier: str
    specs: tuple[str, ...]
    scopes: tuple[str, ...]
    fingerprint: uuid.UUID | None
    records: dict[str, RenderedRecord]
    initial: int | None


@dataclasses.dataclass(frozen=True)
class Change:
    """What has to be written of one object.

    Attributes:
        label: its model as ``app_label.ModelName``.
        pk: its key.
        key: its key in the index.
        version: of the indexed item when the host was read; ``None``: there was none.
        rendering: its records; ``None``: as they are, or gone.
        gone: the object is no longer disseminated.
        sets: setSpec → set, of every set the object is in, those it inherits included.
        failures: part → reason, to be quarantined.
    """

    label: str
    pk: Any
    key: uuid.UUID
    version: int | None
    rendering: Rendering | None = None
    gone: bool = False
    sets: dict[str, SetInfo] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def size(self) -> int:
        """The characters of its records."""
        return sum(len(record.body) for record in self.rendering.records.values()) if self.rendering else 0


def largest_statement(using: str) -> int:
    """Return how many bytes of records database ``using`` takes in one statement, quotes escaped."""
    if connections[using].vendor != "mysql":
        return sys.maxsize
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT @@max_allowed_packet")
        return int(cursor.fetchone()[0]) // 2


def source_key(item: Item, pk: Any) -> uuid.UUID:
    """Return the key of an object of ``item`` in the index."""
    return key_of(item.repository.name, item.label, str(pk))


@dataclasses.dataclass(frozen=True)
class Renderer:
    """A repository's formats, and what they depend on besides descriptions.

    Attributes:
        formats: metadataPrefix → format.
        fingerprint: of all that is the same for every object.
        pure: unchanged descriptions give unchanged records.
        largest: the most bytes that a record may have.
    """

    formats: dict[str, MetadataFormat]
    fingerprint: str
    pure: bool
    largest: int

    @classmethod
    def of(cls, repository: Repository) -> "Renderer":
        """Return the renderer of ``repository`` as it is configured now."""
        formats = repository.record_formats
        own = [f"{prefix} {format.fingerprint()}" for prefix, format in formats.items()]
        own += [repository.get_language(), repository.origin]
        pure = all(format.purity().pure for format in formats.values())
        return cls(formats, str(key_of(*own)), pure, repository.setting("MAX_RECORD_BYTES"))

    def check_size(self, size: int) -> None:
        """Check that a record of ``size`` bytes may be disseminated, and can be stored.

        Raises:
            markup.TooLarge: it is larger than the repository or the database allows.
        """
        markup.check_size(size, self.largest, "MAX_RECORD_BYTES")
        if size > STATEMENT:  # smaller ones need not ask
            markup.check_size(size, largest_statement(router.db_for_write(Record)), "max_allowed_packet")


def examine(
    item: Item, pks: Sequence[Any], renderer: Renderer, *, render_all: bool = False, recorder: Recorder | None = None
) -> list[Change]:
    """Return what the index should say of the objects ``pks``, one change each, unchanged ones included.

    They come in the same order: all of them, or the first of them as soon as their records are ``FULL``.

    The indexed versions are read before the host is, so that a write can tell whether it was overtaken.
    """
    keys = {pk: source_key(item, pk) for pk in pks}
    known = known_items(keys.values())
    recorder = recorder or Recorder()
    with rendering(item.repository):
        described = _describe(item, pks, recorder)
        changes: list[Change] = []
        size = 0
        for pk in pks:
            if size >= FULL:
                break
            key = keys[pk]
            row = known.get(key)
            outcome = described.get(pk)
            seen = Change(item.label, pk, key, row.version if row else None)
            if outcome is None:
                changes.append(dataclasses.replace(seen, gone=row is not None and not row.deleted))
            elif isinstance(outcome, Exception):
                changes.append(dataclasses.replace(seen, failures={WHOLE: reason_of(outcome)}))
            else:
                changes.append(_compare(seen, item, outcome, renderer, recorder, None if render_all else row))
                size += changes[-1].size
    return changes


def _describe(item: Item, pks: Sequence[Any], recorder: Recorder) -> dict[Any, Description | Exception]:
    """Return what ``item`` says of the objects that are there, or why it cannot.

    One row that the host's models cannot read would keep all others from being read with it: then each is read alone.
    An error of the database is nobody's fault here.
    """
    using = router.db_for_write(item.model)
    queryset = item.get_queryset().using(using).filter(pk__in=list(pks))
    try:
        with unharmed(using):
            objects = {obj.pk: obj for obj in item.prefetched(queryset)}
            members = item.prepare_sets(list(objects.values()))
    except (Error, PathError, FieldError, NotImplementedError):
        raise
    except Exception as error:
        if len(pks) == 1:
            return {pks[0]: error}
        return {pk: outcome for each in pks for pk, outcome in _describe(item, [each], recorder).items()}
    with recorder.watch(item):
        return dict(zip(objects, item.describe(objects.values(), members), strict=True))


def known_items(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, IndexedItem]:
    """Return the indexed items of objects by key, read where they are written."""
    rows = IndexedItem.objects.using(router.db_for_write(IndexedItem))
    return {row.source_key: row for row in rows.filter(source_key__in=list(keys))}


def _compare(
    seen: Change,
    item: Item,
    description: Description,
    renderer: Renderer,
    recorder: Recorder,
    row: IndexedItem | None,
) -> Change:
    """Return the change of one object: nothing to do if ``row`` was rendered from the same description."""
    told = {SETS: description.problems, ABOUT: description.about_problems}
    failures = {part: "\n".join(problems) for part, problems in told.items() if problems}
    sets = {info.spec: info for chain in description.memberships for info in chain}
    using = router.db_for_write(item.model)
    try:
        with unharmed(using):
            offered = [prefix for prefix in renderer.formats if item.has_format(description.object, prefix)]
            abouts = abouts_of(item, description, offered)
            initial = _initial(item, description.object)
    except Exception as error:  # whatever the host's code raises is told of this one object
        if is_lost(error, using):
            raise
        return dataclasses.replace(seen, sets=sets, failures=failures | {WHOLE: reason_of(error)})
    kept = {prefix for one in offered for prefix in renderer.formats[one].kept}
    xml = _read({prefix: source for prefix, source in description.xml.items() if prefix in kept}, using)
    if description.xml:
        description = dataclasses.replace(description, xml=xml)
    known = renderer.pure and not any(isinstance(one, Exception) for one in xml.values())
    fingerprint = _fingerprint(description, renderer, offered, abouts, recorder, using) if known else None
    if row and not row.deleted and not failures and fingerprint and row.fingerprint == fingerprint:
        return dataclasses.replace(seen, sets=sets)
    records = {}
    specs = tuple(sorted({chain[-1].spec for chain in description.memberships}))
    for prefix in offered:
        try:
            with unharmed(using):
                root = renderer.formats[prefix].payload(description, renderer.largest)
            if root is not None:
                record = _record(description, specs, root, abouts[prefix])
                renderer.check_size(len(record.body.encode()))
                records[prefix] = record
        except Exception as error:  # a template or method of the host
            if is_lost(error, using):
                raise
            failures[prefix] = reason_of(error)
    torn = description.parts is not None and len(set(description.parts.digests)) > 1
    remembered = None if failures or torn else fingerprint
    rendering = Rendering(description.identifier, specs, description.scopes, remembered, records, initial)
    return dataclasses.replace(seen, rendering=rendering, sets=sets, failures=failures)


def _read(stored: dict[str, Any], using: str) -> dict[str, Any]:
    """Return prefix → the XML that is stored there, or the exception that kept it from being read."""
    xml: dict[str, Any] = {}
    for prefix, source in stored.items():
        try:
            with unharmed(using):
                xml[prefix] = source if isinstance(source, Exception) else markup.read(source)
        except Exception as error:  # of a storage, say: told of this one format
            if is_lost(error, using):
                raise
            xml[prefix] = error
    return xml


def abouts_of(item: Item, description: Description, offered: Iterable[str]) -> dict[str, list[etree._Element]]:
    """Return the about containers of the records in the formats ``offered``."""
    parse = functools.cache(markup.parse)  # most say the same about every record of an object
    return {prefix: [parse(xml) for xml in item.about_of(description, prefix)] for prefix in offered}


def _record(
    description: Description, specs: tuple[str, ...], root: etree._Element, abouts: list[etree._Element]
) -> RenderedRecord:
    canonical = [etree.tostring(part, method="c14n").decode() for part in (root, *abouts)]
    told = (description.identifier, " ".join(specs), *canonical, *description.scopes)
    return RenderedRecord(body_of(root, abouts), key_of(*told))


def body_of(root: etree._Element, abouts: Iterable[etree._Element]) -> str:
    """Return the metadata and about elements of a record."""
    parts = [f"<metadata>{markup.embed(root)}</metadata>", *(f"<about>{markup.embed(one)}</about>" for one in abouts)]
    return "".join(parts)


def _fingerprint(
    description: Description,
    renderer: Renderer,
    offered: list[str],
    abouts: dict[str, list[etree._Element]],
    recorder: Recorder,
    using: str,
) -> uuid.UUID | None:
    """Return a digest of all that the records are made of; ``None`` if a part cannot be described, which the formats
    that tell it will say."""
    parts = ""
    if description.parts is not None and any(renderer.formats[prefix].reads_parts for prefix in offered):
        try:
            with unharmed(using):
                parts = description.parts.digest(recorder.watch)
        except Exception as error:  # a method of the host
            if is_lost(error, using):
                raise
            return None
    xml = {prefix: _digest(description.xml[prefix]) for prefix in sorted(description.xml)}
    about = {prefix: [_digest(one) for one in abouts[prefix]] for prefix in sorted(abouts)}
    specs = sorted(chain[-1].spec for chain in description.memberships)
    facts = (list(description.metadata.items()), specs, xml, about, offered, *description.scopes)
    return key_of(renderer.fingerprint, description.identifier, repr(facts), *([parts] if parts else []))


def _digest(xml: Any) -> str:
    """Return a digest of what ``markup.read`` returned."""
    if isinstance(xml, etree._Element):
        xml = etree.tostring(xml)
    data = xml if isinstance(xml, bytes) else str(xml or "").encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _initial(item: Item, obj: Any) -> int | None:
    """Return the datestamp that the host's own data suggest."""
    if not item.initial_datestamp:
        return None
    value = next(iter(item.initial_reader.read(obj)), None)
    if isinstance(value, datetime.datetime):
        moment = value if value.tzinfo else value.astimezone()
        return int(moment.timestamp() // 1)
    if isinstance(value, datetime.date):
        return int(datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.timezone.utc).timestamp())
    return None


def reason_of(error: Exception) -> str:
    """Return what to tell of an exception, on one line if it can be."""
    try:
        words = str(error)
    except Exception:  # the host's own exception, whose words are made by the code that has just failed
        words = ""
    name = type(error).__name__
    return markup.clean(f"{name}: {words[:2000]}" if words else name)[:2000]
