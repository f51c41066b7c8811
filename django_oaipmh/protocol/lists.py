"""Pages of lists, and the moment of a response: the statements that every list request runs.

They are written in SQL, as they are the hot path and always the same: what Django's query builder needs to put them
together is more than what the database needs to answer them. Lists are told in the order of (datestamp, record) and
found by key, never by counting.
"""

import dataclasses
import sys
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections

from .. import clock
from ..models import Entry, Intent, Record, RecordList, RepositoryState

#: Lists are counted exactly up to this size; beyond it there is no completeListSize.
COUNTED = 10_000

#: How many more records than expected a page may hold.
ROOM = 100

Key = tuple[int, int]

_TABLES = {
    "entry": Entry._meta.db_table,
    "record": Record._meta.db_table,
    "list": RecordList._meta.db_table,
    "intent": Intent._meta.db_table,
    "state": RepositoryState._meta.db_table,
}

_STATE = """
    SELECT {now}, (SELECT MIN(time) FROM {intent} WHERE repository = %s),
        generation, opened, harvested, tick, (SELECT id FROM {list} WHERE {list}.{key} = %s)
    FROM {state} WHERE name = %s
"""
# An entry that is deleted while its record lives says that the record has left the list's set.
_ROWS = """
    SELECT {entry}.datestamp, {entry}.record_id, {entry}.deleted AND NOT {record}.deleted, {record}.header,
        {record}.size, CAST({record}.fingerprint AS CHAR(36)),
        CASE WHEN {record}.size <= %s THEN {record}.body END, {total}
    FROM {entry}{by_key} JOIN {record} ON {record}.id = {entry}.record_id
    WHERE {where} ORDER BY {entry}.list_id, {entry}.datestamp, {entry}.record_id LIMIT %s
"""
_TOTAL = "(SELECT COUNT(*) FROM (SELECT 1 FROM {entry}{by_key} WHERE {where} LIMIT %s) AS counted)"

# Which form of "behind this key" the database finds by its index was measured: MariaDB scans the list's start for the
# row value, the others for the other form.
_BEHIND = {"mysql": "({entry}.datestamp > %s OR ({entry}.datestamp = %s AND {entry}.record_id > %s))"}
_UP_TO = {"mysql": "({entry}.datestamp < %s OR ({entry}.datestamp = %s AND {entry}.record_id <= %s))"}
_BEHIND_ROW = "({entry}.datestamp, {entry}.record_id) > (%s, %s)"
_UP_TO_ROW = "({entry}.datestamp, {entry}.record_id) <= (%s, %s)"


def query(using: str, sql: str, parameters: list[Any]) -> list[Any]:
    """Return the rows of a statement of this module."""
    with connections[using].cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


@cache
def statement(using: str, template: str, *, where: str = "", total: str = "0", now: str = "") -> str:
    """Return a statement for database ``using``, its names quoted."""
    quote = connections[using].ops.quote_name
    names = {name: quote(table) for name, table in _TABLES.items()}
    names["key"] = quote("key")
    # MariaDB may prefer the index of records where many entries share a second, and sort all of them.
    names["by_key"] = " FORCE INDEX (PRIMARY)" if connections[using].vendor == "mysql" else ""
    names["where"] = where.format(**names)
    names["total"] = total.format(**names)
    return template.format(now=now, **names)


def state(using: str, repository: str, list_key: UUID) -> tuple[Any, ...] | None:
    """Return what ``RepositoryState`` and the clock say at the beginning of a response, and the list of a key.

    That is: the present time, that of the oldest intent, generation, opened, harvested, tick, and the list's id.
    """
    key = RecordList._meta.get_field("key").get_db_prep_value(list_key, connections[using])
    sql = statement(using, _STATE, now=clock.sql(using))
    clock_parameters = clock.parameters(using)
    rows = query(using, sql, [*clock_parameters, repository, key, repository])
    return rows[0] if rows else None


class Row(NamedTuple):
    """A record in a list.

    Attributes:
        datestamp, record: the key.
        left: it has left the list's set.
        header: the header element.
        size: bytes of header and body.
        fingerprint: of the body.
        body: the metadata and about elements; ``None`` if the record is larger than was asked for.
        total: how many entries the list has, if they were to be counted, up to one more than ``COUNTED``.
    """

    datestamp: int
    record: int
    left: bool
    header: str
    size: int
    fingerprint: str
    body: str | None
    total: int

    @property
    def key(self) -> Key:
        """What the next page begins behind."""
        return self.datestamp, self.record


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

    def begin(self, after: Key | None, limit: int, largest: int, *, count: bool) -> list[Row]:
        """Return the rows behind ``after``, in the order that lists are told in.

        Args:
            after: the key to begin behind; ``None``: at the start.
            limit: the most rows to return.
            largest: the bytes of the largest records whose bodies are read.
            count: whether to count the list.
        """
        where, parameters = self._where(after, None)
        counted = [*parameters, COUNTED + 1] if count else []
        sql = statement(self.using, _ROWS, where=where, total=_TOTAL if count else "0")
        return list(map(Row._make, query(self.using, sql, [largest, *counted, *parameters, limit])))

    def up_to(self, after: Key | None, last: Key, number: int) -> list[Row]:
        """Return the rows behind ``after``, up to and with ``last``, which were ``number``, whatever their size.

        The limit leaves room for what was written meanwhile; without one, PostgreSQL may prefer to read all records.
        """
        where, parameters = self._where(after, last)
        sql = statement(self.using, _ROWS, where=where)
        return list(map(Row._make, query(self.using, sql, [sys.maxsize, *parameters, 2 * number + ROOM])))

    def _where(self, after: Key | None, last: Key | None) -> tuple[str, list[Any]]:
        vendor = connections[self.using].vendor
        parts, parameters = ["{entry}.list_id = %s"], [self.list_id]
        if vendor == "mysql":  # "=" it may take for reason enough to begin at the list's start
            parts, parameters = ["{entry}.list_id >= %s AND {entry}.list_id <= %s"], [self.list_id, self.list_id]
        if self.start is not None and after is None:  # one bound for each end: databases may choose the worse of two
            parts.append("{entry}.datestamp >= %s")
            parameters.append(self.start)
        if self.end is not None and last is None:
            parts.append("{entry}.datestamp <= %s")
            parameters.append(self.end)
        if not self.tombstones:
            parts.append("NOT {entry}.deleted")
        for key, forms, row in ((after, _BEHIND, _BEHIND_ROW), (last, _UP_TO, _UP_TO_ROW)):
            if key is not None:
                parts.append(forms.get(vendor, row))
                parameters += [key[0], *key] if vendor in forms else key
        return " AND ".join(parts), parameters
