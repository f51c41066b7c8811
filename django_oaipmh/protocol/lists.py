"""Pages of lists, and the moment of a response: the statements that every list request runs.

They are written in SQL, as they are the hot path and always the same: what Django's query builder needs to put them
together is more than what the database needs to answer them. Lists are told in the order of (datestamp, record) and
found by key, never by counting.
"""

import dataclasses
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connections

from .. import clock
from ..models import Entry, Intent, Record, RecordList, RepositoryState
from .headers import left_header

#: Lists are counted exactly up to this size; beyond it there is no completeListSize.
COUNTED = 100_000

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
_LEFT = "{entry}.deleted AND NOT {record}.deleted"
_KEYS = """
    SELECT {entry}.datestamp, {entry}.record_id, {column}, {left}
    FROM {entry}{by_key} JOIN {record} ON {record}.id = {entry}.record_id
    WHERE {where} ORDER BY {entry}.list_id, {entry}.datestamp, {entry}.record_id LIMIT %s
"""
_COUNT = "(SELECT COUNT(*) FROM (SELECT 1 FROM {entry}{by_key} WHERE {where} LIMIT %s) AS counted)"
_COUNTED_KEYS = _KEYS.replace("{left}", "{left}, " + _COUNT)
_ROWS = """
    SELECT {record}.header, {record}.body, {left}
    FROM {entry}{by_key} JOIN {record} ON {record}.id = {entry}.record_id
    WHERE {where} ORDER BY {entry}.list_id, {entry}.datestamp, {entry}.record_id LIMIT %s
"""

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
def statement(using: str, template: str, where: str = "", column: str = "") -> str:
    """Return a statement for database ``using``, its names quoted."""
    quote = connections[using].ops.quote_name
    names = {name: quote(table) for name, table in _TABLES.items()}
    names["key"] = quote("key")
    # MariaDB may prefer the index of records where many entries share a second, and sort all of them.
    names["by_key"] = " FORCE INDEX (PRIMARY)" if connections[using].vendor == "mysql" else ""
    parts = {"where": where, "column": column, "left": _LEFT}
    names |= {name: part.format(**names) for name, part in parts.items()}
    return template.format(now=clock.sql(using), **names)


def state(using: str, repository: str, list_key: UUID) -> tuple[Any, ...] | None:
    """Return what ``RepositoryState`` and the clock say at the beginning of a response, and the list of a key.

    That is: the present time, that of the oldest intent, generation, opened, harvested, tick, and the list's id.
    """
    key = RecordList._meta.get_field("key").get_db_prep_value(list_key, connections[using])
    clock_parameters = clock.parameters(using)
    rows = query(using, statement(using, _STATE), [*clock_parameters, repository, key, repository])
    return rows[0] if rows else None


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

    def keys(self, after: Key | None, limit: int, column: str, *, count: bool) -> list[Any]:
        """Return (datestamp, record, ``column``, whether it has left the set) of the entries behind ``after``.

        They come in the order that lists are told in.

        Args:
            after: the key to begin behind; ``None``: at the start.
            limit: the most entries to return.
            column: a column of the record.
            count: add how many entries the range has, counted up to one more than ``COUNTED``.
        """
        where, parameters = self._where(after, None)
        column = f"{{record}}.{column}"
        if count:
            counted = [*parameters, COUNTED + 1]
            return query(
                self.using, statement(self.using, _COUNTED_KEYS, where, column), [*counted, *parameters, limit]
            )
        return query(self.using, statement(self.using, _KEYS, where, column), [*parameters, limit])

    def rows(self, after: Key | None, last: Key, number: int) -> list[tuple[str, str]]:
        """Return (header, body) of the records behind ``after``, up to and with ``last``, which were ``number``.

        The limit leaves room for what was written meanwhile; without one, PostgreSQL may prefer to read all records.
        """
        where, parameters = self._where(after, last)
        rows = query(self.using, statement(self.using, _ROWS, where), [*parameters, 2 * number + ROOM])
        return [(left_header(header), "") if left else (header, body) for header, body, left in rows]

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
