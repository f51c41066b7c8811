"""The database of a run: created when missing, emptied app by app."""

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection

from . import settings


def create() -> None:
    """Create the database (on a server; SQLite makes its file itself) and all tables."""
    settings.DIRECTORY.mkdir(exist_ok=True)
    if connection.vendor != "sqlite":
        name = settings.DATABASES["default"]["NAME"]
        query = {
            "postgresql": "SELECT 1 FROM pg_database WHERE datname = %s",
            "mysql": "SELECT 1 FROM information_schema.schemata WHERE schema_name = %s",
        }[connection.vendor]
        with connection._nodb_cursor() as cursor:
            cursor.execute(query, [name])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {name}" + " CHARACTER SET utf8mb4" * (connection.vendor == "mysql"))
    call_command("migrate", run_syncdb=True, verbosity=0)


def empty(app_label: str) -> None:
    """Empty every table of an app."""
    tables = [model._meta.db_table for model in apps.get_app_config(app_label).get_models(include_auto_created=True)]
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))


def analyse() -> None:
    """Let PostgreSQL look at tables that were filled a moment ago, as autovacuum would in a minute."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def version() -> str:
    """The server's (or the library's) own version, such as "SQLite 3.40.1"."""
    return f"{connection.display_name} {'.'.join(map(str, connection.get_database_version()))}"
