"""Rates: who comes too often is told when to come again; a cache that fails stops nobody."""

import logging
from types import SimpleNamespace

import pytest
from django.core.cache import cache, caches
from django.core.cache.backends.locmem import LocMemCache

from django_oaipmh.access import counting, rates
from tests.harvester import OAIClient

from .conftest import bearer, issue

IDENTIFY = "verb=Identify"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which only the test moves: 20 seconds into a minute."""
    time = [1_800_000_000.0 + 20]
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: time[0]))
    return time


def ask(times: int = 1, **headers: str) -> list[int]:
    return [OAIClient().raw(IDENTIFY, **headers).status for _ in range(times)]


class Broken(LocMemCache):
    """A cache whose server is away."""

    def incr(self, *args, **kwargs):
        raise ConnectionError("refused")

    get = add = set = delete = incr


class Full(LocMemCache):
    """A cache that keeps nothing, as Memcached may."""

    def add(self, *args, **kwargs):
        return False

    def incr(self, *args, **kwargs):
        raise ValueError("not found")


def test_no_rate_unless_it_is_set(now):
    assert set(ask(50)) == {200}
    assert not cache._cache


def test_too_many_requests(options, now):
    options(RATES={"anonymous": "3/minute"})
    assert ask(3) == [200] * 3
    reply = OAIClient().raw(IDENTIFY)
    assert reply.status == 429
    assert reply.http["retry-after"] == "40"
    assert reply.http["content-type"] == "text/plain; charset=utf-8"
    assert "no-store" in reply.http["cache-control"]
    assert "etag" not in reply.http
    assert reply.raw.decode() == "Too many requests: 3/minute are served. Come again in 40 seconds.\n"


def test_who_comes_again_when_told_is_served(options, now):
    options(RATES={"anonymous": "3/minute"})
    assert ask(4)[-1] == 429
    now[0] += 39
    assert ask() == [429]
    now[0] += 1
    assert ask(4) == [200, 200, 200, 429]


def test_every_request_counts(options, now, press):
    options(RATES={"anonymous": "4/minute"})
    client = OAIClient()
    etag = client.raw(IDENTIFY).http["etag"]
    assert client.raw(IDENTIFY, if_none_match=etag).status == 304
    assert client.post(verb="Identify").status == 200
    assert client.raw("verb=Nonsense").codes == ["badVerb"]
    assert client.raw(IDENTIFY, if_none_match=etag).status == 429


def test_each_address_has_its_own(options, now, settings):
    options(RATES={"anonymous": "1/minute"}, TRUSTED_PROXIES=["127.0.0.1"])
    assert ask(2, x_forwarded_for="192.0.2.1") == [200, 429]
    assert ask(2, x_forwarded_for="192.0.2.2") == [200, 429]
    assert ask(1, x_forwarded_for="192.0.2.3, 192.0.2.1") == [429]
    options(TRUSTED_PROXIES=[])
    assert [ask(1, x_forwarded_for=f"192.0.2.{last}") for last in (4, 5)] == [[200], [429]]


def test_each_repository_has_its_own(options, now):
    options(RATES={"anonymous": "1/minute"})
    assert ask(2) == [200, 429]
    assert OAIClient("/theses/oai").raw(IDENTIFY).status == 200
    assert OAIClient("/theses/oai").raw(IDENTIFY).status == 429


def test_several_limits_at_once(options, now):
    options(RATES={"anonymous": "2/second; 5/minute"})
    assert ask(3) == [200, 200, 429]
    assert OAIClient().raw(IDENTIFY).http["retry-after"] == "1"
    now[0] += 1
    reply = [OAIClient().raw(IDENTIFY) for _ in range(2)][-1]
    assert (reply.status, reply.http["retry-after"]) == (429, "39")  # refused requests have been counted


def test_who_may_come_often_is_counted_in_shares(options, now, monkeypatch):
    """The cache is asked once for ten requests, and yet no more are served."""
    asked: list[int] = []
    incr = rates.CacheStorage.incr

    def counted(self, key, expiry, amount=1):
        asked.append(amount)
        return incr(self, key, expiry, amount)

    monkeypatch.setattr(rates.CacheStorage, "incr", counted)
    who = ("oai", "keys", "key/1")
    assert [rates.wait("1000/minute", *who) for _ in range(1001)] == [0] * 1000 + [40]
    assert asked == [10] * 101
    now[0] += 40
    assert [rates.wait("1000/minute", *who) for _ in range(1001)].count(0) == 1000


def test_a_share_that_was_not_used_is_nobodys_in_the_next_window(options, now):
    who = ("oai", "keys", "key/1")
    assert [rates.wait("1000/minute", *who) for _ in range(5)] == [0] * 5
    now[0] += 60
    assert [rates.wait("1000/minute", *who) for _ in range(1010)].count(0) == 1000


def test_shares_of_many_clients_take_no_memory_for_ever(options, now, monkeypatch):
    monkeypatch.setattr(rates, "MOST_CLIENTS", 5)
    for client in range(50):
        assert rates.wait("1000/minute", str(client)) == 0
    (limit,) = rates.read_rate("1000/minute", "default")
    assert len(limit._left) <= 6


def test_keys_have_rates_by_name(options, now):
    options(KEYS="optional", RATES={"anonymous": "1/minute", "keys": "2/minute", "partner": "4/minute"})
    _, plain = issue()
    _, partner = issue(rate="partner")
    _, retired = issue(rate="of another time")
    assert ask(2) == [200, 429]
    assert ask(3, authorization=bearer(plain)) == [200, 200, 429]
    assert ask(5, authorization=bearer(partner)) == [200] * 4 + [429]
    assert ask(3, authorization=bearer(retired)) == [200, 200, 429]


def test_a_key_is_counted_wherever_it_comes_from(options, now):
    options(KEYS="optional", RATES={"keys": "1/minute"}, TRUSTED_PROXIES=["127.0.0.1"])
    _, secret = issue()
    assert ask(1, authorization=bearer(secret), x_forwarded_for="192.0.2.1") == [200]
    assert ask(1, authorization=bearer(secret), x_forwarded_for="192.0.2.2") == [429]


def test_who_tries_keys_is_slowed_down(options, now):
    options(KEYS="required", RATES={"anonymous": "2/minute"})
    guesses = [f"AAAAAAAA_{number:032}" for number in range(3)]
    assert [ask(1, authorization=bearer(guess)) for guess in guesses] == [[401], [401], [429]]
    _, secret = issue()
    assert ask(1, authorization=bearer(secret)) == [200]


@pytest.mark.parametrize("backend", ["Broken", "Full"])
def test_a_cache_that_fails_stops_nobody(options, settings, caplog, backend):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{backend}"}}
    options(KEYS="optional", RATES={"anonymous": "1/minute", "keys": "1/minute"})
    _, secret = issue()
    with caplog.at_level(logging.ERROR, "django_oaipmh"):
        assert set(ask(5)) == {200}
        assert set(ask(5, authorization=bearer(secret))) == {200}
    (complaint,) = caplog.messages  # and not one for every request
    assert complaint.startswith("The cache does not count, so no rate is kept: ")


def test_it_is_complained_of_again_after_a_while(options, settings, caplog, monkeypatch):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Broken"}}
    options(RATES={"anonymous": "1/minute"})
    with caplog.at_level(logging.ERROR, "django_oaipmh"):
        ask()
        monkeypatch.setattr(counting, "_complained", counting._complained - counting.QUIET)
        ask()
    assert len(caplog.records) == 2


def test_a_cache_of_its_own(options, settings, now):
    settings.CACHES = {
        "default": {"BACKEND": f"{__name__}.Broken"},
        "oaipmh": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "rates"},
    }
    options(RATES={"anonymous": "1/minute"})
    assert ask(2) == [200, 429]
    caches["oaipmh"].clear()


def test_a_counter_that_outlives_its_window_refuses_nobody(options, now):
    """An entry without an expiry is left behind where one server increments what another lets expire."""
    options(RATES={"anonymous": "1/minute"})
    ask(5)
    for name in list(cache._expire_info):
        cache._expire_info[name] = None
    now[0] += 60
    assert ask(2) == [200, 429]
