"""The ``OAIPMH`` setting: what wins, and what other repositories inherit."""

import pytest

from django_oaipmh import conf
from django_oaipmh.repository import Repository
from django_oaipmh.repository import default_repository as repository

from .hosts import hosting


class Declared(Repository):
    repository_name = "Of the class"
    granularity = conf.DAYS
    formats = ("oai_dc",)
    admin_emails = ["class@press.example.org"]
    namespace = "class.example.org"


@pytest.fixture
def declared():
    with hosting(Declared) as declared:
        yield declared


def test_without_settings_everything_has_its_default(settings):
    del settings.OAIPMH
    with hosting(Repository) as plain:
        for key, default in conf.DEFAULTS.items():
            assert plain.setting(key) == repository.setting(key) == default
    settings.OAIPMH = None
    assert repository.setting("PAGE_SIZE") == 100


def test_settings_win_over_the_class_and_the_class_over_defaults(settings, declared):
    settings.OAIPMH = {}
    assert declared.setting("GRANULARITY") == conf.DAYS
    assert declared.get_repository_name() == "Of the class"
    assert declared.setting("DELETED_RECORD") == "persistent"
    settings.OAIPMH = {"REPOSITORIES": {"adhoc": {"GRANULARITY": conf.SECONDS, "REPOSITORY_NAME": "Of the settings"}}}
    assert declared.setting("GRANULARITY") == conf.SECONDS
    assert declared.get_repository_name() == "Of the settings"


def test_the_class_wins_over_what_is_said_of_the_whole_site(settings, declared):
    settings.OAIPMH = {"GRANULARITY": conf.SECONDS, "PAGE_SIZE": 7}
    assert declared.setting("GRANULARITY") == conf.DAYS
    assert declared.setting("PAGE_SIZE") == 7


@pytest.mark.parametrize("key", sorted(conf.DEFAULTS.keys() - {"REPOSITORIES"}))
def test_a_repository_inherits_what_describes_the_deployment(settings, key):
    value = object()
    settings.OAIPMH = {key: value}
    with hosting(Repository) as plain:
        inherits = key not in ("REPOSITORY_NAME", "BASE_URL", "DESCRIPTIONS")
        assert plain.setting(key) is (value if inherits else conf.DEFAULTS[key])
    assert repository.setting(key) is value


def test_the_default_repository_may_stand_among_the_others(settings):
    settings.OAIPMH = {"PAGE_SIZE": 7, "REPOSITORIES": {"oai": {"PAGE_SIZE": 8}}}
    assert repository.setting("PAGE_SIZE") == 8


def test_falsy_settings_count(settings, declared):
    settings.OAIPMH = {"REPOSITORIES": {"adhoc": {"GZIP": False, "ADMIN_EMAILS": [], "NAMESPACE": ""}}}
    assert declared.setting("GZIP") is False
    assert declared.get_admin_emails() == []


def test_every_key_has_its_check():
    from django_oaipmh.checks import _VALUES

    assert set(_VALUES) == set(conf.DEFAULTS)
    assert all(test(conf.DEFAULTS[key]) for key, (_, test) in _VALUES.items())
