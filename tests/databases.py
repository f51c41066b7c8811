"""The databases that the tests run on: their settings, which of them answer, and pytest on each of those.

``python -m tests.databases [pytest options]``
    runs the tests on every database found, and ends with what was used and what was skipped, and why.
``python -m tests.databases --find postgresql``
    only says whether that database can be used.

Environment:

``TEST_DATABASE``
    the database of one pytest run: ``sqlite`` (default), ``postgresql`` or ``mariadb`` (which may be a MySQL).
``TEST_DATABASES``, ``TEST_REQUIRE``
    comma-separated: try only these; fail if one of these cannot be used.
``TEST_DATABASE_NAME``
    the name that the test databases derive theirs from, for two runs at once on one server.
``TEST_POSTGRESQL_HOST``, ``_PORT``, ``_USER``, ``_PASSWORD`` and ``TEST_MARIADB_…``
    where the servers are. A host that starts with a slash is a socket.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any, NamedTuple

NAMES = ("sqlite", "postgresql", "mariadb")
LABELS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mariadb": "mysql"}
DRIVERS = {
    "postgresql": "psycopg is not installed (make drivers)",
    "mariadb": "mysqlclient is not installed; it is built with a C compiler, pkg-config and the headers of the "
    "MariaDB or MySQL client (then: make drivers)",
}


def configuration(name: str) -> dict[str, Any]:
    """The entry in ``DATABASES`` for the database called ``name``."""
    if name not in NAMES:
        raise ValueError(f"TEST_DATABASE is {name!r}, but must be one of {', '.join(NAMES)}.")
    database = {
        "ENGINE": f"django.db.backends.{ENGINES[name]}",
        "NAME": os.environ.get("TEST_DATABASE_NAME", "django_oaipmh"),
    }
    if name == "sqlite":
        return database | {"NAME": ":memory:"}
    prefix = f"TEST_{name.upper()}"
    database |= {
        "HOST": os.environ.get(f"{prefix}_HOST", "127.0.0.1"),
        "PORT": os.environ.get(f"{prefix}_PORT", ""),
        "USER": os.environ.get(f"{prefix}_USER", {"postgresql": "postgres", "mariadb": "root"}[name]),
        "PASSWORD": os.environ.get(f"{prefix}_PASSWORD", ""),
    }
    if name == "mariadb":
        database["TEST"] = {"CHARSET": "utf8mb4"}
    return database


class Found(NamedTuple):
    """Whether a database can be used: its version, or the reason why not."""

    version: str = ""
    reason: str = ""


def find(name: str) -> Found:
    """Connect once, for two seconds at most, exactly as the tests will."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import ConnectionHandler, DatabaseError, NotSupportedError

    if not settings.configured:
        settings.configure(USE_TZ=True)
    database = configuration(name)
    if name != "sqlite":
        # The database of the tests does not exist yet: look at the server only.
        database |= {"NAME": {"postgresql": "postgres", "mariadb": ""}[name], "OPTIONS": {"connect_timeout": 2}}
    try:
        connection = ConnectionHandler({"default": database})["default"]
        connection.ensure_connection()
        try:
            number = ".".join(str(part) for part in connection.get_database_version())
            mysql = name == "mariadb" and not connection.mysql_is_mariadb
            return Found(version=f"{'MySQL' if mysql else LABELS[name]} {number}")
        finally:
            connection.close()
    except ImproperlyConfigured:
        return Found(reason=DRIVERS[name])
    except NotSupportedError as error:
        return Found(reason=str(error))
    except DatabaseError as error:
        where = f"{database['HOST']}{':' if database['PORT'] else ''}{database['PORT']}"
        words = " ".join(str(error.args[-1]).split())
        return Found(
            reason=f"no server for {database['USER']} at {where}: {words} "
            f"(TEST_{name.upper()}_HOST, _PORT, _USER and _PASSWORD say where one is)"
        )


def run(name: str, options: list[str]) -> bool:
    """Run pytest on the database called ``name``."""
    command = [sys.executable, "-m", "pytest", *options]
    return subprocess.run(command, env=os.environ | {"TEST_DATABASE": name}).returncode == 0


def listed(variable: str, default: tuple[str, ...] = ()) -> list[str]:
    """The names in a comma-separated environment variable."""
    names = [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"{variable} names {', '.join(unknown)}; known are {', '.join(NAMES)}.")
    return names or list(default)


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--find"]:
        answers = [find(name) for name in arguments[1:] or NAMES]
        print("\n".join(found.version or found.reason for found in answers))
        return int(any(found.reason for found in answers))

    required = listed("TEST_REQUIRE")
    chosen = listed("TEST_DATABASES", NAMES)
    lines, failed = [], False
    for name in NAMES:
        found = find(name) if name in chosen else Found(reason="not asked for")
        if found.reason:
            missing = name in required
            failed |= missing
            lines.append((LABELS[name], f"{'MISSING, and required' if missing else 'skipped'}: {found.reason}"))
            continue
        print(f"\n==> Tests on {found.version}", flush=True)
        start = time.monotonic()
        passed = run(name, arguments)
        failed |= not passed
        lines.append((found.version, f"{'passed' if passed else 'FAILED'} in {time.monotonic() - start:.0f} s"))

    print("\n==> Databases")
    width = max(len(label) for label, _ in lines)
    for label, outcome in lines:
        print(f"    {label:{width}}  {outcome}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
