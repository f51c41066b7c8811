"""What must hold of every response: one rule for each line of the requirements marked "all responses".

``check(reply)`` runs them all. ``watching()`` makes Django do so for each answer of an OAI-PMH endpoint, so that no
response of a test escapes.
"""

import contextlib
import datetime
import re
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse, RawPostDataException
from lxml import etree

from django_oaipmh.repository import Repository, repositories
from django_oaipmh.views import OAIView

from . import schemas
from .harvester import OAI, VERBS, XSI, Reply

CODES: dict[str, set[str]] = {
    "Identify": {"badArgument"},
    "ListMetadataFormats": {"badArgument", "idDoesNotExist", "noMetadataFormats"},
    "ListSets": {"badArgument", "badResumptionToken", "noSetHierarchy"},
    "GetRecord": {"badArgument", "cannotDisseminateFormat", "idDoesNotExist"},
}
CODES["ListIdentifiers"] = CODES["ListRecords"] = {
    "badArgument",
    "badResumptionToken",
    "cannotDisseminateFormat",
    "noRecordsMatch",
    "noSetHierarchy",
}
ALL_CODES = set().union(*CODES.values(), {"badVerb"})

UNRESERVED = r"[A-Za-z0-9\-_.!~*'()]"
SET_SPEC = re.compile(f"{UNRESERVED}+(:{UNRESERVED}+)*")
SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DATESTAMPS = {"YYYY-MM-DD": DAY, "YYYY-MM-DDThh:mm:ssZ": SECONDS}
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Rule = Callable[[Reply], None]
rules: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    rules[function.__name__] = function
    return function


def configured(reply: Reply, key: str, default: Any = None) -> Any:
    """What the settings say of the repository that answered."""
    options = getattr(settings, "OAIPMH", {})
    own = options.get("REPOSITORIES", {}).get(reply.repository, {})
    return (options | own if reply.repository == "oai" else own).get(key, default)


def verb_of(reply: Reply) -> str:
    """The verb that was answered: the one that was asked for, or the default one."""
    return reply.request.get("verb") or configured(reply, "DEFAULT_VERB", "")


def attributes_asked(reply: Reply) -> dict[str, str] | None:
    """The arguments as request attributes; None if the request was not sent as the protocol says."""
    return None if reply.arguments is None else dict(reply.arguments)


# Requests and errors


@rule
def ER06(reply: Reply) -> None:
    for code, words in reply.errors:
        assert len(words.split()) > 1, f"{code} says nothing to a reader: {words!r}"


@rule
def ER07(reply: Reply) -> None:
    verb = reply.request.get("verb")
    if verb and reply.codes:
        assert set(reply.codes) <= CODES[verb], f"{reply.codes} after {verb}"


@rule
def ER12(reply: Reply) -> None:
    assert not reply.codes or reply.answer is None, "an error and an answer"


# Formats, records, sets


@rule
def MF05(reply: Reply) -> None:
    for name in ("metadata", "about", "description", "setDescription"):
        for container in reply.root.iter(OAI + name):
            assert len(container) == 1, f"{name} holds {len(container)} elements"
            namespace = etree.QName(container[0]).namespace
            locations = (container[0].get(XSI + "schemaLocation") or "").split()
            assert namespace in locations[::2], f"{name}: no xsi:schemaLocation for {namespace}"


@rule
def RC03(reply: Reply) -> None:
    pattern = DATESTAMPS[configured(reply, "GRANULARITY", "YYYY-MM-DDThh:mm:ssZ")]
    for name in ("datestamp", "earliestDatestamp"):
        for element in reply.root.iter(OAI + name):
            assert pattern.fullmatch(element.text or ""), f"{name} {element.text}"
            datetime.datetime.fromisoformat(element.text.rstrip("Z"))


@rule
def RC08(reply: Reply) -> None:
    for record in reply.records:
        deleted = record[0].get("status") == "deleted"
        parts = [etree.QName(part).localname for part in record]
        assert parts[0] == "header"
        assert parts[1:2] == ([] if deleted else ["metadata"]), f"a record of {parts}, deleted: {deleted}"
        assert set(parts[2:]) <= {"about"}, f"a record of {parts}"


@rule
def RC10(reply: Reply) -> None:
    for verb in ("ListIdentifiers", "ListRecords", "ListSets", "ListMetadataFormats"):
        for element in reply.root.findall(OAI + verb):
            assert any(etree.QName(child).localname != "resumptionToken" for child in element), "an empty list"


@rule
def ST02(reply: Reply) -> None:
    for element in reply.root.iter(OAI + "setSpec"):
        assert SET_SPEC.fullmatch(element.text or ""), f"setSpec {element.text!r}"


@rule
def DL01(reply: Reply) -> None:
    if configured(reply, "DELETED_RECORD", "persistent") == "no":
        assert not any(header.deleted for header in reply.headers), "deleted, where nothing is said of deletions"


@rule
def DL06(reply: Reply) -> None:
    for header in reply.root.iter(OAI + "header"):
        assert header.get("status", "deleted") == "deleted", f"status {header.get('status')!r}"


@rule
def RT18(reply: Reply) -> None:
    token = reply.token_text
    assert not token or re.fullmatch(f"{UNRESERVED}{{1,999}}", token), f"token {token!r}"


# HTTP


@rule
def HT01(reply: Reply) -> None:
    kind, _, parameters = reply.http.get("content-type", "").partition(";")
    assert kind.strip() == "text/xml", f"Content-Type {kind!r}"
    assert parameters.replace(" ", "").lower() in ("", "charset=utf-8"), f"Content-Type parameters {parameters!r}"


@rule
def HT02(reply: Reply) -> None:
    declared = configured(reply, "ERROR_STATUS", 200)
    of_errors = {200, *declared.values()} if isinstance(declared, dict) else {declared}
    of_http = {405, 411} if reply.codes == ["badVerb"] else set()
    allowed = of_errors | of_http if reply.codes else {200}
    assert reply.status in allowed, f"HTTP status {reply.status}"


@rule
def HT11(reply: Reply) -> None:
    assert reply.status != 503 or re.fullmatch(r"[1-9]\d*", reply.http.get("retry-after", "")), "503, no Retry-After"


# XML


@rule
def XM01(reply: Reply) -> None:
    try:
        assert reply.root is not None
    except etree.XMLSyntaxError as error:
        raise AssertionError(f"not well-formed: {error}") from None


@rule
def XM02(reply: Reply) -> None:
    pattern = rb"""<\?xml version=(["'])1\.0\1 encoding=(["'])(?i:utf-8)\2( standalone=(["'])yes\4)? ?\?>"""
    assert re.match(pattern, reply.content), f"XML declaration {reply.content[:60]!r}"


@rule
def XM03(reply: Reply) -> None:
    try:
        reply.content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise AssertionError(f"not UTF-8: {error}") from None


@rule
def XM04(reply: Reply) -> None:
    text = re.sub(rb"<!\[CDATA\[.*?\]\]>", b"", reply.content, flags=re.DOTALL)
    assert b"<!DOCTYPE" not in text, "a document type declaration"
    entities = set(re.findall(rb"&([^#;\s]+);", text)) - {b"amp", b"lt", b"gt", b"quot", b"apos"}
    assert not entities, f"entities {entities}"


@rule
def XM05(reply: Reply) -> None:
    assert reply.root.tag == OAI + "OAI-PMH", f"root {reply.root.tag}"
    assert reply.root.nsmap.get(None) == OAI[1:-1], "the OAI namespace is not the default one"
    locations = (reply.root.get(XSI + "schemaLocation") or "").split()
    assert locations[:2] == [OAI[1:-1], "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"], f"{locations}"


@rule
def XM06(reply: Reply) -> None:
    assert reply.root[0].tag == OAI + "responseDate", f"first {reply.root[0].tag}"
    assert SECONDS.fullmatch(reply.response_date), f"responseDate {reply.response_date!r}"
    moment = datetime.datetime.fromisoformat(reply.response_date[:-1] + "+00:00")
    off = abs((datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds())
    assert off < 600, f"responseDate {reply.response_date} is {off:.0f} s off"


@rule
def XM07(reply: Reply) -> None:
    assert reply.root[1].tag == OAI + "request", f"second {reply.root[1].tag}"
    url = reply.request.text or ""
    expected = configured(reply, "BASE_URL")
    if expected and type(repositories[reply.repository]).get_scope is Repository.get_scope:
        assert url == expected, f"request {url!r}, not {expected!r}"
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https") and parts.netloc and not parts.query and not parts.fragment, url


@rule
def XM08(reply: Reply) -> None:
    asked = attributes_asked(reply)
    if not reply.codes and asked is not None:
        assert dict(reply.request.attrib) == asked, f"{dict(reply.request.attrib)} echoes {asked}"


@rule
def XM09(reply: Reply) -> None:
    if {"badVerb", "badArgument"} & set(reply.codes):
        assert not reply.request.attrib, f"{dict(reply.request.attrib)} after {reply.codes}"


@rule
def XM10(reply: Reply) -> None:
    asked = attributes_asked(reply)
    if asked is not None:
        for name, value in reply.request.attrib.items():
            assert asked.get(name) == value, f"{name}={value!r} was not asked: {asked}"


@rule
def XM18(reply: Reply) -> None:
    if reply.codes and not {"badVerb", "badArgument"} & set(reply.codes):
        assert verb_of(reply) in VERBS, f"no verb echoed after {reply.codes}"


@rule
def XM11(reply: Reply) -> None:
    names = [child.tag.replace(OAI, "") for child in reply.root][2:]
    if reply.codes:
        assert set(names) == {"error"}, f"{names}"
    else:
        verb = verb_of(reply)
        assert names == [verb], f"{names} after {verb}"


@rule
def XM12(reply: Reply) -> None:
    assert set(reply.codes) <= ALL_CODES, f"{reply.codes}"


@rule
def XM13(reply: Reply) -> None:
    errors = schemas.errors(reply.root)
    assert not errors, "invalid: " + "; ".join(errors)


@rule
def XM15(reply: Reply) -> None:
    text = reply.content.decode("utf-8")
    assert not FORBIDDEN.search(text), "a character that XML forbids"
    for reference in re.findall(r"&#(x[0-9a-fA-F]+|\d+);", text):
        number = int(reference[1:], 16) if reference[0] == "x" else int(reference)
        assert not FORBIDDEN.match(chr(number)), f"a reference to a character that XML forbids: &#{reference};"


@rule
def XM16(reply: Reply) -> None:
    for inner in re.findall(rb"<metadata>(.*?)</metadata>", reply.content, flags=re.DOTALL):
        try:
            alone = etree.fromstring(inner.strip())
        except etree.XMLSyntaxError as error:
            raise AssertionError(f"a payload that cannot stand alone: {error}") from None
        for element in alone.iter("{*}*"):
            assert not element.tag.startswith(OAI), f"{element.tag} in a payload"


@rule
def XM17(reply: Reply) -> None:
    assert reply.seconds < 10, f"{reply.seconds:.1f} s"


#: What the schemas say of payloads is one validation with the rest.
XM14 = rules["XM14"] = XM13
OF_XML = [name for name in rules if name not in ("HT02", "HT11", "XM14")]


def check(reply: Reply) -> None:
    """Raise AssertionError, naming rules and reasons, unless all is well with the reply."""
    if reply.status != 200:
        HT11(reply)
        assert reply.status < 500 or reply.status == 503, f"XM17: HTTP status {reply.status}"
        assert "html" not in reply.http.get("content-type", ""), f"HTTP {reply.status} with a page for people"
        if "xml" not in reply.http.get("content-type", ""):
            return
    if reply.method not in ("GET", "POST"):
        return
    XM01(reply)
    broken = []
    for name in OF_XML:
        try:
            rules[name](reply)
        except AssertionError as error:
            broken.append(f"{name}: {error}")
    assert not broken, "\n".join([f"{reply.method} {reply.path}?{reply.query} {reply.body[:500]!r}", *broken])


def body_of(request: HttpRequest) -> bytes:
    try:
        return request.body
    except (RawPostDataException, RequestDataTooBig):
        return b""


def repository_of(request: HttpRequest) -> str:
    """The name of the repository whose endpoint was asked; empty: it was none."""
    match = request.resolver_match
    view = getattr(match and match.func, "view_class", None)
    if view is None or not issubclass(view, OAIView):
        return ""
    return match.func.view_initkwargs.get("repository", view.repository).name


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """Check every answer of an OAI-PMH endpoint, to Django's test client or from a live server, and hang it on the
    response as ``.oai``."""
    answer = BaseHandler.get_response

    def get_response(self: BaseHandler, request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = answer(self, request)
        if name := repository_of(request):
            response.oai = Reply(
                method=request.method,
                path=request.path,
                query=request.META["QUERY_STRING"],
                body=body_of(request),
                content_type=request.content_type,
                status=response.status_code,
                http={name.lower(): value for name, value in response.items()},
                raw=response.getvalue(),
                seconds=time.monotonic() - started,
                repository=name,
            )
            check(response.oai)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseHandler, "get_response", get_response)
        yield
