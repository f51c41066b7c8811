"""The secret that a key consists of: how it looks, how it is made, kept, and hidden."""

import logging
import re
from copy import copy

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import get_random_string, salted_hmac

#: Letters and digits by which people recognise a key, and those that nobody can guess: 190 bits.
PREFIX, RANDOM = 8, 32

SECRET = re.compile(rf"[A-Za-z0-9]{{{PREFIX}}}_[A-Za-z0-9]{{{RANDOM}}}")

#: The same in a URL, which may be written otherwise.
_IN_TEXT = re.compile(rf"([A-Za-z0-9]{{{PREFIX}}})(?:_|%5[Ff])[A-Za-z0-9]{{{RANDOM}}}")

#: What stands in a URL where a key is expected: one, or most of one. Nothing of it may come into a log.
IN_PATH = r"[A-Za-z0-9_]{20,}"


def new_secret() -> str:
    """Return a new secret: a prefix, ``_``, and the rest, of letters and digits only, safe in URLs and headers."""
    return f"{get_random_string(PREFIX)}_{get_random_string(RANDOM)}"


def digests_of(secret: str) -> list[str]:
    """Return what is kept of ``secret``, and what was kept under each of ``SECRET_KEY_FALLBACKS``.

    A slow hash, as for passwords, protects what people make up against those who try all of it. Nobody tries 190
    random bits, each request would pay for it, and a salt for each key would leave no index to find it by. So it is
    Django's keyed SHA-256: of no use to who reads the table, found by equality.
    """
    return [
        salted_hmac("django_oaipmh.access.AccessKey", secret, secret=key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]


def hide(text: str) -> str:
    """Return ``text`` with no more of every secret in it than its prefix."""
    return _IN_TEXT.sub(r"\1_…", text)


class HideKeys(logging.Filter):
    """Hides keys in log lines, and in the requests that errors are reported with to the admins. The app puts it on the
    loggers of Django and of the usual servers; a host may put it on others."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, dict):
            args = record.args = copy(record.args)  # gunicorn's knows what stands for what is missing
            for name, value in list(args.items()):
                args[name] = _hidden(value)
        elif record.args:
            record.args = tuple(map(_hidden, record.args))
        request = getattr(record, "request", None)
        if record.levelno >= logging.ERROR and isinstance(request, HttpRequest):
            hide_in(request)
        return True


def hide_in(request: HttpRequest) -> None:
    """Hide every secret in a request that has failed, before any view could take it out."""
    request.path, request.path_info = hide(request.path), hide(request.path_info)
    request.META.update({name: _hidden(value) for name, value in request.META.items()})


def _hidden(value: object) -> object:
    return hide(value) if isinstance(value, str) else value
