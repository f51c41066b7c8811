"""The database's time: the one clock that all servers of a site share. Whole seconds since 1970, UTC.

It is the time at which the database begins a statement, never that of the transaction. SQLite lives in one machine and
tells no time before it looks at data, so there Python's time is taken before the statement is sent.
"""

import time
from functools import cache

from django.db import connections

_SQL = {"postgresql": "FLOOR(EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP()))::bigint", "mysql": "UNIX_TIMESTAMP()"}


@cache
def sql(using: str) -> str:
    """Return the SQL for the time at which a statement begins, to be run with ``parameters``."""
    return _SQL.get(connections[using].vendor, "%s")


def parameters(using: str) -> list[int]:
    """Return the parameters of ``sql``, to be taken right before the statement is sent."""
    return [int(time.time())] if sql(using) == "%s" else []


def now(using: str) -> int:
    """Return the present time of database ``using``."""
    if sql(using) == "%s":
        return int(time.time())
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {sql(using)}")
        return int(cursor.fetchone()[0])
