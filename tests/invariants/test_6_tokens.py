"""Tokens are stateless: signed, of one repository, verb and index; the same token gives the same page."""

import re
import time

import pytest
from django.core import signing
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_oaipmh.models import RepositoryState
from tests.harvester import OAIClient
from tests.press.factories import ArticleFactory, CollectionFactory
from tests.press.models import Article

RECORDS = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


@pytest.fixture(autouse=True)
def _one_a_page(settings) -> None:
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}


def token_of(**arguments: str) -> str:
    token = OAIClient().get(**(RECORDS | arguments)).token_text
    assert token
    return token


def refused(token: str, path: str = "/oai", verb: str = "ListRecords") -> bool:
    reply = OAIClient(path).get(verb=verb, resumptionToken=token)
    assert reply.codes in ([], ["badResumptionToken"])
    return bool(reply.codes)


def test_nothing_is_written(articles: list[Article]):
    with CaptureQueriesContext(connection) as queries:
        for verb in ("ListRecords", "ListIdentifiers", "ListSets"):
            prefix = {} if verb == "ListSets" else {"metadataPrefix": "oai_dc"}
            assert sum(1 for _ in OAIClient().pages(verb, **prefix)) >= 3
    assert all(re.match(r"\s*SELECT", query["sql"]) for query in queries)


def test_the_same_token_gives_the_same_page(articles: list[Article]):
    token = token_of()
    pages = [
        OAIClient(method=method).ask(verb="ListRecords", resumptionToken=token) for method in ("GET", "POST", "GET")
    ]
    assert len({page.identifiers[0] for page in pages}) == 1
    assert len({page.records[0][0].findtext("{*}datestamp") for page in pages}) == 1


def test_it_is_the_page_that_it_was_whatever_came_before_it(articles: list[Article]):
    """Records behind the position are no longer where they were; those ahead are."""
    token = token_of()
    page = OAIClient().get(verb="ListRecords", resumptionToken=token).identifiers
    first = OAIClient().get(**RECORDS).identifiers[0]
    Article.objects.get(pk=first.rpartition("/")[2]).delete()
    ArticleFactory()
    assert OAIClient().get(verb="ListRecords", resumptionToken=token).identifiers == page


def test_a_token_is_short_and_safe_in_URLs(articles: list[Article]):
    spec = ":".join(f"{'collection-with-a-long-name-':->45}{number:04}" for number in range(8))
    parent = None
    for slug in spec.split(":"):
        parent = CollectionFactory(slug=slug, parent=parent)
    for article in articles:
        article.collections.add(parent)
    for arguments in (
        {},
        {"set": spec},
        {"set": spec, "from_": "1990-01-01T00:00:00Z", "until": "2999-12-31T23:59:59Z"},
    ):
        token = token_of(**arguments)
        assert re.fullmatch(r"[A-Za-z0-9\-_.!~*'()]+", token)
        assert len(token) < 1000
        assert not refused(token)


@pytest.mark.parametrize("position", [0, 1, 10, -10, -1])
def test_a_forged_token(position: int, articles: list[Article]):
    token = token_of()
    other = "A" if token[position] != "A" else "B"
    assert refused(token[:position] + other + token[position:][1:])


@pytest.mark.parametrize("junk", ["", "x", "a.b.c", "." * 50, "x" * 5000, "é", "%00", "../../etc", "None"])
def test_junk(junk: str, articles: list[Article]):
    assert OAIClient().get(verb="ListRecords", resumptionToken=junk).codes in (["badResumptionToken"], ["badArgument"])


def test_what_the_site_signs_for_other_purposes(articles: list[Article]):
    """The signature says what for."""
    payload = signing.loads(token_of(), salt="django_oaipmh.resumptionToken.oai") if False else [1, "x"]
    for forged in (signing.dumps(payload), signing.TimestampSigner(sep=".").sign_object(payload)):
        assert refused(forged)


def test_a_token_of_another_verb(articles: list[Article]):
    token = token_of()
    assert refused(token, verb="ListIdentifiers")
    assert refused(token, verb="ListSets")
    sets = OAIClient().get(verb="ListSets").token_text
    assert refused(sets) and refused(sets, verb="ListIdentifiers")
    assert not refused(sets, verb="ListSets")


def test_a_token_of_another_repository(articles: list[Article]):
    token = token_of()
    assert refused(token, "/theses/oai") and refused(token, "/nodeletes/oai")


def test_a_token_of_another_index(articles: list[Article]):
    """One that was built anew has other keys."""
    token = token_of()
    RepositoryState.objects.filter(pk="oai").update(generation="anewone1")
    assert refused(token)


def test_a_token_of_another_secret_key(articles: list[Article]):
    token = token_of()
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[]):
        assert refused(token)


def test_a_key_that_was_replaced_goes_on_for_a_while(articles: list[Article]):
    token = token_of()
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["only-for-tests"]):
        assert not refused(token)


def test_a_token_of_a_format_that_is_no_more(articles: list[Article], settings):
    for number in range(2):
        articles[number].galley_xml = '<article xmlns="https://press.example.org/ns/galley"><title>T</title></article>'
        articles[number].save()
    token = token_of(metadataPrefix="galley")
    settings.OAIPMH = settings.OAIPMH | {"FORMATS": ["oai_dc"]}
    assert refused(token)


def test_an_expired_token(articles: list[Article], monkeypatch, settings):
    settings.OAIPMH = settings.OAIPMH | {"TOKEN_LIFETIME": 50}
    token = token_of()
    assert not refused(token)
    later = time.time() + 51
    monkeypatch.setattr(signing.time, "time", lambda: later)
    reply = OAIClient().get(verb="ListRecords", resumptionToken=token)
    assert reply.codes == ["badResumptionToken"] and "expired" in reply.errors[0][1]


def test_a_token_says_until_when_it_is_good(articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"TOKEN_LIFETIME": 50}
    reply = OAIClient().get(**RECORDS)
    assert reply.response_date < reply.token.get("expirationDate")


def test_a_token_carries_the_whole_request(articles: list[Article]):
    """The set and the dates of page one hold on page two."""
    members = {header.identifier for header in OAIClient().headers(set="rmr")}
    assert len(members) == 2
    token = token_of(set="rmr")
    page = OAIClient().get(verb="ListRecords", resumptionToken=token)
    assert set(page.identifiers) < members and not page.token_text
    datestamp = OAIClient().headers()[0].datestamp
    assert OAIClient().headers(until=datestamp)


def test_a_token_is_an_exclusive_argument(articles: list[Article]):
    assert OAIClient().get(resumptionToken=token_of(), **RECORDS).codes == ["badArgument"]
