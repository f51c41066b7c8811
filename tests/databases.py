"""The databases that the tests run on: their settings, which of them answer, and pytest on each of those.

``python -m tests.databases [pytest options]``
    runs the tests of the example project and of the recipes (always on SQLite, and not if the options name other
    tests), then all others on every database found, and ends with what was used and what was skipped, and why. What
    uses no database (tests/formats and tests/standards, among others) runs on SQLite only.
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
from pathlib import Path
from typing import Any, NamedTuple

NAMES = ("sqlite", "postgresql", "mariadb")
LABELS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
ENGINES = {"sqlite": "sqlite3", "postgresql": "postgresql", "mariadb": "mysql"}
DRIVERS = {
    "postgresql": "psycopg is not installed (make drivers)",
    "mariadb": "mysqlclient is not installed; it is built with a C compiler, pkg-config and the headers of the "
    "MariaDB or MySQL client (then: make drivers)",
}

# What has settings of its own: the label, and what pytest has to be told.
HOSTS = {"Example project": ["tests/example", "--ds=config.settings", "--override-ini=pythonpath=. example_project"]}
HOSTS |= {
    f"Recipe {folder.name}": [f"tests/recipes/{folder.name}", f"--ds=tests.recipes.{folder.name}.settings"]
    for folder in sorted(Path(__file__).with_name("recipes").iterdir())
    if (folder / "settings.py").exists()
}

#: What pytest returns if it was to run no test at all.
NONE_SELECTED = 5


def configuration(name: str) -> dict[str, Any]:
    """The entry in ``DATABASES`` for the database called ``name``."""
    if name not in NAMES:
        raise ValueError(f"TEST_DATABASE is {name!r}, but must be one of {', '.join(NAMES)}.")
    database: dict[str, Any] = {
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
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import ConnectionHandler, DatabaseError, NotSupportedError

    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()
    database = configuration(name)
    if name != "sqlite":
        # The database of the tests does not exist yet: look at the server only.
        database |= {"NAME": {"postgresql": "postgres", "mariadb": ""}[name], "OPTIONS": {"connect_timeout": 2}}
    try:
        connection = ConnectionHandler({"default": database})["default"]
        connection.ensure_connection()
        try:
            number = ".".join(str(part) for part in connection.get_database_version())
            mysql = name == "mariadb" and not getattr(connection, "mysql_is_mariadb", True)
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


def run(name: str, label: str, options: list[str]) -> tuple[bool, str]:
    """Run pytest on the database called ``name``; return whether all passed, and that in words."""
    print(f"\n==> Tests on {label}", flush=True)
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", *options, *([] if name == "sqlite" else ["-m", "database"])]
    code = subprocess.run(command, env=os.environ | {"TEST_DATABASE": name}).returncode
    passed = code == 0 or (code == NONE_SELECTED and name != "sqlite")
    outcome = f"{'passed' if passed else 'FAILED'} in {time.monotonic() - start:.0f} s"
    return passed, outcome if name == "sqlite" else f"{outcome} (only what uses a database)"


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
    if all(argument.startswith("-") for argument in arguments):
        for label, options in HOSTS.items():
            passed, outcome = run("sqlite", label, [*options, *arguments])
            lines.append((label, outcome))
            failed |= not passed
    for name in NAMES:
        found = find(name) if name in chosen else Found(reason="not asked for")
        if found.reason:
            passed = name not in required
            outcome = f"{'skipped' if passed else 'MISSING, and required'}: {found.reason}"
        else:
            passed, outcome = run(name, found.version, arguments)
        lines.append((found.version or LABELS[name], outcome))
        failed |= not passed

    print("\n==> Databases")
    width = max(len(label) for label, _ in lines)
    for label, outcome in lines:
        print(f"    {label:{width}}  {outcome}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
