"""Dates and selective harvesting: DT01 to DT14."""

import pytest

from tests.harvester import OAIClient
from tests.press.data import Press

ILLEGAL = [
    "2020",
    "2020-01",
    "2020-1-1",
    "20200101",
    "2020-13-01",
    "2020-00-01",
    "2020-01-32",
    "2020-02-30",
    "2019-02-29",
    "0000-01-01",
    "-2020-01-01",
    "+2020-01-01",
    "10000-01-01",
    "01-01-2020",
    "2020/01/01",
    "2020-W01-1",
    "2020-001",
    "2020-01-01T",
    "2020-01-01Z",
    "2020-01-01T00:00Z",
    "2020-01-01T00Z",
    "2020-01-01T00:00:00",
    "2020-01-01T00:00:00.0Z",
    "2020-01-01T00:00:00,5Z",
    "2020-01-01T00:00:00+00:00",
    "2020-01-01T00:00:00+01:00",
    "2020-01-01 00:00:00Z",
    "2020-01-01t00:00:00Z",
    "2020-01-01T00:00:00z",
    "2020-01-01T24:00:00Z",
    "2020-01-01T00:60:00Z",
    "2020-01-01T00:00:61Z",
    "2020-01-01T0:0:0Z",
    " 2020-01-01",
    "2020-01-01 ",
    "2020-01-01\n",
    "٢٠٢٠-٠١-٠١",
    "２０２０-01-01",
    "yesterday",
    "now",
    "1577836800",
]


def select(press: Press, path: str, start: str = "", end: str = "") -> set[str]:
    """What a selection should give, by the truth; what has changed just now is later than all dates given here."""

    def selected(datestamp: str) -> bool:
        return datestamp[: len(start)] >= start and datestamp[: len(end)] <= end

    return {
        one.identifier for one in press.records[path].values() if selected(one.datestamp or "2099-12-31T23:59:59Z")
    }


def identifiers(client: OAIClient, **arguments: str) -> set[str]:
    return {header.identifier for header in client.headers(**arguments)}


BOUNDARIES = [
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:01Z",
    "2020-01-01T23:59:58Z",
    "2020-01-01T23:59:59Z",
    "2020-01-02T00:00:00Z",
    "2020-01-02T00:00:01Z",
    "2020-03-01T11:59:59Z",
    "2020-03-01T12:00:00Z",
    "2020-03-01T12:00:01Z",
    "2021-07-01T10:00:00Z",
    "2021-07-01T10:00:01Z",
]


@pytest.mark.parametrize("start", BOUNDARIES)
def test_DT01_from_is_inclusive(harvester: OAIClient, press: Press, start):
    expected = select(press, "/oai", start=start)
    assert expected
    assert identifiers(harvester, from_=start) == expected


@pytest.mark.parametrize("end", BOUNDARIES)
def test_DT02_until_is_inclusive(harvester: OAIClient, press: Press, end):
    expected = select(press, "/oai", end=end)
    assert expected
    assert identifiers(harvester, until=end) == expected


@pytest.mark.parametrize("end", ["2019-05-01", "2019-05-02", "2019-08-14", "2019-08-15"])
def test_DT02_until_is_inclusive_in_days(theses: OAIClient, press: Press, end):
    expected = select(press, "/theses/oai", end=end)
    assert expected
    assert identifiers(theses, until=end) == expected


def test_DT03_from_equal_to_until(anywhere: OAIClient, press: Press):
    moments = {one.datestamp for one in press.records[anywhere.path].values() if one.datestamp}
    assert len(moments) >= 3
    for moment in moments:
        expected = {one.identifier for one in press.records[anywhere.path].values() if one.datestamp == moment}
        assert identifiers(anywhere, from_=moment, until=moment) == expected


def test_DT03_seven_records_of_one_second_on_two_pages(harvester: OAIClient):
    moment = "2020-03-01T12:00:00Z"
    pages = list(harvester.pages("ListIdentifiers", metadataPrefix="oai_dc", from_=moment, until=moment))
    assert [len(page.headers) for page in pages] == [5, 2]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z"),
        ("2020-01-01T23:59:59Z", "2020-03-01T12:00:00Z"),
        ("2020-01-02T00:00:01Z", "2020-03-01T11:59:59Z"),
        ("2019-01-01T00:00:00Z", "2021-06-30T10:00:00Z"),
    ],
)
def test_DT04_closed_range(either: OAIClient, press: Press, start, end):
    expected = select(press, "/oai", start, end)
    assert expected
    assert identifiers(either, from_=start, until=end) == expected


@pytest.mark.parametrize("day", ["2020-01-01", "2020-01-02", "2020-03-01", "2021-06-30"])
def test_DT05_a_day_includes_its_first_and_last_second(harvester: OAIClient, press: Press, day):
    expected = select(press, "/oai", day, day)
    assert len(expected) >= 2
    assert identifiers(harvester, from_=day, until=day) == expected
    assert identifiers(harvester, until=day) == select(press, "/oai", end=day)
    assert identifiers(harvester, from_=day) == select(press, "/oai", start=day)


def test_DT05_days_are_days_of_UTC(theses: OAIClient, press: Press):
    assert identifiers(theses, from_="2019-05-01", until="2019-05-01") == {
        press.titled("Of mornings", "/theses/oai"),
        press.titled("Of nights", "/theses/oai"),
    }


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2020-01-02", "2020-01-01"),
        ("9999-12-31", "0001-01-01"),
        ("2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z"),
        ("2020-03-01T12:00:01Z", "2020-03-01T12:00:00Z"),
    ],
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_DT06_from_later_than_until(either: OAIClient, verb, start, end):
    assert either.ask(verb=verb, metadataPrefix="oai_dc", from_=start, until=end).codes == ["badArgument"]


def test_DT06_from_later_than_until_in_days(theses: OAIClient):
    reply = theses.get(verb="ListRecords", metadataPrefix="oai_dc", from_="2019-05-02", until="2019-05-01")
    assert reply.codes == ["badArgument"]


@pytest.mark.parametrize("end", ["0001-01-01", "1066-10-14", "2018-12-31"])
def test_DT07_until_before_earliestDatestamp(anywhere: OAIClient, end):
    for verb in ("ListRecords", "ListIdentifiers"):
        assert anywhere.get(verb=verb, metadataPrefix="oai_dc", until=end).codes == ["noRecordsMatch"]


@pytest.mark.parametrize("start", ["2100-01-01", "9999-12-31"])
def test_DT08_from_after_the_last_datestamp(anywhere: OAIClient, start):
    for verb in ("ListRecords", "ListIdentifiers"):
        assert anywhere.get(verb=verb, metadataPrefix="oai_dc", from_=start).codes == ["noRecordsMatch"]


def test_DT08_the_last_day_of_all(anywhere: OAIClient, press: Press):
    assert identifiers(anywhere, until="9999-12-31") == press.identifiers(anywhere.path)


def test_DT08_the_last_second_of_all(harvester: OAIClient, press: Press):
    assert identifiers(harvester, until="9999-12-31T23:59:59Z") == press.identifiers("/oai")
    reply = harvester.get(verb="ListRecords", metadataPrefix="oai_dc", from_="9999-12-31T23:59:59Z")
    assert reply.codes == ["noRecordsMatch"]


@pytest.mark.parametrize(
    ("start", "end"), [("2020-01-01", "2020-12-31T00:00:00Z"), ("2020-01-01T00:00:00Z", "2020-12-31")]
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_DT09_different_granularities(either: OAIClient, verb, start, end):
    assert either.ask(verb=verb, metadataPrefix="oai_dc", from_=start, until=end).codes == ["badArgument"]


@pytest.mark.parametrize("name", ["from_", "until"])
def test_DT10_seconds_in_a_repository_of_days(theses: OAIClient, name):
    for verb in ("ListRecords", "ListIdentifiers"):
        reply = theses.get(verb=verb, metadataPrefix="oai_dc", **{name: "2019-05-01T00:00:00Z"})
        assert reply.codes == ["badArgument"]


def test_DT10_the_supported_granularity(anywhere: OAIClient, press: Press):
    earliest = anywhere.get(verb="Identify").text("earliestDatestamp")
    assert identifiers(anywhere, from_=earliest) == press.identifiers(anywhere.path)


@pytest.mark.parametrize("date", ILLEGAL)
@pytest.mark.parametrize("name", ["from_", "until"])
def test_DT11_illegal_dates(either: OAIClient, name, date):
    for verb in ("ListRecords", "ListIdentifiers"):
        assert either.ask(verb=verb, metadataPrefix="oai_dc", **{name: date}).codes == ["badArgument"]


def test_DT11_a_leap_day_is_legal(harvester: OAIClient):
    reply = harvester.get(verb="ListRecords", metadataPrefix="oai_dc", from_="2020-02-29", until="2020-02-29")
    assert reply.codes == ["noRecordsMatch"]


@pytest.mark.parametrize(
    ("start", "end"), [("2020-04-01", "2020-04-30"), ("2020-01-01T00:00:01Z", "2020-01-01T23:59:58Z")]
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_DT12_nothing_between_two_datestamps(either: OAIClient, verb, start, end):
    assert either.ask(verb=verb, metadataPrefix="oai_dc", from_=start, until=end).codes == ["noRecordsMatch"]


@pytest.mark.parametrize("start", ["0001-01-01", "1066-10-14", "1970-01-01"])
def test_DT13_from_before_earliestDatestamp(anywhere: OAIClient, press: Press, start):
    assert identifiers(anywhere, from_=start) == press.identifiers(anywhere.path)


@pytest.mark.parametrize(
    "arguments",
    [
        {"from_": "2020-01-02"},
        {"until": "2020-03-01"},
        {"from_": "2020-01-01T23:59:59Z", "until": "2021-06-30T10:00:00Z"},
        {"from_": "2020-03-01", "until": "2020-03-01"},
    ],
)
def test_DT14_ListRecords_obeys_as_ListIdentifiers_does(either: OAIClient, press: Press, arguments):
    expected = select(press, "/oai", arguments.get("from_", ""), arguments.get("until", ""))
    assert expected
    assert {record[0][0].text for record in either.records(**arguments)} == expected
    assert identifiers(either, **arguments) == expected
