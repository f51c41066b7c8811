from collections.abc import Iterator

import pytest

from django_oaipmh.repository import load_formats
from tests.invariants.clocks import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test moves, in the place of the database's."""
    return Clock().wind(monkeypatch)


@pytest.fixture(autouse=True)
def _formats_are_loaded_anew() -> Iterator[None]:
    yield
    load_formats.cache_clear()
