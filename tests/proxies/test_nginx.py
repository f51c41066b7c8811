"""A cache for real, configured as the documentation says: what it takes off the site, and what it must never do."""

import re
import time

import pytest

from .servers import AGE, Proxy, Site

FIRST = "verb=ListRecords&metadataPrefix=oai_dc"


def test_the_second_harvester_does_not_reach_the_site(site: Site, proxy: Proxy):
    with site.asked() as asked:
        first = proxy.harvest()
    assert asked == ["GET 200"] * 4
    with site.asked() as asked:
        second = proxy.harvest()
    assert asked == []
    assert [page.text for page in first] == [page.text for page in second]
    assert sum(len(page.deleted) for page in second) == 18


def test_packed_and_not(site: Site, proxy: Proxy):
    for _ in range(2):
        assert "content-encoding" not in proxy.get(FIRST).headers
        assert proxy.get(FIRST, accept_encoding="gzip").headers["content-encoding"] == "gzip"
    with site.asked() as asked:
        packed = [proxy.get(FIRST, accept_encoding="gzip") for _ in range(3)]
    assert asked == []
    assert len(packed[0].raw) * 3 < len(packed[0].text)
    assert len(packed[0].deleted) == 5


def test_a_deletion_appears_within_the_stated_age(site: Site, proxy: Proxy):
    title = "Soon to be deleted"
    site.manage(f"from tests.press.factories import ArticleFactory; ArticleFactory(title={title!r})")
    (identifier,) = [name for page in proxy.harvest() for name in page.deleted if title in record(page.text, name)]
    query = f"verb=GetRecord&metadataPrefix=oai_dc&identifier={identifier}"
    assert proxy.get(query).deleted == {identifier: False}
    site.manage(f"Article.objects.get(title={title!r}).delete()")
    deleted = sent = time.monotonic()
    while not (kept := proxy.get(query)).deleted[identifier]:
        assert sent - deleted < AGE + 1.5, "older than stated"  # caches count in whole seconds
        time.sleep(0.1)
        sent = time.monotonic()
    assert title not in kept.text


def record(text: str, identifier: str) -> str:
    """What a page says of one record."""
    return next(one for one in text.split("<record>") if f"<identifier>{identifier}</identifier>" in one)


def test_what_did_not_change_is_confirmed_and_not_sent_again(site: Site, proxy: Proxy):
    first = proxy.get(FIRST)
    time.sleep(AGE + 1.5)
    with site.asked() as asked:
        second = proxy.get(FIRST)
    assert asked == ["GET 304"]
    assert second.text == first.text
    with site.asked() as asked:
        proxy.get(FIRST)
    assert asked == []


def test_who_has_it_is_told_so_by_the_cache(site: Site, proxy: Proxy):
    first = proxy.get(FIRST)
    with site.asked() as asked:
        again = proxy.get(FIRST, if_none_match=first.headers["etag"])
    assert asked == []
    assert (again.status, again.raw) == (304, b"")


@pytest.mark.parametrize("query", ["verb=Nonsense", "", "verb=ListRecords&metadataPrefix=oai_dc&from=2100-01-01"])
def test_errors_are_not_kept(site: Site, proxy: Proxy, query):
    with site.asked() as asked:
        for _ in range(2):
            assert "<error" in proxy.get(query).text
    assert asked == ["GET 200"] * 2


def test_503_is_not_kept(site: Site, proxy: Proxy):
    closed = "from django_oaipmh.models import RepositoryState as S; S.objects.filter(name='oai').update(opened={})"
    query = "verb=ListIdentifiers&metadataPrefix=oai_dc"
    site.manage(closed.format("None"))
    try:
        refused = proxy.get(query)
    finally:
        site.manage(closed.format("1"))
    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert proxy.get(query).status == 200


def test_POST_passes(site: Site, proxy: Proxy):
    proxy.get(FIRST)
    with site.asked() as asked:
        for _ in range(2):
            assert len(proxy.post(FIRST).deleted) == 5
            assert "<error" in proxy.post("verb=Nonsense").text
    assert asked == ["POST 200"] * 4


def test_HEAD(site: Site, proxy: Proxy):
    head = proxy.get(FIRST, "HEAD")
    assert (head.status, head.raw) == (200, b"")
    assert head.headers["etag"] == proxy.get(FIRST).headers["etag"]
    assert len(proxy.get(FIRST).deleted) == 5


# What a request says of the host.

REQUESTS = {
    "X-Forwarded-Host": "GET /oai?{query} HTTP/1.1\r\nHost: press.example.org\r\nX-Forwarded-Host: evil.example\r\n",
    "Forwarded": "GET /oai?{query} HTTP/1.1\r\nHost: press.example.org\r\nForwarded: host=evil.example\r\n",
    "X-Forwarded-Prefix": "GET /oai?{query} HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-Prefix: /evil.example\r\n",
    "SCRIPT_NAME": "GET /oai?{query} HTTP/1.1\r\nHost: a.example\r\nSCRIPT_NAME: /evil.example\r\n",
    "X-Original-URL": "GET /oai?{query} HTTP/1.1\r\nHost: a.example\r\nX-Original-URL: /evil.example\r\n",
    "Host": "GET /oai?{query} HTTP/1.1\r\nHost: evil.example\r\n",
    "a port": "GET /oai?{query} HTTP/1.1\r\nHost: press.example.org:evil.example\r\n",
    "a user": "GET /oai?{query} HTTP/1.1\r\nHost: press.example.org@evil.example\r\n",
    "markup": 'GET /oai?{query} HTTP/1.1\r\nHost: "><evil.example>\r\n',
    "two hosts": "GET /oai?{query} HTTP/1.1\r\nHost: press.example.org\r\nHost: evil.example\r\n",
    "no host": "GET /oai?{query} HTTP/1.0\r\n",
    "absolute": "GET http://evil.example/oai?{query} HTTP/1.1\r\nHost: press.example.org\r\n",
    "absolute, user": "GET http://press.example.org@evil.example/oai?{query} HTTP/1.1\r\nHost: evil.example\r\n",
    "another scheme": "GET ftp://evil.example/oai?{query} HTTP/1.1\r\nHost: press.example.org\r\n",
    "scheme": "GET /oai?{query} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Proto: evil.example\r\n",
}


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("query", ["verb=Identify", FIRST, "verb=Nonsense"])
def test_what_requests_say_of_the_host_is_never_told_on(site: Site, proxy: Proxy, name, query):
    request = (REQUESTS[name].format(query=query) + "Connection: close\r\n\r\n").encode()
    trusted = name == "SCRIPT_NAME"  # which gunicorn takes from this machine, and nginx lets nobody send
    for endpoint in (proxy,) if trusted else (site, proxy):
        answered = endpoint.raw(request)
        assert re.match(rb"HTTP/1\.[01] (200|4\d\d) ", answered)
        assert b"evil" not in answered
    after = proxy.get(query)
    assert "evil" not in after.text
    assert ">https://press.example.org/oai</request>" in after.text
