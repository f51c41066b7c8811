"""Habits of other services, which are settings: a default verb, a status for errors, page sizes by set."""

import pytest
from django.test import Client

from tests.harvester import FORM, OAIClient
from tests.press.data import Press


@pytest.fixture
def options(settings):
    """Change the OAIPMH setting of the default repository."""

    def change(**changes: object) -> None:
        settings.OAIPMH = settings.OAIPMH | changes

    return change


# A default verb


def test_without_it_a_verb_is_needed(either: OAIClient):
    assert either.ask("").codes == ["badVerb"]


def test_a_request_without_a_verb_is_the_default_one(harvester: OAIClient, options):
    """The request element tells what was asked: nothing."""
    options(DEFAULT_VERB="Identify")
    posted = Client().generic("POST", "/oai", CONTENT_TYPE=FORM, CONTENT_LENGTH="0").oai
    for reply in (harvester.raw(""), posted):
        assert reply.answer.tag.endswith("}Identify")
        assert dict(reply.request.attrib) == {}
    assert harvester.raw("verb=ListSets").answer.tag.endswith("}ListSets")


def test_the_default_verb_has_its_arguments(either: OAIClient, options):
    options(DEFAULT_VERB="ListRecords")
    first = either.ask("metadataPrefix=oai_dc&from=2000-01-01")
    assert dict(first.request.attrib) == {"metadataPrefix": "oai_dc", "from": "2000-01-01"}
    assert len(first.records) == 5
    second = either.ask(f"resumptionToken={first.token_text}")
    assert dict(second.request.attrib) == {"resumptionToken": first.token_text}
    assert either.ask("metadataPrefix=none").codes == ["cannotDisseminateFormat"]


@pytest.mark.parametrize(
    "query, code",
    [
        ("verb=", "badVerb"),
        ("verb=identify", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("metadataPrefix=oai_dc", "badArgument"),
    ],
)
def test_a_wrong_verb_is_wrong_all_the_same(either: OAIClient, options, query, code):
    options(DEFAULT_VERB="Identify")
    assert either.ask(query).codes == [code]


def test_what_it_answers_is_kept_as_that_of_its_verb(harvester: OAIClient, options):
    options(DEFAULT_VERB="Identify", CACHE_AGE={"Identify": 60})
    reply = harvester.raw("")
    assert reply.http["cache-control"] == "public, max-age=60, must-revalidate"
    assert harvester.raw("", if_none_match=reply.http["etag"]).status == 304


# A status for errors

GONE = "verb=GetRecord&metadataPrefix=none&identifier=oai:press.example.org:article/0"


def test_errors_are_200_by_default(either: OAIClient):
    assert (either.ask(GONE).status, either.ask("").status) == (200, 200)


def test_one_status_for_all_errors(either: OAIClient, options):
    options(ERROR_STATUS=422)
    for query in ("", "verb=ListRecords", GONE, "verb=ListRecords&resumptionToken=old"):
        reply = either.ask(query)
        assert reply.status == 422
        assert reply.codes
        assert reply.http["cache-control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert either.ask("verb=Identify").status == 200


@pytest.mark.parametrize(
    "query, codes, status",
    [
        (GONE, ["idDoesNotExist", "cannotDisseminateFormat"], 410),
        (GONE.replace("none", "oai_dc"), ["idDoesNotExist"], 404),
        ("verb=ListRecords&metadataPrefix=none", ["cannotDisseminateFormat"], 410),
        ("verb=ListRecords", ["badArgument"], 200),
    ],
)
def test_a_status_for_some_errors(either: OAIClient, options, query, codes, status):
    """Of several the highest."""
    options(ERROR_STATUS={"idDoesNotExist": 404, "cannotDisseminateFormat": 410})
    reply = either.ask(query)
    assert (reply.codes, reply.status) == (codes, status)


def test_what_HTTP_has_a_status_for_keeps_it(harvester: OAIClient, options):
    options(ERROR_STATUS=422)
    assert harvester.raw("verb=Identify", method="PUT").status == 405
    assert harvester.form("verb=Identify", content_type="text/plain").status == 422
    assert harvester.form("", content_type=FORM).codes == ["badVerb"]


# Page sizes by set


def sizes(client: OAIClient, **arguments: str) -> list[int]:
    return [len(page.headers) for page in client.pages("ListRecords", metadataPrefix="oai_dc", **arguments)]


def test_a_set_has_a_page_size_of_its_own(either: OAIClient, options, press: Press):
    specs = either.sets()
    top, below = next((spec.split(":")[0], spec) for spec in sorted(specs) if ":" in spec)
    other = next(spec for spec in sorted(specs) if not spec.startswith(top))
    whole = len(either.headers())
    number = {spec: len(either.headers(set=spec)) for spec in (top, below, other)}
    options(PAGE_SIZE={"": whole - 1, top: 2, other: number[other]})
    assert sizes(either) == [whole - 1, 1]
    assert sizes(either, set=other) == [number[other]]
    for spec in (top, below):
        assert set(sizes(either, set=spec)[:-1]) <= {2}
        assert sum(sizes(either, set=spec)) == number[spec]
    options(PAGE_SIZE={below: 1})
    assert sizes(either, set=below) == [1] * number[below]
    assert sizes(either, set=top) == [number[top]]
    assert len(list(either.pages("ListSets"))) == 1
