"""A clock that a test moves: it stands in for the database's, so that whole seconds pass without waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from django_oaipmh import clock
from django_oaipmh.protocol import lists
from tests.harvester import Header, OAIClient

#: How far from the real time the clock begins: a response that is further off is a failure of its own.
FURTHEST = 60


class Clock:
    """Seconds since 1970, as far as the index and the protocol are told. It begins in the past, and never overtakes
    the real time."""

    def __init__(self) -> None:
        self.time = int(time.time()) - FURTHEST

    def tick(self, seconds: int = 1) -> int:
        """Let time pass; negative: the clock is set back."""
        self.time = min(self.time + seconds, int(time.time()))
        return self.time

    def now(self, using: str) -> int:
        return self.time

    def wind(self, patch: pytest.MonkeyPatch) -> "Clock":
        """Take the place of the database's clock."""
        patch.setattr(clock, "now", self.now)
        patch.setattr(clock, "sql", lambda using: "%s")
        patch.setattr(clock, "parameters", lambda using: [self.time])
        patch.setattr(lists, "statement", lists.statement.__wrapped__)  # it remembers the clock of the database
        return self

    @contextmanager
    def moving(self, *told: tuple[str, str]) -> Iterator[dict[tuple[str, str], set[str]]]:
        """Tell which records the block gave a later datestamp, by list (path and prefix); none may get an earlier."""
        told = told or (("/oai", "oai_dc"),)
        moved: dict[tuple[str, str], set[str]] = {}
        before = {one: headers(*one) for one in told}
        self.tick()
        yield moved
        for one in told:
            after = headers(*one)
            assert before[one].keys() <= after.keys(), "a record vanished"
            stamps = {identifier: header.datestamp for identifier, header in before[one].items()}
            assert all(header.datestamp >= stamps.get(identifier, "") for identifier, header in after.items())
            moved[one] = {
                identifier for identifier, header in after.items() if header.datestamp != stamps.get(identifier)
            }


def headers(path: str = "/oai", prefix: str = "oai_dc", **arguments: str) -> dict[str, Header]:
    """Identifier → header of a whole list."""
    return {header.identifier: header for header in OAIClient(path).headers(prefix, **arguments)}


@pytest.fixture(name="clock")
def clock_fixture(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that the test moves, in the place of the database's."""
    return Clock().wind(monkeypatch)
