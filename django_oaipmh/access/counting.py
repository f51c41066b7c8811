"""Counting in Django's cache, together with all app servers that share it. A cache that fails is complained of, and
stops nobody."""

import logging
import threading
import time

from django.conf import settings
from django.core.cache import BaseCache, caches

logger = logging.getLogger("django_oaipmh")

#: Seconds between two complaints.
QUIET = 60

#: What a process counts before it tells the cache, within a second.
MANY = 10

_complained = -QUIET

#: Counter → what this process has not told the cache yet, and when it last told something.
_kept: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


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
    """A counter that stays; 0 where the cache fails.

    A process tells the cache what it has counted when it is ``MANY``, or was last told a second ago. So a fast harvest
    does not wait for the cache at each page, and what others do not see yet is less than ``MANY`` of each process.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def add(self, amount: int) -> None:
        """Add ``amount``, which may be negative."""
        with _lock:
            kept, told = _kept.get(self.name, (0, 0.0))
            kept, now = kept + amount, time.monotonic()
            tell = abs(kept) >= MANY or now - told >= 1
            _kept[self.name] = (0, now) if tell else (kept, told)
        try:
            if tell and kept:
                add(caches[alias()], self.name, kept, None)
        except Exception as error:  # whatever the cache's client raises
            complain(error)

    def value(self) -> int:
        """Return the sum."""
        try:
            counted = int(caches[alias()].get(self.name, 0))
        except Exception as error:  # whatever the cache's client raises
            complain(error)
            counted = 0
        return max(0, counted + _kept.get(self.name, (0, 0.0))[0])


def complain(error: Exception) -> None:
    """Log that the cache fails, once a minute."""
    global _complained
    if time.monotonic() - _complained >= QUIET:
        _complained = int(time.monotonic())
        logger.error("The cache does not count, so no rate is kept: %s: %s", type(error).__name__, error)
