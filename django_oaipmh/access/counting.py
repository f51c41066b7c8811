"""Counting in Django's cache, together with all app servers that share it. A cache that fails is complained of, and
stops nobody."""

import logging
import time

from django.conf import settings
from django.core.cache import BaseCache, caches

logger = logging.getLogger("django_oaipmh")

#: Seconds between two complaints.
QUIET = 60

_complained = -QUIET


def alias() -> str:
    """Return which of ``CACHES`` counts: ``oaipmh`` if there is one."""
    return "oaipmh" if "oaipmh" in settings.CACHES else "default"


def add(cache: BaseCache, name: str, amount: int, timeout: int | None) -> int:
    """Add to a counter that may not be there yet, and return the sum."""
    try:
        return cache.incr(name, amount)
    except ValueError:
        return amount if cache.add(name, amount, timeout) else cache.incr(name, amount)


class Counter:
    """A counter that stays; 0 where the cache fails."""

    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, amount: int) -> None:
        """Add ``amount``, which may be negative."""
        try:
            if amount:
                add(caches[alias()], self.name, amount, None)
        except Exception as error:  # whatever the cache's client raises
            complain(error)

    def value(self) -> int:
        """Return the sum."""
        try:
            return max(0, int(caches[alias()].get(self.name, 0)))
        except Exception as error:  # whatever the cache's client raises
            complain(error)
            return 0


def complain(error: Exception) -> None:
    """Log that the cache fails, once a minute."""
    global _complained
    if time.monotonic() - _complained >= QUIET:
        _complained = int(time.monotonic())
        logger.error("The cache does not count, so no rate is kept: %s: %s", type(error).__name__, error)
