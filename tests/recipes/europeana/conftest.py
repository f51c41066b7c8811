from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.core.management import call_command

from django_oaipmh.access import counting, models, rates
from django_oaipmh.access.models import AccessKey
from tests.harvester import OAIClient, Reply

from .models import Object

PATH = "/oai/record"


@pytest.fixture(autouse=True)
def _site(transactional_db: None) -> Iterator[None]:
    """A site that is open, and nothing counted yet."""
    counting._kept.clear()
    models._tried.clear()
    rates.read_rate.cache_clear()
    cache.clear()
    call_command("oai_sync", verbosity=0)
    yield
    cache.clear()


@pytest.fixture
def publish() -> Callable[..., Object]:
    """Publish an object with a picture."""

    def published(local_id: str, dataset: str = "2021672", **values: object) -> Object:
        page = f"https://museum.example.org/{local_id}"
        values = {
            "title": f"Photograph {local_id}",
            "language": "en",
            "creator": "Doe, Jane",
            "creator_uri": "http://viaf.org/viaf/1",
            "media": "IMAGE",
            "created": "1901",
            "subject": "Harvest",
            "landing_page": page,
            "rights": "http://creativecommons.org/publicdomain/mark/1.0/",
            "data_provider": "Museum of Fields",
        } | values
        obj = Object.objects.create(local_id=local_id, dataset=dataset, **values)
        obj.media_files.create(url=f"{page}.jpg", media_type="image/jpeg")
        obj.media_files.create(url=f"{page}-back.jpg", media_type="image/jpeg", position=2)
        return obj

    return published


def issue(**fields: object) -> tuple[AccessKey, str]:
    """A key and its secret."""
    return AccessKey.objects.issue(**{"name": "Aggregator", "contact": "a@aggregator.example.org"} | fields)


WAYS = ["path", "user", "password", "bearer"]


def authorization(secret: str, way: str) -> dict[str, str]:
    """The header by which a key is sent, if it is one."""
    basic = {"user": f"{secret}:", "password": f"harvester:{secret}"}
    if way in basic:
        return {"authorization": "Basic " + b64encode(basic[way].encode()).decode()}
    return {"authorization": f"Bearer {secret}"} if way == "bearer" else {}


def ask(query: str, secret: str = "", way: str = "bearer", path: str = PATH, **headers: str) -> Reply:
    if secret and way == "path":
        path = f"{path}/{secret}"
    return OAIClient(path).raw(query, **(authorization(secret, way) if secret else {}), **headers)
