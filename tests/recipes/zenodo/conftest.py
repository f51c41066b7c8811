import datetime
from collections.abc import Callable
from itertools import count

import pytest
from django.core.cache import cache
from django.core.management import call_command

from tests.harvester import Header, OAIClient

from .models import Community, Creator, Record


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    """Rates are counted in the cache."""
    cache.clear()


@pytest.fixture
def harvester(transactional_db) -> OAIClient:
    """A harvester of a site that is open: what is saved is in the index when its transaction is committed."""
    call_command("oai_sync", verbosity=0)
    return OAIClient("/oai2d")


@pytest.fixture
def deposit(harvester) -> Callable[..., Record]:
    """Publish a record."""
    number = count(1)

    def deposited(title: str = "Data", *communities: Community, creator: str = "Lovelace, Ada", **values) -> Record:
        values.setdefault("published_on", datetime.date(2026, 5, 1))
        record = Record.objects.create(title=title, doi=f"10.5281/zenodo.{next(number)}", **values)
        record.communities.set(communities)
        Creator.objects.create(record=record, name=creator, orcid="0000-0002-1825-0097")
        return record

    return deposited


def name(record: Record) -> str:
    return f"oai:zenodo.org:{record.pk}"


def headers(harvester: OAIClient, **arguments: str) -> dict[str, Header]:
    """identifier → header of a whole list."""
    return {header.identifier: header for header in harvester.headers("oai_dc", **arguments)}
