from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from django_oaipmh.repository import Repository

from . import schemas
from .harvester import OAIClient
from .validation import watching

# A machine that is busy with something else fails no test; fixtures of a function are there for all its examples.
settings.register_profile(
    "tests",
    parent=settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")


def pytest_report_header() -> str | None:
    return None if schemas.available() else schemas.MISSING


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a database. It is safe to go by this: pytest-django refuses a database to all others."""
    for item in items:
        if "django_db_setup" in getattr(item, "fixturenames", ()) or item.get_closest_marker("django_db"):
            item.add_marker("database")


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
