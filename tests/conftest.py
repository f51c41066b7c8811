from collections.abc import Iterator

import pytest

from django_oaipmh.repository import Repository

from . import schemas
from .harvester import OAIClient
from .validation import watching


def pytest_report_header() -> str | None:
    return None if schemas.available() else schemas.MISSING


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if sum(schemas.counts.values()):
        terminalreporter.write_line(schemas.report())


@pytest.fixture(scope="session", autouse=True)
def _watch_every_response() -> Iterator[None]:
    """No answer of an OAI-PMH endpoint escapes validation, whoever asks."""
    with watching():
        yield


@pytest.fixture(autouse=True)
def _no_process_has_swept_yet() -> None:
    """What a test's saves cost does not depend on the tests before it."""
    from django_oaipmh.index import store

    store._swept.clear()


@pytest.fixture
def harvester(db: None) -> OAIClient:
    """A harvester of the default repository."""
    return OAIClient("/oai")


@pytest.fixture
def repository() -> Iterator[Repository]:
    """A repository without items, for this test only."""
    from .hosts import hosting

    with hosting() as repository:
        yield repository
