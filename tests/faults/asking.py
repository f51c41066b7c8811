"""Asking as a server does: with the signals that open and close connections, which Django's test client leaves out."""

import dataclasses
import io

from django.core.handlers.wsgi import WSGIHandler
from lxml import etree

from tests.harvester import OAI, encode


@dataclasses.dataclass
class Answer:
    """What a server was told to send."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def identifiers(self) -> list[str]:
        return [element.text for element in self.root.iter(OAI + "identifier")]


def ask(path: str = "/oai", /, **arguments: str) -> Answer:
    """Send one GET request through the whole of Django."""
    told: list[tuple[str, list[tuple[str, str]]]] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": encode(arguments),
        "SERVER_NAME": "press.example.org",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    response = WSGIHandler()(environ, lambda status, headers: told.append((status, headers)))
    body = b"".join(response)
    response.close()
    ((status, headers),) = told
    return Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)


LIST = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


def is_postponed(answer: Answer) -> bool:
    """503 with Retry-After, and a short text that tells nothing of the inside."""
    words = answer.body.decode()
    assert "Traceback" not in words and "rror" not in words and len(words) < 200, words
    return (
        answer.status == 503
        and int(answer.headers["retry-after"]) > 0
        and answer.headers["content-type"].startswith("text/plain")
    )
