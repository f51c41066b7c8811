"""Other connections, and what they do to the one that a test watches."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

several_connections = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the tests' SQLite is one connection; it has one writer at a time anyway"
)

LEVELS = ["read committed", "repeatable read", "serializable"]


class Side(threading.Thread):
    """Something done by another connection."""

    def __init__(self, action: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.action = action
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.action()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()

    def finish(self, seconds: float = 120) -> None:
        self.join(seconds)
        assert not self.is_alive(), "it hangs"
        if self.error:
            raise self.error


def elsewhere(sql: str, *parameters: Any) -> list[Any]:
    """Run and commit one statement by a connection of its own; return the rows that it gives."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        other.close()


def session() -> int:
    """Return the number that the server gave this thread's connection."""
    connection.ensure_connection()
    return (
        connection.connection.thread_id() if connection.vendor == "mysql" else connection.connection.info.backend_pid
    )


def kill() -> None:
    """Let the server end the session of the test's own connection, and wait until it is gone."""
    own = session()
    if connection.vendor == "mysql":
        elsewhere(f"KILL {own}")
        while elsewhere("SELECT 1 FROM information_schema.processlist WHERE id = %s", own):
            time.sleep(0.01)
    else:
        assert elsewhere("SELECT pg_terminate_backend(%s, 60000)", own) == [(True,)]


WAITING = {
    "mysql": "SELECT 1 FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = %s AND trx_state = 'LOCK WAIT'",
    "postgresql": "SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted",
}


def until_it_waits(number: int, seconds: float = 60) -> None:
    """Return as soon as the session with that number is seen to wait for a lock."""
    end = time.monotonic() + seconds
    while not elsewhere(WAITING[connection.vendor], number):
        assert time.monotonic() < end, "it does not wait"
        time.sleep(0.25)  # InnoDB looks again only if nobody has asked for 0.1 seconds


@contextmanager
def isolated(level: str) -> Iterator[None]:
    """Run every transaction of the block at an isolation level, as ``DATABASES`` may ask for it."""
    options = connection.settings_dict["OPTIONS"]
    names: dict[str, Any] = {"mysql": level}
    if connection.vendor == "postgresql":
        from django.db.backends.postgresql.psycopg_any import IsolationLevel

        names["postgresql"] = IsolationLevel[level.upper().replace(" ", "_")]
    before = dict(options)
    connection.close()
    options["isolation_level"] = names[connection.vendor]
    try:
        yield
    finally:
        connection.close()
        options.clear()
        options.update(before)
