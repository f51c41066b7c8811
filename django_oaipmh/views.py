"""HTTP ↔ protocol: what OAI-PMH says of HTTP (section 3.1), and nothing of its verbs."""

import contextlib
import logging
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import add_never_cache_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .conf import NOTHING
from .protocol.errors import NotReady, OAIError
from .protocol.responses import Response, render_errors, respond
from .repository import Repository, default_repository
from .scopes import Refused, Scope

logger = logging.getLogger("django_oaipmh")

FORM = "application/x-www-form-urlencoded"

#: Seconds after which a harvester may ask again: of a repository that is being prepared, of a database in trouble.
OVERLOADED = 60

#: The most arguments that are looked at, so that a request of a million costs nothing. No request has more than six.
MOST = 100

#: Bytes of a response that fits one packet of a network, so that compressing it saves nothing.
PACKET = 1_000

#: What has zlib write the format gzip.
GZIP = 31

_GZIP = re.compile(r"(?:^|,)\s*(?:x-)?gzip\s*(?:;\s*q=(?P<q>[01](?:\.\d{0,3})?))?\s*(?=,|$)", re.IGNORECASE)

Pairs = list[tuple[str, str]]


class OAIView(View):
    """Answers every request to one repository."""

    repository: Repository = default_repository
    http_method_names = ["get", "head", "post", "options"]

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the view, open to harvesters: no CSRF check, no login, and no transaction around it, in which the
        time of the response would be worthless."""
        view = login_not_required(csrf_exempt(super().as_view(**initkwargs)))
        for alias in connections:
            view = transaction.non_atomic_requests(alias)(view)
        return view

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Answer the arguments of the URL."""
        return self.answer(request, query_of(request))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Answer the arguments of the body, and of the URL if it has some (section 3.1.1.2)."""
        if request.content_type != FORM:
            message = _("Arguments of a POST request have to be sent as %(type)s.") % {"type": FORM}
            return self.refuse(request, "badVerb", message)
        if not tells_length(request):
            response = self.refuse(request, "badVerb", _("A POST request has to tell its Content-Length."))
            response.status_code = 411
            return response
        try:
            body = request.body
        except RequestDataTooBig:
            return self.refuse(request, "badArgument", _("The request is too long."))
        return self.answer(request, query_of(request), body)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse other methods, in words that a harvester's log can show."""
        response = self.refuse(request, "badVerb", _("OAI-PMH knows GET and POST only."))
        response.status_code = 405
        response["Allow"] = ", ".join(name.upper() for name in self.http_method_names)
        return response

    def answer(self, request: HttpRequest, *encoded: bytes) -> HttpResponse:
        """Return the response to the arguments of a URL and a body."""
        try:
            pairs = [pair for arguments in encoded for pair in decode(arguments)]
        except ValueError:
            return self.refuse(request, "badArgument", _("The request has too many arguments."))
        return self.attempt(request, lambda scope, base_url: respond(pairs, scope, base_url))

    def refuse(self, request: HttpRequest, code: str, message: str) -> HttpResponse:
        """Return an error that lies before any argument."""
        errors = [OAIError(code, message)]
        return self.attempt(request, lambda scope, base_url: render_errors(errors, [], scope, base_url))

    def get_scope(self, request: HttpRequest) -> Scope:
        """Return what ``request`` may see.

        Raises:
            Http404: there is nothing at this URL.
            Refused: it needs a key, or comes too often.
        """
        scope = self.repository.get_scope(request, **self.kwargs)
        if not (scope.setting("KEYS") or scope.setting("RATES")):
            return scope
        from .access.admission import admit

        return admit(request, scope)

    def attempt(self, request: HttpRequest, response: Callable[[Scope, str], Response]) -> HttpResponse:
        """Return what ``response`` makes for a scope and its base URL; 503 while that is impossible."""
        try:
            scope = self.get_scope(request)
            return self.deliver(request, response(scope, scope.get_base_url(request)), scope)
        except Http404:
            return self.say(_("There is no repository at this URL."), 404)
        except Refused as refused:
            return self.say(str(refused), refused.status, refused.headers)
        except NotReady as error:
            return self.postpone(str(error), error.retry_after)
        except (DatabaseError, InterfaceError):
            logger.exception("The database did not answer.")
            for connection in connections.all(initialized_only=True):
                if not connection.in_atomic_block:
                    connection.close_if_unusable_or_obsolete()
            return self.postpone(_("The repository cannot answer at the moment."), OVERLOADED)

    def deliver(self, request: HttpRequest, answered: Response, scope: Scope) -> HttpResponse:
        """Return the XML as an HTTP response; 304 to a GET of who has it already (RFC 9110, section 13.1.2)."""
        lasting = bool(answered.digest) and request.method in ("GET", "HEAD")
        etag = f'W/"{answered.digest}"'
        known = lasting and is_known(etag, request.META.get("HTTP_IF_NONE_MATCH", ""))
        response = HttpResponseNotModified() if known else self.send(request, answered.chunks)
        response["Vary"] = "Accept-Encoding, Authorization" if scope.setting("KEYS") else "Accept-Encoding"
        if not lasting:
            response.status_code = answered.status
            add_never_cache_headers(response)
            return response
        response["ETag"] = etag
        if scope.private:
            response["Cache-Control"] = "private, no-cache, max-age=0, must-revalidate"
        elif answered.age:
            response["Cache-Control"] = f"public, max-age={answered.age}, must-revalidate"
        else:
            response["Cache-Control"] = "no-cache, max-age=0, must-revalidate"
        # Django's own cache tells nobody how long it has kept a page: with one behind it, ages would add up.
        request._cache_update_cache = False  # type: ignore[attr-defined]
        return response

    def send(self, request: HttpRequest, chunks: list[bytes]) -> HttpResponse:
        """Return the XML, compressed if that is asked for (section 3.1.3), which empties the list."""
        compressed = (
            sum(map(len, chunks)) > PACKET
            and self.repository.setting("GZIP")
            and accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
        )
        response = HttpResponse()
        length = 0
        for chunk in packed(chunks) if compressed else chunks:
            response.write(chunk)
            length += len(chunk)
        response["Content-Type"] = "text/xml; charset=utf-8"
        response["Content-Length"] = str(length)  # which Django would put together all of the document to know
        if compressed:
            response["Content-Encoding"] = "gzip"
        return response

    def postpone(self, message: str, retry_after: int) -> HttpResponse:
        """Return 503: the harvester is to come again (section 3.1.2.2)."""
        return self.say(message, 503, {"Retry-After": str(retry_after)})

    def say(self, message: str, status: int, headers: Mapping[str, str] = NOTHING) -> HttpResponse:
        """Return a short text, for the log of a harvester and for people."""
        content_type = "text/plain; charset=utf-8"
        response = HttpResponse(f"{message}\n", status=status, headers={"Content-Type": content_type, **headers})
        add_never_cache_headers(response)
        return response


def packed(chunks: list[bytes]) -> Iterator[bytes]:
    """Yield ``chunks`` compressed, taking each out of the list."""
    compressor = zlib.compressobj(1, wbits=GZIP)
    while chunks:
        if piece := compressor.compress(chunks.pop(0)):
            yield piece
    yield compressor.flush()


def query_of(request: HttpRequest) -> bytes:
    """Return the query string as it was sent. WSGI tells bytes as Latin-1, ASGI as UTF-8."""
    query: str = request.META.get("QUERY_STRING", "")
    if not isinstance(request, ASGIRequest):
        with contextlib.suppress(UnicodeEncodeError):  # of a test client, say
            return query.encode("latin-1")
    return query.encode("utf-8", "surrogateescape")


def tells_length(request: HttpRequest) -> bool:
    """Return whether the length of the body is known before it is read. Django limits no other: by WSGI it takes a
    body in chunks for an empty one, by ASGI it reads all of it."""
    sent_in_parts = "Transfer-Encoding" in request.headers or isinstance(request, ASGIRequest)
    return bool(request.META.get("CONTENT_LENGTH")) or not sent_in_parts


def decode(query: bytes) -> Pairs:
    """Return the arguments of a query string; what is no UTF-8 comes as lone surrogates.

    Raises:
        ValueError: there are more than ``MOST``.
    """
    text = query.decode("utf-8", "surrogateescape")
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST)


def is_known(etag: str, header: str) -> bool:
    """Return whether an If-None-Match header names ``etag``, by the weak comparison (RFC 9110, section 8.8.3.2)."""
    named = parse_etags(header)
    return named == ["*"] or etag.removeprefix("W/") in (one.removeprefix("W/") for one in named)


def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header asks for gzip."""
    match = _GZIP.search(header)
    return match is not None and float(match["q"] or 1) > 0
