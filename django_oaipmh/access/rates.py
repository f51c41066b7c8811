"""Named rates: how many requests a client may send. The package ``limits`` keeps to them, Django's cache counts.

It is the cache that all app servers share, so they count together. Where it fails, nobody is refused: a repository
that answers too much is better than one that answers nothing.
"""

import time
from functools import lru_cache
from hashlib import blake2b
from math import ceil
from threading import Lock

from django.core.cache import BaseCache, caches
from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from .counting import add, alias, complain

#: The most requests that a process takes at once, and the most clients that it has some left for.
LARGEST_SHARE, MOST_CLIENTS = 100, 10_000


class CacheStorage(Storage):
    """Counts in one of Django's caches, in windows of so many seconds.

    The window is part of the entry's name. If an entry outlives its window, as it may where one server increments and
    another lets it expire, nobody is refused for ever.
    """

    STORAGE_SCHEME = None

    def __init__(self, alias: str, seconds: int) -> None:
        super().__init__()
        self.alias = alias
        self.seconds = seconds

    @property
    def base_exceptions(self) -> type[Exception]:
        """Caches have no exception in common."""
        return Exception

    @property
    def cache(self) -> BaseCache:
        """The cache: one connection for each thread."""
        return caches[self.alias]

    @property
    def window(self) -> int:
        """The number of the present window."""
        return int(time.time()) // self.seconds

    def entry(self, key: str) -> str:
        """Return the name of the present window's counter, of no characters that a cache might refuse."""
        return f"oaipmh:{blake2b(f'{key}/{self.window}'.encode(), digest_size=16).hexdigest()}"

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` more, and return the sum."""
        return add(self.cache, self.entry(key), amount, 2 * expiry)

    def get(self, key: str) -> int:
        """Return the sum."""
        return int(self.cache.get(self.entry(key), 0))

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds since 1970."""
        return float((self.window + 1) * self.seconds)

    def check(self) -> bool:
        """Return whether the cache answers."""
        self.cache.get("oaipmh:check")
        return True

    def reset(self) -> int | None:
        """Do nothing to a cache that others use, too."""
        return None

    def clear(self, key: str) -> None:
        """Forget the present window."""
        self.cache.delete(self.entry(key))


class Limit:
    """So many requests in a window. Who may send many is counted in shares: a process takes several requests at once
    from the cache, and grants them without asking it.

    All processes together never grant more than the limit. What a process does not use of its share, less than a
    hundredth, nobody gets.
    """

    def __init__(self, item: RateLimitItem, alias: str) -> None:
        self.item = item
        self.storage = CacheStorage(alias, item.get_expiry())
        self.limiter = FixedWindowRateLimiter(self.storage)
        self.share = max(1, min(LARGEST_SHARE, item.amount // 100))
        self._window = 0
        self._left: dict[tuple[str, ...], int] = {}
        self._lock = Lock()

    def hit(self, who: tuple[str, ...]) -> bool:
        """Count a request, and return whether it is to be served."""
        if self.share == 1:
            return self.limiter.hit(self.item, *who)
        window = self.storage.window
        with self._lock:
            if self._window != window or len(self._left) > MOST_CLIENTS:
                self._window = window
                self._left.clear()
            if left := self._left.pop(who, 0):
                if left > 1:
                    self._left[who] = left - 1
                return True
        granted = self.limiter.hit(self.item, *who, cost=self.share)
        with self._lock:
            if granted and self._window == window:
                self._left[who] = self._left.get(who, 0) + self.share - 1
        return granted

    def wait(self, who: tuple[str, ...]) -> int:
        """Return the seconds until the next window."""
        return max(1, ceil(self.limiter.get_window_stats(self.item, *who).reset_time - time.time()))


@lru_cache(maxsize=64)
def read_rate(rate: str, alias: str) -> list[Limit]:
    """Return the limits in ``rate``, such as ``10/second; 1000/hour``.

    Raises:
        ValueError: it is no rate, or one that serves nobody.
    """
    items = parse_many(rate)
    if any(item.amount < 1 for item in items):
        raise ValueError(f"nobody is served at {rate!r}")
    return [Limit(item, alias) for item in items]


def wait(rate: str, *who: str) -> int:
    """Count a request, and return the seconds after which the client may come again; 0: it is to be served.

    Args:
        rate: what holds for the client.
        who: the client, and what it asks.
    """
    limits = read_rate(rate, alias())
    try:
        exceeded = [limit for limit in limits if not limit.hit(who)]
        return max((limit.wait(who) for limit in exceeded), default=0)
    except Exception as error:  # whatever the cache's client raises
        complain(error)
        return 0
