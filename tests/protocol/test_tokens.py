"""Resumption tokens: RT01 to RT18."""

import datetime
import itertools
import math
import re
import time
import types

import pytest
from django.core import signing

from django_oaipmh.testing import synced
from tests.harvester import OAIClient, Reply
from tests.press.data import Press
from tests.press.factories import ArticleFactory
from tests.validation import SECONDS, UNRESERVED

LISTS = ["ListRecords", "ListIdentifiers", "ListSets"]
PAGE_SIZES = {"/oai": 5, "/theses/oai": 5, "/nodeletes/oai": 3}


def start(client: OAIClient, verb: str, **arguments: str) -> Reply:
    """The first page of a list that has more."""
    reply = client.ask(verb=verb, **({} if verb == "ListSets" else {"metadataPrefix": "oai_dc"}), **arguments)
    assert reply.token_text
    return reply


def entries(page: Reply) -> list[str]:
    return page.identifiers or list(page.sets)


def pages(client: OAIClient, verb: str, **arguments: str) -> list[Reply]:
    return list(client.pages(verb, **({} if verb == "ListSets" else {"metadataPrefix": "oai_dc"}), **arguments))


@pytest.fixture
def options(settings):
    """Change the OAIPMH setting of the default repository."""

    def change(**changes: object) -> None:
        settings.OAIPMH = settings.OAIPMH | changes

    return change


@pytest.mark.parametrize("verb", LISTS)
def test_RT01_an_incomplete_list_has_a_token(anyhow: OAIClient, verb):
    first = start(anyhow, verb)
    second = anyhow.ask(verb=verb, resumptionToken=first.token_text)
    assert len(entries(first)) == len(entries(second)) == 5
    assert not set(entries(first)) & set(entries(second))


@pytest.mark.parametrize("verb", LISTS)
def test_RT02_the_last_page_has_an_empty_token(either: OAIClient, verb):
    last = pages(either, verb)[-1]
    assert last.token is not None
    assert last.token.text is None
    assert "expirationDate" not in last.token.attrib


def test_RT03_a_list_of_one_page_has_no_token(either: OAIClient):
    for verb in ("ListRecords", "ListIdentifiers"):
        reply = either.ask(verb=verb, metadataPrefix="oai_dc", set="asia-minor")
        assert reply.headers
        assert reply.token is None


def test_RT03_a_list_that_just_fits(brief: OAIClient, press: Press, settings):
    options = settings.OAIPMH["REPOSITORIES"]["brief"] | {"PAGE_SIZE": 4}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": settings.OAIPMH["REPOSITORIES"] | {"brief": options}}
    reply = brief.get(verb="ListRecords", metadataPrefix="oai_dc")
    assert len(reply.records) == len(press.records["/nodeletes/oai"]) == 4
    assert reply.token is None


def test_RT03_a_list_of_sets_of_one_page(brief: OAIClient):
    assert brief.get(verb="ListSets").token is None


@pytest.mark.parametrize("verb", LISTS)
def test_RT04_cursor_counts_from_0(either: OAIClient, verb):
    returned = 0
    for page in pages(either, verb):
        assert page.token.get("cursor") == str(returned)
        returned += len(entries(page))
    assert returned > 10


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("ListSets", {}),
        ("ListRecords", {}),
        ("ListIdentifiers", {}),
        ("ListRecords", {"set": "jhs"}),
        ("ListRecords", {"from_": "2020-03-01"}),
        ("ListIdentifiers", {"from_": "2020-03-01", "set": "rmr"}),
    ],
)
def test_RT05_completeListSize_is_the_size_of_the_list(either: OAIClient, verb, arguments):
    sequence = pages(either, verb, **arguments)
    assert len(sequence) > 1
    size = sum(len(entries(page)) for page in sequence)
    assert {page.token.get("completeListSize") for page in sequence} == {str(size)}


@pytest.mark.parametrize("verb", LISTS)
def test_RT06_expirationDate_lies_in_the_future(either: OAIClient, options, verb):
    options(TOKEN_LIFETIME=3600)
    first = start(either, verb)
    expires = first.token.get("expirationDate")
    assert SECONDS.fullmatch(expires)
    left = moment(expires) - moment(first.response_date)
    assert datetime.timedelta(minutes=59) <= left <= datetime.timedelta(minutes=61)


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_RT06_an_expired_token_is_refused(harvester: OAIClient, options, monkeypatch):
    options(TOKEN_LIFETIME=600)
    token = start(harvester, "ListRecords").token_text
    assert harvester.get(verb="ListRecords", resumptionToken=token).codes == []
    later = time.time() + 601
    monkeypatch.setattr(signing, "time", types.SimpleNamespace(time=lambda: later))
    assert harvester.get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]


@pytest.mark.parametrize("verb", LISTS)
def test_RT07_the_same_token_gives_the_same_page(either: OAIClient, verb):
    token = start(either, verb).token_text
    once = either.ask(verb=verb, resumptionToken=token)
    again = either.ask(verb=verb, resumptionToken=token)
    posted = OAIClient("/oai/", "POST").ask(verb=verb, resumptionToken=token)
    assert entries(once) == entries(again) == entries(posted) != []
    assert once.token.get("cursor") == again.token.get("cursor") == posted.token.get("cursor") == "5"


def test_RT07_the_same_page_while_the_repository_changes(harvester: OAIClient):
    token = start(harvester, "ListRecords").token_text
    page = harvester.get(verb="ListRecords", resumptionToken=token)
    with synced():
        ArticleFactory.create_batch(3)
        assert harvester.get(verb="ListRecords", resumptionToken=token).identifiers == page.identifiers


@pytest.mark.parametrize(
    "other", ["metadataPrefix=oai_dc", "from=2020-01-01", "until=2020-12-31", "set=jhs", "nonsense=1", "identifier=x"]
)
@pytest.mark.parametrize("verb", LISTS)
def test_RT08_a_token_is_exclusive(either: OAIClient, verb, other):
    token = start(either, verb).token_text
    reply = either.ask(f"verb={verb}&resumptionToken={token}&{other}")
    assert set(reply.codes) == {"badArgument"}


@pytest.mark.parametrize(
    "junk", ["junk", "0", "!", "a.b.c", "e30:1:2", "%00", "oai_dc", "A" * 200, "..", "null", "-1"]
)
@pytest.mark.parametrize("verb", LISTS)
def test_RT09_junk(either: OAIClient, verb, junk):
    reply = either.ask(f"verb={verb}&resumptionToken={junk}")
    assert reply.codes == ["badResumptionToken"]


def test_RT09_junk_where_there_are_no_sets(theses: OAIClient):
    reply = theses.get(verb="ListSets", resumptionToken="junk")
    assert reply.codes
    assert set(reply.codes) <= {"badResumptionToken", "noSetHierarchy"}


def tampered(token: str) -> list[str]:
    """The token with each character changed, one removed, two swapped, more added."""
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]
    return [*changed, token[1:], token[:-1], token + "A", "A" + token, token[::-1], token * 2, token.swapcase()]


@pytest.mark.parametrize("verb", LISTS)
def test_RT10_a_tampered_token(harvester: OAIClient, verb):
    token = start(harvester, verb, **({} if verb == "ListSets" else {"set": "jhs"})).token_text
    for wrong in tampered(token):
        reply = harvester.get(verb=verb, resumptionToken=wrong)
        assert reply.codes in ([], ["badResumptionToken"]), wrong


@pytest.mark.parametrize("verb", LISTS)
def test_RT17_a_tampered_token_never_selects_otherwise(harvester: OAIClient, verb):
    token = start(harvester, verb, **({} if verb == "ListSets" else {"set": "jhs"})).token_text
    page = harvester.get(verb=verb, resumptionToken=token)
    refused = 0
    for wrong in tampered(token):
        reply = harvester.get(verb=verb, resumptionToken=wrong)
        refused += bool(reply.codes)
        # An ordinary page: some last characters of base64 mean the same
        assert reply.codes or (entries(reply), reply.token_text) == (entries(page), page.token_text), wrong
    assert refused >= len(tampered(token)) - 2


def test_RT17_tokens_of_another_repository(harvester: OAIClient, theses: OAIClient):
    token = start(theses, "ListRecords").token_text
    assert harvester.get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]


def test_RT17_tokens_signed_with_another_key(harvester: OAIClient, settings):
    token = start(harvester, "ListRecords").token_text
    settings.SECRET_KEY = "another"
    assert harvester.get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in LISTS for other in LISTS if one != other])
def test_RT11_a_token_of_another_verb(either: OAIClient, one, other):
    token = start(either, one).token_text
    assert either.ask(verb=other, resumptionToken=token).codes == ["badResumptionToken"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"set": "jhs"},
        {"set": "rmr", "from_": "2020-03-01"},
        {"from_": "2020-01-02", "until": "2020-03-01"},
        {"from_": "2020-03-01T12:00:00Z", "until": "2021-06-30T10:00:00Z"},
    ],
)
def test_RT12_the_selection_holds_across_pages(either: OAIClient, press: Press, arguments):
    sequence = pages(either, "ListRecords", **arguments)
    assert len(sequence) > 1
    first, last = arguments.get("from_", ""), arguments.get("until", "9999-12-31")
    for header in (header for page in sequence for header in page.headers):
        assert header.datestamp[: len(first)] >= first
        assert header.datestamp[: len(last)] <= last
        assert arguments.get("set", "") in press.records["/oai"][header.identifier].sets | {""}


def test_RT12_the_format_holds_across_pages(harvester: OAIClient, press: Press):
    sequence = list(harvester.pages("ListRecords", metadataPrefix="galley"))
    assert len(sequence) > 1
    live = {header.identifier for page in sequence for header in page.headers if not header.deleted}
    assert live == press.galleys


def test_RT13_two_lists_at_once(either: OAIClient):
    expected = {spec: [header.identifier for header in either.headers(set=spec)] for spec in ("jhs", "rmr")}
    got: dict[str, list[str]] = {spec: [] for spec in expected}
    tokens = dict.fromkeys(expected, "")
    for _ in range(10):
        for spec in expected:
            if tokens[spec] is None:
                continue
            first = {"metadataPrefix": "oai_dc", "set": spec}
            page = either.ask(verb="ListIdentifiers", **({"resumptionToken": tokens[spec]} if tokens[spec] else first))
            got[spec] += page.identifiers
            tokens[spec] = page.token_text or None
    assert got == expected


@pytest.mark.parametrize("verb", LISTS)
def test_RT14_an_older_token_still_works(either: OAIClient, verb):
    sequence = pages(either, verb)
    assert len(sequence) > 2
    for page, following in itertools.pairwise(sequence):
        assert entries(either.ask(verb=verb, resumptionToken=page.token_text)) == entries(following)


def test_RT15_pages_are_exhaustive(anywhere: OAIClient, press: Press):
    for verb in ("ListRecords", "ListIdentifiers"):
        sequence = pages(anywhere, verb)
        size = PAGE_SIZES[anywhere.path]
        assert len(sequence) == math.ceil(len(press.records[anywhere.path]) / size)
        assert {len(page.headers) for page in sequence[:-1]} == {size}
        told = [identifier for page in sequence for identifier in page.identifiers]
        assert len(told) == len(set(told))
        assert set(told) == press.identifiers(anywhere.path)


def test_RT15_days_together_are_the_whole(anywhere: OAIClient):
    headers = anywhere.headers()
    days = sorted({header.datestamp[:10] for header in headers})
    by_day = [header for day in days for header in anywhere.headers(from_=day, until=day)]
    assert sorted(by_day) == sorted(headers)


@pytest.mark.parametrize("size", [1, 2, 7, 22, 23, 1000])
def test_RT15_whatever_the_size_of_a_page(harvester: OAIClient, press: Press, options, size):
    options(PAGE_SIZE=size)
    told = harvester.headers()
    assert len(told) == len(press.records["/oai"])
    assert {header.identifier for header in told} == press.identifiers("/oai")


def test_RT15_pages_are_bounded_by_bytes(harvester: OAIClient, press: Press, options):
    options(PAGE_SIZE=1000, PAGE_BYTES=3_000)
    sequence = pages(harvester, "ListRecords")
    assert len(sequence) > 2
    told = [identifier for page in sequence for identifier in page.identifiers]
    assert sorted(told) == sorted(press.identifiers("/oai"))


@pytest.mark.parametrize("verb", LISTS)
def test_RT16_request_of_a_resumed_response(either: OAIClient, verb):
    token = start(either, verb, **({} if verb == "ListSets" else {"from_": "2020-01-01"})).token_text
    reply = either.ask(verb=verb, resumptionToken=token)
    assert dict(reply.request.attrib) == {"verb": verb, "resumptionToken": token}


@pytest.mark.parametrize("verb", LISTS)
def test_RT18_tokens_are_short_and_safe(either: OAIClient, verb):
    longest = (
        {} if verb == "ListSets" else {"from_": "2020-01-01T00:00:00Z", "until": "2099-12-31T23:59:59Z", "set": "jhs"}
    )
    for page in pages(either, verb, **longest)[:-1]:
        assert re.fullmatch(f"{UNRESERVED}+", page.token_text)
        assert len(page.token_text) < 1000
