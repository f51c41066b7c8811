from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from django.test import Client
from lxml import etree, html

from tests.invariants.conftest import (  # noqa: F401
    _formats_are_loaded_anew,
    articles,
    clock_fixture,
)


class Page:
    """A page for people, as a browser without JavaScript has it."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        self.root: etree._Element = html.document_fromstring(text)

    @property
    def words(self) -> str:
        return " ".join(self.root.text_content().split())

    @property
    def links(self) -> dict[str, str]:
        """Text → URL."""
        return {" ".join(link.text_content().split()): link.get("href") for link in self.root.iter("a")}

    @property
    def identifiers(self) -> list[str]:
        """What a page of records lists."""
        rows = self.root.xpath("//tbody/tr/th")
        return [(row.findtext("code") or row.text_content()).strip() for row in rows]


class Reader:
    """A person with a browser."""

    def __init__(self) -> None:
        self.client = Client()

    def see(self, path: str = "/explore/", /, **arguments: str) -> Page:
        query = {name.rstrip("_"): value for name, value in arguments.items()}
        url = f"{path}?{urlencode(query)}" if query else path
        response = self.client.get(url)
        assert "text/html" in response["Content-Type"], url
        return Page(response.status_code, response.content.decode())


@pytest.fixture
def reader(settings) -> Iterator[Reader]:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "LoginRequired" not in one]
    return Reader()
