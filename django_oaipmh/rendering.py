"""The fixed surroundings of every rendering, whoever triggered it: a visitor's request, a command, a worker.

Without them, one object would read differently for a German visitor and for a nightly sync, and its datestamp would
move back and forth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, set_script_prefix, set_urlconf
from django.utils import timezone, translation

if TYPE_CHECKING:
    from .repository import Repository

_origin: ContextVar[str] = ContextVar("oaipmh_origin", default="")


@contextmanager
def rendering(repository: "Repository") -> Iterator[None]:
    """Fix language, time zone, URL configuration, script prefix and the origin of URLs to those of ``repository``."""
    script_prefix, urlconf = get_script_prefix(), get_urlconf()
    token = _origin.set(repository.origin)
    set_script_prefix(f"{(settings.FORCE_SCRIPT_NAME or '').rstrip('/')}/")
    set_urlconf(None)
    try:
        with translation.override(repository.get_language()), timezone.override(timezone.get_default_timezone()):
            yield
    finally:
        set_urlconf(urlconf)
        set_script_prefix(script_prefix)
        _origin.reset(token)


def absolute_url(location: str) -> str:
    """Return ``location`` with the scheme and host of the repository that is being rendered."""
    return urljoin(_origin.get(), location)
