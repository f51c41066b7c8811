"""A host's own formats in a package that several sites use: ``tests/packages/letters``, harvested."""

from pathlib import Path

import pytest

from django_oaipmh.index.examine import Renderer
from django_oaipmh.testing import synced

from ..harvester import OAIClient, payload
from ..hosts import AdHocRepository, declare, hosting
from ..press.factories import ArticleFactory
from ..urls import urlpatterns

PACKAGES = Path(__file__).parents[1] / "packages"
PREFIXES = ["oai_dc", "letter", "envelope", "postcard"]


@pytest.fixture
def letters(monkeypatch, settings, db):
    """A repository with the formats of the package, which is installed."""
    from django.urls import path

    monkeypatch.syspath_prepend(PACKAGES)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "letters"]
    names = ["oai_dc", *(f"letters.formats.{name}" for name in ("Letter", "Envelope", "Postcard"))]
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": {"adhoc": {"FORMATS": names, "NAMESPACE": "a.example.org"}}}
    with hosting() as repository:
        settings.ROOT_URLCONF = (*urlpatterns, path("adhoc/oai", repository.urls))
        yield repository


def test_by_template_by_function_and_by_stylesheet(letters: AdHocRepository):
    metadata = {"title": "title", "creator": "authors__family", "abstract": "abstract"}
    declare(letters, metadata=metadata)
    article = ArticleFactory(title="Of <harvests>", authors=["Sappho"], abstract="Words")
    silent = ArticleFactory(title="Anonymous")
    client = OAIClient("/adhoc/oai")
    identifier = f"oai:a.example.org:article/{article.pk}"
    with synced(letters):
        assert client.get(verb="ListMetadataFormats", identifier=identifier).prefixes == PREFIXES
        texts = {}
        for prefix in PREFIXES[1:]:
            root = payload(client.record(identifier, prefix))
            assert root.tag == f"{{https://letters.example.org/ns/{prefix}}}{prefix}"
            texts[prefix] = "".join(root.itertext())
        assert texts == {"letter": "Of <harvests>Words", "envelope": "Sappho", "postcard": "Of <harvests> Greetings"}
        assert payload(client.record(identifier, "postcard")).get("number") == identifier
        lacking = client.get(
            verb="ListMetadataFormats", identifier=identifier.replace(str(article.pk), str(silent.pk))
        )
        assert lacking.prefixes == ["oai_dc", "letter", "postcard"]


def test_what_is_unchanged_need_not_be_rendered_again(letters: AdHocRepository):
    assert Renderer.of(letters).pure
