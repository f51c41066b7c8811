"""Rendering: in the same surroundings whoever triggered it, and those of the visitor are left as they were."""

import datetime
import zoneinfo

import pytest
from django.conf import settings as django_settings
from django.urls import get_script_prefix, get_urlconf, include, path, reverse, set_script_prefix, set_urlconf
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

import django_oaipmh as oai
from django_oaipmh.rendering import absolute_url, rendering

from .hosts import declare, metadata_of
from .press import factories
from .press.oai import brief

URLS = "tests.urls"


@pytest.fixture
def visitor():
    """Somebody whose language, time zone, script prefix and URLs are their own."""
    script_prefix = get_script_prefix()
    set_script_prefix("/mounted/")
    set_urlconf((path("elsewhere/oai", include("django_oaipmh.urls")),))
    try:
        with translation.override("fr"), timezone.override("Asia/Tokyo"):
            yield surroundings()
    finally:
        set_script_prefix(script_prefix)
        set_urlconf(None)


def surroundings() -> tuple:
    return translation.get_language(), timezone.get_current_timezone_name(), get_script_prefix(), get_urlconf()


FIXED = ("en", "Europe/Athens", "/", None)


def test_surroundings_are_fixed_and_restored(visitor):
    assert visitor[:3] == ("fr", "Asia/Tokyo", "/mounted/")
    with rendering(oai.default_repository):
        assert surroundings() == FIXED
        assert reverse("oai:endpoint") == "/oai"
    assert surroundings() == visitor


def test_they_are_restored_after_an_exception(visitor):
    with pytest.raises(ZeroDivisionError), rendering(oai.default_repository):
        raise ZeroDivisionError
    assert surroundings() == visitor
    assert absolute_url("/a") == "/a"


def test_the_script_prefix_of_the_settings_counts(visitor, settings):
    for configured, prefix in [("/app", "/app/"), ("/app/", "/app/"), ("", "/"), (None, "/")]:
        settings.FORCE_SCRIPT_NAME = configured
        with rendering(oai.default_repository):
            assert get_script_prefix() == prefix
    assert surroundings() == visitor


def test_the_language_is_that_of_the_repository(settings):
    settings.OAIPMH = settings.OAIPMH | {"LANGUAGE": "de"}
    with rendering(oai.default_repository):
        assert translation.get_language() == "de"
    assert translation.get_language() == django_settings.LANGUAGE_CODE


def test_urls_are_of_the_repository_also_inside_one_another():
    assert absolute_url("/a") == "/a"
    with rendering(oai.default_repository):
        assert absolute_url("/a") == "https://press.example.org/a"
        with rendering(brief):
            assert absolute_url("/a") == "https://data.example.org/a"
        assert absolute_url("a?b#c") == "https://press.example.org/a?b#c"
        assert absolute_url("//cdn.example.org/a") == "https://cdn.example.org/a"
        assert absolute_url("http://elsewhere.example.org/a") == "http://elsewhere.example.org/a"
    assert absolute_url("/a") == "/a"


@pytest.mark.django_db
def test_a_visitor_does_not_change_what_is_told(repository, visitor):
    article = factories.ArticleFactory(language="fr")

    def told(self, obj):
        moment = datetime.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("UTC"))
        return [gettext_lazy("Monday"), timezone.localtime(moment).isoformat(), reverse("oai:endpoint")]

    item = declare(repository, metadata={"description": "told", "language": "get_language_display"}, told=told)
    assert metadata_of(item, article)["description"] == ["Monday", "2020-01-01T02:00:00+02:00", "/oai"]
    assert surroundings() == visitor
