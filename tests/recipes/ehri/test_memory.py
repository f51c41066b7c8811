"""Finding aids of 20 MB: a worker never has a page of them in memory, but one."""

import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from lxml import etree

from django_oaipmh.index.examine import largest_statement
from django_oaipmh.models import Record
from django_oaipmh.views import OAIView
from tests.invariants.clocks import clock_fixture  # noqa: F401

from .models import Unit
from .test_ehri import ID, PATH, fonds, make, vienna  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "<p>Correspondence, minutes and lists, in no order.</p>"


@pytest.fixture
def size() -> int:
    """Bytes of a record: 20 MB, or what the database takes."""
    return min(20_000_000, largest_statement(connection.alias) - 10_000)


@pytest.fixture
def large(fonds: Unit, size: int) -> None:  # noqa: F811
    """Three fonds whose finding aids are of that size, and of a page that would take them all."""
    make(fonds.institution, "at-001890-4")
    for prefix in ("ead", "ead3"):
        record = Record.objects.filter(prefix=prefix).first()
        inside = WORDS * (size // len(WORDS))
        body = record.body.replace("</metadata>", f"</metadata><about><a xmlns='urn:a'>{inside}</a></about>")
        Record.objects.filter(prefix=prefix).update(body=body, size=len(body))


def peak(consume: Callable[[], None]) -> int:
    """The most bytes that Python held at a time while ``consume`` ran, besides those it held before."""
    tracemalloc.start()
    try:
        consume()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def ask(query: str, **headers: str) -> HttpResponse:
    """Answer as a worker does: below the server, and with nothing around the view."""
    return OAIView.as_view()(RequestFactory(headers=headers).get(f"{PATH}?{query}"))


def send(response: HttpResponse) -> int:
    """Send on what a server sends, piece by piece."""
    return sum(len(piece) for piece in response)


@pytest.mark.parametrize("headers", [{}, {"accept-encoding": "gzip"}], ids=["plain", "gzip"])
@pytest.mark.parametrize("query", ["verb=ListRecords", f"verb=GetRecord&identifier={ID('at-001890-1')}"])
def test_a_large_record_is_there_twice_at_most(query, headers, large, size):
    """Once as the database gave it, once as it is sent."""
    asked = f"{query}&metadataPrefix=ead"
    send(ask(asked))  # what is loaded once for all is loaded
    assert peak(lambda: send(ask(asked, **headers))) < 2.2 * size


@pytest.mark.parametrize(
    "query",
    [
        f"verb=GetRecord&metadataPrefix=oai_dc&identifier={ID('at-001890-1')}",
        f"verb=ListMetadataFormats&identifier={ID('at-001890-1')}",
        "verb=ListRecords&metadataPrefix=oai_dc",
        "verb=ListIdentifiers&metadataPrefix=ead",
    ],
)
def test_who_does_not_ask_for_it_does_not_read_it(query, large):
    send(ask(query))
    assert peak(lambda: send(ask(query))) < 1_000_000


def test_a_page_ends_before_the_next_large_record(large, size):
    query, pages = "verb=ListRecords&metadataPrefix=ead", []
    while query:
        response = ask(query)
        assert int(response["Content-Length"]) == len(response.content)
        root = etree.fromstring(response.content, etree.XMLParser(huge_tree=True))
        pages.append([one.text for one in root.iter("{*}identifier") if one.getparent().tag.endswith("header")])
        token = root.findtext(".//{*}resumptionToken")
        query = f"verb=ListRecords&resumptionToken={token}" if token else ""
    assert pages == [[ID(f"at-001890-{number}")] for number in (1, 2, 4)]


def test_in_pieces_it_is_the_same_document(large):
    query = "verb=ListRecords&metadataPrefix=ead"
    plain, packed = ask(query), ask(query, **{"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip" and int(packed["Content-Length"]) == len(packed.content)
    assert plain["ETag"] == packed["ETag"]

    def timeless(document: bytes) -> bytes:
        return document.partition(b"<record>")[2].partition(b"<resumptionToken")[0]

    assert timeless(zlib.decompress(packed.content, 31)) == timeless(plain.content) != b""
    assert len(list(plain)) > 1
