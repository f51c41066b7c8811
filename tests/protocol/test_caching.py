"""Caches and conditional requests: RFC 9110 (ETag, 304, Vary) and RFC 9111 (Cache-Control).

With a cache for real, these promises are in tests/proxies.
"""

import datetime
import gzip
import re

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from django_oaipmh.models import Intent
from django_oaipmh.testing import synced
from django_oaipmh.views import is_known
from tests.harvester import FORM, OAIClient, Reply
from tests.invariants.clocks import Clock
from tests.press.data import Press
from tests.press.factories import ArticleFactory
from tests.press.models import Article

VERBS = {
    "Identify": "verb=Identify",
    "ListMetadataFormats": "verb=ListMetadataFormats",
    "ListSets": "verb=ListSets",
    "GetRecord": "verb=GetRecord&metadataPrefix=oai_dc&identifier={}",
    "ListIdentifiers": "verb=ListIdentifiers&metadataPrefix=oai_dc",
    "ListRecords": "verb=ListRecords&metadataPrefix=oai_dc",
}
LISTS = ["ListRecords", "ListIdentifiers"]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().wind(monkeypatch)


@pytest.fixture
def options(settings):
    """Change the OAIPMH setting of the default repository."""

    def change(**changes: object) -> None:
        settings.OAIPMH = settings.OAIPMH | changes

    return change


@pytest.fixture(params=list(VERBS))
def asked(request: pytest.FixtureRequest, press: Press) -> str:
    """A request of each verb."""
    return VERBS[request.param].format(press.titled("First of all"))


def again(client: OAIClient, query: str, reply: Reply, **headers: str) -> Reply:
    return client.raw(query, if_none_match=reply.http["etag"], **headers)


def directives(reply: Reply) -> set[str]:
    return set(reply.http["cache-control"].replace(" ", "").split(","))


# Conditional requests.


def test_who_has_an_answer_is_not_sent_it_again(harvester: OAIClient, asked, clock):
    first = harvester.raw(asked)
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', first.http["etag"])
    clock.tick(2)
    assert harvester.raw(asked).content != first.content
    second = again(harvester, asked, first)
    assert (second.status, second.raw) == (304, b"")
    assert "content-type" not in second.http
    assert {name: second.http[name] for name in ("etag", "vary", "cache-control")} == {
        name: first.http[name] for name in ("etag", "vary", "cache-control")
    }


def test_what_is_packed_is_the_same(harvester: OAIClient, asked):
    plain, packed = harvester.raw(asked), harvester.raw(asked, accept_encoding="gzip")
    assert plain.http["etag"] == packed.http["etag"]
    assert again(harvester, asked, plain, accept_encoding="gzip").status == 304


def test_HEAD(asked):
    head, got = (Client().generic(method, "/oai", QUERY_STRING=asked) for method in ("HEAD", "GET"))
    assert {name: head[name] for name in ("ETag", "Cache-Control", "Vary")} == {
        name: got[name] for name in ("ETag", "Cache-Control", "Vary")
    }
    again = Client().head("/oai", QUERY_STRING=asked, headers={"if-none-match": got["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("verb", LISTS)
def test_another_answer_for_every_change(harvester: OAIClient, verb, press: Press, options):
    """Also within one second, in which datestamps do not tell one change from the next."""
    options(PAGE_SIZE=50)
    seen: list[str] = []

    def told_anew() -> bool:
        with synced():
            reply = harvester.raw(VERBS[verb], **({"if_none_match": ", ".join(seen)} if seen else {}))
        seen.append(reply.http["etag"])
        return reply.status == 200 and len(set(seen)) == len(seen)

    assert told_anew()
    assert not told_anew()
    seen.pop()
    article = ArticleFactory(title="A")
    assert told_anew()
    for title in "BCD" if verb == "ListRecords" else "":
        Article.objects.filter(pk=article.pk).update(title=title)
        assert told_anew()
    Article.objects.filter(pk=article.pk).update(stage=Article.Stage.RETRACTED)
    assert told_anew()


def test_another_answer_for_other_settings(harvester: OAIClient, options, settings):
    etags = {harvester.raw("verb=Identify").http["etag"]}
    for changes in ({"REPOSITORY_NAME": "Another"}, {"BASE_URL": "https://other.example.org/oai"}, {"GZIP": False}):
        options(**changes)
        etags.add(harvester.raw("verb=Identify").http["etag"])
    settings.SECRET_KEY = "another"  # tokens of the old one are worthless
    etags.add(harvester.raw("verb=Identify").http["etag"])
    assert len(etags) == 5


def test_a_page_that_is_kept_has_a_token_that_lives(harvester: OAIClient, clock, options):
    """For half of its lifetime at least, however long it is confirmed that nothing changed."""
    options(TOKEN_LIFETIME=40, CACHE_AGE=3600)
    clock.tick(-clock.time % 10)  # a quarter begins
    first = harvester.raw(VERBS["ListRecords"])
    assert "max-age=10" in directives(first)
    clock.tick(9)
    assert again(harvester, VERBS["ListRecords"], first).status == 304
    clock.tick(1)
    assert again(harvester, VERBS["ListRecords"], first).status == 200


def test_the_last_page_has_no_token_to_grow_old(harvester: OAIClient, options):
    options(TOKEN_LIFETIME=40, CACHE_AGE=3600, PAGE_SIZE=50)
    assert "max-age=3600" in directives(harvester.raw(VERBS["ListRecords"]))


def test_the_next_page_belongs_to_those_who_were_told_the_same_responseDate(harvester: OAIClient, clock, monkeypatch):
    """Somebody who was told a later one would miss what this page, kept by a cache, does not show yet."""
    monkeypatch.setattr("django.core.signing.time.time", lambda: 1_800_000_000)
    tokens = []
    for _ in range(2):
        tokens.append(harvester.raw(VERBS["ListRecords"]).token_text)
        clock.tick()
    assert tokens[0] != tokens[1]
    following = [harvester.get(verb="ListRecords", resumptionToken=token) for token in tokens]
    assert following[0].identifiers == following[1].identifiers


@pytest.mark.parametrize(
    "header, known",
    [
        ('W/"a"', True),
        ('"a"', True),
        ("*", True),
        ('"b", W/"a"', True),
        ('"b" ,"a"', True),
        ("", False),
        ("a", False),
        ('W/"b"', False),
        ('W/"A"', False),
        ('"a', False),
        ('"*"', False),
    ],
)
def test_is_known(header, known):
    assert is_known('W/"a"', header) is known


# How long caches keep what.


def test_nothing_is_kept_without_asking(harvester: OAIClient, asked):
    assert directives(harvester.raw(asked)) == {"no-cache", "max-age=0", "must-revalidate"}


def test_a_stated_age(harvester: OAIClient, asked, options):
    options(CACHE_AGE=300)
    for accepted in ("identity", "gzip"):
        reply = harvester.raw(asked, accept_encoding=accepted)
        assert directives(reply) == {"public", "max-age=300", "must-revalidate"}
        assert "Accept-Encoding" in reply.http["vary"]


def test_an_age_for_some_verbs(harvester: OAIClient, options):
    options(CACHE_AGE={"Identify": 3600})
    assert "max-age=3600" in directives(harvester.raw("verb=Identify"))
    assert "no-cache" in directives(harvester.raw("verb=ListSets"))


PAST = {
    "": 60,
    "&from=2000-01-01": 60,
    "&until={now}": 60,
    "&until={before}": 3600,
    "&from=2000-01-01&until={before}": 3600,
}


@pytest.mark.parametrize("verb", LISTS)
@pytest.mark.parametrize("dates", PAST)
def test_another_age_for_the_past(harvester: OAIClient, verb, dates, options, clock):
    """The past is what lies before responseDate: nothing can come to it any more."""
    options(CACHE_AGE={verb: {"open": 60, "past": 3600}}, PAGE_SIZE=50)
    clock.tick(2)
    told = harvester.raw("verb=Identify").response_date
    moment = datetime.datetime.fromisoformat(told.rstrip("Z"))
    before = f"{moment - datetime.timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    dated = dates.replace("2000-01-01", "2000-01-01T00:00:00Z").format(now=told, before=before)
    reply = harvester.raw(VERBS[verb] + dated)
    assert reply.codes == []
    assert directives(reply) == {"public", f"max-age={PAST[dates]}", "must-revalidate"}


def test_it_is_not_past_while_somebody_writes(harvester: OAIClient, options, clock):
    """A write under way may still get a datestamp that is not later."""
    options(CACHE_AGE={"ListRecords": {"past": 3600}}, PAGE_SIZE=50)
    clock.tick(10)
    told = datetime.datetime.fromtimestamp(clock.time - 5, datetime.timezone.utc)
    query = f"{VERBS['ListRecords']}&until={told:%Y-%m-%dT%H:%M:%SZ}"
    assert "max-age=3600" in directives(harvester.raw(query))
    Intent.objects.create(repository="oai", time=int(clock.time) - 5)
    assert "no-cache" in directives(harvester.raw(query))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "verb=Nonsense",
        "verb=ListRecords",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2100-01-01",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:press.example.org:article/0",
        "verb=ListRecords&resumptionToken=junk",
    ],
)
def test_errors_are_never_kept(harvester: OAIClient, query, options):
    options(CACHE_AGE=300)
    reply = harvester.raw(query, if_none_match="*")
    assert reply.status == 200
    assert reply.codes
    assert {"no-store", "private"} <= directives(reply)
    assert "etag" not in reply.http


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PROPFIND"])
def test_other_methods_are_never_kept(harvester: OAIClient, method, options):
    options(CACHE_AGE=300)
    assert "no-store" in directives(harvester.raw("verb=Identify", method=method))


def test_POST_is_never_kept(asked, options):
    options(CACHE_AGE=300)
    response = Client().post("/oai", asked, content_type=FORM, headers={"if-none-match": "*"})
    assert response.status_code == 200
    assert "no-store" in directives(response.oai)
    assert "ETag" not in response


def test_503_is_never_kept(harvester: OAIClient, options, monkeypatch):
    def fail(*args):
        raise OperationalError("gone")

    options(CACHE_AGE=300)
    monkeypatch.setattr("django_oaipmh.views.respond", fail)
    reply = harvester.raw("verb=Identify", if_none_match="*")
    assert reply.status == 503
    assert "no-store" in directives(reply)


def test_Djangos_cache_of_the_whole_site_does_not_keep_it_too(options, settings):
    """It would give it away with the full age again, and ages would add up."""
    options(CACHE_AGE=300)
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "caching"}}
    before = "django.middleware.cache.UpdateCacheMiddleware"
    after = "django.middleware.cache.FetchFromCacheMiddleware"
    settings.MIDDLEWARE = [before, *settings.MIDDLEWARE, after]
    cache.clear()
    for _ in range(2):
        assert "max-age=300" in directives(Client().get("/oai?verb=Identify").oai)
    assert not cache._cache


# Compression.


def test_what_fits_a_packet_is_not_packed(harvester: OAIClient):
    reply = harvester.raw("verb=Nonsense", accept_encoding="gzip")
    assert len(reply.content) < 1000
    assert "content-encoding" not in reply.http
    assert "Accept-Encoding" in reply.http["vary"]
    listed = harvester.raw(VERBS["ListRecords"], accept_encoding="gzip")
    assert len(gzip.decompress(listed.raw)) > 2 * len(listed.raw)
