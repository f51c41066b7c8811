from collections.abc import Iterator

import pytest
from django.urls import path

import django_oaipmh as oai
from django_oaipmh.index import signals
from django_oaipmh.repository import repositories
from tests.invariants.conftest import (  # noqa: F401
    _formats_are_loaded_anew,
    articles,
    clock_fixture,
)
from tests.urls import urlpatterns


class Spare(oai.Repository):
    """One more repository of the press, for the items of a single test."""

    repository_name = "Spare"
    base_url = "https://spare.example.org/oai"
    namespace = "spare.example.org"

    def watch(self) -> None:
        """Watch the models that the items registered so far depend on, as when the site starts."""
        signals.connect()


@pytest.fixture
def spare(transactional_db: None, settings) -> Iterator[Spare]:
    """A repository without items, at /spare/oai."""
    repository = Spare("spare")
    settings.ROOT_URLCONF = (*urlpatterns, path("spare/oai", repository.urls))
    yield repository
    del repositories["spare"]
    signals.connect()
