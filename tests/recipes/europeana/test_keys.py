"""Keys and rates: every answer to the letter."""

import datetime
import logging
import re
import time
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from django_oaipmh.access import rates
from django_oaipmh.access.models import AccessKey
from django_oaipmh.repository import Repository
from django_oaipmh.scopes import Refused
from tests.harvester import FORM, Reply

from .conftest import PATH, WAYS, ask, issue

HELP = (
    "To get a key, register: https://api.europeana.eu/oai/record/register\n"
    "Send the key as user name or password (HTTP Basic), as a bearer token (Authorization: Bearer KEY), "
    "or in the URL: https://api.europeana.eu/oai/record/KEY\n"
)
CHALLENGE = 'Basic realm="OAI-PMH", charset="UTF-8", Bearer realm="OAI-PMH"'
NEVER_KEPT = "max-age=0, no-cache, no-store, must-revalidate, private"


def told(reply: Reply) -> tuple[int, str, dict[str, str]]:
    """Status, body, and the headers that matter."""
    names = ("content-type", "cache-control", "www-authenticate", "retry-after", "etag")
    return reply.status, reply.raw.decode(), {name: reply.http[name] for name in names if name in reply.http}


def refused(problem: str, challenge: str = f'{CHALLENGE}, error="invalid_token"') -> tuple[int, str, dict[str, str]]:
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": NEVER_KEPT,
        "www-authenticate": challenge,
    }
    return 401, f"{problem}\n{HELP}", headers


def spoilt(problem: str) -> str:
    key, secret = issue(repository="elsewhere" if problem == "elsewhere" else "")
    changes = {
        "expired": {"expires": timezone.now() - datetime.timedelta(seconds=1)},
        "revoked": {"revoked": timezone.now()},
        "waiting": {"approved": None},
    }
    AccessKey.objects.filter(pk=key.pk).update(**changes.get(problem, {"name": "unchanged"}))
    return {"wrong": f"{secret[:-1]}{'b' if secret[-1] == 'a' else 'a'}", "cut off": secret[:-1]}.get(problem, secret)


PROBLEMS = {
    "wrong": "There is no such access key. Perhaps it was not copied as a whole.",
    "cut off": "There is no such access key. Perhaps it was not copied as a whole.",
    "elsewhere": "This access key is for another repository.",
    "waiting": "This access key waits for approval.",
    "expired": "This access key has expired.",
    "revoked": "This access key has been revoked.",
}


def test_without_a_key():
    assert told(ask("verb=Identify")) == refused("This repository needs an access key.", CHALLENGE)


def test_without_a_key_by_POST():
    response = Client().post(PATH, "verb=Identify", content_type=FORM)
    assert told(response.oai) == refused("This repository needs an access key.", CHALLENGE)


def test_403_where_a_login_window_is_not_wanted(settings):
    settings.OAIPMH = settings.OAIPMH | {"KEY_STATUS": 403}
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": NEVER_KEPT}
    assert told(ask("verb=Identify")) == (403, f"This repository needs an access key.\n{HELP}", headers)
    expired = (403, f"This access key has expired.\n{HELP}", headers)
    assert told(ask("verb=Identify", spoilt("expired"))) == expired


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_key_that_opens_nothing(problem, way, caplog):
    secret = spoilt(problem)
    with caplog.at_level(logging.DEBUG):
        assert told(ask("verb=Identify", secret, way)) == refused(PROBLEMS[problem])
    assert caplog.messages == ["Unauthorized: /oai/record"]


@pytest.mark.parametrize("way", WAYS)
def test_a_key(way, publish):
    for number in range(60):
        publish(str(number), dataset="9200396")
    _, secret = issue()
    for query in ("verb=Identify", "verb=ListSets", "verb=ListRecords&metadataPrefix=edm"):
        reply = ask(query, secret, way)
        assert reply.status == 200
        assert reply.request.text == "https://api.europeana.eu/oai/record"
        assert reply.http["cache-control"] == "private, no-cache, max-age=0, must-revalidate"
        assert {"Accept-Encoding", "Authorization"} <= set(reply.http["vary"].split(", "))
        assert secret not in reply.content.decode() + str(reply.http)
        again = ask(query, secret, way, if_none_match=reply.http["etag"])
        assert (again.status, again.http["etag"]) == (304, reply.http["etag"])


def test_a_key_that_is_revoked_meanwhile():
    key, secret = issue()
    etag = ask("verb=Identify", secret).http["etag"]
    AccessKey.objects.filter(pk=key.pk).update(revoked=timezone.now())
    assert told(ask("verb=Identify", secret, if_none_match=etag)) == refused("This access key has been revoked.")


# Rates.


@pytest.fixture
def half_past(monkeypatch):
    """Thirty seconds of a minute are gone."""
    now = time.time() // 60 * 60 + 30
    monkeypatch.setattr(rates, "time", SimpleNamespace(time=lambda: now))


def test_too_many_requests_with_a_key(half_past):
    _, secret = issue()
    assert [ask("verb=Identify", secret).status for _ in range(60)] == [200] * 60
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": NEVER_KEPT, "retry-after": "30"}
    body = "Too many requests: 60/minute are served. Come again in 30 seconds.\n"
    assert told(ask("verb=Identify", secret)) == (429, body, headers)
    _, partner = issue(rate="partner")
    assert ask("verb=Identify", partner).status == 200


def test_too_many_requests_without_one(half_past):
    behind = {"REMOTE_ADDR": "10.0.0.1"}
    client = Client(**behind)
    for number in range(20):
        forwarded = {"x-forwarded-for": f"192.0.2.{number}, 203.0.113.9"}
        assert client.get(f"{PATH}?verb=Identify", headers=forwarded).status_code == 401
    reply = client.get(f"{PATH}?verb=Identify", headers={"x-forwarded-for": "203.0.113.9"}).oai
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": NEVER_KEPT, "retry-after": "30"}
    assert told(reply) == (
        429,
        "Too many requests: 20/minute are served. Come again in 30 seconds.\n",
        headers,
    )
    assert client.get(f"{PATH}?verb=Identify", headers={"x-forwarded-for": "203.0.113.10"}).status_code == 401


# Registration.


def register(client: Client | None = None, **fields: str):
    fields = {"name": "Example Aggregator", "contact": "harvest@aggregator.example.org"} | fields
    return (client or Client()).post(f"{PATH}/register", fields)


def secret_in(text: str) -> str:
    (secret,) = set(re.findall(r"\b[A-Za-z0-9]{8}_[A-Za-z0-9]{32}\b", text))
    return secret


def test_the_page_to_register():
    page = Client().get(f"{PATH}/register")
    assert page.status_code == 200
    assert "Register for an access key" in page.text and 'name="contact"' in page.text
    assert "no-store" in page["Cache-Control"]


def test_registering_gives_a_key_that_opens_at_once():
    page = register()
    secret = secret_in(page.text)
    assert "no-store" in page["Cache-Control"]
    assert f"https://api.europeana.eu/oai/record/{secret}" in page.text
    for way in WAYS:
        assert ask("verb=Identify", secret, way).status == 200
    key = AccessKey.objects.get()
    assert (key.name, key.contact, key.repository) == ("Example Aggregator", "harvest@aggregator.example.org", "oai")
    assert secret[9:] not in str(AccessKey.objects.values())


def test_registering_for_approval(settings, admin):
    settings.OAIPMH = settings.OAIPMH | {"REGISTRATION": "approval"}
    page = register()
    assert "as soon as we have approved it" in page.text
    secret = secret_in(page.text)
    assert told(ask("verb=Identify", secret)) == refused("This access key waits for approval.")
    act(admin, "approve", AccessKey.objects.get())
    assert ask("verb=Identify", secret).status == 200


@pytest.mark.parametrize("fields", [{"name": ""}, {"contact": ""}, {"contact": "nobody"}])
def test_who_does_not_say_who_he_is_gets_none(fields):
    page = register(**fields)
    assert page.status_code == 200
    assert "errorlist" in page.text
    assert not AccessKey.objects.exists()


def test_nobody_says_by_himself_what_his_key_opens():
    register(rate="partner", page_size="100000", approved="2020-01-01", repository="")
    assert AccessKey.objects.values_list("rate", "page_size", "repository").get() == ("", None, "oai")


def test_too_many_registrations():
    assert [register().status_code for _ in range(6)] == [200] * 5 + [429]
    response = register()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert 0 < int(response["Retry-After"]) <= 3600
    assert AccessKey.objects.count() == 5


def test_who_is_refused_by_the_host_cannot_register(monkeypatch):
    def closed(self, request, **kwargs):
        raise Refused("Closed on Sundays.", 403, {})

    monkeypatch.setattr(Repository, "get_scope", closed)
    page = register()
    assert (page.status_code, page.text) == (403, "Closed on Sundays.\n")
    assert not AccessKey.objects.exists()


def test_registering_is_safe_from_other_sites():
    assert register(Client(enforce_csrf_checks=True)).status_code == 403


@pytest.mark.parametrize("setting", ["", "https://pro.europeana.eu/get-api"])
def test_no_page_where_keys_are_got_elsewhere(settings, setting):
    settings.OAIPMH = settings.OAIPMH | {"REGISTRATION": setting}
    assert Client().get(f"{PATH}/register").status_code == 404
    where = f"To get a key, register: {setting}" if setting else "To get a key, write to: api@europeana.eu"
    assert where in ask("verb=Identify").raw.decode()


def test_a_host_has_pages_of_its_own(settings):
    templates = {
        "oaipmh_access/register.html": "Ours: {{ form.contact.name }}",
        "oaipmh_access/registered.html": "Yours: {{ secret }}",
    }
    loaders = [
        ("django.template.loaders.locmem.Loader", templates),
        "django.template.loaders.app_directories.Loader",
    ]
    settings.TEMPLATES = [
        settings.TEMPLATES[0] | {"APP_DIRS": False, "OPTIONS": settings.TEMPLATES[0]["OPTIONS"] | {"loaders": loaders}}
    ]
    assert Client().get(f"{PATH}/register").text == "Ours: contact"
    assert register().text.startswith("Yours: ")


# The admin.


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin", "admin@europeana.eu", "secret"))
    return client


LIST = "/admin/oaipmh_access/accesskey/"


def act(admin: Client, action: str, *keys: AccessKey) -> str:
    data = {"action": action, "_selected_action": [key.pk for key in keys]}
    return admin.post(LIST, data, follow=True).text


def test_issuing_a_key_shows_it_once(admin):
    data = {"name": "Partner", "contact": "a@partner.example.org", "rate": "partner", "formats": "edm", "page_size": 7}
    page = admin.post(f"{LIST}add/", data)
    secret = secret_in(page.text)
    assert "no-store" in page["Cache-Control"]
    assert secret not in str(page.cookies) + str(dict(admin.session))
    key = AccessKey.objects.get()
    assert ask("verb=ListMetadataFormats", secret).prefixes == ["edm"]
    for url in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/"):
        again = admin.get(url)
        assert again.status_code == 200
        assert secret[9:] not in again.text
    assert secret[:8] in admin.get(LIST).text


def test_changing_a_key_does_not_change_its_secret(admin):
    key, secret = issue()
    data = {"name": "Renamed", "contact": "b@partner.example.org", "formats": "oai_dc"}
    assert admin.post(f"{LIST}{key.pk}/change/", data).status_code == 302
    assert ask("verb=ListMetadataFormats", secret).prefixes == ["oai_dc"]


@pytest.mark.parametrize(
    "field, value, message",
    [
        ("formats", "edm marc", "There is no format marc."),
        ("formats", "e/d", "Not legal: e/d."),
        ("sets", "a::b", "Not legal: a::b."),
        ("rate", "nonsense", "There is no rate “nonsense” in the setting RATES."),
        ("page_size", "0", "A page has at least one record."),
    ],
)
def test_the_admin_refuses_nonsense(admin, field, value, message):
    data = {"name": "Partner", "contact": "a@partner.example.org", field: value}
    assert message in admin.post(f"{LIST}add/", data).text
    assert not AccessKey.objects.exists()


def test_revoking(admin):
    key, secret = issue()
    other, stays = issue()
    assert "1 access key was revoked." in act(admin, "revoke", key)
    assert told(ask("verb=Identify", secret)) == refused("This access key has been revoked.")
    assert ask("verb=Identify", stays).status == 200
    assert "0 access keys were approved." in act(admin, "approve", key, other)
    assert ask("verb=Identify", secret).status == 401


def test_watching(admin):
    _, secret = issue(name="Busy")
    issue(name="Idle")
    for _ in range(12):
        ask("verb=Identify", secret)
    page = admin.get(LIST).text
    assert '<td class="field-all_requests">12</td>' in page
    assert '<td class="field-all_requests">0</td>' in page
    for state, expected in (("valid", {"Busy", "Idle"}), ("revoked", set()), ("waiting", set()), ("expired", set())):
        page = admin.get(LIST, {"state": state}).text
        assert {name for name in ("Busy", "Idle") if f">{name}</a>" in page} == expected
