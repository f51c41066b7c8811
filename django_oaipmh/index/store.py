"""Writing the index so that no harvester can miss a change (invariant 2).

A batch is written in three steps. (1) An *intent* with the database's time is committed: from now on no response
claims to know more than what happened before. (2) The database's time, read once more, becomes the batch's datestamp.
(3) One short transaction takes the intent back, checks that nothing overtook the batch, and writes it. Whoever does
not see the batch sees the intent or has answered with an earlier responseDate than its datestamp.
"""

import contextlib
import dataclasses
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial, wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

from django.db import Error, IntegrityError, InterfaceError, OperationalError, connections, router, transaction
from django.utils.crypto import get_random_string

from .. import clock
from ..items import Item
from ..models import (
    Entry,
    IndexedItem,
    IndexedSet,
    Intent,
    Quarantine,
    Record,
    RecordList,
    RepositoryState,
    key_of,
)
from ..protocol.datestamps import format_datestamp
from ..protocol.headers import header
from ..repository import Repository
from ..sets import with_ancestors
from .examine import STATEMENT, WHOLE, Change, Rendering

T = TypeVar("T")
P = ParamSpec("P")

#: A scope, or empty for the whole repository, and the setSpec of a set in it, or empty for all records.
Place: TypeAlias = tuple[str, str]
#: The list of one format (by its prefix) at one place.
Listed: TypeAlias = tuple[str, str, str]

#: Seconds after which the intent of a process that died is taken away. A writer that lives starts again.
INTENT_LIFETIME = 300

#: Seconds before a process that indexes what it saves looks for such intents again.
SWEEP_EVERY = 60

_swept: dict[str, float] = {}

RETRIES = 6

#: List entries that are written in one statement.
ENTRIES = 1_000


@dataclasses.dataclass
class Counts:
    """What became of a number of objects."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    deleted: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(a + b for a, b in zip(dataclasses.astuple(self), dataclasses.astuple(other), strict=True)))


class Fenced(Exception):
    """The intent was taken away: the datestamp may be too old by now."""


def database() -> str:
    """Return the alias of the database that the index is written to."""
    return router.db_for_write(Record)


def retrying(function: Callable[[], T]) -> T:
    """Return ``function()``, tried again after deadlocks, lock timeouts, lost races or connections, and a lost fence.

    Inside a transaction that somebody else began, an error of the database is theirs: a deadlock may have undone all
    of it, and a snapshot that is too old stays so.
    """
    connection = connections[database()]
    for attempt in range(RETRIES):
        try:
            return function()
        except (OperationalError, InterfaceError, IntegrityError, Fenced) as error:
            hopeless = connection.in_atomic_block and isinstance(error, OperationalError | InterfaceError)
            if hopeless or connection.needs_rollback or attempt == RETRIES - 1:
                raise
            time.sleep(random.uniform(0.01, 0.05) * 2**attempt)
            if not connection.in_atomic_block:
                connection.close_if_unusable_or_obsolete()
    raise AssertionError("unreachable")


def retried(function: Callable[P, T]) -> Callable[P, T]:
    """Return ``function``, each call of which is retried."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return retrying(lambda: function(*args, **kwargs))

    return call


def state_of(repository: Repository) -> RepositoryState:
    """Return what ``repository`` remembers, made on first use."""
    using = database()
    fresh: Any = {"generation": partial(get_random_string, 8), "tick": partial(clock.now, using)}
    state, _ = RepositoryState.objects.using(using).get_or_create(name=repository.name, defaults=fresh)
    return state


@retried
def sweep(repository: Repository) -> None:
    """Take away the intents of processes that died. Those whose transaction is under way are left to it."""
    using = database()
    old = Intent.objects.using(using).filter(repository=repository.name, time__lt=clock.now(using) - INTENT_LIFETIME)
    if connections[using].features.has_select_for_update_skip_locked:
        with transaction.atomic(using):
            old.filter(pk__in=list(old.select_for_update(skip_locked=True).values_list("pk", flat=True))).delete()
    else:
        old.delete()


@retried
def tick(repository: Repository, least: int = 0) -> None:
    """Let the clock of ``repository`` tick, to ``least`` at least: replicas are known to be complete up to there."""
    present = max(least, clock.now(database()))
    RepositoryState.objects.using(database()).filter(pk=repository.name, tick__lt=present).update(tick=present)


def sweep_at_times(repository: Repository) -> None:
    """Sweep, but not more often than once in ``SWEEP_EVERY`` seconds of this process."""
    present = time.monotonic()
    if present - _swept.get(repository.name, -SWEEP_EVERY) >= SWEEP_EVERY:
        _swept[repository.name] = present
        sweep(repository)


def write(repository: Repository, changes: Sequence[Change]) -> tuple[Counts, list[Change]]:
    """Write ``changes``; return what became of them, and those that were overtaken and must be examined again."""
    if not changes:
        return Counts(), []
    using = database()
    lists = Lists(repository, using)
    lists.prepare(changes)
    return retrying(lambda: _Batch(repository, using, lists).write(changes))


class Lists:
    """The lists and sets of a repository, made on demand. ``ids``: (prefix, scope, setSpec) → the list's id."""

    def __init__(self, repository: Repository, using: str) -> None:
        self.repository = repository
        self.using = using
        self.ids: dict[Listed, int] = {}

    def prepare(self, changes: Sequence[Change]) -> None:
        """Make the sets and lists that ``changes`` belong to, before the transaction that fills them."""
        write_sets(self.repository, changes)
        wanted: set[Listed] = set()
        for change in changes:
            if change.rendering:
                places = places_of(change.sets, change.rendering.scopes)
                wanted.update((prefix, *place) for prefix in change.rendering.records for place in places)
        self.load(wanted)

    def load(self, wanted: Iterable[Listed]) -> None:
        """Look up the lists ``wanted``; make those that are missing."""
        missing = {key_of(self.repository.name, *listed): listed for listed in set(wanted) if listed not in self.ids}
        if not missing:
            return
        self._look_up(missing)
        lists = {key: listed for key, listed in sorted(missing.items()) if listed not in self.ids}
        if lists:
            spec_keys = {spec: key_of(self.repository.name, spec) for _, _, spec in lists.values() if spec}
            rows = IndexedSet.objects.using(self.using).filter(key__in=spec_keys.values())
            set_ids = dict(rows.values_list("key", "id"))
            RecordList.objects.using(self.using).bulk_create(
                [
                    RecordList(
                        repository=self.repository.name,
                        prefix=prefix,
                        scope=scope,
                        set_id=set_ids[spec_keys[spec]] if spec else None,
                        key=key,
                    )
                    for key, (prefix, scope, spec) in lists.items()
                ],
                ignore_conflicts=True,
            )
            self._look_up(lists)

    def _look_up(self, lists: dict[uuid.UUID, Listed]) -> None:
        rows = RecordList.objects.using(self.using).filter(key__in=list(lists))
        self.ids.update((lists[key], pk) for key, pk in rows.values_list("key", "id"))


def places_of(specs: Iterable[str], scopes: Iterable[str]) -> tuple[Place, ...]:
    """Return where records are listed that are in these sets and scopes."""
    return tuple((scope, spec) for scope in ("", *scopes) for spec in ("", *specs))


@retried
def write_sets(repository: Repository, changes: Sequence[Change]) -> None:
    """Rename the sets that the host renamed, and make those that rendered objects are in. No record changes by it."""
    using = database()
    sets = {key_of(repository.name, spec): info for change in changes for spec, info in change.sets.items()}
    if not sets:
        return
    rows = IndexedSet.objects.using(using)
    known = {row.key: row for row in rows.filter(key__in=sets)}
    for key, row in known.items():
        info = sets[key]
        if (row.name, row.description, row.gone) != (info.name, info.description, False):
            row.name, row.description, row.gone = info.name, info.description, False
            row.save(using=using, update_fields=["name", "description", "gone"])
    filled = {spec for change in changes if change.rendering for spec in change.sets}
    rows.bulk_create(
        [
            IndexedSet(
                repository=repository.name,
                spec=info.spec,
                key=key,
                name=info.name,
                description=info.description,
            )
            for key, info in sorted(sets.items(), key=lambda pair: pair[1].spec)
            if key not in known and info.spec in filled
        ],
        ignore_conflicts=True,
    )


class _Batch:
    """One attempt to write some changes."""

    def __init__(self, repository: Repository, using: str, lists: Lists) -> None:
        self.repository = repository
        self.using = using
        self.lists = lists
        self.keeps_tombstones = repository.setting("DELETED_RECORD") != "no"
        self.announced = 0
        self.counts = Counts()
        self.overtaken: list[Change] = []
        self.rows: list[IndexedItem] = []  # to be updated
        self.records: list[Record] = []  # to be written, new ones without id
        self.dropped: list[int] = []  # records to be removed
        self.places: dict[int, tuple[Place, ...]] = {}  # item id → where its records are listed
        self.failures: dict[uuid.UUID, dict[str, str]] = {}

    def write(self, changes: Sequence[Change]) -> tuple[Counts, list[Change]]:
        intent = self._announce()
        try:
            self._datestamp()
            with transaction.atomic(self.using):
                self._conclude(intent)
                self._apply(changes)
        except BaseException:
            self.lists.ids.clear()  # some may have been made in the transaction that failed
            with contextlib.suppress(Error):  # then it is swept, as if this process had died
                intent.delete(using=self.using)
            raise
        return self.counts, self.overtaken

    def _announce(self) -> Intent:
        """Commit the intent to write."""
        self.announced = clock.now(self.using)
        return Intent.objects.using(self.using).create(repository=self.repository.name, time=self.announced)

    def _conclude(self, intent: Intent) -> None:
        """Take the intent back, first of all in the transaction that writes.

        Raises:
            Fenced: somebody took it away.
        """
        taken, _ = Intent.objects.using(self.using).filter(pk=intent.pk).delete()
        if not taken:
            raise Fenced

    def _datestamp(self) -> None:
        """Fix the datestamp of the batch, and whether the host's own dates still count.

        It is no earlier than the intent, which responses have told, even if the clock was set back since.
        """
        tick(self.repository, self.announced)
        row = state_of(self.repository)
        self.datestamp = row.tick
        self.unharvested = row.harvested is None

    def _apply(self, changes: Sequence[Change]) -> None:
        current = self._match(changes)
        rendered = [(row, change) for change, row in current if change.rendering]
        gone = [row for change, row in current if change.gone and row.pk]
        self._create_items([(row, change.rendering) for row, change in rendered if change.rendering and not row.pk])
        records = self._existing_records([row.pk for _, row in current if row.pk])
        for row, change in rendered:
            self._render(row, change, records.get(row.pk, {}))
        for row in gone:
            self._remove(row, records.get(row.pk, {}).values())
        self._update_items()
        self._write_records()
        self._write_quarantine([change for change, _ in current])

    # Items.

    def _match(self, changes: Sequence[Change]) -> list[tuple[Change, IndexedItem]]:
        """Return each change with its indexed item, perhaps a new one; put aside those that were overtaken."""
        by_key = self._locked("source_key", [change.key for change in changes])
        known: list[tuple[Change, IndexedItem | None]] = []
        for change in changes:
            row = by_key.get(change.key)
            if self._is_overtaken(change, row):
                self.overtaken.append(change)
                continue
            self.counts.seen += 1
            self.failures[change.key] = dict(change.failures)
            known.append((change, row))
        current = []
        for change, row in self._named(known):
            if row is not None:
                current.append((change, row))
                if change.failures:
                    row.fingerprint = None
                if row.pk:
                    row.version += 1
                    self.rows.append(row)
            elif change.failures or not change.rendering:
                current.append((change, IndexedItem(source_key=change.key)))
            if not change.rendering and not change.gone and not change.failures:
                self.counts.unchanged += 1
        return current

    def _is_overtaken(self, change: Change, row: IndexedItem | None) -> bool:
        """Return whether somebody wrote the item since the host was read for ``change``."""
        return (row.version if row else None) != change.version

    def _named(self, known: list[tuple[Change, IndexedItem | None]]) -> list[tuple[Change, IndexedItem | None]]:
        """Give objects the items of the identifiers that they mint, which others may give up at the same time.

        A clash is quarantined; who clashes keeps the record that it has.
        """
        wanted = {
            change.key: key_of(self.repository.name, change.rendering.identifier)
            for change, row in known
            if change.rendering and (row is None or row.identifier != change.rendering.identifier)
        }
        if not wanted:
            return known
        rows = {row.pk: row for _, row in known if row}
        locked = self._locked("identifier_key", list(wanted.values()))
        held = {key: rows.get(row.pk, row) for key, row in locked.items()}
        known = self._without_latecomers(known, wanted, held)
        clashes = self._clashes(known, wanted, held)
        taken = set(wanted.values())
        for change, row in known:
            if row is not None and row.identifier_key in taken:
                self._part(row)
            elif row is not None and change.key in wanted:
                self._detach(row)
        named: list[tuple[Change, IndexedItem | None]] = []
        for change, row in known:
            if change.key in wanted and change.rendering:
                row = self._adopt(change, change.rendering, held.get(wanted[change.key]))
            elif change.key in clashes:
                change = dataclasses.replace(change, rendering=None, failures={WHOLE: clashes[change.key]})
                self.failures[change.key] = dict(change.failures)
            elif row is not None and row.identifier_key in taken:
                row = None  # another object goes by it now
            named.append((change, row))
        return named

    def _without_latecomers(
        self,
        known: list[tuple[Change, IndexedItem | None]],
        wanted: dict[uuid.UUID, uuid.UUID],
        held: dict[uuid.UUID, IndexedItem],
    ) -> list[tuple[Change, IndexedItem | None]]:
        """Put aside who was overtaken after its item was looked for: another writer has made it since."""
        remaining = []
        for change, row in known:
            holder = held.get(wanted[change.key]) if change.key in wanted else None
            if row is None and holder is not None and holder.source_key == change.key:
                del wanted[change.key]
                self.overtaken.append(change)
                self.counts.seen -= 1
            else:
                remaining.append((change, row))
        return remaining

    def _clashes(
        self,
        known: list[tuple[Change, IndexedItem | None]],
        wanted: dict[uuid.UUID, uuid.UUID],
        held: dict[uuid.UUID, IndexedItem],
    ) -> dict[uuid.UUID, str]:
        """Take out of ``wanted`` who cannot have the identifier that it mints; return why, by the object's key.

        Whoever has to stay what it is may keep another from following: so it is asked until no more have to.
        """
        clashes: dict[uuid.UUID, str] = {}
        settled = False
        while not settled:
            settled = True
            leaving = {row.pk for change, row in known if row and (change.gone or change.key in wanted)}
            takers: dict[uuid.UUID, str] = {}
            for change, _ in known:
                if change.key not in wanted or change.rendering is None:
                    continue
                key = wanted[change.key]
                holder = held.get(key)
                owner = takers.get(key, "")
                if holder and not holder.deleted and holder.pk not in leaving:
                    owner = f"{holder.model} {holder.object_pk}"
                if owner:
                    minted = change.rendering.identifier
                    clashes[change.key] = f"{change.label} mints the identifier {minted!r}, which {owner} has"
                    del wanted[change.key]
                    settled = False
                else:
                    takers[key] = f"{change.label} {change.pk}"
        return clashes

    def _locked(self, field: str, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, IndexedItem]:
        if not keys:
            return {}
        rows = IndexedItem.objects.using(self.using).filter(**{f"{field}__in": keys}).order_by("id")
        return {getattr(row, field): row for row in rows.select_for_update()}

    def _part(self, row: IndexedItem) -> None:
        """Part an item from its object."""
        row.source_key = key_of("detached", self.repository.name, row.identifier)
        row.object_pk = ""
        row.save(using=self.using, update_fields=["source_key", "object_pk"])

    def _detach(self, row: IndexedItem) -> None:
        """Part an item from its object, which goes by another identifier now: for harvesters it is deleted."""
        self._remove(row, self._existing_records([row.pk]).get(row.pk, {}).values())
        self._part(row)
        row.version += 1
        if self.keeps_tombstones:
            row.save(using=self.using)
        else:
            row.delete(using=self.using)

    def _adopt(self, change: Change, rendering: Rendering, row: IndexedItem | None) -> IndexedItem:
        """Return the item that has, or had, the identifier, or a new one."""
        if row is None:
            key = key_of(self.repository.name, rendering.identifier)
            row = IndexedItem(repository=self.repository.name, identifier=rendering.identifier, identifier_key=key)
        row.model, row.object_pk = change.label, str(change.pk)
        row.source_key = change.key
        if row.pk:
            row.save(using=self.using, update_fields=["model", "object_pk", "source_key"])
        row.deleted = False
        return row

    def _create_items(self, new: list[tuple[IndexedItem, Rendering]]) -> None:
        if not new:
            return
        for row, rendering in new:
            row.set_specs, row.scopes = " ".join(rendering.specs), " ".join(rendering.scopes)
            row.fingerprint = rendering.fingerprint
        rows = [row for row, _ in new]
        IndexedItem.objects.using(self.using).bulk_create(rows)
        if any(row.pk is None for row in rows):  # a database that does not return the keys it made
            found = IndexedItem.objects.using(self.using).filter(source_key__in=[row.source_key for row in rows])
            ids = dict(found.values_list("source_key", "id"))
            for row in rows:
                row.pk = ids[row.source_key]

    def _update_items(self) -> None:
        rows = {row.pk: row for row in self.rows}
        self._upsert(IndexedItem, list(rows.values()), ["set_specs", "scopes", "fingerprint", "version", "deleted"])

    # Records.

    def _existing_records(self, item_ids: Sequence[int]) -> dict[int, dict[str, Record]]:
        if not item_ids:
            return {}
        rows = Record.objects.using(self.using).filter(item_id__in=item_ids).defer("header", "body")
        result: dict[int, dict[str, Record]] = {}
        for row in rows:
            result.setdefault(row.item_id, {})[row.prefix] = row
        return result

    def _render(self, row: IndexedItem, change: Change, existing: dict[str, Record]) -> None:
        """Bring the records of one item to what they should be."""
        rendering = change.rendering
        assert rendering is not None
        before = len(self.records) + len(self.dropped)
        specs_before = tuple(row.set_specs.split())
        row.set_specs, row.scopes = " ".join(rendering.specs), " ".join(rendering.scopes)
        row.fingerprint = rendering.fingerprint
        row.deleted = False
        self.places[row.pk] = places_of(change.sets, rendering.scopes)
        for prefix, wanted in rendering.records.items():
            record = existing.get(prefix)
            if record is not None and not record.deleted and record.fingerprint == wanted.fingerprint:
                continue
            record = record or Record(item_id=row.pk, prefix=prefix)
            record.body, record.fingerprint, record.deleted = wanted.body, wanted.fingerprint, False
            self._date(record, row, rendering.specs, rendering.initial)
        for prefix, record in existing.items():
            lost = prefix in self.repository.record_formats and prefix not in rendering.records
            if lost and prefix not in self.failures[change.key] and not record.deleted:
                self._bury(record, row, rendering.specs)
        if not existing:
            self.counts.new += 1
        elif len(self.records) + len(self.dropped) > before or specs_before != rendering.specs:
            self.counts.changed += 1
        else:
            self.counts.unchanged += 1

    def _remove(self, row: IndexedItem, records: Iterable[Record]) -> None:
        """Delete an item as harvesters see it, in all formats."""
        specs = tuple(row.set_specs.split())
        self.places[row.pk] = places_of(with_ancestors(specs), row.scopes.split())
        row.deleted = True
        row.fingerprint = None
        self.counts.deleted += 1
        for record in records:
            if not record.deleted:
                self._bury(record, row, specs)

    def _bury(self, record: Record, row: IndexedItem, specs: tuple[str, ...]) -> None:
        if not self.keeps_tombstones:
            self.dropped.append(record.pk)
            return
        record.body, record.deleted = "", True
        record.fingerprint = key_of(row.identifier, " ".join(specs))
        self._date(record, row, specs, None)

    def _date(self, record: Record, row: IndexedItem, specs: tuple[str, ...], initial: int | None) -> None:
        """Give a record that changed its datestamp and header. A datestamp never goes back."""
        datestamp = self.datestamp
        if initial is not None and self.unharvested:
            datestamp = min(initial, datestamp)
        if record.pk is not None:
            datestamp = max(datestamp, record.datestamp)
        record.datestamp = datestamp
        record.header = header(row.identifier, format_datestamp(datestamp), specs, deleted=record.deleted)
        record.size = len(record.header.encode()) + len(record.body.encode())
        self.records.append(record)

    def _write_records(self) -> None:
        old = [record for record in self.records if record.pk is not None]
        new = [record for record in self.records if record.pk is None]
        for some in by_size(old):
            self._upsert(Record, some, ["datestamp", "deleted", "header", "body", "fingerprint", "size"])
        for some in by_size(new):
            Record.objects.using(self.using).bulk_create(some)
        if any(record.pk is None for record in new):
            rows = Record.objects.using(self.using).filter(item_id__in={record.item_id for record in new})
            ids = {(item_id, prefix): pk for pk, item_id, prefix in rows.values_list("id", "item_id", "prefix")}
            for record in new:
                record.pk = ids[record.item_id, record.prefix]
        entries = Entry.objects.using(self.using)
        before = self._lists_before(old)
        stale = [record.pk for record in old] + self.dropped
        if stale:
            entries.filter(record_id__in=stale).delete()
        if self.dropped:
            Record.objects.using(self.using).filter(pk__in=self.dropped).delete()
        self.lists.load(listed for record in self.records for listed in self._lists_of(record))
        made: list[tuple[int, int, int, bool]] = []
        for record in self.records:
            present = {self.lists.ids[listed] for listed in self._lists_of(record)}
            made += [
                (list_id, record.datestamp, record.pk, record.deleted or list_id not in present)
                for list_id in present | before.get(record.pk, set())
            ]
        insert_entries(self.using, made)

    def _lists_before(self, records: Sequence[Record]) -> dict[int, set[int]]:
        """Return the lists that records are in so far, or have left, if their harvesters are to hear of it: those of
        scopes always, those of sets if it is asked for."""
        of_sets = self.repository.setting("LEFT_SETS") == "deleted"
        announced = of_sets or self.repository.declares_scopes
        if not announced or self.unharvested or not self.keeps_tombstones:
            return {}
        before: dict[int, set[int]] = {}
        rows = Entry.objects.using(self.using).filter(record_id__in=[record.pk for record in records])
        if not of_sets:
            rows = rows.exclude(list__scope="")
        for record_id, list_id in rows.values_list("record_id", "list_id"):
            before.setdefault(record_id, set()).add(list_id)
        return before

    def _lists_of(self, record: Record) -> list[Listed]:
        """Return the lists that a record is in: that of all, those of its sets, and the same in its scopes."""
        return [(record.prefix, *place) for place in self.places[record.item_id]]

    def _upsert(self, model: type[Any], rows: list[Any], fields: list[str]) -> None:
        """Update ``fields`` of many existing rows in one statement."""
        if not rows:
            return
        names_target = connections[self.using].features.supports_update_conflicts_with_target
        model._default_manager.using(self.using).bulk_create(
            rows, update_conflicts=True, update_fields=fields, unique_fields=["id"] if names_target else None
        )

    # Quarantine.

    def _write_quarantine(self, changes: Sequence[Change]) -> None:
        """Note what failed, and forget what succeeded again."""
        rows = Quarantine.objects.using(self.using)
        keys = [change.key for change in changes]
        known = {(row.source_key, row.part): row for row in rows.filter(source_key__in=keys)}
        for change in changes:
            failures = self.failures[change.key]
            self.counts.quarantined += bool(failures)
            for part, reason in failures.items():
                row = known.pop((change.key, part), None)
                if row is None:
                    rows.create(
                        repository=self.repository.name,
                        model=change.label,
                        object_pk=str(change.pk),
                        source_key=change.key,
                        part=part,
                        reason=reason,
                        since=self.datestamp,
                    )
                elif row.reason != reason:
                    row.reason = reason
                    row.save(using=self.using, update_fields=["reason"])
        looked_at = {change.key for change in changes if change.rendering or change.gone or change.version is None}
        healed = [row.pk for (key, _), row in known.items() if key in looked_at]
        if healed:
            rows.filter(pk__in=healed).delete()


def insert_entries(using: str, rows: Sequence[tuple[int, int, int, bool]]) -> None:
    """Insert list entries: (list, datestamp, record, deleted).

    There are several of them for each record, and ``bulk_create`` takes longer for them than the database does.
    """
    connection = connections[using]
    fields: Any = [Entry._meta.get_field(name) for name in ("list", "datestamp", "record", "deleted")]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    insert = f"INSERT INTO {connection.ops.quote_name(Entry._meta.db_table)} ({names}) VALUES "
    most = min(connection.ops.bulk_batch_size(fields, rows), ENTRIES) if rows else 1
    with connection.cursor() as cursor:
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            cursor.execute(
                insert + ", ".join(["(%s, %s, %s, %s)"] * len(some)), [value for row in some for value in row]
            )


def by_size(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield records in portions that fit one statement each: databases have a limit, and so has memory."""
    portion: list[Record] = []
    size = 0
    for record in records:
        if portion and size + record.size > STATEMENT:
            yield portion
            portion, size = [], 0
        portion.append(record)
        size += record.size
    if portion:
        yield portion


def item_rows(item: Item) -> Any:
    """Return the indexed items of ``item``'s model."""
    return IndexedItem.objects.using(database()).filter(repository=item.repository.name, model=item.label)
