"""What harvesters of arXiv know it by: days, very large pages, and what a CDN may keep for how long."""

import datetime
import tracemalloc
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from django_oaipmh.views import OAIView
from tests.harvester import OAIClient, dublin_core

from .models import Paper, Subject

#: The days on which papers were announced.
FIRST, SECOND = datetime.date(2024, 1, 2), datetime.date(2024, 1, 3)


@pytest.fixture
def announce(transactional_db) -> Callable[..., list[Paper]]:
    """Announce papers on one day, in an archive of physics."""

    def announced(number: int, day: datetime.date = FIRST, archive: str = "hep-th") -> list[Paper]:
        physics, _ = Subject.objects.get_or_create(code="physics", name="Physics")
        subject, _ = Subject.objects.get_or_create(code=archive, name=archive.title(), parent=physics)
        moment = datetime.datetime.combine(day, datetime.time(12), datetime.timezone.utc)
        papers = Paper.objects.bulk_create(
            Paper(
                number=f"{day:%y%m}.{day.day:02}{position:03}",
                title=f"Paper {position} of {day}",
                authors="Noether, Emmy\nHilbert, David",
                abstract="What is shown. " * 60,
                updated=moment,
            )
            for position in range(number)
        )
        subject.paper_set.set(papers)
        return papers

    return announced


@pytest.fixture
def harvester(announce) -> OAIClient:
    """A harvester of a repository of two days, whose first list was asked for by somebody else."""
    announce(3)
    announce(2, SECOND, "quant-ph")
    call_command("oai_sync", verbosity=0)
    client = OAIClient("/oai")
    client.headers()
    return client


def age(harvester: OAIClient, query: str) -> str:
    reply = harvester.raw(query)
    assert reply.status == 200 and not reply.codes
    assert reply.http["vary"] == "Accept-Encoding"
    assert reply.http["etag"].startswith('W/"')
    return reply.http["cache-control"]


def kept(seconds: int) -> str:
    return f"public, max-age={seconds}, must-revalidate"


# Days


def test_datestamps_are_days(harvester):
    assert harvester.get(verb="Identify").text("granularity") == "YYYY-MM-DD"
    assert harvester.get(verb="Identify").text("earliestDatestamp") == "2024-01-02"
    assert {header.datestamp for header in harvester.headers()} == {"2024-01-02", "2024-01-03"}
    assert len(harvester.headers(from_="2024-01-02", until="2024-01-02")) == 3
    assert harvester.get(verb="ListRecords", metadataPrefix="oai_dc", from_="2024-01-02T00:00:00Z").codes == [
        "badArgument"
    ]


# Sets


def test_sets_are_a_hierarchy(harvester):
    assert harvester.sets() == {
        "physics": "Physics",
        "physics:hep-th": "Hep-Th",
        "physics:quant-ph": "Quant-Ph",
    }
    assert len(harvester.headers(set="physics")) == 5
    assert [header.sets for header in harvester.headers(set="physics:quant-ph")] == 2 * [("physics:quant-ph",)]


# Caches


@pytest.mark.parametrize("verb", ["Identify", "ListMetadataFormats", "ListSets"])
def test_what_rarely_changes_is_kept_for_a_day(harvester, verb):
    assert age(harvester, f"verb={verb}") == kept(86_400)


def test_a_record_is_kept_for_an_hour(harvester):
    query = f"verb=GetRecord&metadataPrefix=oai_dc&identifier={harvester.headers()[0].identifier}"
    assert age(harvester, query) == kept(3_600)


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize(
    "dates, seconds",
    [
        ("", 3_600),
        ("&from=2024-01-02", 3_600),
        ("&until={today}", 3_600),
        ("&from=2024-01-02&until={today}", 3_600),
        ("&until={tomorrow}", 3_600),
        ("&until={yesterday}", 86_400),
        ("&from=2024-01-02&until=2024-01-02", 86_400),
        ("&from=2024-01-02&until=2024-01-02&set=physics", 86_400),
    ],
)
def test_lists_of_the_past_are_kept_longer(harvester, verb, dates, seconds):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    day = datetime.timedelta(days=1)
    dates = dates.format(today=today, yesterday=today - day, tomorrow=today + day)
    assert age(harvester, f"verb={verb}&metadataPrefix=oai_dc{dates}") == kept(seconds)


def test_pages_with_a_token_are_kept_for_a_quarter_of_its_life(harvester, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 2}
    for dates, first, last in (("", 3_600, 3_600), ("&until=2024-01-03", 21_600, 86_400)):
        query = f"verb=ListRecords&metadataPrefix=oai_dc{dates}"
        pages = [query]
        while token := harvester.raw(pages[-1]).token_text:
            pages.append(f"verb=ListRecords&resumptionToken={token}")
        assert [age(harvester, page) for page in pages] == [kept(first), kept(first), kept(last)]


def test_nothing_comes_to_the_past(harvester):
    """So what a cache keeps of it lacks nothing: what changes leaves the list, and is told among the new."""
    query = "verb=ListRecords&metadataPrefix=oai_dc&from=2024-01-02&until=2024-01-02"
    before = harvester.raw(query)
    changed, withdrawn, _ = Paper.objects.order_by("number")[:3]
    changed.title = "A better title"
    changed.save()
    withdrawn.announced = False
    withdrawn.save()
    after = harvester.raw(query)
    assert (len(before.records), len(after.records)) == (3, 1)
    assert after.http["etag"] != before.http["etag"]
    new = {header.identifier: header.deleted for header in harvester.headers(from_="2024-01-04")}
    assert new == {f"oai:arXiv.org:{changed.number}": False, f"oai:arXiv.org:{withdrawn.number}": True}


@pytest.mark.parametrize(
    "query",
    [
        "verb=ListRecords&metadataPrefix=oai_dc&from=2023-01-01&until=2023-12-31",
        "verb=ListRecords&resumptionToken=old",
        "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:arXiv.org:0",
        "verb=Nonsense",
    ],
)
def test_errors_are_never_kept(harvester, query):
    reply = harvester.raw(query)
    assert reply.codes
    assert reply.http["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


# Very large pages


@pytest.fixture
def full_page(announce) -> Callable[[], HttpResponse]:
    """Ask for the first page of a repository that has more, past the validation of every response by the tests."""
    announce(900)
    announce(900, SECOND)
    announce(500, SECOND + datetime.timedelta(1), "quant-ph")
    call_command("oai_sync", verbosity=0)
    view = OAIView.as_view()
    asked = RequestFactory().get("/oai", {"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    view(asked)  # the first list of all is remembered, and templates are compiled
    return lambda: view(asked)


def test_a_page_of_two_thousand_records(full_page):
    client = OAIClient("/oai")
    first, last = client.pages("ListRecords", metadataPrefix="oai_dc")
    assert (len(first.records), len(last.records)) == (2_000, 300)
    assert first.token.get("completeListSize") == "2300"
    assert dublin_core(last.records[-1])["creator"] == ["Noether, Emmy", "Hilbert, David"]


def test_costs_the_queries_of_a_small_one(full_page, settings):
    counted = []
    for size in (2_000, 1):
        settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": size}
        with CaptureQueriesContext(connection) as queries:
            full_page()
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 3


def test_and_memory_for_a_few_copies_of_itself(full_page):
    tracemalloc.start()
    try:
        size = len(full_page().content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 3_000_000
    assert peak < 5 * size
