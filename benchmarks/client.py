"""A harvester that does as little as possible, so that the server is what is measured."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from http.client import HTTPConnection
from time import perf_counter
from types import MappingProxyType
from urllib.parse import urlencode

TOKEN = re.compile(rb"<resumptionToken[^>]*>([^<]+)</resumptionToken>")


@dataclass
class Page:
    body: bytes
    seconds: float

    @property
    def records(self) -> int:
        return self.body.count(b"</record>")

    @property
    def token(self) -> str | None:
        """The resumption token, which every provider puts at the end; None on the last page."""
        match = TOKEN.search(self.body, max(len(self.body) - 4_000, 0))
        return unescape(match[1].decode().strip()) if match else None


class Client:
    """Speaks to one server over one connection, for as long as the server keeps it open."""

    def __init__(self, port: int, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = headers

    def get(self, **arguments: str) -> Page:
        """One response, timed from the request's first byte to the response's last."""
        path = f"/oai?{urlencode(arguments)}"
        start = perf_counter()
        self.connection.request("GET", path, headers=dict(self.headers))
        response = self.connection.getresponse()
        body = response.read()
        seconds = perf_counter() - start
        if response.status != 200 or b"<error" in body[:2_000]:
            raise RuntimeError(f"{path} answers {response.status}: {body[:2_000].decode(errors='replace')}")
        return Page(body, seconds)

    def list_records(self, **arguments: str) -> Page:
        """The first page of a list, or the one that a resumptionToken leads to."""
        if "resumptionToken" not in arguments:
            arguments["metadataPrefix"] = "oai_dc"
        return self.get(verb="ListRecords", **arguments)

    def harvest(self, **arguments: str) -> Iterator[Page]:
        """The pages of a list, from the first to the last."""
        page = self.list_records(**arguments)
        yield page
        while page.token:
            page = self.list_records(resumptionToken=page.token)
            yield page
