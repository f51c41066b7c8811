"""One press for all tests of the protocol: built once, rolled back at the end; a test may change it for itself."""

from collections.abc import Iterator

import pytest
from django.test import TestCase

from tests.harvester import OAIClient, Reply
from tests.press import data


@pytest.fixture(scope="package")
def press(django_db_setup: None, django_db_blocker) -> Iterator[data.Press]:
    class Shared(TestCase):
        """Only for the transaction around its "class"."""

    with django_db_blocker.unblock():
        Shared.setUpClass()
        try:
            yield data.build()
        finally:
            Shared.tearDownClass()
            Shared.doClassCleanups()


@pytest.fixture(autouse=True)
def _press_in_the_database(press: data.Press, db: None) -> None:
    pass


@pytest.fixture(params=["GET", "POST"])
def either(request: pytest.FixtureRequest) -> OAIClient:
    """A harvester of the default repository, by GET and by POST."""
    return OAIClient("/oai", request.param)


@pytest.fixture(params=["GET /oai", "GET /oai/", "POST /oai", "POST /oai/"])
def anyhow(request: pytest.FixtureRequest) -> OAIClient:
    """A harvester of the default repository, by GET and by POST, with and without the slash."""
    method, path = request.param.split()
    return OAIClient(path, method)


@pytest.fixture(params=["/oai", "/theses/oai", "/nodeletes/oai"])
def anywhere(request: pytest.FixtureRequest) -> OAIClient:
    """A harvester of each repository."""
    return OAIClient(request.param)


@pytest.fixture
def theses() -> OAIClient:
    """The repository in days, without sets."""
    return OAIClient("/theses/oai")


@pytest.fixture
def brief() -> OAIClient:
    """The repository that keeps no account of deletions, with a format of its own."""
    return OAIClient("/nodeletes/oai")


HOSTILE = [
    "%00",
    "%01%1F",
    "%0B",
    "%7F%C2%85",
    "%EF%BF%BE",  # U+FFFE
    "%EF%BF%BF",  # U+FFFF
    "%FF",
    "%C0%AF",  # "/" in two bytes
    "%ED%A0%80",  # a lone surrogate
    "%ED%A0%80%ED%B0%80",  # a pair of them, each encoded alone
    "%F0%9D%84%9E",  # U+1D11E, which is legal
    "%F4%90%80%80",  # beyond Unicode
    "%",
    "%zz",
    "%E2%80%AE",  # right-to-left override
    "&&&===",
    "%26amp%3B%26%2338%3B",
    "%22%27%3C%3E%26",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "]]%3E",
    "%3C!--",
    "--%3E",
    "%3C%3Fxml",
    "%3C!DOCTYPE%20x%20[%3C!ENTITY%20y%20SYSTEM%20%22file:///etc/passwd%22%3E]%3E",
    "%20",
    "%0D%0ASet-Cookie:%20a=b",
    "..%2F..%2Fetc%2Fpasswd",
    "'%20OR%201=1--",
    "{{7*7}}{%25%20debug%20%25}",
    "\xff\xfe",  # bytes that nobody escaped
    "\xed\xa0\x80",
]


@pytest.fixture(scope="package")
def replies(press: data.Press, django_db_blocker) -> list[Reply]:
    """Requests of every kind to every repository, with what was answered."""
    found = []
    with django_db_blocker.unblock():
        for path in press.records:
            for client in (OAIClient(path), OAIClient(path, "POST")):
                found += _of_every_kind(client, press)
    assert len(found) > 100
    return found


def _of_every_kind(client: OAIClient, press: data.Press) -> Iterator[Reply]:
    path = client.path
    alive = sorted(press.identifiers(path, deleted=False))
    deleted = sorted(press.identifiers(path, deleted=True))
    for verb in ("Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListRecords", "", "Nonsense"):
        yield client.ask(verb=verb)
        yield client.ask(verb=verb, nonsense="1")
    for prefix in ("oai_dc", "galley", "brief", "nonsense"):
        for verb in ("ListIdentifiers", "ListRecords"):
            yield from client.pages(verb, metadataPrefix=prefix)
            yield client.ask(verb=verb, metadataPrefix=prefix, set="jhs")
            yield client.ask(verb=verb, metadataPrefix=prefix, from_="2020-01-02", until="2020-03-01")
            yield client.ask(verb=verb, metadataPrefix=prefix, until="1066-10-14")
        for identifier in (*alive[:3], *deleted, "oai:press.example.org:article/0"):
            yield client.ask(verb="GetRecord", metadataPrefix=prefix, identifier=identifier)
    for identifier in (*alive[:3], *deleted, "oai:press.example.org:article/0"):
        yield client.ask(verb="ListMetadataFormats", identifier=identifier)
    for verb in ("ListSets", "ListIdentifiers", "ListRecords"):
        yield client.ask(verb=verb, resumptionToken="junk")
    for value in HOSTILE[:12]:
        yield client.ask(f"verb=GetRecord&metadataPrefix=oai_dc&identifier={value}")
