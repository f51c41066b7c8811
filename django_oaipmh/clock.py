"""The database's time: the one clock that all servers of a site share. Whole seconds since 1970, UTC."""

import time
from typing import Any

from django.db import connections
from django.db.models import BigIntegerField, Expression, Func, Value

_SQL = {"postgresql": "FLOOR(EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP()))::bigint", "mysql": "UNIX_TIMESTAMP()"}


class StatementTime(Func):
    """The time at which the database began the present statement, never the transaction's."""

    arity = 0
    output_field = BigIntegerField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        return _SQL[connection.vendor], []


def present(using: str) -> Expression:
    """Return an expression for the time at or before the statement that it becomes part of.

    SQLite lives in one machine and tells no time before it looks at data, so there the time is taken right here.
    """
    if connections[using].vendor == "sqlite":
        return Value(now(using), output_field=BigIntegerField())
    return StatementTime()


def now(using: str) -> int:
    """Return the present time of database ``using``."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        return int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SQL[connection.vendor]}")
        return int(cursor.fetchone()[0])
