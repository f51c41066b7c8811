"""A database that takes no writes: harvesters go on, and the host suffers no more than it must."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from django_oaipmh.models import RepositoryState
from tests.copies import Copy
from tests.harvester import OAIClient
from tests.invariants.copies import told, truth
from tests.press.factories import ArticleFactory
from tests.press.models import Article

from .asking import LIST, ask, is_postponed


class ReadOnly:
    """Makes the database of the test refuse writes, as each of them does."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "index.sqlite3"
        self.memory: sqlite3.Connection | None = None
        self.settings = connection.settings_dict
        self.before = (self.settings["NAME"], dict(self.settings["OPTIONS"]))

    def begin(self) -> None:
        if connection.vendor == "sqlite":  # a file that may only be read, with what the test has in memory
            connection.ensure_connection()
            self.memory = connection.connection
            copy = sqlite3.connect(self.file)
            self.memory.backup(copy)
            copy.close()
            connection.connection = None
            self.settings["NAME"] = f"file:{self.file}?mode=ro"
        else:
            connection.close()
            self.settings["OPTIONS"] |= {
                "postgresql": {"options": "-c default_transaction_read_only=on"},
                "mysql": {"init_command": "SET SESSION TRANSACTION READ ONLY"},
            }[connection.vendor]

    def end(self) -> None:
        connection.close()
        self.settings["NAME"], options = self.before
        self.settings["OPTIONS"].clear()
        self.settings["OPTIONS"].update(options)
        if self.memory is not None:
            connection.connection, self.memory = self.memory, None


@pytest.fixture
def read_only(tmp_path: Path, transactional_db: None) -> Iterator[ReadOnly]:
    one = ReadOnly(tmp_path)
    yield one
    one.end()


def test_harvesting_goes_on(articles: list[Article], read_only: ReadOnly, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    before = Copy().harvest()
    read_only.begin()
    copy = Copy().harvest()
    assert copy.records == before.records
    assert told(copy.harvest()) == truth()
    for verb in ("Identify", "ListSets", "ListMetadataFormats"):
        assert OAIClient().get(verb=verb).status == 200
    reply = OAIClient().get(verb="GetRecord", metadataPrefix="oai_dc", identifier=next(iter(copy.records)))
    assert reply.status == 200


def test_the_first_list_of_all_has_to_wait(transactional_db, read_only: ReadOnly):
    """It would end the host's own dates, and that cannot be written down."""
    ArticleFactory()
    call_command("oai_sync", verbosity=0)
    read_only.begin()
    for _ in range(2):
        assert is_postponed(ask(**LIST))
    assert ask(verb="Identify").status == 200
    read_only.end()
    assert RepositoryState.objects.get(name="oai").harvested is None
    assert ask(**LIST).identifiers
    read_only.begin()
    assert ask(**LIST).identifiers


def test_a_sync_says_why_it_cannot(articles: list[Article], read_only: ReadOnly, capsys):
    read_only.begin()
    with pytest.raises(CommandError):
        call_command("oai_sync", repository="oai")
    words = capsys.readouterr().err.lower()
    assert "read-only" in words or "read only" in words or "readonly" in words


class IndexElsewhere:
    """The index in a database of its own."""

    def db_for_read(self, model, **hints):
        return "index" if model._meta.app_label == "django_oaipmh" else None

    db_for_write = db_for_read

    def allow_relation(self, *models, **hints):
        return True


@pytest.fixture
def index(transactional_db: None, articles: list[Article], settings) -> Iterator[None]:
    """A second connection to the same tables, which refuses writes."""
    if connection.vendor == "sqlite":
        pytest.skip("the tests' SQLite is one connection")
    one = connection.copy(alias="index")
    one.settings_dict = one.settings_dict | {"OPTIONS": dict(one.settings_dict["OPTIONS"]), "ATOMIC_REQUESTS": False}
    one.settings_dict["OPTIONS"] |= {
        "postgresql": {"options": "-c default_transaction_read_only=on"},
        "mysql": {"init_command": "SET SESSION TRANSACTION READ ONLY"},
    }[connection.vendor]
    one.ensure_connection()
    connections["index"] = one
    connections.settings["index"] = one.settings_dict
    settings.DATABASE_ROUTERS = [IndexElsewhere()]
    yield
    one.close()
    del connections["index"], connections.settings["index"]


@pytest.mark.parametrize("atomic", [False, True], ids=["autocommit", "atomic"])
def test_a_host_saves_whatever_becomes_of_the_index(atomic: bool, index, articles, caplog):
    """The index is in a database of its own, which takes no writes."""
    for number, article in enumerate(articles):
        article.title = "Saved all the same"
        if atomic:
            with transaction.atomic():
                article.save()
                if number == 1:
                    article.authorships.all().delete()
        else:
            article.save()
    articles[2].delete()
    assert Article.objects.filter(title="Saved all the same").count() == 2
    assert "A change could not be noted; run oai_sync." in caplog.text
    assert OAIClient().get(**LIST).identifiers, "and harvesting goes on"
