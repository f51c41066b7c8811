"""A clock that a test moves: it stands in for the database's, so that whole seconds pass without waiting."""

import time

import pytest

from django_oaipmh import clock
from django_oaipmh.protocol import lists

#: How far from the real time the clock may be: a response that is further off is a failure of its own.
FURTHEST = 100


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
        patch.setattr(lists, "statement", lists.statement.__wrapped__)  # the time is part of what is kept
        return self
