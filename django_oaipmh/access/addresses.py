"""Whose request it is, by address. Nobody can choose that but a proxy that the settings trust."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from django.http import HttpRequest

Address: TypeAlias = IPv4Address | IPv6Address

#: In ``TRUSTED_PROXIES``: the proxy at the other end of a Unix socket, which has no address.
SOCKET = "unix"

#: The bits of an IPv6 address that a provider gives to one customer, who then has all the addresses below.
CUSTOMER = 64


class Trusted:
    """The proxies of ``TRUSTED_PROXIES``.

    Raises:
        ValueError: something is neither an address nor a network, nor ``SOCKET``.
    """

    def __init__(self, declared: Iterable[str]) -> None:
        names = list(declared)
        self.socket = SOCKET in names
        self.networks = [ip_network(name) for name in names if name != SOCKET]

    def __contains__(self, address: Address | None) -> bool:
        if address is None:
            return self.socket
        return any(address in network for network in self.networks)


@lru_cache(maxsize=8)
def _trusted(declared: tuple[str, ...]) -> Trusted:
    return Trusted(declared)


def client_of(request: HttpRequest, proxies: Iterable[str]) -> str:
    """Return the address of who asks, or of a whole IPv6 customer: ``192.0.2.1``, ``2001:db8::/64``.

    Each trusted proxy is asked for whom it came: its own entry in X-Forwarded-For is the last, what stands before
    came from outside. So the list is read from its end to the first address that is not trusted. Where an entry is no
    address, the proxy that wrote it counts as the client.

    Args:
        request: the request.
        proxies: ``TRUSTED_PROXIES``.
    """
    trusted = _trusted(tuple(proxies))
    client = _read(request.META.get("REMOTE_ADDR", ""))
    for forwarded in _from_the_end(request.headers.get("X-Forwarded-For", "")):
        if client not in trusted:
            break
        before = _read(forwarded)
        if before is None:
            break
        client = before
    if isinstance(client, IPv6Address):
        return str(IPv6Network((int(client), CUSTOMER), strict=False))
    return str(client or "")


def _from_the_end(header: str) -> Iterator[str]:
    """Yield the entries of a header, the last first."""
    return reversed(header.split(","))


def _read(text: str) -> Address | None:
    """Return an address as proxies write it, perhaps with a port; ``None``: it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
