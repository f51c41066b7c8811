"""Pages of lists: ranges of the index in the order of datestamps, found by key and never by counting."""

import dataclasses
from typing import Any

from django.db import connections
from django.db.models import F, IntegerField, Q, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThanOrEqual

from ..models import Entry

#: Lists are counted exactly up to this size; beyond it there is no completeListSize.
COUNTED = 100_000

Key = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class Range:
    """A part of one list.

    Attributes:
        using: the database.
        list_id: the list.
        start, end: datestamps in seconds since 1970, inclusive; ``None``: open.
        tombstones: whether deleted records are told.
    """

    using: str
    list_id: int
    start: int | None
    end: int | None
    tombstones: bool

    def entries(self) -> "QuerySet[Entry]":
        """Return the entries in the order that lists are told in."""
        entries = Entry.objects.using(self.using).filter(list_id=self.list_id)
        if self.start is not None:
            entries = entries.filter(datestamp__gte=self.start)
        if self.end is not None:
            entries = entries.filter(datestamp__lte=self.end)
        if not self.tombstones:
            entries = entries.filter(deleted=False)
        return entries.order_by("datestamp", "record_id")

    def after(self, key: Key | None) -> "QuerySet[Entry]":
        """Return the entries behind ``key``."""
        entries = self.entries()
        return entries if key is None else entries.filter(behind(key, self.using))

    def between(self, after: Key | None, last: Key) -> "QuerySet[Entry]":
        """Return the entries behind ``after``, up to and with ``last``."""
        return self.after(after).filter(datestamp__lte=last[0]).filter(up_to(last, self.using))

    def count(self) -> "Subquery":
        """Return an expression for the number of entries, counted up to one more than ``COUNTED``."""
        return Count(self.entries().order_by().values("record_id")[: COUNTED + 1])


class Count(Subquery):
    """How many rows a subquery has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def behind(key: Key, using: str) -> Any:
    """Return the condition for entries behind ``key``, in the form that the database finds by its index."""
    datestamp, record = key
    if connections[using].vendor == "mysql":
        return Q(datestamp__gt=datestamp) | Q(datestamp=datestamp, record_id__gt=record)
    return TupleGreaterThan((F("datestamp"), F("record_id")), key)


def up_to(key: Key, using: str) -> Any:
    """Return the condition for entries up to and with ``key``."""
    datestamp, record = key
    if connections[using].vendor == "mysql":
        return Q(datestamp__lt=datestamp) | Q(datestamp=datestamp, record_id__lte=record)
    return TupleLessThanOrEqual((F("datestamp"), F("record_id")), key)
