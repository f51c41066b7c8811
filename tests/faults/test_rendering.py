"""Whatever a host's code does while records are rendered: its save succeeds, other records go on, the quarantine says
what failed and why, and a repair heals it."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

import django_oaipmh as oai
from django_oaipmh.index import examine
from django_oaipmh.models import Dirty, Intent
from tests.harvester import OAIClient
from tests.hosts import format_of, with_templates
from tests.index.conftest import Spare
from tests.index.looks import live, quarantined, sync, values
from tests.press.factories import NotationFactory
from tests.press.models import Notation

from .sides import kill, several_connections

PATH = "/spare/oai"
BAD = "bad"
NS = 'xmlns="https://press.example.org/ns/galley"'


def name(code: str) -> str:
    return f"oai:spare.example.org:notation/{code}"


class Wordless(Exception):
    def __str__(self) -> str:
        return self.words()

    words = __str__


def endless(notation: Notation) -> str:
    return endless(notation)


class Endless:
    def __str__(self) -> str:
        return str(self)


def run_sql(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return "done"


def fail(error: BaseException) -> str:
    raise error


FAILURES: dict[str, tuple[Callable[[Notation], Any], str]] = {
    "an exception": (lambda notation: fail(RuntimeError("out of the blue")), "RuntimeError: out of the blue"),
    "without words": (lambda notation: fail(Wordless()), "Wordless"),
    "with endless words": (lambda notation: fail(ValueError("x" * 10_000_000)), "ValueError: xxxx"),
    "recursion": (endless, "RecursionError"),
    "recursion in __str__": (lambda notation: f"{Endless()}", "RecursionError"),
    "a value that cannot be told": (lambda notation: Endless(), "RecursionError"),
    "too little memory": (lambda notation: "x" * (sys.maxsize // 2), "MemoryError"),
    "a failing statement": (lambda notation: run_sql("SELECT * FROM no_such_table"), "no_such_table"),
    "a missing object": (lambda notation: Notation.objects.get(pk="none").label, "DoesNotExist"),
    "an assertion": (lambda notation: fail(AssertionError()), "AssertionError"),
    "the end of an iteration": (lambda notation: fail(StopIteration("early")), "StopIteration: early"),
    "a group of exceptions": (lambda notation: fail(ImportError("no module")), "ImportError: no module"),
}


class Failing:
    """Items with a method, a format and more that do what ``misbehave`` does for objects labelled so."""

    def __init__(self, repository: Spare) -> None:
        self.repository = repository
        self.misbehave: Callable[[Notation], Any] = lambda notation: notation.label

    def of(self, notation: Notation) -> Any:
        return self.misbehave(notation) if notation.label == BAD else notation.label


@pytest.fixture
def host(spare: Spare) -> Failing:
    failing = Failing(spare)

    @oai.register(Notation, repository=spare)
    class NotationItem(oai.Item):
        queryset = Notation.objects.all()
        metadata = {"title": "title_of"}

        def title_of(self, notation: Notation) -> Any:
            return failing.of(notation)

    spare.watch()
    sync()
    return failing


@pytest.fixture(params=FAILURES)
def failure(request: pytest.FixtureRequest, host: Failing) -> str:
    """Have ``misbehave`` fail; return what the quarantine is to say."""
    host.misbehave, words = FAILURES[request.param]
    return words


@pytest.mark.parametrize("how", ["saved", "saved in a transaction", "synced", "synced in a transaction"])
def test_one_object_fails(how: str, failure: str, host: Failing):
    labels = {f"N{number}": BAD if number == 2 else "fine" for number in range(5)}
    if how == "saved":
        for code, label in labels.items():
            NotationFactory(code=code, label=label)
    elif how == "saved in a transaction":
        with transaction.atomic():
            for code, label in labels.items():
                NotationFactory(code=code, label=label)
    else:
        Notation.objects.bulk_create([Notation(code=code, label=label) for code, label in labels.items()])
        if how == "synced":
            sync(repository="spare")
        else:
            with transaction.atomic():
                sync(repository="spare")
    assert Notation.objects.count() == 5, "the host has saved"
    assert live(PATH) == {name(code) for code in labels if code != "N2"}
    ((which, reason),) = quarantined().items()
    assert which == ("N2", "object")
    assert failure in reason
    assert len(reason) <= 2000
    assert not Dirty.objects.filter(repository="spare").exists()
    assert not Intent.objects.exists()
    host.misbehave = lambda notation: "repaired"
    sync(repository="spare")
    assert not quarantined()
    assert values(name("N2"), path=PATH) == ["repaired"]


@pytest.mark.parametrize("hook", ["get_identifier", "get_about", "has_format", "get_metadata"])
def test_every_hook_may_fail(hook: str, host: Failing, monkeypatch):
    item = host.repository.item_for("press.Notation")
    original = getattr(oai.Item, hook)

    def overridden(self: Any, obj: Notation, *args: Any) -> Any:
        return fail(RuntimeError("hooked")) if obj.label == BAD else original(self, obj, *args)

    with monkeypatch.context() as patch:
        patch.setattr(type(item), hook, overridden, raising=False)
        item.__dict__.clear()
        item.__init__(Notation, host.repository)
        NotationFactory(code="N", label="fine")
        NotationFactory(code="B", label=BAD)
        sync(repository="spare")
        assert live(PATH) == {name("N")}
        assert quarantined() == {("B", "object"): "RuntimeError: hooked"}
    item.__init__(Notation, host.repository)
    item.__dict__.pop("hooks", None)
    sync(repository="spare")
    assert live(PATH) == {name("N"), name("B")}


def test_a_row_that_the_model_cannot_read(host: Failing, monkeypatch):
    """One value in the database that a field refuses: the others are read without it."""
    Notation.objects.bulk_create([Notation(code=f"N{n}", label=BAD if n == 3 else "fine") for n in range(7)])
    original = Notation.from_db.__func__

    def from_db(cls: type[Notation], db: str, names: Any, row: Any, **options: Any) -> Notation:
        if BAD in row:
            raise ValueError("no legal value")
        return original(cls, db, names, row, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Notation, "from_db", classmethod(from_db))
        sync(repository="spare")
        assert live(PATH) == {name(f"N{n}") for n in range(7) if n != 3}
        assert quarantined() == {("N3", "object"): "ValueError: no legal value"}
    sync(repository="spare")
    assert len(live(PATH)) == 7
    assert not quarantined()


# Ending the process.


@pytest.mark.parametrize("status", [0, 3, "words"])
def test_a_method_that_ends_the_process_stops_the_sync(status: object, host: Failing):
    Notation.objects.bulk_create([Notation(code="N", label="fine"), Notation(code="O", label=BAD)])
    host.misbehave = lambda notation: sys.exit(status)
    with pytest.raises(CommandError, match="the host's code ended the sync"):
        call_command("oai_sync", repository="spare", verbosity=0)
    assert not Intent.objects.exists()
    assert not quarantined()
    host.misbehave = lambda notation: "repaired"
    sync(repository="spare")
    assert len(live(PATH)) == 2


def test_an_interrupt_stops_the_sync(host: Failing, monkeypatch):
    """Ctrl-C, while an object is described: what was written stays, nothing else is left."""
    monkeypatch.setattr("django_oaipmh.index.sync.BATCH", 2)
    Notation.objects.bulk_create([Notation(code=f"N{n}", label=BAD if n == 3 else "fine") for n in range(6)])
    host.misbehave = lambda notation: fail(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        call_command("oai_sync", repository="spare", verbosity=0)
    assert not Intent.objects.exists()
    assert live(PATH) == {name("N0"), name("N1")}
    host.misbehave = lambda notation: "repaired"
    sync(repository="spare")
    assert len(live(PATH)) == 6


def test_a_worker_that_ends_while_it_indexes_leaves_the_note(host: Failing):
    """A server may end a worker by raising SystemExit anywhere; that is not for us to stop."""
    host.misbehave = lambda notation: sys.exit(1)
    with pytest.raises(SystemExit):
        NotationFactory(code="N", label=BAD)
    assert Notation.objects.filter(code="N").exists()
    assert Dirty.objects.filter(repository="spare").exists()
    host.misbehave = lambda notation: "repaired"
    sync(repository="spare", changed=True)
    assert live(PATH) == {name("N")}


# The database's errors, and whose they are.


@several_connections
def test_a_lost_connection_is_not_the_object_s_fault(host: Failing, caplog):
    host.misbehave = lambda notation: kill() or run_sql("SELECT 1")
    NotationFactory(code="N", label=BAD)
    connection.close()
    assert not quarantined()
    assert Dirty.objects.filter(repository="spare").exists(), "it is tried again"
    assert "A change stays in the outbox" in caplog.text
    host.misbehave = lambda notation: "repaired"
    sync(repository="spare", changed=True)
    assert values(name("N"), path=PATH) == ["repaired"]


def test_an_error_in_a_method_leaves_the_transaction_as_it_was(host: Failing):
    """On PostgreSQL an error would else break the transaction in which the sync was called."""
    host.misbehave = lambda notation: run_sql("SELECT * FROM no_such_table")
    Notation.objects.bulk_create([Notation(code="N", label=BAD), Notation(code="O", label="fine")])
    with transaction.atomic():
        NotationFactory(code="P", label="fine")
        sync(repository="spare")
        assert Notation.objects.count() == 3
    assert Notation.objects.count() == 3
    assert live(PATH) == {name("O"), name("P")}
    assert "no_such_table" in quarantined()["N", "object"]


def test_a_failing_queryset_blames_no_object(host: Failing, monkeypatch):
    def fail_(*args: Any) -> Any:
        raise DatabaseError("relation is gone")

    NotationFactory(code="N", label="fine")
    monkeypatch.setattr(oai.Item, "prefetched", fail_)
    with pytest.raises(CommandError):
        call_command("oai_sync", repository="spare", verbosity=0)
    assert not quarantined()


# Templates.

TEMPLATES = {
    "a syntax error": ("{% if %}", "TemplateSyntaxError"),
    "an unknown tag": ("{% nonsense %}", "TemplateSyntaxError"),
    "a missing include": ('{% include "none.xml" %}', "TemplateDoesNotExist: none.xml"),
    "a missing parent": ('{% extends "none.xml" %}', "TemplateDoesNotExist: none.xml"),
    "itself, without end": ('{% include "django_oaipmh/formats/adhoc.xml" %}', "RecursionError"),
    "ill-formed XML": ('<a xmlns="https://press.example.org/ns/adhoc">', "IllFormed"),
    "no XML": ("words", "IllFormed"),
    "nothing": ("", "IllFormed"),
    "a failing filter": ('<a xmlns="https://press.example.org/ns/adhoc">{{ dc.title|add:1|date:1 }}', ""),
}
GOOD = '<a xmlns="https://press.example.org/ns/adhoc">{{ identifier }}</a>'


@pytest.mark.parametrize("what", TEMPLATES)
def test_a_template_that_fails(what: str, host: Failing, settings):
    from django_oaipmh.repository import load_formats

    host.repository.formats = ("oai_dc", format_of())
    load_formats.cache_clear()
    text, words = TEMPLATES[what]
    path = "django_oaipmh/formats/adhoc.xml"
    settings.TEMPLATES = with_templates({path: text})
    NotationFactory(code="N", label="fine")
    sync(repository="spare")
    assert live(PATH) == {name("N")}, "the other format is none the worse for it"
    assert words in quarantined()["N", "adhoc"]
    settings.TEMPLATES = with_templates({path: GOOD})
    sync(repository="spare")
    assert not quarantined()
    assert live(PATH, "adhoc") == {name("N")}


# Large records.


@pytest.fixture
def archive(spare: Spare) -> Spare:
    """Finding aids of as many bytes as their label says."""

    @oai.register(Notation, repository=spare)
    class FindingAid(oai.Item):
        queryset = Notation.objects.all()
        metadata = {"title": "code"}
        xml = {"galley": "written"}

        def written(self, notation: Notation) -> str:
            return f"<article {NS}><title/>" + "<p>123456789</p>" * (int(notation.label) // 16) + "</article>"

    spare.watch()
    sync()
    return spare


def galleys() -> dict[str, int]:
    """Identifier → number of parts."""
    records = OAIClient(PATH).records("galley")
    return {record[0][0].text: len(record[1][0]) - 1 for record in records}


def test_many_large_records_at_once(archive: Spare):
    """Together they are more than MariaDB takes in one statement, and than belongs into one."""
    Notation.objects.bulk_create([Notation(code=f"N{n:03}", label="500000") for n in range(50)])
    sync(repository="spare")
    assert not quarantined()
    sizes = Notation.objects.count()
    first = OAIClient(PATH).get(verb="ListRecords", metadataPrefix="galley")
    assert sizes == 50 and len(first.records) and len(first.content) < 6_000_000
    assert len(live(PATH, "galley")) == 50
    Notation.objects.update(label="500016")
    sync(repository="spare", allow_mass_change=True)
    assert set(galleys().values()) == {500016 // 16}


def test_a_record_of_eight_megabytes_is_a_record(archive: Spare):
    NotationFactory(code="EAD", label="8000000")
    assert galleys() == {name("EAD"): 500_000}


@pytest.mark.skipif(connection.vendor == "mysql", reason="max_allowed_packet of the tests' server is less")
def test_a_record_of_twenty_megabytes_is_a_record(archive: Spare):
    NotationFactory(code="EAD", label="20000000")
    assert galleys() == {name("EAD"): 1_250_000}


@pytest.mark.skipif(connection.vendor != "mysql", reason="others have no such limit")
def test_a_record_that_the_database_does_not_take(archive: Spare):
    Notation.objects.bulk_create([Notation(code="EAD", label="20000000"), Notation(code="O", label="100")])
    sync(repository="spare")
    assert set(galleys()) == {name("O")}
    assert "max_allowed_packet" in quarantined()["EAD", "galley"]
    assert live(PATH) == {name("EAD"), name("O")}


def test_a_record_of_two_hundred_megabytes_is_quarantined(archive: Spare, monkeypatch):
    """It is not even parsed, which would take several times its room."""
    parsed: list[int] = []
    original = examine.markup.parse
    monkeypatch.setattr(
        examine.markup, "parse", lambda source, **options: parsed.append(len(source)) or original(source, **options)
    )
    Notation.objects.bulk_create([Notation(code="EAD", label="200000000"), Notation(code="O", label="100")])
    sync(repository="spare")
    assert set(galleys()) == {name("O")}
    reason = quarantined()["EAD", "galley"]
    assert "MAX_RECORD_BYTES allows 50,000,000" in reason
    assert max(parsed) < 1_000_000
    Notation.objects.filter(code="EAD").update(label="1000")
    sync(repository="spare")
    assert not quarantined()


def test_the_limit_is_a_setting(archive: Spare, settings):
    """It holds for what a template makes, too."""
    settings.OAIPMH = settings.OAIPMH | {"MAX_RECORD_BYTES": 2_000}
    NotationFactory(code="A", label="1000")
    NotationFactory(code="B", label="3000")
    NotationFactory(code="C" * 50, label="10")
    assert set(galleys()) == {name("A"), name("C" * 50)}
    settings.OAIPMH = settings.OAIPMH | {"MAX_RECORD_BYTES": 300}
    sync(repository="spare", render_all=True)
    assert "MAX_RECORD_BYTES allows 300" in quarantined()["A", "oai_dc"]
    settings.OAIPMH = settings.OAIPMH | {"MAX_RECORD_BYTES": 4_000}
    sync(repository="spare")
    assert not quarantined()
