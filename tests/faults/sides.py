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


def elsewhere(sql: str, *parameters: Any) -> None:
    """Run and commit one statement by a connection of its own."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, parameters)
    finally:
        other.close()


def kill() -> None:
    """Let the server end the session of the test's own connection, and wait until it is gone."""
    connection.ensure_connection()
    if connection.vendor == "mysql":
        elsewhere(f"KILL {connection.connection.thread_id()}")
    else:
        elsewhere("SELECT pg_terminate_backend(%s, 5000)", connection.connection.info.backend_pid)
    time.sleep(0.05)


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
