"""From objects to what has to change in the index: read, describe, compare, render."""

import dataclasses
import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import router
from lxml import etree

from .. import markup
from ..formats import MetadataFormat
from ..items import Description, Item
from ..models import IndexedItem, key_of
from ..rendering import rendering
from ..repository import Repository
from ..sets import SetInfo
from .recorder import Recorder

#: Objects that are read, rendered and written at a time.
BATCH = 250

#: The part of an object that a quarantine row speaks of when it is not one format.
WHOLE, SETS = "object", "sets"


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
        fingerprint: of everything that went into rendering; ``None``: render again next time.
        records: metadataPrefix → record.
        initial: the datestamp until the first harvest, in seconds since 1970.
    """

    identifier: str
    specs: tuple[str, ...]
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


def source_key(item: Item, pk: Any) -> uuid.UUID:
    """Return the key of an object of ``item`` in the index."""
    return key_of(item.repository.name, item.label, str(pk))


@dataclasses.dataclass(frozen=True)
class Renderer:
    """A repository's formats, and what they depend on besides descriptions."""

    formats: dict[str, MetadataFormat]
    fingerprint: str
    pure: bool

    @classmethod
    def of(cls, repository: Repository) -> "Renderer":
        """Return the renderer of ``repository`` as it is configured now."""
        formats = repository.metadata_formats
        own = [f"{prefix} {format.fingerprint()}" for prefix, format in formats.items()]
        own += [repository.get_language(), repository.origin]
        return cls(formats, str(key_of(*own)), all(format.purity().pure for format in formats.values()))


def examine(
    item: Item, pks: Sequence[Any], renderer: Renderer, *, render_all: bool = False, recorder: Recorder | None = None
) -> list[Change]:
    """Return what the index should say of the objects ``pks``, one change each, unchanged ones included.

    The indexed versions are read before the host is, so that a write can tell whether it was overtaken.
    """
    known = known_items(item, pks)
    queryset = item.get_queryset().using(router.db_for_write(item.model)).filter(pk__in=list(pks))
    with rendering(item.repository):
        objects = {obj.pk: obj for obj in item.prefetched(queryset)}
        members = item.prepare_sets(list(objects.values()))
        with (recorder or Recorder()).watch(item):
            described = dict(zip(objects, item.describe(objects.values(), members), strict=True))
        changes = []
        for pk in pks:
            key = source_key(item, pk)
            row = known.get(key)
            outcome = described.get(pk)
            seen = Change(item.label, pk, key, row.version if row else None)
            if outcome is None:
                changes.append(dataclasses.replace(seen, gone=row is not None and not row.deleted))
            elif isinstance(outcome, Exception):
                changes.append(dataclasses.replace(seen, failures={WHOLE: reason_of(outcome)}))
            else:
                changes.append(_compare(seen, item, outcome, renderer, None if render_all else row))
    return changes


def known_items(item: Item, pks: Iterable[Any]) -> dict[uuid.UUID, IndexedItem]:
    """Return the indexed items of objects by key, read where they are written."""
    rows = IndexedItem.objects.using(router.db_for_write(IndexedItem))
    keys = [source_key(item, pk) for pk in pks]
    return {row.source_key: row for row in rows.filter(source_key__in=keys)}


def _compare(
    seen: Change, item: Item, description: Description, renderer: Renderer, row: IndexedItem | None
) -> Change:
    """Return the change of one object: nothing to do if ``row`` was rendered from the same description."""
    failures = {SETS: "\n".join(description.problems)} if description.problems else {}
    seen = dataclasses.replace(seen, sets={info.spec: info for chain in description.memberships for info in chain})
    try:
        offered = [prefix for prefix in renderer.formats if item.has_format(description.object, prefix)]
        abouts = {prefix: _abouts(item, description, prefix) for prefix in offered}
    except Exception as error:  # whatever the host's code raises is told of this one object
        return dataclasses.replace(seen, failures=failures | {WHOLE: reason_of(error)})
    fingerprint = _fingerprint(description, renderer, offered, abouts) if renderer.pure else None
    if row and not row.deleted and not failures and fingerprint and row.fingerprint == fingerprint:
        return seen
    records = {}
    specs = tuple(sorted({chain[-1].spec for chain in description.memberships}))
    for prefix in offered:
        try:
            root = renderer.formats[prefix].payload(description)
            if root is not None:
                records[prefix] = _record(description.identifier, specs, root, abouts[prefix])
        except Exception as error:  # a template or method of the host
            failures[prefix] = reason_of(error)
    initial = _initial(item, description.object)
    kept = None if failures else fingerprint
    rendering = Rendering(description.identifier, specs, kept, records, initial)
    return dataclasses.replace(seen, rendering=rendering, failures=failures)


def _abouts(item: Item, description: Description, prefix: str) -> list[etree._Element]:
    return [markup.parse(xml) for xml in item.get_about(description.object, prefix)]


def _record(
    identifier: str, specs: tuple[str, ...], root: etree._Element, abouts: list[etree._Element]
) -> RenderedRecord:
    body = f"<metadata>{markup.embed(root)}</metadata>"
    body += "".join(f"<about>{markup.embed(about)}</about>" for about in abouts)
    canonical = [etree.tostring(part, method="c14n").decode() for part in (root, *abouts)]
    return RenderedRecord(body, key_of(identifier, " ".join(specs), *canonical))


def _fingerprint(
    description: Description, renderer: Renderer, offered: list[str], abouts: dict[str, list[etree._Element]]
) -> uuid.UUID:
    xml = {prefix: _as_text(source) for prefix, source in description.xml.items()}
    about = {prefix: [_as_text(one) for one in abouts[prefix]] for prefix in sorted(abouts)}
    specs = sorted(chain[-1].spec for chain in description.memberships)
    facts = (list(description.metadata.items()), specs, xml, about, offered)
    return key_of(renderer.fingerprint, description.identifier, repr(facts))


def _as_text(xml: Any) -> Any:
    return etree.tostring(xml, encoding="unicode") if isinstance(xml, etree._Element) else xml


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
    return markup.clean(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)[:2000]
