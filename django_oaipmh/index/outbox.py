"""The outbox: changes noted in the host's own transaction, written to the index after it committed.

A row of the outbox is a cause: "the objects whose <lookup> is <value>". Right after the commit a few are worked off at
once, or a task is asked to work off all (the setting ``INDEX``); what is more, or was left behind by a process that
died, waits for ``oai_sync --changed``.
"""

import contextlib
import itertools
import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.db import Error, OperationalError, connections, router, transaction
from django.db.models import QuerySet

from ..dependencies import PK, SETS, Cause, affected
from ..items import Item
from ..models import Dirty, RepositoryState
from ..repository import Repository, repositories
from .examine import BATCH, Change, Renderer, examine
from .recorder import Recorder
from .store import Counts, database, retrying, sweep_at_times, write

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("django_oaipmh")

#: The most objects that are indexed right after a commit, in the process that made it.
AT_ONCE = 100

#: The most causes that are claimed at a time.
CLAIM = 1000


class Wake:
    """What one transaction has noted so far; called after its commit, it works that off.

    Django replaces a connection's list of callbacks at every commit and every rollback, to a savepoint too; as long as
    it is the same list, everything noted is still part of the transaction.
    """

    def __init__(self, callbacks: list[Any]) -> None:
        self.callbacks = callbacks
        self.noted: set[tuple[Item, Cause]] = set()
        self.pending: list[tuple[Item, Cause]] = []

    def __call__(self) -> None:
        pending, self.pending = self.pending, []
        if not pending:
            return
        try:
            hand_over(pending)
        except Exception:  # the host's save has succeeded, and the outbox still knows what is to be done
            logger.exception("A change stays in the outbox until the next oai_sync.")


_wakes: "WeakKeyDictionary[BaseDatabaseWrapper, Wake]" = WeakKeyDictionary()


def wake_of(connection: "BaseDatabaseWrapper") -> Wake:
    """Return the ``Wake`` of the transaction that ``connection`` is in, or of what it does outside of any."""
    wake = _wakes.get(connection)
    if wake is None or (connection.in_atomic_block and wake.callbacks is not connection.run_on_commit):
        wake = _wakes[connection] = Wake(connection.run_on_commit)
    return wake


def note(item: Item, causes: Sequence[Cause], using: str) -> None:
    """Note in the transaction of connection ``using`` that ``causes`` concern ``item``.

    A failure (a missing table, a full disk) is logged and does not reach the host, unless it has undone the host's own
    transaction, which would else seem to have been committed.
    """
    current = wake_of(connections[using])
    if not connections[using].in_atomic_block:
        current.noted.clear()  # what was noted before may have been worked off elsewhere
    new = [cause for cause in dict.fromkeys(causes) if (item, cause) not in current.noted]
    try:
        insert(item, new)
    except Error:
        logger.exception("A change could not be noted; run oai_sync. (Has migrate been run? Is the disk full?)")
        if is_undone(using):
            raise
        return
    if connections[using].in_atomic_block:
        current.noted.update((item, cause) for cause in new)
    current.pending += [(item, cause) for cause in causes]


def is_undone(using: str) -> bool:
    """Return whether the transaction that connection ``using`` is in can only be rolled back."""
    return any(
        connections[alias].in_atomic_block and connections[alias].needs_rollback for alias in {using, database()}
    )


def wake_up(using: str) -> None:
    """Have what was noted worked off after the commit of connection ``using``."""
    current = wake_of(connections[using])
    if current.pending:
        transaction.on_commit(current, using=using, robust=True)


def insert(item: Item, causes: Sequence[Cause]) -> None:
    """Write causes to the outbox."""
    if not causes:
        return
    using = database()
    rows = [
        Dirty(repository=item.repository.name, model=item.label, lookup=cause.lookup, value=cause.value)
        for cause in causes
    ]
    guard = transaction.atomic(using) if connections[using].in_atomic_block else contextlib.nullcontext()
    with guard:
        Dirty.objects.using(using).bulk_create(rows)


def note_objects(item: Item, queryset: QuerySet[Any], using: str) -> None:
    """Note every object of ``queryset`` by its key, as when its cause is about to go."""
    keys = queryset.order_by().values_list("pk", flat=True).distinct()
    for chunk in batches(keys.iterator(chunk_size=CLAIM), CLAIM):
        note(item, [Cause(PK, str(pk)) for pk in chunk], using)


def hand_over(noted: Sequence[tuple[Item, Cause]]) -> None:
    """Have what a transaction noted indexed as the setting ``INDEX`` of each repository says."""
    ways = {item.repository: item.repository.setting("INDEX") for item, _ in noted}
    for repository, way in ways.items():
        if way == "task":
            from ..tasks import work_off_outbox  # which this version of Django may not have

            work_off_outbox.enqueue(repository.name)
    work_off([(item, cause) for item, cause in noted if ways[item.repository] == "commit"])


def work_off(noted: Sequence[tuple[Item, Cause]]) -> None:
    """Index what a transaction noted, unless it concerns too many objects or the repository is not open yet."""
    if not noted:
        return
    using = database()
    by_item: dict[Item, dict[Cause, None]] = {}
    for item, cause in noted:
        by_item.setdefault(item, {})[cause] = None
    opened = set(RepositoryState.objects.using(using).filter(opened__isnull=False).values_list("name", flat=True))
    for repository in {item.repository.name: item.repository for item in by_item}.values():
        sweep_at_times(repository)
    for item, causes in by_item.items():
        if item.repository.name not in opened or len(causes) > AT_ONCE:
            continue
        claimed = claim(item.repository, item, list(causes))
        pks: dict[Any, None] = {}
        for cause in causes:
            pks.update(dict.fromkeys(itertools.islice(concerned(item, cause), AT_ONCE + 1 - len(pks))))
            if len(pks) > AT_ONCE:
                break
        else:
            if not consist_of_many(item, list(pks)):
                index(item, list(pks))
                discharge(claimed)


def consist_of_many(item: Item, pks: Sequence[Any]) -> bool:
    """Return whether the objects ``pks`` have too many parts to be described right after a commit."""
    return bool(item.bound_parts and item.reads_parts and item.bound_parts.are_many(pks, AT_ONCE))


def discharge(claimed: Iterable[int]) -> None:
    """Take rows that are worked off out of the outbox. The next change of the same objects is noted anew.

    They are named one by one: on MariaDB, a condition would lock what it looks at, notes of open transactions too.
    """
    rows = Dirty.objects.using(database())
    for chunk in batches(claimed, CLAIM):
        retrying(rows.filter(pk__in=chunk).delete)
    for connection in connections.all(initialized_only=True):  # its transactions note the same again
        if connection in _wakes:
            _wakes[connection].noted.clear()


def claim(repository: Repository, item: Item, causes: Sequence[Cause]) -> list[int]:
    """Return the outbox rows of ``causes`` that are there before the host is read."""
    rows = Dirty.objects.using(database()).filter(
        repository=repository.name, model=item.label, value__in={cause.value for cause in causes}
    )
    wanted = {(cause.lookup, cause.value) for cause in causes}
    return [pk for pk, lookup, value in rows.values_list("pk", "lookup", "value") if (lookup, value) in wanted]


def concerned(item: Item, cause: Cause) -> Iterator[Any]:
    """Yield the keys of the objects that ``cause`` concerns."""
    if cause.lookup == PK:
        yield item.model._meta.pk.to_python(cause.value)
        return
    if cause.lookup.startswith(SETS):
        yield from item.bound_sets[int(cause.lookup.removeprefix(SETS))].concerned(cause.value)
        return
    using = router.db_for_write(item.model)
    keys = affected(item, cause, using).order_by().values_list("pk", flat=True).distinct()
    yield from keys.iterator(chunk_size=CLAIM)


def index(item: Item, pks: Sequence[Any], recorder: Recorder | None = None, *, render_all: bool = False) -> Counts:
    """Bring the index in step for the objects ``pks``, unchanged ones included: their versions are raised too, so that
    a slower writer with an older view of them loses."""
    counts = Counts()
    renderer = Renderer.of(item.repository)
    for chunk in batches(pks, BATCH):
        todo: Sequence[Any] = chunk
        while todo:
            changes = examine(item, todo, renderer, recorder=recorder, render_all=render_all)
            written, overtaken = write(item.repository, [change for change in changes if relevant(change)])
            counts += written
            todo = [*(change.pk for change in overtaken), *todo[len(changes) :]]
    return counts


def relevant(change: Change) -> bool:
    """Return whether there is anything to write: not of an object that is neither here nor in the index."""
    return change.version is not None or change.rendering is not None or bool(change.failures)


def process(
    repository: Repository,
    items: Iterable[Item],
    recorder: Recorder | None = None,
    unresolved: list[int] | None = None,
) -> Counts:
    """Work off the outbox of ``repository`` for ``items``; return what became of the objects.

    Args:
        unresolved: takes the rows of which nobody can tell any more whom they concern; they stay in the outbox until
            a full sync has compared everything.
    """
    counts = Counts()
    by_label = {item.label: item for item in items}
    rows = Dirty.objects.using(database()).filter(repository=repository.name).order_by("pk")
    discharge(rows.exclude(model__in=[item.label for item in repository.items]).values_list("pk", flat=True))
    last = 0
    while claimed := list(rows.filter(pk__gt=last, model__in=list(by_label))[:CLAIM]):
        last = claimed[-1].pk
        by_item: dict[Item, dict[Cause, None]] = {}
        failed: set[tuple[str, Cause]] = set()
        for row in claimed:
            by_item.setdefault(by_label[row.model], {})[Cause(row.lookup, row.value)] = None
        for item, causes in by_item.items():
            keys = resolved(item, causes, failed)
            seen: set[Any] = set()
            fresh = (pk for pk in keys if not (pk in seen or seen.add(pk)))  # type: ignore[func-returns-value]
            for chunk in batches(fresh, BATCH):
                counts += index(item, chunk, recorder)
        left = [row.pk for row in claimed if (row.model, Cause(row.lookup, row.value)) in failed]
        discharge([row.pk for row in claimed if row.pk not in left])
        if unresolved is not None:
            unresolved += left
    return counts


def resolved(item: Item, causes: Iterable[Cause], failed: set[tuple[str, Cause]]) -> Iterator[Any]:
    """Yield the keys of the objects that ``causes`` concern, and put those into ``failed`` that do not tell: a
    relation may have been renamed since they were noted, and a ``Dependency`` is the host's code."""
    for cause in causes:
        try:
            yield from concerned(item, cause)
        except OperationalError:
            raise
        except Exception:
            logger.exception("%s: whom %r concerns cannot be told; oai_sync compares everything.", item.label, cause)
            failed.add((item.label, cause))


def batches(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield lists of at most ``size`` values."""
    iterator = iter(values)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def sync(queryset: QuerySet[Any]) -> Counts:
    """Bring the index in step for the objects of ``queryset``, for after bulk writes, imports and moves of trees.

    Objects that the item's own queryset does not select are deleted for harvesters. Inside a transaction the work is
    noted and done after the commit; then the counts are empty. Objects of other models that show something of these
    are not indexed: give their queryset, too.

    Args:
        queryset: of a registered model; it may also select what is not to be disseminated.

    Raises:
        LookupError: no repository has an item for the model.
    """
    model = queryset.model
    concrete = model._meta.concrete_model
    items = [
        item for one in repositories.values() for item in one.items if item.model._meta.concrete_model is concrete
    ]
    if not items:
        raise LookupError(f"{model._meta.label} is not registered in any repository.")
    queryset = queryset.using(router.db_for_write(model))
    counts = Counts()
    for item in items:
        keys = queryset.order_by().values_list("pk", flat=True)
        if connections[queryset.db].in_atomic_block:
            note_objects(item, queryset, queryset.db)
            transaction.on_commit(partial(process, item.repository, [item]), using=queryset.db, robust=True)
        else:
            for chunk in batches(keys.iterator(chunk_size=CLAIM), BATCH):
                counts += index(item, chunk)
    return counts
