"""HTTP ↔ protocol: what OAI-PMH says of HTTP (section 3.1), and nothing of its verbs."""

import contextlib
import gzip
import logging
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, InterfaceError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from .protocol.errors import NotReady, OAIError
from .protocol.responses import render_errors, respond
from .repository import Repository, default_repository

logger = logging.getLogger("django_oaipmh")

FORM = "application/x-www-form-urlencoded"

#: Seconds after which a harvester may ask again: of a repository that is being prepared, of a database in trouble.
PREPARING, OVERLOADED = 600, 60

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

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer the arguments of the URL."""
        return self.answer(request, decode(query_of(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer the arguments of the body, and of the URL if it has some (section 3.1.1.2)."""
        pairs = decode(query_of(request))
        if request.content_type != FORM:
            message = _("Arguments of a POST request have to be sent as %(type)s.") % {"type": FORM}
            return self.refuse(request, "badVerb", message)
        try:
            return self.answer(request, pairs + decode(request.body))
        except RequestDataTooBig:
            return self.refuse(request, "badArgument", _("The request is too long."))

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse other methods, in words that a harvester's log can show."""
        response = self.refuse(request, "badVerb", _("OAI-PMH knows GET and POST only."))
        response.status_code = 405
        response["Allow"] = ", ".join(name.upper() for name in self.http_method_names)
        return response

    def answer(self, request: HttpRequest, pairs: Pairs) -> HttpResponse:
        """Return the response to the arguments ``pairs``."""
        return self.attempt(request, lambda base_url: respond(pairs, self.repository, base_url))

    def refuse(self, request: HttpRequest, code: str, message: str) -> HttpResponse:
        """Return an error that lies before any argument."""
        errors = [OAIError(code, message)]
        return self.attempt(request, lambda base_url: render_errors(errors, [], self.repository, base_url))

    def attempt(self, request: HttpRequest, response: Callable[[str], bytes]) -> HttpResponse:
        """Return what ``response`` makes for the base URL; 503 while that is impossible."""
        try:
            return self.deliver(request, response(self.repository.get_base_url(request)))
        except NotReady as error:
            return self.postpone(str(error), PREPARING)
        except (DatabaseError, InterfaceError):
            logger.exception("The database did not answer.")
            return self.postpone(_("The repository cannot answer at the moment."), OVERLOADED)

    def deliver(self, request: HttpRequest, body: bytes) -> HttpResponse:
        """Return the XML as an HTTP response, compressed if that is asked for (section 3.1.3)."""
        compressed = self.repository.setting("GZIP") and accepts_gzip(request.headers.get("Accept-Encoding", ""))
        response = HttpResponse(gzip.compress(body, compresslevel=1) if compressed else body)
        response["Content-Type"] = "text/xml; charset=utf-8"
        if compressed:
            response["Content-Encoding"] = "gzip"
        add_never_cache_headers(response)
        patch_vary_headers(response, ["Accept-Encoding"])
        return response

    def postpone(self, message: str, retry_after: int) -> HttpResponse:
        """Return 503: the harvester is to come again (section 3.1.2.2)."""
        response = HttpResponse(f"{message}\n", status=503, content_type="text/plain; charset=utf-8")
        response["Retry-After"] = str(retry_after)
        add_never_cache_headers(response)
        return response


def query_of(request: HttpRequest) -> bytes:
    """Return the query string as it was sent. WSGI tells bytes as Latin-1, ASGI as UTF-8."""
    query: str = request.META.get("QUERY_STRING", "")
    if not isinstance(request, ASGIRequest):
        with contextlib.suppress(UnicodeEncodeError):  # of a test client, say
            return query.encode("latin-1")
    return query.encode("utf-8", "surrogateescape")


def decode(query: bytes) -> Pairs:
    """Return the arguments of a query string; what is no UTF-8 comes as lone surrogates."""
    return parse_qsl(query.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")


def accepts_gzip(header: str) -> bool:
    """Return whether an Accept-Encoding header asks for gzip."""
    match = _GZIP.search(header)
    return match is not None and float(match["q"] or 1) > 0
