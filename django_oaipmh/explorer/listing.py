"""One page of records for people: found by key and never by counting, whatever is asked and however long the list."""

import dataclasses
import html
import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr

from ..models import Entry, Record
from ..protocol.datestamps import format_datestamp
from .filters import DELETED

#: Records in a page.
SIZE = 50

#: Entries that are looked at for one page, where only some of them are wanted.
LOOKED_AT = 5_000

#: Characters of a record in Dublin Core in which its title is looked for.
HEAD = 4_000

_TITLE = re.compile(r"<dc:title[^>]*>([^<]*)</dc:title>")

Key = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Line:
    """One record of a page.

    Attributes:
        identifier, datestamp: as harvesters get them, the datestamp in seconds.
        title: from the record in Dublin Core; empty: it has none.
        deleted: the record is deleted.
        left: it lives on, but has left the set that is looked at.
    """

    identifier: str
    datestamp: str
    title: str
    deleted: bool
    left: bool


@dataclasses.dataclass(frozen=True)
class Page:
    """A page, and the ``after`` of the next one; empty: there is none."""

    lines: Sequence[Line]
    following: str


def read_key(text: str) -> Key | None:
    """Return the key in a page's ``after``; ``None``: there is none that means anything."""
    match = re.fullmatch(r"(\d{1,12})-(\d{1,18})", text, re.ASCII)
    return (int(match[1]), int(match[2])) if match else None


def read_page(entries: QuerySet[Entry], after: Key | None, status: str, *, titles: bool) -> Page:
    """Return the page behind ``after``.

    Args:
        entries: of one list, the latest first.
        after: the key of the last entry of the page before.
        status: LIVE, DELETED, or empty for all.
        titles: whether records in Dublin Core may be seen.
    """
    if after is not None:
        entries = entries.filter(behind(after))
    most = LOOKED_AT if status else SIZE + 1
    looked_at = list(entries.values_list("datestamp", "record_id", "deleted")[:most])
    wanted = [row for row in looked_at if not status or row[2] == (status == DELETED)]
    last = wanted[SIZE - 1] if len(wanted) > SIZE else looked_at[-1] if len(looked_at) == most else None
    return Page(lines_of(wanted[:SIZE], entries.db, titles=titles), f"{last[0]}-{last[1]}" if last else "")


def behind(key: Key) -> Q:
    """Return the condition for what comes after ``key``, in a form that databases find by the key of entries."""
    datestamp, record = key
    return Q(datestamp__lte=datestamp) & (Q(datestamp__lt=datestamp) | Q(record_id__lt=record))


def lines_of(rows: Sequence[tuple[int, int, bool]], using: str, *, titles: bool) -> list[Line]:
    """Return what is told of the entries ``rows``, in two queries."""
    records = Record.objects.using(using).select_related("item").defer("body", "header")
    found = records.in_bulk([row[1] for row in rows])
    heads: dict[Any, str] = {}
    if titles:
        simple = Record.objects.using(using).filter(item__in={record.item_id for record in found.values()})
        simple = simple.filter(prefix="oai_dc", deleted=False)
        heads = dict(simple.values_list("item_id", Substr("body", 1, HEAD)))
    lines = []
    for datestamp, pk, deleted in rows:
        if record := found.get(pk):
            title = _TITLE.search(heads.get(record.item_id, ""))
            words = html.unescape(title[1]) if title and not deleted else ""
            left = deleted and not record.deleted
            lines.append(Line(record.item.identifier, format_datestamp(datestamp), words, deleted and not left, left))
    return lines
