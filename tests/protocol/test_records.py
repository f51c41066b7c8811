"""Records: RC01 to RC11."""

import datetime
import re

import pytest
from lxml import etree

from tests.harvester import OAI, OAIClient, Reply, payload
from tests.press.data import Press
from tests.validation import DATESTAMPS, rules

PROVENANCE = "{http://www.openarchives.org/OAI/2.0/provenance}"

#: RFC 3986: what may stand in a URI, and a scheme in front
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def test_RC01_identifiers_are_URIs(anywhere: OAIClient):
    headers = anywhere.headers()
    assert headers
    for header in headers:
        assert URI.fullmatch(header.identifier), header.identifier


def test_RC02_an_identifier_occurs_once(anywhere: OAIClient, press: Press):
    identifiers = [header.identifier for header in anywhere.headers()]
    assert len(identifiers) == len(set(identifiers))
    assert set(identifiers) == press.identifiers(anywhere.path)


def test_RC03_datestamps_in_the_granularity(anywhere: OAIClient):
    pattern = DATESTAMPS[anywhere.get(verb="Identify").text("granularity")]
    for header in anywhere.headers():
        assert pattern.fullmatch(header.datestamp), header


def test_RC03_datestamps_are_those_of_the_host_until_the_first_harvest(anywhere: OAIClient, press: Press):
    told = {header.identifier: header.datestamp for header in anywhere.headers()}
    for one in press.records[anywhere.path].values():
        if one.datestamp:
            assert told[one.identifier] == one.datestamp


def test_RC04_nothing_is_earlier_than_earliestDatestamp(anywhere: OAIClient):
    earliest = anywhere.get(verb="Identify").text("earliestDatestamp")
    assert all(header.datestamp >= earliest for header in anywhere.headers())


def test_RC05_nothing_lies_in_the_future(anywhere: OAIClient):
    for page in anywhere.pages("ListIdentifiers", metadataPrefix="oai_dc"):
        now = max(page.response_date, datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        assert all(header.datestamp <= now for header in page.headers)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"set": "jhs"},
        {"from_": "2020-01-02", "until": "2020-12-31"},
        {"set": "europe", "from_": "2020-01-02"},
        {"metadataPrefix": "galley"},
    ],
)
def test_RC06_lists_of_identifiers_and_of_records_agree(arguments):
    harvester = OAIClient("/oai")
    arguments = {"metadataPrefix": "oai_dc"} | arguments
    identifiers = list(harvester.pages("ListIdentifiers", **arguments))
    records = list(harvester.pages("ListRecords", **arguments))
    assert identifiers[0].headers
    assert [page.headers for page in identifiers] == [page.headers for page in records]


def test_RC07_GetRecord_gives_the_record_listed(anywhere: OAIClient):
    def exact(record: etree._Element) -> bytes:
        return etree.tostring(record, method="c14n", with_tail=False)

    for prefix in anywhere.get(verb="ListMetadataFormats").prefixes:
        for page in anywhere.pages("ListRecords", metadataPrefix=prefix):
            for record, header in zip(page.records, page.headers, strict=True):
                assert exact(anywhere.record(header.identifier, prefix)) == exact(record)


def test_RC08_structure_of_records(replies: list[Reply]):
    assert any(header.deleted for reply in replies for header in reply.headers if reply.records)
    for reply in replies:
        rules["RC08"](reply)


def test_RC08_structure_of_every_record(anywhere: OAIClient, press: Press):
    for record in anywhere.records():
        identifier = record[0][0].text
        assert (payload(record) is None) == press.records[anywhere.path][identifier].deleted


def test_RC08_about_containers_say_what_the_item_says(theses: OAIClient):
    """The repository counts in days; a datestamp within a container is not the repository's."""
    for record in theses.records():
        told = [container[0] for container in record.findall(OAI + "about")]
        if payload(record) is None:
            assert told == []
        else:
            ((origin,),) = told
            assert origin.findtext(PROVENANCE + "datestamp") == "2002-01-01T08:55:46Z"


def test_RC09_two_harvests_agree(anywhere: OAIClient):
    first = list(anywhere.pages("ListRecords", metadataPrefix="oai_dc"))
    second = list(anywhere.pages("ListRecords", metadataPrefix="oai_dc"))
    assert [etree.tostring(record) for page in first for record in page.records] == [
        etree.tostring(record) for page in second for record in page.records
    ]


@pytest.mark.parametrize(
    "query", ["from=2100-01-01", "until=1066-10-14", "set=nonsense", "from=2020-05-01&until=2020-05-02"]
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_RC10_no_empty_lists(either: OAIClient, verb, query):
    reply = either.ask(f"verb={verb}&metadataPrefix=oai_dc&{query}")
    assert reply.codes == ["noRecordsMatch"]
    assert reply.answer is None


def test_RC10_no_empty_last_page(brief: OAIClient, settings):
    """Four records on pages of two: the second page is the last, and is not followed by an empty one."""
    options = settings.OAIPMH["REPOSITORIES"]["brief"] | {"PAGE_SIZE": 2}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": settings.OAIPMH["REPOSITORIES"] | {"brief": options}}
    pages = list(brief.pages("ListRecords", metadataPrefix="oai_dc"))
    assert [len(page.records) for page in pages] == [2, 2]


def test_RC11_earliestDatestamp_is_the_lowest(anywhere: OAIClient):
    earliest = anywhere.get(verb="Identify").text("earliestDatestamp")
    assert earliest == min(header.datestamp for header in anywhere.headers())
