"""A harvester for tests: it asks through Django's test client and reads what comes back."""

import functools
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import parse_qsl, quote_plus

from django.test import Client
from lxml import etree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
OAI_DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}"
DC = "{http://purl.org/dc/elements/1.1/}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
FORM = "application/x-www-form-urlencoded"

VERBS = ("Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListIdentifiers", "ListRecords")


class Header(NamedTuple):
    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool

    @classmethod
    def read(cls, element: etree._Element) -> "Header":
        return cls(
            element.findtext(OAI + "identifier"),
            element.findtext(OAI + "datestamp"),
            tuple(spec.text for spec in element.findall(OAI + "setSpec")),
            element.get("status") == "deleted",
        )


@dataclass
class Reply:
    """A request and what was answered."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    status: int
    http: dict[str, str]
    raw: bytes
    seconds: float = field(default=0.0, compare=False)
    repository: str = ""

    @functools.cached_property
    def content(self) -> bytes:
        """The document, uncompressed."""
        return gzip.decompress(self.raw) if self.http.get("content-encoding") == "gzip" else self.raw

    @functools.cached_property
    def arguments(self) -> list[tuple[str, str]] | None:
        """The arguments of the request; None if they came in another way than the protocol knows."""
        if self.method == "POST" and self.content_type != FORM:
            return None
        sent = self.body if self.method == "POST" else self.query.encode("latin-1")
        return parse_qsl(sent.decode(errors="replace"), keep_blank_values=True, errors="replace")

    @functools.cached_property
    def root(self) -> etree._Element:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False, huge_tree=True)
        return etree.fromstring(self.content, parser)

    @property
    def request(self) -> etree._Element:
        return self.root.find(OAI + "request")

    @property
    def response_date(self) -> str:
        return self.root.findtext(OAI + "responseDate")

    @property
    def errors(self) -> list[tuple[str, str]]:
        """``(code, words)`` of each error."""
        return [(error.get("code"), error.text or "") for error in self.root.findall(OAI + "error")]

    @property
    def codes(self) -> list[str]:
        return [code for code, _ in self.errors]

    @property
    def answer(self) -> etree._Element | None:
        """The element of the verb."""
        return next((self.root.find(OAI + verb) for verb in VERBS if self.root.find(OAI + verb) is not None), None)

    @property
    def headers(self) -> list[Header]:
        return [Header.read(element) for element in self.root.iter(OAI + "header")]

    @property
    def identifiers(self) -> list[str]:
        return [header.identifier for header in self.headers]

    @property
    def records(self) -> list[etree._Element]:
        return list(self.root.iter(OAI + "record"))

    @property
    def sets(self) -> dict[str, str]:
        """setSpec → setName of a ListSets answer."""
        return {one.findtext(OAI + "setSpec"): one.findtext(OAI + "setName") for one in self.root.iter(OAI + "set")}

    @property
    def prefixes(self) -> list[str]:
        return [one.text for one in self.root.iter(OAI + "metadataPrefix")]

    @property
    def token(self) -> etree._Element | None:
        """The resumptionToken element."""
        return None if self.answer is None else self.answer.find(OAI + "resumptionToken")

    @property
    def token_text(self) -> str:
        """The resumptionToken; empty at the end of a list and where there is none."""
        return "" if self.token is None else self.token.text or ""

    def text(self, name: str) -> str | None:
        """The text of the first element ``name`` in the answer."""
        return None if self.answer is None else self.answer.findtext(OAI + name)


def payload(record: etree._Element) -> etree._Element | None:
    """What is in the metadata of a record."""
    metadata = record.find(OAI + "metadata")
    return None if metadata is None else metadata[0]


def dublin_core(record: etree._Element) -> dict[str, list[str]]:
    """Element → values of a record in oai_dc."""
    values: dict[str, list[str]] = {}
    for element in payload(record):
        values.setdefault(etree.QName(element).localname, []).append(element.text)
    return values


def encode(arguments: dict | Iterable[tuple[str, str]]) -> str:
    """A query string; ``from_`` is ``from``, None is left out."""
    pairs = arguments.items() if isinstance(arguments, dict) else arguments
    return "&".join(
        f"{quote_plus(name.rstrip('_'))}={quote_plus(str(value))}" for name, value in pairs if value is not None
    )


class OAIClient:
    """Asks one endpoint. Every reply has been through ``tests.validation``, as have all others of the test run.

    ``method`` is how ``ask()`` sends, so that one test can hold for GET and POST.
    """

    def __init__(self, path: str = "/oai", method: str = "GET") -> None:
        self.path = path
        self.method = method
        self.client = Client()

    def __repr__(self) -> str:
        return f"{self.method} {self.path}"

    def raw(self, query: str = "", *, method: str = "GET", **headers: str) -> Reply:
        """Send a query string as it is; ``headers`` in Django's spelling (``accept_encoding="gzip"``)."""
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, self.path, QUERY_STRING=query, headers=spelled).oai

    def form(self, body: str | bytes = "", *, content_type: str = FORM, query: str = "") -> Reply:
        """Send a body as it is, by POST."""
        return self.client.generic("POST", self.path, body, content_type=content_type, QUERY_STRING=query).oai

    def get(self, **arguments: str | None) -> Reply:
        return self.raw(encode(arguments))

    def post(self, **arguments: str | None) -> Reply:
        return self.form(encode(arguments))

    def ask(self, query: str = "", **arguments: str | None) -> Reply:
        """Send by this client's method: a query string as it is (bytes as Latin-1), or arguments."""
        query = query or encode(arguments)
        return self.form(query.encode("latin-1")) if self.method == "POST" else self.raw(query)

    def pages(self, verb: str, **arguments: str | None) -> Iterator[Reply]:
        """Follow the resumption tokens to the end."""
        reply = self.ask(verb=verb, **arguments)
        yield reply
        while reply.token_text:
            reply = self.ask(verb=verb, resumptionToken=reply.token_text)
            yield reply

    def headers(self, metadataPrefix: str = "oai_dc", **arguments: str | None) -> list[Header]:
        """The whole list of headers; empty if no records match."""
        return [
            header
            for page in self.pages("ListIdentifiers", metadataPrefix=metadataPrefix, **arguments)
            for header in _listed(page).headers
        ]

    def records(self, metadataPrefix: str = "oai_dc", **arguments: str | None) -> list[etree._Element]:
        """The whole list of records; empty if no records match."""
        return [
            record
            for page in self.pages("ListRecords", metadataPrefix=metadataPrefix, **arguments)
            for record in _listed(page).records
        ]

    def sets(self) -> dict[str, str]:
        """The whole list of sets: setSpec → setName."""
        sets: dict[str, str] = {}
        for page in self.pages("ListSets"):
            sets |= page.sets
        return sets

    def record(self, identifier: str, metadataPrefix: str = "oai_dc") -> etree._Element:
        """One record by GetRecord."""
        reply = self.ask(verb="GetRecord", identifier=identifier, metadataPrefix=metadataPrefix)
        assert not reply.errors, (identifier, reply.errors)
        return reply.records[0]


def _listed(page: Reply) -> Reply:
    assert page.codes in ([], ["noRecordsMatch"]), page.errors
    return page
