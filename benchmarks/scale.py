"""Whether a page costs the same at a million items: `python -m benchmarks.scale [small] [large]`, on PostgreSQL.

For each size a database of its own is filled by the server itself, with records in three formats, each in the list of
all and in three sets, and dropped at the end. Then the same requests are sent to both over HTTP in turns.
Twelve million entries take about 6 GB and some minutes.
"""

import os
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
os.environ.setdefault("BENCH_DATABASE", "postgresql")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client as TestClient  # noqa: E402

from django_oaipmh import Scope, default_repository  # noqa: E402
from django_oaipmh.models import RecordList, RepositoryState, key_of  # noqa: E402
from django_oaipmh.protocol.datestamps import format_datestamp  # noqa: E402
from django_oaipmh.protocol.tokens import Position, write_token  # noqa: E402

from . import database, settings  # noqa: E402
from .measure import in_turns  # noqa: E402
from .server import Server  # noqa: E402

FORMATS = ["oai_dc", "second", "third"]
RARE = 1_000  # so many records are in the set "rare", spread over the whole: of a million, one in a thousand
MEMBERS = 20  # of each of the many small sets
FIRST = 1_600_000_000  # the first datestamp
FIRST_SET = 100  # the key of the first set
SHARED = 5  # records to a second
TIMES = 41
AIM = 1.3
TOLD = re.compile(rb"<(header|set)\b")
EXPLAINED = ["ListRecords, 90 % page", "a set of 1,000 records", "1,000 records in the middle", "ListSets, 90 % page"]

ITEMS = """
    INSERT INTO django_oaipmh_indexeditem
        (id, repository, model, object_pk, source_key, identifier, identifier_key, set_specs, scopes, version, deleted)
    SELECT i, 'oai', 'benchmarks.Work', i, md5('source' || i)::uuid, 'oai:benchmark.example.org:work/' || i,
        md5('identifier' || i)::uuid, '', '', 1, false
    FROM generate_series(1, {n}) AS i
"""
RECORDS = """
    INSERT INTO django_oaipmh_record
        (id, item_id, prefix, datestamp, deleted, header, body, fingerprint, size)
    SELECT {offset} + i, i, '{prefix}', {first} + i / {shared}, false,
        '<header><identifier>oai:benchmark.example.org:work/' || i ||
        '</identifier><datestamp>2020-09-13T12:26:40Z</datestamp><setSpec>all</setSpec></header>',
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"><dc:title ' ||
        'xmlns:dc="http://purl.org/dc/elements/1.1/">' || repeat('Small body. ', 12) || i ||
        '</dc:title></oai_dc:dc></metadata>',
        md5('{prefix}' || i)::uuid, 400
    FROM generate_series(1, {n}) AS i
"""
ENTRIES = """
    INSERT INTO django_oaipmh_entry (list_id, datestamp, record_id, deleted)
    SELECT {list}, {first} + i / {shared}, {offset} + i, false FROM generate_series(1, {n}) AS i WHERE {where}
"""
SETS = """
    INSERT INTO django_oaipmh_indexedset (id, repository, spec, key, name, description, gone)
    SELECT {base} + i, 'oai', 'small-' || i, md5('small' || i)::uuid, 'Small set ' || i, '', false
    FROM generate_series(0, {n} / {members}) AS i
"""
LISTS = """
    INSERT INTO django_oaipmh_recordlist (id, repository, prefix, scope, set_id, key)
    SELECT {base} + i, 'oai', '{prefix}', '', {sets} + i, md5('{prefix} small' || i)::uuid
    FROM generate_series(0, {n} / {members}) AS i
"""
NAMED = {"": "true", "all": "true", "third": "i % 3 = 0", "rare": "i % ({n} / {rare}) = 0"}


@dataclass(frozen=True)
class Scale:
    """A database of ``n`` items."""

    n: int

    @property
    def name(self) -> str:
        return f"oaipmh_scale_{self.n}"

    def choose(self) -> None:
        """Let Django use this database."""
        connection.close()
        settings.DATABASES["default"]["NAME"] = self.name

    def build(self) -> None:
        self.choose()
        database.create()
        with connection.cursor() as cursor:
            for table in ("entry", "record", "recordlist", "indexedset", "indexeditem"):
                cursor.execute(f"ALTER TABLE django_oaipmh_{table} DISABLE TRIGGER ALL")
            for table in ("entry", "record", "recordlist", "indexedset", "indexeditem"):
                cursor.execute(f"ALTER TABLE django_oaipmh_{table} SET UNLOGGED")
        self.fill()
        database.analyse()

    def fill(self) -> None:
        RepositoryState.objects.create(name="oai", generation="scale", opened=1, harvested=1, tick=FIRST)
        self.run(ITEMS)
        self.run(SETS, base=FIRST_SET)
        for number, prefix in enumerate(FORMATS):
            offset, base = number * self.n, 1_000 + number * 10_000_000
            self.run(RECORDS, prefix=prefix, offset=offset)
            self.run(LISTS, prefix=prefix, base=base, sets=FIRST_SET)
            for position, (spec, where) in enumerate(NAMED.items()):
                key = key_of("oai", prefix, "", spec)
                made = RecordList.objects.create(
                    id=1 + 10 * number + position, repository="oai", prefix=prefix, key=key
                )
                self.run(ENTRIES, list=made.pk, offset=offset, where=where.format(n=self.n, rare=RARE))
            self.run(ENTRIES, list=f"{base} + i / {MEMBERS}", offset=offset, where="true")
        self.run(
            "UPDATE django_oaipmh_indexeditem SET identifier_key = '{key}' WHERE id = {middle}",
            key=key_of("oai", self.identifier),
            middle=self.n // 2,
        )

    def run(self, statement: str, **words: Any) -> None:
        words = {"n": self.n, "first": FIRST, "shared": SHARED, "members": MEMBERS} | words
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**words))

    def drop(self) -> None:
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    @property
    def identifier(self) -> str:
        return f"oai:benchmark.example.org:work/{self.n // 2}"

    def requests(self) -> dict[str, dict[str, str]]:
        """What is asked, by name."""
        self.choose()
        records = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
        start = Position("scale", "ListRecords", "oai_dc", "", None, None, FIRST, 0, 0, None, since=FIRST)
        behind = FIRST + int(0.9 * self.n) // SHARED
        deep = start._replace(after=behind, last=int(0.9 * self.n), cursor=int(0.9 * self.n))
        sets = Position("scale", "ListSets", "", "", None, None, 0, 0, 0, None, since=FIRST)
        number = self.n // MEMBERS + 1
        deep_set = FIRST_SET + min(int(0.9 * number), number - settings.PAGE_SIZE - 2)  # which a full page follows
        middle = FIRST + self.n // 2 // SHARED
        between = {"from": format_datestamp(middle), "until": format_datestamp(middle + 1_000 // SHARED)}
        return {
            "ListRecords, first page": records,
            "ListRecords, second page": resumed(start._replace(after=FIRST + 100 // SHARED, last=100, cursor=100)),
            "ListRecords, 90 % page": resumed(deep),
            "ListIdentifiers, first page": records | {"verb": "ListIdentifiers"},
            "ListIdentifiers, 90 % page": resumed(deep._replace(verb="ListIdentifiers")),
            "a set of 1,000 records": records | {"set": "rare"},
            "1,000 records in the middle": records | between,
            "GetRecord": records | {"verb": "GetRecord", "identifier": self.identifier},
            "Identify": {"verb": "Identify"},
            "ListSets, first page": {"verb": "ListSets"},
            "ListSets, second page": resumed(sets._replace(last=FIRST_SET + 99, cursor=100)),
            "ListSets, 90 % page": resumed(sets._replace(last=deep_set, cursor=100)),
        }


def resumed(position: Position) -> dict[str, str]:
    return {"verb": position.verb, "resumptionToken": write_token(position, Scope(default_repository))}


def main(sizes: list[int]) -> None:
    scales = [Scale(size) for size in sizes]
    try:
        for scale in scales:
            print(f"Filling {scale.name} ...", flush=True)
            scale.drop()
            scale.build()
        compare(scales)
        explain(scales[-1])
    finally:
        for scale in scales:
            scale.drop()


def compare(scales: list[Scale]) -> None:
    """Print the medians of every request at every size."""
    actions: dict[str, Callable[[], Any]] = {}
    with ExitStack() as stack:
        for scale in scales:
            requests = scale.requests()
            scale.choose()
            server = stack.enter_context(Server("benchmarks.urls", environment={"BENCH_DATABASE_NAME": scale.name}))
            for name, arguments in requests.items():
                actions[f"{name}@{scale.n}"] = partial(server.client.get, **arguments)
        results = in_turns(actions, TIMES)
    names = list(dict.fromkeys(key.rpartition("@")[0] for key in results))
    print(f"\n{'Milliseconds':<30}" + "".join(f"{scale.n:>12,} items" for scale in scales) + f"{'x':>8}")
    for name in names:
        pages = [results[f"{name}@{scale.n}"] for scale in scales]
        if len({TOLD.subn(b"", one[0].body)[1] for one in pages}) > 1:
            raise RuntimeError(f"The responses to be compared tell different numbers of things: {name}")
        times = [median(page.seconds for page in one) * 1_000 for one in pages]
        ratio = times[-1] / times[0]
        print(f"{name:<30}" + "".join(f"{one:>18.2f}" for one in times) + f"{ratio:>8.2f}" + " missed" * (ratio > AIM))


def explain(scale: Scale) -> None:
    """Print the plans of the statements that lists are read by."""
    scale.choose()
    requests = scale.requests()
    client = TestClient()
    for name in EXPLAINED:
        print(f"\n{name}")
        with connection.execute_wrapper(explained):
            client.get("/oai", requests[name])


def explained(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {sql}", params, many, context)
    for (line,) in context["cursor"].fetchall():
        print(f"    {line}")
    return execute(sql, params, many, context)


if __name__ == "__main__":
    main([int(argument.replace("_", "")) for argument in sys.argv[1:]] or [10_000, 1_000_000])
