from collections.abc import Iterator

import pytest
from django.core.management import call_command

from django_oaipmh.repository import load_formats
from tests.press.factories import ArticleFactory, CollectionFactory, LicenceFactory
from tests.press.models import Article

from .clocks import clock_fixture  # noqa: F401

GALLEY = '<article xmlns="https://press.example.org/ns/galley"><title>{}</title></article>'


@pytest.fixture(autouse=True)
def _formats_are_loaded_anew() -> Iterator[None]:
    yield
    load_formats.cache_clear()


@pytest.fixture
def articles(transactional_db: None, clock) -> list[Article]:
    """Three articles, the first of which has everything; synced, and harvested once."""
    europe = CollectionFactory(slug="europe")
    greece = CollectionFactory(slug="greece", parent=europe)
    found = [
        ArticleFactory(
            journal__code=code,
            authors=names,
            subjects=subjects,
            collections=[greece],
            licence=LicenceFactory(),
            galley_xml=GALLEY.format(code),
        )
        for code, names, subjects in [
            ("jhs", ["First", "Second"], ["History", "Greece"]),
            ("rmr", ["Third"], ["Asia"]),
            ("rmr", [], []),
        ]
    ]
    call_command("oai_sync", verbosity=0)
    harvest()
    return found


def harvest() -> None:
    """Ask for a list: from now on a datestamp is the time of a change."""
    from tests.harvester import OAIClient

    for path in ("/oai", "/theses/oai", "/nodeletes/oai"):
        OAIClient(path).headers()
