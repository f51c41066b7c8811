"""The database's time: the one clock that all servers of a site share. Whole seconds since 1970, UTC.

It is the time at which the database begins a statement, never that of the transaction around it. SQLite lives in one
machine and tells no time before it looks at data, so there Python's time is taken before the statement is sent.
"""

import time

from django.db import connections

_SQL = {"postgresql": "FLOOR(EXTRACT(EPOCH FROM {moment}_TIMESTAMP()))::bigint", "mysql": "UNIX_TIMESTAMP()"}


def sql(using: str) -> str:
    """Return the SQL for the time at which the next statement begins, to be run with ``parameters``.

    Where PostgreSQL binds parameters itself, what it calls the time of a statement is that of its last message, after
    the statement has begun to look. Outside of a transaction, the statement's own is as old as its first.
    """
    connection = connections[using]
    moment = "TRANSACTION" if connection.get_autocommit() else "STATEMENT"
    return _SQL.get(connection.vendor, "%s").format(moment=moment)


def parameters(using: str) -> list[int]:
    """Return the parameters of ``sql``, to be taken right before the statement is sent."""
    return [] if connections[using].vendor in _SQL else [int(time.time())]


def now(using: str) -> int:
    """Return the present time of database ``using``."""
    if connections[using].vendor not in _SQL:
        return int(time.time())
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {sql(using)}")
        return int(cursor.fetchone()[0])
