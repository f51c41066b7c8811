"""``oai_sync``: everything the host has, compared with everything the index has."""

import dataclasses
import datetime
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connections, router
from django.db.models import DateTimeField, Exists, Max, Model, OuterRef, QuerySet
from django.utils import timezone

from .. import clock, conf
from ..dependencies import PK, Cause
from ..hostcode import unharmed
from ..items import Item
from ..models import Dirty, Entry, IndexedItem, IndexedSet, Progress, Quarantine, Record, RecordList, RepositoryState
from ..paths import resolve
from ..rendering import rendering
from ..repository import Repository
from .examine import BATCH, Change, Renderer, examine
from .outbox import batches, discharge, index, insert, process
from .processes import share
from .recorder import Recorder
from .store import Counts, database, item_rows, retried, retrying, state_of, sweep, tick, write, write_sets

logger = logging.getLogger("django_oaipmh")

#: Repositories of fewer live items have no large part that could change by mistake.
SMALL = 50

#: The most quarantined objects of an item that are tried again between full syncs, which try all, and at the end of
#: these. Where there are more, a template or method fails for all alike, and waits for a person.
RETRIED = 250

#: Objects that are rendered on trial before a sync that might change too many.
SAMPLE = 200

#: Seconds after which the progress of a sync is written down again.
SAVE_EVERY = 1.0

#: Objects after whose writing the database's statistics are made anew.
ANALYSED = 1_000

#: How far back changes by time alone are looked for again: days, as dates know no hours.
OVERLAP = datetime.timedelta(days=2)

Report = Callable[[Item, int, int], None]


class Refused(Exception):
    """The sync would do what its caller may not want; the message says what, and how to insist."""


@dataclasses.dataclass
class Options:
    """How to sync.

    Attributes:
        dry_run: compare and count, write nothing.
        render_all: render every object, whatever its fingerprint says.
        allow_mass_change: go on even if a large part of the repository is deleted or re-dated.
        restart: do not resume an interrupted sync.
        processes: how many processes share the work.
        report: called with the item, the objects done, and how many there are.
    """

    dry_run: bool = False
    render_all: bool = False
    allow_mass_change: bool = False
    restart: bool = False
    processes: int = 1
    report: Report = lambda item, done, total: None


def prepare(repository: Repository, *, write: bool = True) -> None:
    """Check that ``repository`` can be synced, and remember its namespace.

    Raises:
        Refused: it has no namespace, or another than before.
    """
    namespace = repository.get_namespace()
    if not namespace and any(item.mints_identifiers for item in repository.items):
        raise Refused(
            f"OAI identifiers need a namespace: set {conf.place(repository.name, 'BASE_URL')}, or "
            f"{conf.place(repository.name, 'NAMESPACE')} to a domain name."
        )
    if not write:
        return
    state = state_of(repository)
    if not state.namespace:
        RepositoryState.objects.using(database()).filter(pk=state.pk).update(namespace=namespace)
    elif state.namespace != namespace:
        raise Refused(
            f"The identifiers of this repository are of the namespace {state.namespace!r}; with {namespace!r} every "
            f"record would be deleted and come back under another name. "
            f"Set {conf.place(repository.name, 'NAMESPACE')} = {state.namespace!r}."
        )
    sweep(repository)


def sync_all(repository: Repository, options: Options, recorder: Recorder | None = None) -> Counts:
    """Sync every item of ``repository``, and open it to harvesters.

    Raises:
        Refused: see ``prepare`` and ``sync_item``.
    """
    prepare(repository, write=not options.dry_run)
    counts = Counts()
    for item in repository.items:
        counts += sync_item(item, options, recorder)
    counts += delete_unregistered(repository, options)
    if not options.dry_run:
        for item in repository.items:
            counts += _second_try(item, recorder)
        retire_sets(repository)
        using = database()
        _analyse(counts)
        RepositoryState.objects.using(using).filter(pk=repository.name, opened=None).update(opened=clock.now(using))
        tick(repository)
    return counts


def sync_items(
    repository: Repository, items: Iterable[Item], options: Options, recorder: Recorder | None = None
) -> Counts:
    """Sync some items of ``repository``, which this does not open.

    Raises:
        Refused: see ``prepare`` and ``sync_item``.
    """
    prepare(repository, write=not options.dry_run)
    counts = sum((sync_item(item, options, recorder) for item in items), Counts())
    if not options.dry_run:
        _analyse(counts)
    return counts


def _analyse(counts: Counts) -> None:
    """After many writes, let PostgreSQL look at the tables anew: as long as it takes them for small, it sorts the rest
    of a list for every page. Autovacuum would do the same, but later, or never where it is off."""
    connection = connections[database()]
    if connection.vendor != "postgresql" or counts.new + counts.changed + counts.deleted < ANALYSED:
        return
    tables = (connection.ops.quote_name(model._meta.db_table) for model in (IndexedItem, Record, RecordList, Entry))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def sync_item(item: Item, options: Options, recorder: Recorder | None = None) -> Counts:
    """Compare all objects of ``item`` with the index and write what differs; delete what is gone.

    Raises:
        Refused: no object is left, or a large part would be deleted or re-dated, and nobody said that this is wanted.
    """
    started = timezone.now()
    keys = item_keys(item)
    total = keys.count()
    gone: Iterable[Any] = _missing(item)
    guard = (
        None
        if options.allow_mass_change or options.dry_run
        else Guard(item, item_rows(item).filter(deleted=False).count())
    )
    if guard:
        gone = list(itertools.islice(gone, guard.most + 1))
        guard.check_deletions(len(gone), total)
    unresolved: list[int] = []
    counts = Counts() if options.dry_run else _empty_outbox(item, recorder, unresolved)
    if guard:  # only now: what the host noted is no mistake, however much it is
        guard.check_sample()
    counts += _walk(item, keys, total, options, guard, recorder)
    if options.dry_run:
        return counts + Counts(deleted=sum(1 for _ in gone))
    for chunk in batches(gone, BATCH):
        counts += index(item, chunk, recorder)
    discharge(unresolved)
    _forget_quarantined(item)
    _save_progress(item, last_pk="", times_checked=int(started.timestamp()))
    return counts


def _empty_outbox(item: Item, recorder: Recorder | None, unresolved: list[int]) -> Counts:
    """Work off what was noted of ``item``; return what was written. The walk that follows counts the objects,
    those written here among the unchanged.

    What was noted before the very first object was indexed is just forgotten: the walk reads all of it.
    """
    if not item_rows(item).exists():
        rows = Dirty.objects.using(database()).filter(repository=item.repository.name, model=item.label)
        discharge(list(rows.values_list("pk", flat=True)))
    counts = process(item.repository, [item], recorder, unresolved)
    return dataclasses.replace(counts, seen=0, unchanged=-counts.new - counts.changed)


def sync_changed(repository: Repository, recorder: Recorder | None = None) -> Counts:
    """Work off the outbox and the quarantine, and what time alone has changed since the last time."""
    prepare(repository)
    for item in repository.items:
        insert(item, [Cause(PK, pk) for pk in _quarantined(item)])
    counts = process(repository, repository.items, recorder)
    for item in repository.items:
        if item.changes_at or (item.bound_parts and item.bound_parts.changes_at):
            counts += _sync_by_time(item, recorder)
    _analyse(counts)
    tick(repository)
    return counts


def item_keys(item: Item) -> QuerySet[Any]:
    """Return the keys of the objects that ``item`` disseminates, in order."""
    queryset = item.get_queryset().using(router.db_for_write(item.model))
    return queryset.order_by("pk").values_list("pk", flat=True).distinct()


class Guard:
    """Keeps a mistake from deleting or re-dating a large part of a repository."""

    def __init__(self, item: Item, live: int) -> None:
        self.item = item
        self.live = live
        self.most = max(SMALL, int(live * item.repository.setting("MASS_CHANGE")))
        self.changed = 0

    def _refuse(self, what: str) -> None:
        raise Refused(
            f"{type(self.item).__name__}: {what} of {self.live} items of {self.item.label}. "
            f"If this is wanted, say so: oai_sync --allow-mass-change"
        )

    def check_deletions(self, gone: int, total: int) -> None:
        """Refuse to delete everything, or a large part."""
        if gone and not total:
            self._refuse("the queryset is empty, which would delete all")
        if gone > self.most:
            self._refuse(f"this would delete {gone} or more")

    def check_sample(self) -> None:
        """Refuse before the walk if a sample shows that it would re-date a large part."""
        if self.live <= self.most:
            return
        pks = [to_key(self.item.model, text) for text in _sample(self.item, self.live)]
        renderer = Renderer.of(self.item.repository)
        redated, left = 0, pks
        while left:
            changes = examine(self.item, left, renderer)
            redated += sum(map(would_redate, changes))
            left = left[len(changes) :]
        share = redated / max(1, len(pks))
        if share * self.live > self.most:
            self._refuse(f"this would change about {share:.0%}")

    def count(self, counts: Counts) -> None:
        """Refuse to go on once too much has changed after all."""
        self.changed += counts.changed
        if self.live and self.changed > self.most:
            self._refuse(f"{self.changed} changed so far")


def would_redate(change: Change) -> bool:
    """Return whether writing ``change`` gives any of the item's records another datestamp."""
    if change.rendering is None:
        return change.gone
    rows = IndexedItem.objects.using(database()).filter(source_key=change.key, deleted=False)
    stored = dict(rows.values_list("records__prefix", "records__fingerprint"))
    return bool(stored) and stored != {
        prefix: record.fingerprint for prefix, record in change.rendering.records.items()
    }


def _sample(item: Item, live: int) -> list[str]:
    """Return the keys of objects spread evenly over the index."""
    ids = list(item_rows(item).filter(deleted=False).order_by("id").values_list("id", flat=True))
    chosen = ids[:: max(1, live // SAMPLE)]
    return [
        pk
        for chunk in batches(chosen, BATCH)
        for pk in item_rows(item).filter(pk__in=chunk).values_list("object_pk", flat=True)
    ]


def to_key(model: type[Model], text: str) -> Any:
    """Return the key of an object from how the index writes it."""
    return model._meta.pk.to_python(text)


# The walk over the host.


def _walk(
    item: Item, keys: QuerySet[Any], total: int, options: Options, guard: Guard | None, recorder: Recorder | None
) -> Counts:
    """Bring every object of the host in step, batch by batch in the order of keys."""
    progress = _progress(item)
    resume = progress.last_pk if progress.last_pk and not (options.restart or options.dry_run) else ""
    counts = Counts()
    done = 0
    saved = time.monotonic()
    options.report(item, done, total)
    chunks = _key_batches(keys)
    if resume:  # first what the interrupted sync did not come to, then the rest: the host may have changed it since
        middle = to_key(item.model, resume)
        chunks = itertools.chain(_key_batches(keys.filter(pk__gt=middle)), _key_batches(keys.filter(pk__lte=middle)))
    if options.processes > 1 and not options.dry_run:
        parts = share(item, chunks, options.processes, options.render_all)
    else:
        parts = _in_this_process(item, chunks, options, recorder)
    for last, part in parts:
        counts += part
        done += part.seen
        options.report(item, done, total)
        if options.dry_run:
            continue
        if time.monotonic() - saved > SAVE_EVERY:
            _save_progress(item, last_pk=str(last))
            saved = time.monotonic()
        if guard:
            guard.count(part)
    return counts


def _key_batches(keys: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the keys in batches, each read when it is wanted: no cursor stays open over the writes."""
    last: Any = None
    while chunk := list((keys if last is None else keys.filter(pk__gt=last))[:BATCH]):
        last = chunk[-1]
        yield chunk


def sync_batch(
    item: Item, pks: Sequence[Any], renderer: Renderer, options: Options, recorder: Recorder | None = None
) -> Counts:
    """Bring the index in step for ``pks``; unchanged objects cost no write."""
    counts = Counts()
    todo: Sequence[Any] = pks
    while todo:
        changes = examine(item, todo, renderer, render_all=options.render_all, recorder=recorder)
        left = todo[len(changes) :]
        if options.dry_run:
            counts += _trial(changes)
            todo = left
            continue
        write_sets(item.repository, [change for change in changes if not change.rendering])
        due = [change for change in changes if change.rendering or change.gone or change.failures]
        counts += Counts(seen=len(changes) - len(due), unchanged=len(changes) - len(due))
        written, overtaken = write(item.repository, due)
        counts += written
        todo = [*(change.pk for change in overtaken), *left]
    return counts


def _trial(changes: Iterable[Change]) -> Counts:
    counts = Counts()
    for change in changes:
        counts.seen += 1
        counts.quarantined += bool(change.failures)
        if change.rendering and change.version is None:
            counts.new += 1
        elif would_redate(change):
            counts.changed += 1
        else:
            counts.unchanged += 1
    return counts


def _in_this_process(
    item: Item, batches: Iterable[list[Any]], options: Options, recorder: Recorder | None
) -> Iterator[tuple[Any, Counts]]:
    renderer = Renderer.of(item.repository)
    for pks in batches:
        yield pks[-1], sync_batch(item, pks, renderer, options, recorder)


# What is gone, and what time changes.


def _missing(item: Item) -> Iterator[Any]:
    """Yield the keys of indexed objects that the item's queryset does not select any more."""
    using = router.db_for_write(item.model)
    size = 500 if connections[using].vendor == "sqlite" else 2000
    queryset = item.get_queryset().using(using).order_by()
    rows = item_rows(item).filter(deleted=False).order_by("id")
    last = 0
    while chunk := list(rows.filter(pk__gt=last).values_list("pk", "object_pk")[:size]):
        last = chunk[-1][0]
        pks = {to_key(item.model, text) for _, text in chunk}
        yield from sorted(pks - set(queryset.filter(pk__in=pks).values_list("pk", flat=True)), key=str)


def delete_unregistered(repository: Repository, options: Options) -> Counts:
    """Delete, for harvesters, the items of models that have no item class in the repository any more."""
    labels = [item.label for item in repository.items]
    rows = IndexedItem.objects.using(database()).filter(repository=repository.name, deleted=False)
    orphans = rows.exclude(model__in=labels)
    number = orphans.count()
    if number and not options.allow_mass_change:
        models = ", ".join(sorted(set(orphans.values_list("model", flat=True))))
        raise Refused(
            f"{models}: {number} items are in the index, but no item class is registered for them. "
            f"If they are to be deleted, say so: oai_sync --allow-mass-change"
        )
    if options.dry_run or not number:
        return Counts(deleted=number)
    counts = Counts()
    last = 0
    while chunk := list(orphans.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = chunk[-1].pk
        changes = [Change(row.model, row.object_pk, row.source_key, row.version, gone=True) for row in chunk]
        written, _ = write(repository, changes)
        counts += written
    return counts


def retire_sets(repository: Repository) -> None:
    """Take sets out of ListSets that there is nothing left of but deleted records: no such collection any more.

    They come back with the first record that is in them.
    """
    using = database()
    living = Entry.objects.filter(list__set=OuterRef("pk"), deleted=False)
    rows = IndexedSet.objects.using(using).filter(repository=repository.name, gone=False)
    empty = dict(rows.filter(~Exists(living)).values_list("spec", "pk"))
    known: set[str] = set()
    for item in repository.items if empty else ():
        for bound in item.bound_sets:
            try:
                with rendering(repository), unharmed(router.db_for_write(item.model)):
                    known |= bound.known(empty.keys() - known)
            except Exception:  # a method of the host
                logger.exception("%s: which sets there are cannot be told.", bound.label)
                return
    for chunk in batches((pk for spec, pk in empty.items() if spec not in known), BATCH):
        retrying(partial(rows.filter(pk__in=chunk).update, gone=True))


def _second_try(item: Item, recorder: Recorder | None) -> Counts:
    """Index what is in quarantine once more: an identifier may have been given up by an object that came later."""
    pks = [to_key(item.model, text) for text in _quarantined(item)]
    counts = index(item, pks, recorder) if pks else Counts()
    return dataclasses.replace(counts, seen=0, unchanged=0, quarantined=counts.quarantined - len(pks))


def _quarantined(item: Item) -> list[str]:
    """Return the keys of the objects that were quarantined last."""
    rows = Quarantine.objects.using(database()).filter(repository=item.repository.name, model=item.label)
    latest = rows.values("object_pk").annotate(latest=Max("since")).order_by("-latest", "object_pk")
    return [row["object_pk"] for row in latest[:RETRIED]]


def _forget_quarantined(item: Item) -> None:
    """Forget the quarantine of objects that are not to be disseminated any more."""
    rows = Quarantine.objects.using(database()).filter(repository=item.repository.name, model=item.label)
    queryset = item.get_queryset().using(router.db_for_write(item.model)).order_by()
    for chunk in batches(list(rows.values_list("pk", "object_pk")), BATCH):
        keys = {pk: to_key(item.model, text) for pk, text in chunk}
        there = set(queryset.filter(pk__in=set(keys.values())).values_list("pk", flat=True))
        rows.filter(pk__in=[pk for pk, key in keys.items() if key not in there]).delete()


def _sync_by_time(item: Item, recorder: Recorder | None) -> Counts:
    """Index the objects for which a moment of ``changes_at`` has come since the last time."""
    present = timezone.now()
    progress = _progress(item)
    since = datetime.datetime.fromtimestamp(progress.times_checked, datetime.timezone.utc) - OVERLAP
    counts = Counts()
    keys: set[Any] = set()
    for rows in _rows_by_time(item, since, present):
        keys.update(rows.values_list("pk", flat=True))
    if item.bound_parts and item.reads_parts:
        for rows in _rows_by_time(item.bound_parts, since, present):
            keys.update(item.bound_parts.root_keys(rows))
    for chunk in batches(sorted(keys), BATCH):
        counts += index(item, chunk, recorder)
    _save_progress(item, times_checked=int(present.timestamp()))
    return counts


def _rows_by_time(item: Item, since: datetime.datetime, until: datetime.datetime) -> Iterator[QuerySet[Any]]:
    """Yield the objects, visible or not, for which a moment of ``changes_at`` has come, field by field."""
    rows = item.model._base_manager.using(router.db_for_write(item.model))
    for text in item.changes_at:
        path = resolve(item.model, text)
        owner = path.steps[-1].model if path.steps else item.model
        assert owner is not None
        moments: tuple[Any, Any] = (since, until)
        if not isinstance(owner._meta.get_field(path.field), DateTimeField):
            moments = (since.date(), until.date())
        elif not settings.USE_TZ:
            moments = (timezone.make_naive(since), datetime.datetime.now())
        yield rows.filter(**{f"{text}__gt": moments[0], f"{text}__lte": moments[1]}).order_by("pk").distinct()


def _progress(item: Item) -> Progress:
    known = Progress.objects.using(database()).filter(repository=item.repository.name, model=item.label).first()
    return known or Progress(repository=item.repository.name, model=item.label)


@retried
def _save_progress(item: Item, **values: Any) -> None:
    """Write down some of the progress, and leave the rest to who else may be syncing."""
    key = {"repository": item.repository.name, "model": item.label}
    rows = Progress.objects.using(database())
    if not rows.filter(**key).update(**values):
        rows.get_or_create(**key, defaults=values)
