"""Whether a request is answered, how much of the repository it sees, and how often it may come."""

import dataclasses
from base64 import b64decode
from binascii import Error as BadBase64
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..repository import Repository
from ..scopes import Refused, Scope
from .addresses import client_of
from .secrets import SECRET

if TYPE_CHECKING:
    from .models import Opening

#: What answers 401 may be tried with (RFC 9110, section 11.6.1; RFC 7617; RFC 6750).
CHALLENGE = 'Basic realm="OAI-PMH", charset="UTF-8", Bearer realm="OAI-PMH"'

#: Stands for credentials that are no key.
UNREADABLE = "-"

#: The rates that the settings name for: who has no key; who has a key that names none; who asks for one.
ANONYMOUS, KEYS, REGISTRATION = "anonymous", "keys", "registration"


@sensitive_variables("secret")
def admit(request: HttpRequest, scope: Scope) -> Scope:
    """Return what the request may see of ``scope``.

    Raises:
        Refused: it needs a key, has a bad one, or comes too often.
    """
    repository = scope.repository
    secret = sent_secret(request) if repository.setting("KEYS") else ""
    if not secret:
        keep_rate(request, repository, ANONYMOUS)
        if repository.setting("KEYS") == "required":
            raise refusal(request, scope, _("This repository needs an access key."))
        return scope
    return admit_key(request, scope, secret)


@sensitive_variables("secret")
def admit_key(request: HttpRequest, scope: Scope, secret: str) -> Scope:
    """Return what the key of ``secret`` opens of ``scope``.

    Raises:
        Refused: it opens nothing, or it comes too often.
    """
    from .models import AccessKey

    repository = scope.repository
    key = AccessKey.objects.opening(secret) if SECRET.fullmatch(secret) else None
    if problem := problem_of(key, repository.name):
        keep_rate(request, repository, ANONYMOUS)
        raise refusal(request, scope, problem, wrong=True)
    assert key is not None
    keep_rate(request, repository, key.rate if key.rate in repository.setting("RATES") else KEYS, f"key/{key.pk}")
    AccessKey.objects.count_request(key, secret)
    opened = narrowed(scope, key.formats.split(), key.sets.split(), key.page_size)
    if not opened.metadata_formats or opened.sets == frozenset():
        raise refusal(request, scope, _("This access key opens nothing here."), wrong=True)
    return opened


def problem_of(key: "Opening | None", repository: str) -> str:
    """Return in words why a key opens nothing of a repository; empty: it does."""
    if key is None:
        return _("There is no such access key. Perhaps it was not copied as a whole.")
    if not key.is_for(repository):
        return _("This access key is for another repository.")
    return {
        "valid": "",
        "revoked": _("This access key has been revoked."),
        "expired": _("This access key has expired."),
        "waiting": _("This access key waits for approval."),
    }[key.state]


def narrowed(scope: Scope, formats: list[str], sets: list[str], page_size: int | None) -> Scope:
    """Return ``scope`` with no more than these formats and sets, where some are named."""
    seen_formats, seen_sets = scope.formats, scope.sets
    if formats:
        seen_formats = frozenset(formats) if scope.formats is None else scope.formats & frozenset(formats)
    if sets:
        own = dataclasses.replace(scope, sets=frozenset(sets))
        both = {spec for spec in sets if scope.has_set(spec)} | {
            spec for spec in scope.sets or () if own.has_set(spec)
        }
        seen_sets = frozenset(both)
    return dataclasses.replace(
        scope, formats=seen_formats, sets=seen_sets, page_size=page_size or scope.page_size, private=True
    )


# Keys in a request.


@sensitive_variables()
def sent_secret(request: HttpRequest) -> str:
    """Return what was sent as a key, in the path or as HTTP Basic or Bearer; empty: nothing was.

    It is taken out of the request: servers write the user names of HTTP Basic into their access logs.
    """
    in_path: str = getattr(request, "oai_secret", "")
    scheme, _space, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() not in ("basic", "bearer"):
        return in_path
    del request.META["HTTP_AUTHORIZATION"]
    return in_path or _read(scheme.lower(), credentials.strip()) or UNREADABLE


@sensitive_variables()
def _read(scheme: str, credentials: str) -> str:
    if scheme == "bearer":
        return credentials
    try:
        user, _colon, password = b64decode(credentials, validate=True).decode().partition(":")
    except (BadBase64, UnicodeDecodeError):
        return ""
    return next((one for one in (user, password) if SECRET.fullmatch(one)), user or password)


# Rates.


def keep_rate(request: HttpRequest, repository: Repository, name: str, who: str = "") -> None:
    """Count a request.

    Args:
        request: the request.
        repository: what it asks.
        name: of the rate; the settings may leave it out.
        who: the client, if it is not known by its address.

    Raises:
        Refused: it comes too often.
    """
    rate = repository.setting("RATES").get(name)
    if rate is None:
        return
    from .rates import wait

    client = who or client_of(request, repository.setting("TRUSTED_PROXIES")) or "unknown"
    if seconds := wait(rate, repository.name, name, client):
        message = _("Too many requests: %(rate)s are served. Come again in %(seconds)s seconds.")
        raise Refused(message % {"rate": rate, "seconds": seconds}, 429, {"Retry-After": str(seconds)})


# Refusals.


def refusal(request: HttpRequest, scope: Scope, problem: str, *, wrong: bool = False) -> Refused:
    """Return the answer to who has no key, or a wrong one: what is the matter, and what to do."""
    ways = _(
        "Send the key as user name or password (HTTP Basic), as a bearer token (Authorization: Bearer KEY), "
        "or in the URL: %(url)s"
    )
    base_url = scope.get_base_url(request)
    words = [problem, where_to_get_one(scope, base_url), ways % {"url": f"{base_url}/KEY"}]
    status = scope.setting("KEY_STATUS")
    challenge = CHALLENGE + (', error="invalid_token"' if wrong else "")
    return Refused("\n".join(words), status, {"WWW-Authenticate": challenge} if status == 401 else {})


def where_to_get_one(scope: Scope, base_url: str) -> str:
    """Return in words how to get a key."""
    if url := registration_url(scope, base_url):
        return _("To get a key, register: %(url)s") % {"url": url}
    return _("To get a key, write to: %(emails)s") % {"emails": ", ".join(scope.get_admin_emails())}


def registration_url(scope: Scope, base_url: str) -> str:
    """Return the URL where keys are got for what has this base URL; empty: there is none."""
    declared = str(scope.setting("REGISTRATION"))
    return f"{base_url}/register" if declared in ("open", "approval") else declared
