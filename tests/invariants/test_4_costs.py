"""A page costs the same, anywhere in a list of any size, of any set, with any mapping."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_oaipmh import Scope, default_repository
from django_oaipmh.models import Entry, IndexedItem, IndexedSet, Record, RecordList, RepositoryState, key_of
from django_oaipmh.protocol.tokens import Position, write_token
from tests.harvester import OAIClient, Reply
from tests.press.factories import CollectionFactory, JournalFactory
from tests.press.models import Article

RECORDS = 12_000
RARE = 1_000  # one of so many
SECOND = 1_500_000_000  # which a third of the records share, as after every bulk build


@contextmanager
def counted(most: int) -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries
    statements = [query["sql"] for query in queries]
    assert len(statements) <= most, "\n".join(statements)
    for sql in statements:
        assert not re.search(r"\bOFFSET\b", sql, re.IGNORECASE), sql
        assert not re.search(r"press_|auth_|django_session|content_type", sql), f"it reads the host: {sql}"
        assert not re.match(r"\s*(INSERT|UPDATE|DELETE|BEGIN|SAVEPOINT)", sql, re.IGNORECASE), f"it writes: {sql}"


@pytest.fixture
def press(transactional_db, settings) -> None:
    """150 articles, in three journals and eight collections."""
    journals = [JournalFactory(code=code) for code in ("jhs", "rmr", "zzz")]
    collections = [CollectionFactory() for _ in range(8)]
    made = [Article(title=f"Article {number}", journal=journals[number % 2]) for number in range(149)]
    Article.objects.bulk_create([*made, Article(title="The only one", journal=journals[2])])
    links = Article.collections.through
    links.objects.bulk_create(
        [
            links(article=article, collection=collection)
            for article in Article.objects.all()
            for collection in collections
        ]
    )
    call_command("oai_sync", verbosity=0)
    OAIClient().get(verb="ListIdentifiers", metadataPrefix="oai_dc")


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("size", [1, 10, 140])
def test_at_most_three_queries_a_page(verb: str, size: int, press, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": size}
    with counted(3):
        reply = OAIClient().get(verb=verb, metadataPrefix="oai_dc")
    pages = 1
    while reply.token_text and pages < 20:
        with counted(3):
            reply = OAIClient().get(verb=verb, resumptionToken=reply.token_text)
        assert len(reply.headers) <= size
        pages += 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"set": "zzz"},
        {"set": "jhs"},
        {"from_": "2000-01-01"},
        {"until": "2001-01-01"},
        {"metadataPrefix": "galley"},
    ],
)
def test_at_most_three_queries_for_any_list(arguments: dict[str, str], press):
    with counted(3):
        OAIClient().get(**{"verb": "ListRecords", "metadataPrefix": "oai_dc", **arguments})


def test_other_verbs_are_cheap_too(press):
    identifier = OAIClient().get(verb="ListIdentifiers", metadataPrefix="oai_dc").identifiers[0]
    for arguments in (
        {"verb": "Identify"},
        {"verb": "ListSets"},
        {"verb": "ListMetadataFormats"},
        {"verb": "ListMetadataFormats", "identifier": identifier},
        {"verb": "GetRecord", "identifier": identifier, "metadataPrefix": "oai_dc"},
        {"verb": "GetRecord", "identifier": "oai:press.example.org:article/0", "metadataPrefix": "oai_dc"},
        {"verb": "ListRecords", "set": "none", "metadataPrefix": "oai_dc"},
    ):
        with counted(4):
            OAIClient().get(**arguments)


# Rows read, in a list that is long enough for it to be seen.


@pytest.fixture
def long_list(transactional_db, settings) -> tuple[int, list[tuple[int, int]]]:
    """A long list of records, a third of which share a second, and a set of few of them; the keys in order."""
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 20}
    RepositoryState.objects.create(
        name="oai", generation="generatn", opened=1, harvested=1, namespace="press.example.org"
    )
    rare = IndexedSet.objects.create(repository="oai", spec="rare", key=key_of("oai", "rare"), name="Rare")
    whole = RecordList.objects.create(repository="oai", prefix="oai_dc", key=key_of("oai", "oai_dc", "", ""))
    some = RecordList.objects.create(
        repository="oai", prefix="oai_dc", set=rare, key=key_of("oai", "oai_dc", "", "rare")
    )
    names = [f"oai:press.example.org:article/{number}" for number in range(RECORDS)]
    IndexedItem.objects.bulk_create(
        [
            IndexedItem(
                repository="oai",
                model="press.Article",
                object_pk=str(number),
                source_key=key_of("oai", "press.Article", str(number)),
                identifier=name,
                identifier_key=key_of("oai", name),
            )
            for number, name in enumerate(names)
        ],
        batch_size=500,
    )
    items = IndexedItem.objects.order_by("id").values_list("id", "identifier")
    Record.objects.bulk_create(
        [_record(item_id, name, number) for number, (item_id, name) in enumerate(items)], batch_size=500
    )
    keys = sorted(Record.objects.values_list("datestamp", "id"))
    entries = [Entry(list_id=whole.pk, datestamp=datestamp, record_id=pk) for datestamp, pk in keys]
    entries += [Entry(list_id=some.pk, datestamp=datestamp, record_id=pk) for datestamp, pk in keys[:: RECORDS // 60]]
    Entry.objects.bulk_create(entries, batch_size=1000)
    with connection.cursor() as cursor:
        for table in (Entry._meta.db_table, Record._meta.db_table):
            if connection.vendor == "postgresql":
                cursor.execute(f"VACUUM ANALYZE {table}")
            elif connection.vendor == "mysql":
                cursor.execute(f"ANALYZE TABLE {table}")
                cursor.fetchall()
    return whole.pk, keys


def _record(item_id: int, name: str, number: int) -> Record:
    datestamp = SECOND if RECORDS // 3 <= number < 2 * RECORDS // 3 else SECOND + (number - RECORDS // 2) * 10
    header = f"<header><identifier>{name}</identifier><datestamp>2017-07-14T02:40:00Z</datestamp></header>"
    body = (
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ '
        f'http://www.openarchives.org/OAI/2.0/oai_dc.xsd"><dc:title>{number}</dc:title></oai_dc:dc></metadata>'
    )
    return Record(
        item_id=item_id,
        prefix="oai_dc",
        datestamp=datestamp,
        header=header,
        body=body,
        fingerprint=key_of(name),
        size=len(header) + len(body),
    )


class Effort:
    """What the database read for the statements of a block: pages, rows or steps of its machine."""

    def __init__(self) -> None:
        self.units = 0

    def __enter__(self) -> "Effort":
        if connection.vendor == "sqlite":
            connection.connection.set_progress_handler(self._step, 10)
        elif connection.vendor == "mysql":
            self.before = self._handlers()
        else:
            self.wrapper = connection.execute_wrapper(self._explain)
            self.wrapper.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if connection.vendor == "sqlite":
            connection.connection.set_progress_handler(None, 10)
        elif connection.vendor == "mysql":
            self.units = self._handlers() - self.before
        else:
            self.wrapper.__exit__(*error)

    def _step(self) -> int:
        self.units += 1
        return 0

    def _handlers(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%%'")
            return sum(int(value) for _, value in cursor.fetchall())

    def _explain(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith("SELECT"):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            (plan,) = cursor.fetchone()
            plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            self.units += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            cursor.close()
        return execute(sql, params, many, context)


def token_behind(key: tuple[int, int], set_spec: str = "", **range_: int | None) -> str:
    """The token of a list that has been told up to ``key``."""
    bounds = {"start": None, "end": None} | range_
    return write_token(
        Position(
            "generatn",
            "ListRecords",
            "oai_dc",
            set_spec,
            after=key[0],
            last=key[1],
            cursor=20,
            total=None,
            since=0,
            **bounds,
        ),
        Scope(default_repository),
    )


def effort_of(key: tuple[int, int], set_spec: str = "", **range_: int | None) -> int:
    token = token_behind(key, set_spec, **range_)
    OAIClient().get(verb="ListRecords", resumptionToken=token)
    with Effort() as effort:
        reply: Reply = OAIClient().get(verb="ListRecords", resumptionToken=token)
    assert len(reply.records) == 20, reply.errors
    assert effort.units
    return effort.units


def test_a_page_reads_as_much_at_the_end_as_at_the_beginning(long_list):
    _, keys = long_list
    first = effort_of(keys[20])
    for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        assert effort_of(keys[int(RECORDS * share)]) <= 1.5 * first + 10, share
    assert effort_of(keys[-21]) <= 1.5 * first + 10
    assert first < RECORDS / 4, "or all of this says nothing"


def test_a_page_within_one_second_of_many_records(long_list):
    _, keys = long_list
    first = effort_of(keys[20])
    inside = [key for key in keys if key[0] == SECOND]
    assert len(inside) >= RECORDS // 3
    for key in (inside[0], inside[len(inside) // 2], inside[-30]):
        assert effort_of(key) <= 1.5 * first + 10


def test_a_page_of_a_rare_set(long_list):
    _, keys = long_list
    first = effort_of(keys[20])
    rare = keys[:: RECORDS // 60]
    assert effort_of(rare[3], "rare") <= 1.5 * first + 10
    assert effort_of(rare[-21], "rare") <= 1.5 * first + 10


def test_a_page_of_a_range_of_dates(long_list):
    _, keys = long_list
    first = effort_of(keys[20])
    start = keys[RECORDS * 8 // 10][0]
    assert effort_of(keys[RECORDS * 9 // 10], start=start, end=keys[-1][0]) <= 1.5 * first + 10
    assert effort_of(keys[RECORDS * 9 // 10], start=keys[0][0]) <= 1.5 * first + 10


def test_the_keys_of_a_page_are_all_keys(long_list):
    """Page by page, everything is told once, in order, also inside of the second that many share."""
    _, keys = long_list
    inside = next(number for number, key in enumerate(keys) if key[0] == SECOND)
    token = token_behind(keys[inside - 5])
    told: list[str] = []
    for _ in range(5):
        reply = OAIClient().get(verb="ListRecords", resumptionToken=token)
        told += [record[1][0][0].text for record in reply.records]
        token = reply.token_text
    titles = dict(Record.objects.values_list("id", "body"))
    assert told == [re.search(r"<dc:title>(\d+)<", titles[pk])[1] for _, pk in keys[inside - 4 : inside + 96]]
