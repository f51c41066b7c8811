"""What no provider can beat: a WSGI application that reads the same records by key with the database's bare driver,
and writes them to the socket. No arguments, no XML around them, no clock, no signature, no Django.
"""

from collections.abc import Callable, Iterable
from typing import Any

from . import settings

PAGE = """
    SELECT e.datestamp, e.record_id, r.header, r.body
    FROM django_oaipmh_entry e JOIN django_oaipmh_record r ON r.id = e.record_id
    WHERE e.list_id = {0} AND (e.datestamp, e.record_id) > ({0}, {0})
    ORDER BY e.datestamp, e.record_id LIMIT {0}
"""
LIST = "SELECT id FROM django_oaipmh_recordlist WHERE prefix = 'oai_dc' AND set_id IS NULL"


def connect() -> tuple[Any, str]:
    """A connection to the database that is measured, and how its driver writes a parameter."""
    database = settings.DATABASES["default"]
    if settings.DATABASE == "sqlite":
        import sqlite3

        return sqlite3.connect(database["NAME"]), "?"
    if settings.DATABASE == "postgresql":
        import psycopg

        names = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        given = {name: database[key] for name, key in names.items() if database[key]}
        return psycopg.connect(**given, autocommit=True), "%s"
    raise NotImplementedError(f"MariaDB finds keys by another statement: {settings.DATABASE}")


connection, mark = connect()
statement = PAGE.format(mark)
(list_id,) = connection.execute(LIST).fetchone()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One page behind the key that the query string ends with, as ``<datestamp>.<record>``."""
    _, _, key = environ["QUERY_STRING"].rpartition("resumptionToken=")
    after = key.split(".") if "." in key else ("0", "0")
    rows = connection.execute(statement, (list_id, int(after[0]), int(after[1]), settings.PAGE_SIZE)).fetchall()
    parts = [part for row in rows for part in ("<record>", row[2], row[3], "</record>")]
    if len(rows) == settings.PAGE_SIZE:
        parts.append(f"<resumptionToken>{rows[-1][0]}.{rows[-1][1]}</resumptionToken>")
    body = "".join(parts).encode()
    start_response("200 OK", [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
