"""Access keys: by three ways, what they open, and that nobody else gets to know them."""

import datetime
import logging
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone
from django.utils.log import AdminEmailHandler

from django_oaipmh.access import models
from django_oaipmh.access.models import AccessKey, State, counter_of
from django_oaipmh.access.secrets import SECRET, HideKeys, digests_of, hide
from django_oaipmh.access.views import take_out
from django_oaipmh.repository import Repository
from django_oaipmh.scopes import Scope
from tests.harvester import OAIClient, Reply

from .conftest import basic, bearer, issue

IDENTIFY = "verb=Identify"
RECORDS = "verb=ListRecords&metadataPrefix=oai_dc"

WAYS = ["path", "path with a slash", "user", "password", "bearer"]


def ask(secret: str, way: str = "bearer", query: str = IDENTIFY, **headers: str) -> Reply:
    if way.startswith("path"):
        return OAIClient(f"/oai/{secret}{'/' * way.endswith('slash')}").raw(query, **headers)
    authorization = {"user": basic(secret), "password": basic("me", secret), "bearer": bearer(secret)}[way]
    return OAIClient().raw(query, authorization=authorization, **headers)


@pytest.fixture
def required(options):
    options(KEYS="required")


# The ways.


@pytest.mark.parametrize("way", WAYS)
def test_a_key_opens(required, way):
    _, secret = issue()
    reply = ask(secret, way)
    assert reply.status == 200
    assert reply.text("repositoryName")
    assert reply.request.text == reply.text("baseURL") == "https://press.example.org/oai"
    assert secret not in reply.content.decode()


def test_a_key_opens_POST_too(required):
    _, secret = issue()
    assert OAIClient(f"/oai/{secret}").post(verb="Identify").text("baseURL")


@pytest.mark.parametrize("way", ["path", "user", "bearer"])
def test_a_whole_harvest(required, way):
    _, secret = issue()
    client = Client(
        headers={} if way == "path" else {"authorization": basic(secret) if way == "user" else bearer(secret)}
    )
    harvester = OAIClient(f"/oai/{secret}" if way == "path" else "/oai")
    harvester.client = client
    pages = list(harvester.pages("ListRecords", metadataPrefix="oai_dc"))
    assert len(pages) > 3
    for page in pages:
        assert page.status == 200
        assert secret not in page.content.decode()
        assert secret[9:] not in page.token_text


def test_a_token_is_no_key(required):
    _, secret = issue()
    token = ask(secret, query=RECORDS).token_text
    assert OAIClient().raw(f"verb=ListRecords&resumptionToken={token}").status == 401


def test_under_DEBUG_the_base_url_is_that_of_the_request_without_the_key(required, options, settings):
    settings.DEBUG = True
    options(BASE_URL="")
    _, secret = issue()
    assert ask(secret, "path").request.text == "http://testserver/oai"


# Those that open nothing.


def spoilt(problem: str) -> str:
    key, secret = issue(**{"repository": "theses"} if problem == "of another repository" else {})
    if problem == "revoked":
        AccessKey.objects.update(revoked=timezone.now())
    elif problem == "expired":
        AccessKey.objects.update(expires=timezone.now() - datetime.timedelta(seconds=1))
    elif problem == "waiting":
        AccessKey.objects.update(approved=None)
    elif problem == "deleted":
        key.delete()
    return {"other": secret[:-1] + "-", "short": secret[:-1], "long": secret + "a"}.get(problem, secret)


PROBLEMS = {
    "revoked": "This access key has been revoked.",
    "expired": "This access key has expired.",
    "waiting": "This access key waits for approval.",
    "deleted": "There is no such access key. Perhaps it was not copied as a whole.",
    "short": "There is no such access key. Perhaps it was not copied as a whole.",
    "long": "There is no such access key. Perhaps it was not copied as a whole.",
    "of another repository": "This access key is for another repository.",
}
REST = [
    "To get a key, write to: oai@press.example.org, library@press.example.org",
    "Send the key as user name or password (HTTP Basic), as a bearer token (Authorization: Bearer KEY), "
    "or in the URL: https://press.example.org/oai/KEY",
]


def told(reply: Reply, status: int = 401) -> list[str]:
    assert reply.status == status
    assert reply.http["content-type"] == "text/plain; charset=utf-8"
    assert {"no-store", "private"} <= set(reply.http["cache-control"].split(", "))
    assert "etag" not in reply.http
    return reply.raw.decode().splitlines()


@pytest.mark.parametrize("query", [IDENTIFY, RECORDS, "", "verb=Nonsense"])
def test_no_key(required, query):
    reply = OAIClient().raw(query)
    assert told(reply) == ["This repository needs an access key.", *REST]
    assert reply.http["www-authenticate"] == 'Basic realm="OAI-PMH", charset="UTF-8", Bearer realm="OAI-PMH"'


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_key_and_no_method_either(required, method):
    assert OAIClient().raw(IDENTIFY, method=method).raw.decode().startswith("This repository needs")


@pytest.mark.parametrize("mode", ["required", "optional"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_key_that_opens_nothing(options, mode, problem, way):
    options(KEYS=mode)
    reply = ask(spoilt(problem), way)
    assert told(reply) == [PROBLEMS[problem], *REST]
    assert reply.http["www-authenticate"].endswith('Bearer realm="OAI-PMH", error="invalid_token"')


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ", "Basic !!!", "Basic /w==", "Basic Og==", "Bearer", "bearer x", basic("me", "secret")]
)
def test_what_is_no_key(required, header):
    assert told(OAIClient().raw(IDENTIFY, authorization=header))[0] == PROBLEMS["short"]


def test_another_scheme_is_none_of_ours(options):
    options(KEYS="optional")
    assert OAIClient().raw(IDENTIFY, authorization='Digest username="me"').status == 200


def test_schemes_are_written_in_any_case(required):
    _, secret = issue()
    for scheme in ("bearer", "BEARER"):
        assert OAIClient().raw(IDENTIFY, authorization=f"{scheme} {secret}").status == 200


@pytest.mark.parametrize("secret", ["", "AAAAAAAA_00000000000000000000000000000000"])
def test_403_as_configured(options, secret):
    options(KEYS="required", KEY_STATUS=403)
    reply = ask(secret) if secret else OAIClient().raw(IDENTIFY)
    told(reply, 403)
    assert "www-authenticate" not in reply.http


def test_where_keys_are_got_by_registration_it_is_told(options):
    options(KEYS="required", REGISTRATION="open")
    assert "To get a key, register: https://press.example.org/oai/register" in told(OAIClient().raw(IDENTIFY))
    reply = OAIClient("/theses/oai").raw(IDENTIFY)
    assert "To get a key, register: https://press.example.org/theses/oai/register" in told(reply)
    options(REGISTRATION="https://press.example.org/apis")
    assert "To get a key, register: https://press.example.org/apis" in told(OAIClient().raw(IDENTIFY))


def test_of_a_scope_it_is_told_below_its_own_base_url(options, monkeypatch):
    options(KEYS="required", REGISTRATION="open")
    joss = "https://joss.example.org/oai"
    monkeypatch.setattr(Repository, "get_scope", lambda self, request, **kwargs: Scope(self, "joss", base_url=joss))
    assert f"To get a key, register: {joss}/register" in told(OAIClient().raw(IDENTIFY))


def test_a_revoked_key_stops_at_once(required):
    key, secret = issue()
    etag = ask(secret).http["etag"]
    assert ask(secret, if_none_match=etag).status == 304
    AccessKey.objects.filter(pk=key.pk).update(revoked=timezone.now())
    assert ask(secret, if_none_match=etag).status == 401


def test_where_keys_are_not_used_they_do_not_matter():
    assert OAIClient().raw(IDENTIFY, authorization=bearer("nonsense")).status == 200
    with CaptureQueriesContext(connection) as queries:
        OAIClient("/oai/AAAAAAAA_00000000000000000000000000000000").raw(IDENTIFY)
    assert not any("accesskey" in query["sql"] for query in queries)


def test_other_paths_are_still_free():
    """What is too short for a key may be a page of the host."""
    assert Client().get("/oai/openaire").status_code == 404


def test_a_database_that_does_not_answer(required, monkeypatch):
    def fail(*args):
        raise OperationalError("gone")

    _, secret = issue()
    monkeypatch.setattr(models.AccessKeys, "opening", fail)
    assert ask(secret).status == 503


# What keys open.


def test_formats(required, press):
    _, secret = issue(formats="oai_dc")
    assert ask(secret, query="verb=ListMetadataFormats").prefixes == ["oai_dc"]
    assert ask(secret, query="verb=ListRecords&metadataPrefix=galley").codes == ["cannotDisseminateFormat"]
    assert ask(secret, query=RECORDS).records


def test_sets(required, press):
    _, secret = issue(sets="jhs europe:france")
    listed = ask(secret, query="verb=ListSets").sets
    assert {"jhs", "jhs:research", "europe:france", "europe:france:paris"} <= listed.keys()
    assert not {"rmr", "europe", "asia"} & listed.keys()
    assert ask(secret, query=RECORDS).codes == ["badArgument"]
    assert set(ask(secret, query=f"{RECORDS}&set=jhs").identifiers) <= press.members("jhs")
    assert ask(secret, query=f"{RECORDS}&set=rmr").codes == ["noRecordsMatch"]
    foreign = "verb=GetRecord&metadataPrefix=oai_dc&identifier="
    assert ask(secret, query=foreign + press.titled("In one second, 6")).codes == ["idDoesNotExist"]


@pytest.mark.parametrize("verb", ["GetRecord", "ListRecords", "ListIdentifiers"])
def test_headers_name_no_other_sets(required, press, verb):
    """A record may be in sets that its harvester does not see."""
    _, secret = issue(sets="europe:france")
    everything = ask(issue()[1], query=f"{RECORDS}&set=europe:france").headers
    one = next(header for header in everything if any(not spec.startswith("europe:france") for spec in header.sets))
    which = f"&identifier={one.identifier}" if verb == "GetRecord" else ""
    headers = ask(secret, query=f"verb={verb}&metadataPrefix=oai_dc{which}").headers
    told = next(header for header in headers if header.identifier == one.identifier)
    assert told.sets == tuple(spec for spec in one.sets if spec.startswith("europe:france"))
    assert told.sets


def test_sets_are_told_apart_by_case(required, press):
    """SQLite's LIKE does not."""
    _, secret = issue(sets="JHS jhs:research")
    assert ask(secret, query="verb=ListSets").sets.keys() == {"jhs:research"}
    assert ask(secret, query=f"{RECORDS}&set=jhs").codes == ["noRecordsMatch"]


@pytest.mark.parametrize("fields", [{"formats": "mods"}, {"formats": "mods", "sets": "jhs"}])
def test_a_key_for_formats_that_there_are_not_opens_nothing(required, press, fields):
    _, secret = issue(**fields)
    for query in (IDENTIFY, "verb=ListMetadataFormats", RECORDS):
        reply = ask(secret, query=query)
        assert reply.status == 401
        assert reply.content.startswith(b"This access key opens nothing here.")


def test_page_size(required, press):
    _, secret = issue(page_size=2)
    assert len(ask(secret, query=RECORDS).records) == 2
    assert len(OAIClient().raw(RECORDS, authorization=bearer(issue()[1])).records) == 5


def test_a_key_for_every_repository(required):
    _, everywhere = issue()
    _, theses = issue(repository="theses")
    headers = {"authorization": bearer(theses)}
    assert OAIClient("/theses/oai").raw(IDENTIFY, **headers).status == 200
    assert OAIClient("/theses/oai").raw(IDENTIFY, authorization=bearer(everywhere)).status == 200
    assert OAIClient("/oai").raw(IDENTIFY, **headers).status == 401


# Caches.


@pytest.mark.parametrize("age", [0, 300])
@pytest.mark.parametrize("way", ["path", "bearer"])
def test_what_a_key_opens_is_for_its_holder(required, options, way, age):
    options(CACHE_AGE=age)
    _, secret = issue()
    for query in (IDENTIFY, RECORDS, "verb=ListSets"):
        reply = ask(secret, way, query)
        directives = set(reply.http["cache-control"].split(", "))
        assert "private" in directives
        assert not {"public", f"max-age={300}"} & directives
        assert "Authorization" in reply.http["vary"]
        again = ask(secret, way, query, if_none_match=reply.http["etag"])
        assert again.status == 304
        assert {again.http[name] == reply.http[name] for name in ("cache-control", "vary", "etag")} == {True}


def test_what_everybody_may_see_is_not_given_to_those_who_have_a_key(options):
    options(KEYS="optional", CACHE_AGE=300)
    reply = OAIClient().raw(IDENTIFY)
    assert "public" in reply.http["cache-control"]
    assert "Authorization" in reply.http["vary"]


def test_without_keys_nothing_varies(options):
    assert "Authorization" not in OAIClient().raw(IDENTIFY).http["vary"]


def test_who_sees_less_has_another_ETag(options):
    options(KEYS="optional")
    _, secret = issue(formats="oai_dc")
    query = "verb=ListMetadataFormats"
    everything = OAIClient().raw(query).http["etag"]
    less = ask(secret, query=query, if_none_match=everything)
    assert less.status == 200
    assert less.http["etag"] != everything


# Secrets stay secret.


def test_only_a_digest_is_kept(required):
    key, secret = issue()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM oaipmh_access_accesskey")
        kept = " ".join(map(str, cursor.fetchone()))
    assert secret[9:] not in kept
    assert key.digest in kept and key.prefix == secret[:8]
    assert str(key) == f"Example Aggregator ({secret[:8]}…)"


def test_secrets_are_long_and_never_the_same():
    secrets = {issue()[1] for _ in range(20)}
    assert len(secrets) == 20
    for secret in secrets:
        assert SECRET.fullmatch(secret)


def test_another_SECRET_KEY(required, settings):
    """Keys outlive it, as sessions do, while the old one is a fallback; and are then kept under the new one."""
    key, secret = issue()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert ask(secret).status == 200
    key.refresh_from_db()
    assert key.digest == digests_of(secret)[0]
    settings.SECRET_KEY_FALLBACKS = []
    assert ask(secret).status == 200
    settings.SECRET_KEY = "newer"
    assert ask(secret).status == 401


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("way", ["path", "path with a slash", "user", "bearer"])
@pytest.mark.parametrize("problem", ["revoked", "short", "long"])
def test_no_log_line_tells_it(options, caplog, problem, way, status):
    options(KEYS="required", KEY_STATUS=status)
    secret = spoilt(problem)
    with caplog.at_level(logging.DEBUG):
        ask(secret, way)
    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if line.endswith(": /oai")]
    assert not [line for line in lines if secret[9:] in line]


@pytest.fixture
def mails(settings, monkeypatch) -> Iterator[list[str]]:
    """What Django tells the admins of a request that went wrong, with HTML and without."""
    settings.ADMINS = ["admin@press.example.org"]
    mails: list[str] = []
    monkeypatch.setattr(AdminEmailHandler, "send_mail", lambda self, *texts, **more: mails.append(f"{texts} {more}"))
    handler = AdminEmailHandler(include_html=True)  # Django has one of its own, without
    names = ("django.request", "django.security.DisallowedHost")
    for name in names:
        logging.getLogger(name).addHandler(handler)
    yield mails
    for name in names:
        logging.getLogger(name).removeHandler(handler)


def test_no_mail_to_the_admins_tells_it(required, monkeypatch, mails):
    """Django sends them what it knows of a request that ended with 500, or 503."""

    def fail(*args):
        raise RuntimeError("of the host")

    monkeypatch.setattr("django_oaipmh.views.respond", fail)
    monkeypatch.setattr("tests.validation.check", lambda reply: None)  # it is meant to go wrong
    _, secret = issue()
    for path, headers in ((f"/oai/{secret}", {}), ("/oai", {"authorization": bearer(secret)})):
        Client(raise_request_exception=False).get(f"{path}?{IDENTIFY}", headers=headers)
    assert len(mails) == 4
    for text in mails:
        assert "RuntimeError" in text
        assert secret[9:] not in text


def test_no_mail_tells_a_key_that_came_to_a_wrong_host(required, settings, mails):
    """Django refuses it before it looks for a view."""
    settings.ALLOWED_HOSTS = ["press.example.org"]
    _, secret = issue()
    response = Client().get(f"/oai/{secret}?{IDENTIFY}", headers={"host": "other.example.org"})
    assert response.status_code == 400
    assert len(mails) == 2
    for text in mails:
        assert f"/oai/{secret[:9]}…" in text
        assert secret[9:] not in text


def test_what_is_logged_before_the_view_is_hidden_as_well(caplog):
    """A middleware may refuse a request, and Django logs its path."""
    secret = "abcdefgh_" + "0" * 32
    with caplog.at_level(logging.WARNING, "django.request"):
        logging.getLogger("django.request").warning("%s: %s", "Bad Request", f"/oai/{secret}")
        logging.getLogger("django.server").warning("%(line)s", {"line": f"GET /oai/{secret} HTTP/1.1"})
    assert caplog.messages == ["Bad Request: /oai/abcdefgh_…", "GET /oai/abcdefgh_… HTTP/1.1"]


def test_hide():
    secret = "abcdefgh_" + "0" * 32
    assert hide(f"a {secret}, {secret}") == "a abcdefgh_…, abcdefgh_…"
    record = logging.LogRecord("gunicorn.access", logging.INFO, "", 0, f"GET /oai/{secret} %d", (200,), None)
    assert HideKeys().filter(record)
    assert record.getMessage() == "GET /oai/abcdefgh_… 200"
    assert hide(f"/oai//{secret.replace('_', '%5F')}") == "/oai//abcdefgh_…"


@pytest.mark.parametrize("factory", [RequestFactory(), AsyncRequestFactory()])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_key_is_taken_out_of_all_that_a_request_says(factory, slash):
    secret = "abcdefgh_" + "0" * 32
    request = factory.get(f"/oai/{secret}{slash}?verb=Identify")
    request.META |= {"RAW_URI": f"/oai/%61{secret[1:]}?verb=Identify", "REQUEST_URI": f"/oai/{secret}?verb=Identify"}
    request.resolver_match = resolve(f"/oai/{secret}")
    assert secret not in repr(request.resolver_match)
    take_out(request, secret)
    assert request.path == request.path_info == "/oai"
    assert request.META["RAW_URI"] == request.META["REQUEST_URI"] == "/oai?verb=Identify"
    assert secret[9:] not in repr((vars(request), request.META, getattr(request, "scope", "")))


# Watching.


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime.datetime]:
    """The time, which only the test moves."""
    time = [timezone.now()]
    monkeypatch.setattr(models.timezone, "now", lambda: time[0])
    return time


def test_use_is_written_down_once_a_minute(required, now):
    key, secret = issue()
    started = now[0]
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            ask(secret)
            now[0] += datetime.timedelta(seconds=5)
    assert len([query for query in queries if query["sql"].startswith("UPDATE")]) == 1
    key.refresh_from_db()
    assert (key.last_used, key.requests, counter_of(key.pk).value()) == (started, 1, 9)
    now[0] += datetime.timedelta(seconds=10)
    ask(secret)
    key.refresh_from_db()
    assert (key.last_used, key.requests, counter_of(key.pk).value()) == (now[0], 11, 0)


def test_only_one_of_several_servers_writes(required, now):
    key, secret = issue()
    for _ in range(3):
        models._tried.clear()  # as of a process that has just begun
        ask(secret)
    key.refresh_from_db()
    assert (key.requests, counter_of(key.pk).value()) == (1, 2)


def test_a_database_that_only_takes_reads_is_read(required, monkeypatch, caplog):
    def fail(*args, **kwargs):
        raise OperationalError("read-only")

    key, secret = issue()
    monkeypatch.setattr("django.db.models.query.QuerySet.update", fail)
    assert [ask(secret).status for _ in range(3)] == [200] * 3
    assert counter_of(key.pk).value() == 3
    assert "could not be written" in caplog.text


@pytest.mark.parametrize(
    "fields, state",
    [
        ({}, State.VALID),
        ({"expires": timezone.now() + datetime.timedelta(1)}, State.VALID),
        ({"expires": timezone.now() - datetime.timedelta(seconds=1)}, State.EXPIRED),
        ({"approved": None}, State.WAITING),
        ({"approved": None, "expires": timezone.now() - datetime.timedelta(seconds=1)}, State.EXPIRED),
        ({"revoked": timezone.now(), "expires": timezone.now()}, State.REVOKED),
    ],
)
def test_state(fields, state):
    key, _ = issue()
    AccessKey.objects.filter(pk=key.pk).update(**fields)
    assert AccessKey.objects.get(state=state) == key


def test_a_key_expires_at_its_moment_wherever_the_database_is():
    """MariaDB tells the time of its time zone."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite is where Python is")
    zone = {"mysql": "time_zone =", "postgresql": "TIME ZONE"}[connection.vendor]
    key, _ = issue(expires=timezone.now() - datetime.timedelta(minutes=1))
    later, _ = issue(expires=timezone.now() + datetime.timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute(f"SET {zone} '-05:00'")
        try:
            states = dict(AccessKey.objects.values_list("pk", "state"))
        finally:
            cursor.execute(f"SET {zone} '+00:00'")
    assert states == {key.pk: State.EXPIRED, later.pk: State.VALID}
