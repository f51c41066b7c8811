"""Forgetting tombstones, for the policies ``transient`` and ``no`` (section 2.5.1)."""

from functools import partial

from django.db import transaction
from django.db.models import F

from .. import clock
from ..models import Entry, IndexedItem, Record
from ..protocol.datestamps import SECONDS_A_DAY
from ..repository import Repository
from .examine import BATCH
from .store import database, retrying


def purge(repository: Repository, days: int) -> int:
    """Forget the records of ``repository`` that were deleted ``days`` or more days ago; return how many there were."""
    using = database()
    before = clock.now(using) - days * SECONDS_A_DAY
    old = Record.objects.using(using).filter(item__repository=repository.name, deleted=True, datestamp__lte=before)
    number = 0
    while chunk := dict(old.order_by("id").values_list("id", "item_id")[:BATCH]):
        retrying(partial(_forget, list(chunk), list(chunk.values()), using))
        number += len(chunk)
    return number


def _forget(ids: list[int], item_ids: list[int], using: str) -> None:
    """Forget records that are still deleted. Raising the items' versions first keeps their return out of the way."""
    with transaction.atomic(using):
        items = IndexedItem.objects.using(using).filter(pk__in=item_ids)
        items.update(version=F("version") + 1)
        records = Record.objects.using(using).filter(pk__in=ids, deleted=True)
        still = list(records.values_list("id", flat=True))
        Entry.objects.using(using).filter(record_id__in=still).delete()
        records.filter(pk__in=still).delete()
        items.filter(deleted=True, records=None).delete()
