from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from django_oaipmh.access import counting, models, rates
from django_oaipmh.access.models import AccessKey
from tests.protocol.conftest import _press_in_the_database, press  # noqa: F401

KEY = {"name": "Example Aggregator", "contact": "harvest@aggregator.example.org"}


def basic(user: str, password: str = "") -> str:
    """An Authorization header."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def bearer(secret: str) -> str:
    """An Authorization header."""
    return f"Bearer {secret}"


def issue(**fields: object) -> tuple[AccessKey, str]:
    """A key and its secret."""
    return AccessKey.objects.issue(**KEY | fields)


@pytest.fixture(autouse=True)
def _nothing_counted_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(counting, "_complained", -counting.QUIET)
    counting._kept.clear()
    models._tried.clear()
    rates.read_rate.cache_clear()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def options(settings) -> Callable[..., None]:
    """Change the OAIPMH setting of the default repository."""

    def change(**changes: object) -> None:
        settings.OAIPMH = settings.OAIPMH | changes

    return change
