"""System checks: for every mistake of keys and rates one message, with its remedy."""

import sys

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import OperationalError

from django_oaipmh.access.models import AccessKey

from .conftest import issue


def messages(**options: object) -> list[CheckMessage]:
    return run_checks(tags=["django_oaipmh"], **options)


def only(id: str, **options: object) -> CheckMessage:
    """The one message there is."""
    found = messages(**options)
    assert [message.id for message in found] == [f"oaipmh.{id}"], found
    return found[0]


def test_a_good_host(options):
    options(
        KEYS="optional",
        KEY_STATUS=403,
        REGISTRATION="https://press.example.org/keys",
        RATES={"anonymous": "100/minute", "partner": "10 per second; 5000/2 hours"},
        TRUSTED_PROXIES=["unix", "10.0.0.0/8", "2001:db8::1"],
    )
    assert messages() == []


@pytest.mark.parametrize(
    "key, value",
    [
        ("KEYS", True),
        ("KEYS", "yes"),
        ("KEY_STATUS", 404),
        ("REGISTRATION", True),
        ("REGISTRATION", "/register"),
        ("RATES", "100/minute"),
        ("RATES", {"anonymous": 100}),
        ("RATES", {"": 1}),
        ("TRUSTED_PROXIES", "10.0.0.0/8"),
        ("TRUSTED_PROXIES", ["10.0.0.1/8"]),
        ("TRUSTED_PROXIES", ["proxy"]),
        ("TRUSTED_PROXIES", [None]),
    ],
)
def test_E002_a_wrong_value(options, key, value):
    options(**{key: value})
    assert f"OAIPMH['{key}']" in only("E002").msg


def test_E080_keys_without_the_app(options, settings):
    options(KEYS="required")
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_oaipmh.access"]
    found = [message for message in messages() if message.id == "oaipmh.E080"]
    assert found
    assert '"django_oaipmh.access"' in found[0].hint


def test_W080_registration_for_nothing(options):
    options(REGISTRATION="open")
    assert {message.id for message in messages()} == {"oaipmh.W080"}


def test_E081_rates_without_the_package(options, monkeypatch):
    options(RATES={"anonymous": "100/minute"})
    monkeypatch.setitem(sys.modules, "django_oaipmh.access.rates", None)
    found = messages()
    assert {message.id for message in found} == {"oaipmh.E081"}
    assert "django_oaipmh[rates]" in found[0].hint


@pytest.mark.parametrize(
    "rate", ["", "often", "0/minute", "9/second; 0/day", "100/m", "100", "minute/100", "100/minute;often"]
)
def test_E082_no_rate(options, rate):
    options(RATES={"anonymous": rate})
    found = messages()
    assert {message.id for message in found} == {"oaipmh.E082"}
    assert repr(rate) in found[0].msg


@pytest.mark.parametrize(("keys", "name"), [("optional", "anonymus"), ("optional", "key"), ("", "partner")])
def test_W085_a_rate_that_holds_for_nobody(options, keys, name):
    options(KEYS=keys, RATES={name: "1/minute"})
    assert f"has the name {name!r}" in only("W085").msg


def test_what_all_repositories_inherit_is_told_once(options):
    options(KEYS="required", RATES={"anonymous": "often"})
    assert only("E082")


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_W083_everybody_is_trusted(options, network):
    options(RATES={"anonymous": "1/minute"}, TRUSTED_PROXIES=[network])
    assert {message.id for message in messages()} == {"oaipmh.W083"}


def test_W084_keys_for_everybody_and_no_end(options):
    rates = {"anonymous": "1/minute", "keys": "9/minute"}
    options(KEYS="required", REGISTRATION="open", RATES=rates)
    assert {message.id for message in messages()} == {"oaipmh.W084"}
    for changes in ({"RATES": rates | {"registration": "5/hour"}}, {"REGISTRATION": "approval"}):
        options(KEYS="required", REGISTRATION="open", RATES=rates)
        options(**changes)
        assert not messages()


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_W082_a_cache_that_is_not_shared(options, settings, backend):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    deployed = {"include_deployment_checks": True}
    assert messages(**deployed) == []
    options(RATES={"anonymous": "100/minute"})
    assert messages() == []
    assert backend.rpartition(".")[2] in only("W082", **deployed).msg
    settings.CACHES["oaipmh"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}
    assert messages(**deployed) == []


def stored() -> list[str]:
    found = run_checks(tags=["database"], databases=["default"])
    return [message.msg for message in found if message.id == "oaipmh.W041"]


@pytest.mark.parametrize(
    "fields, problem",
    [
        ({"formats": "oai_dc galley mods"}, "the format mods"),
        ({"repository": "brief", "formats": "galley"}, "the format galley"),
        ({"rate": "partner"}, "the rate partner"),
        ({"repository": "closed"}, "the repository closed"),
    ],
)
def test_W041_a_key_that_names_what_there_is_not(options, fields, problem):
    options(KEYS="required", RATES={"keys": "1/minute"})
    key, _ = issue(**fields)
    issue(formats="oai_dc galley", rate="keys", repository="oai")
    assert stored() == [f"The access key {key} names {problem}, which there is not."]
    AccessKey.objects.filter(pk=key.pk).update(revoked=key.created)
    assert stored() == []


def test_W041_before_migrate(monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("no such table")

    monkeypatch.setattr("django_oaipmh.access.models.AccessKeys.using", fail)
    assert stored() == []
