"""Whose request it is: nobody can forge it, and behind proxies it is still the client's."""

import pytest
from django.test import RequestFactory

from django_oaipmh.access.addresses import client_of

PROXIES = ["10.0.0.0/8", "2001:db8:ffff::/48"]


def client(remote: str, forwarded: str | None = None, proxies: list[str] = PROXIES) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_of(RequestFactory().get("/oai", REMOTE_ADDR=remote, headers=headers), proxies)


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "10.0.0.1", "203.0.113.9, 10.0.0.1", "junk", ""])
def test_without_trusted_proxies_the_header_says_nothing(forwarded):
    assert client("192.0.2.1", forwarded, []) == "192.0.2.1"


@pytest.mark.parametrize("forwarded", ["203.0.113.9", "10.0.0.1", "203.0.113.9, 10.0.0.1"])
def test_who_is_no_trusted_proxy_cannot_speak_for_others(forwarded):
    assert client("192.0.2.1", forwarded) == "192.0.2.1"


@pytest.mark.parametrize(
    "forwarded, expected",
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what stands before came from the client
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),  # two proxies
        ("198.51.100.1, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
        (" 203.0.113.9 ,10.0.0.2 ", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8:1:2::3]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("203.0.113.9, 2001:db8:ffff::1", "203.0.113.9"),
        ("10.0.0.7", "10.0.0.7"),  # a client inside
        ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
    ],
)
def test_behind_proxies(forwarded, expected):
    assert client("10.0.0.1", forwarded) == expected


@pytest.mark.parametrize(
    "forwarded", [None, "", "junk", "unknown", "203.0.113.9, junk", ",", "1.2.3.4.5", "::1::", "[", "1.2.3.4, "]
)
def test_what_a_proxy_says_in_vain_is_its_own(forwarded):
    assert client("10.0.0.1", forwarded) == "10.0.0.1"


def test_garbage_before_an_address_does_not_matter():
    assert client("10.0.0.1", "junk, 203.0.113.9") == "203.0.113.9"


def test_garbage_between_proxies_stops_at_the_last_that_could_be_read():
    assert client("10.0.0.1", "203.0.113.9, junk, 10.0.0.2") == "10.0.0.2"


def test_a_customer_has_a_whole_network_of_addresses():
    assert client("2001:db8:1:2::1", proxies=[]) == client("2001:db8:1:2:ffff::9", proxies=[])
    assert client("2001:db8:1:2::1", proxies=[]) != client("2001:db8:1:3::1", proxies=[])


def test_mapped_addresses_are_those_of_version_4():
    assert client("::ffff:192.0.2.1", proxies=[]) == "192.0.2.1"
    assert client("::ffff:10.0.0.1", "203.0.113.9") == "203.0.113.9"


def test_a_socket_has_no_address_and_is_trusted_by_name():
    assert client("", "203.0.113.9", ["unix"]) == "203.0.113.9"
    assert client("", "203.0.113.9", ["unix", "10.0.0.0/8"]) == "203.0.113.9"
    assert client("", "203.0.113.9") == ""
    assert client("10.0.0.1", "203.0.113.9", ["unix"]) == "10.0.0.1"


def test_one_address_is_a_network():
    assert client("10.0.0.1", "203.0.113.9", ["10.0.0.1"]) == "203.0.113.9"
    assert client("10.0.0.2", "203.0.113.9", ["10.0.0.1"]) == "10.0.0.2"
