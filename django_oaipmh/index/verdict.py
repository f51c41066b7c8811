"""Whether harvesters get one object as it is now, and if not, why: for ``oai_inspect`` and the admin."""

import dataclasses
from typing import Any

from django.db import router
from django.utils.translation import gettext as _

from ..items import Item
from ..models import Dirty, IndexedItem, Quarantine, Record, RepositoryState
from .examine import Change, Renderer, examine, source_key
from .recorder import Recorder
from .store import database


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What is known of one object of an item.

    Attributes:
        item: the item.
        change: what would be disseminated now.
        row: what is in the index; ``None``: nothing.
        quarantined: what could not be disseminated, and why.
        words: whether harvesters get it as it is now, and if not, why, in a sentence.
        warnings: tables that were queried and not declared.
    """

    item: Item
    change: Change
    row: IndexedItem | None
    quarantined: list[Quarantine]
    words: str
    warnings: list[str]


def judge(item: Item, pk: Any) -> Verdict:
    """Return what is known of the object ``pk``; it is read from the host and rendered, and nothing is written."""
    recorder = Recorder(logs=False)
    (change,) = examine(item, [pk], Renderer.of(item.repository), render_all=True, recorder=recorder)
    key = source_key(item, pk)
    row = IndexedItem.objects.using(database()).filter(source_key=key).first()
    quarantined = list(Quarantine.objects.using(database()).filter(source_key=key))
    return Verdict(item, change, row, quarantined, _why(item, pk, change, row), list(recorder.warnings))


def _why(item: Item, pk: Any, change: Change, row: IndexedItem | None) -> str:
    state = RepositoryState.objects.using(database()).filter(pk=item.repository.name).first()
    if state is None or state.opened is None:
        return _("Not harvested: the first oai_sync of this repository is not complete.")
    if change.failures and not change.rendering:
        return _("Not harvested as it is now: it could not be described.")
    if change.rendering:
        if row is not None and not row.deleted and _same(change, row):
            if not change.rendering.records:
                return _("Not harvested: no format is available for it.")
            if change.failures:
                return _("Harvested, and the index is in step with it, but for what is in quarantine.")
            return _("Harvested, and the index is in step with it.")
        if not change.rendering.records and (row is None or row.deleted):
            return _("Not harvested: no format is available for it.")
        return _behind(item)
    if row is not None and not row.deleted:
        return _behind(item)
    if item.model._base_manager.using(router.db_for_write(item.model)).filter(pk=pk).exists():
        return _("Not harvested: the queryset of the item does not select it.")
    return _("Not harvested: there is no such object.")


def _behind(item: Item) -> str:
    if Dirty.objects.using(database()).filter(repository=item.repository.name, model=item.label).exists():
        return _("The index is behind: a change is in the outbox. Run: manage.py oai_sync --changed")
    return _("The index is behind: a change was not noted. Run: manage.py oai_sync")


def _same(change: Change, row: IndexedItem) -> bool:
    assert change.rendering is not None
    records = Record.objects.using(database()).filter(item=row, deleted=False)
    stored = dict(records.values_list("prefix", "fingerprint"))
    now = {prefix: record.fingerprint for prefix, record in change.rendering.records.items()}
    return now == {prefix: fingerprint for prefix, fingerprint in stored.items() if prefix not in change.failures}
