"""XML: XM01 to XM18, of every kind of response; and that each rule can tell a response that breaks it."""

from dataclasses import fields

import pytest

from tests import schemas
from tests.harvester import OAIClient, Reply
from tests.validation import rules

IDENTIFY, ERROR, RECORD = (
    "verb=Identify",
    "verb=Nonsense",
    "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:press.example.org:notation/A",
)
UNKNOWN = "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:none"

#: rule → requests whose response, once a text in it has been replaced, must be told as broken
BROKEN: dict[str, list[tuple[str, str, str]]] = {
    "XM01": [(IDENTIFY, "</OAI-PMH>", ""), (IDENTIFY, "&amp;", "&"), (RECORD, "</header>", "</Header>")],
    "XM02": [
        (IDENTIFY, "<?xml", "\n<?xml"),
        (IDENTIFY, 'version="1.0"', 'version="1.1"'),
        (IDENTIFY, "UTF-8", "latin-1"),
    ],
    "XM03": [(IDENTIFY, "Harvest Press", "Harvest Pr\udcffss")],
    "XM04": [(IDENTIFY, "<OAI-PMH", "<!DOCTYPE OAI-PMH><OAI-PMH"), (IDENTIFY, "&amp;", "&nbsp;")],
    "XM05": [
        (IDENTIFY, "OAI-PMH", "OAI"),
        (IDENTIFY, "OAI/2.0/ http", "OAI/1.1/ http"),
        (IDENTIFY, "OAI-PMH.xsd", "OAI_PMH.xsd"),
    ],
    "XM06": [
        (IDENTIFY, "<responseDate>2", "<responseDate>1"),
        (IDENTIFY, "Z</responseDate>", "+00:00</responseDate>"),
    ],
    "XM07": [
        (IDENTIFY, "/oai</request>", "/oai?verb=Identify</request>"),
        (IDENTIFY, "press.example.org/oai</request>", "x/</request>"),
    ],
    "XM08": [(IDENTIFY, ' verb="Identify"', ""), (RECORD, 'notation/A"', 'notation/B"')],
    "XM09": [(ERROR, "<request", '<request verb="Identify"')],
    "XM10": [
        (UNKNOWN, 'identifier="oai:none"', 'identifier="oai:other"'),
        (UNKNOWN, "<request", '<request set="jhs"'),
    ],
    "XM11": [(IDENTIFY, "</Identify>", "</Identify><Identify/>"), (RECORD, "GetRecord>", "ListRecords>")],
    "XM12": [(ERROR, "badVerb", "badWord")],
    "XM13": [
        (IDENTIFY, "persistent", "sometimes"),
        (RECORD, "<datestamp>2", "<datestamp>x"),
        (ERROR, "badVerb", "badWord"),
    ],
    "XM14": [(RECORD, "dc:title", "dc:heading")],
    "XM15": [(IDENTIFY, "Harvest Press", "Harvest &#8; Press"), (IDENTIFY, "Harvest Press", "Harvest \x08 Press")],
    "XM16": [(RECORD, "<dc:title", '<title xmlns="http://www.openarchives.org/OAI/2.0/"/><dc:title')],
    "XM18": [(UNKNOWN, 'verb="GetRecord"', "")],
}


def changed(reply: Reply, old: str, new: str) -> Reply:
    """The reply with a text of its document replaced."""
    text = reply.content.decode()
    assert old in text, f"the test expects {old!r} in\n{text}"
    values = {one.name: getattr(reply, one.name) for one in fields(reply)}
    return Reply(**values | {"raw": text.replace(old, new).encode(errors="surrogateescape")})


@pytest.mark.parametrize(("name", "query", "old", "new"), [(name, *one) for name in BROKEN for one in BROKEN[name]])
def test_rules_tell_what_breaks_them(harvester: OAIClient, name, query, old, new):
    if name in ("XM13", "XM14") and not schemas.available():
        pytest.skip("schemas not found")
    reply = harvester.raw(query)
    rules[name](reply)
    with pytest.raises(AssertionError):
        rules[name](changed(reply, old, new))


def every(replies: list[Reply], name: str) -> None:
    assert len(replies) > 100
    for reply in replies:
        rules[name](reply)


def test_XM01_well_formed(replies: list[Reply]):
    every(replies, "XM01")


def test_XM02_declaration(replies: list[Reply]):
    every(replies, "XM02")


def test_XM03_UTF_8(replies: list[Reply]):
    assert any(len(reply.content.decode()) != len(reply.content) for reply in replies)
    every(replies, "XM03")


def test_XM04_no_document_type(replies: list[Reply]):
    every(replies, "XM04")


def test_XM05_root(replies: list[Reply]):
    every(replies, "XM05")


def test_XM06_responseDate(replies: list[Reply]):
    """That it is the present time was asked when the answer came; the package's replies are older now."""
    for reply in replies:
        assert reply.root[0].text == reply.response_date
    moments = [reply.response_date for reply in replies]
    assert moments == sorted(moments)


def test_XM07_request(replies: list[Reply]):
    every(replies, "XM07")


def test_XM08_request_attributes_of_a_good_request(replies: list[Reply]):
    assert sum(not reply.codes for reply in replies) > 50
    every(replies, "XM08")


@pytest.mark.parametrize(
    "query",
    [
        "verb=Identify",
        "verb=ListMetadataFormats&identifier=oai%3Apress.example.org%3Anotation%2FA",
        "until=2021-01-01T00:00:00Z&from=2020-01-01T00:00:00Z&set=jhs%3Aresearch&metadataPrefix=oai_dc&verb=ListRecords",
        "verb=ListIdentifiers&metadataPrefix=oai_dc&until=2021-01-01",
    ],
)
def test_XM08_request_attributes(either: OAIClient, query):
    reply = either.ask(query)
    assert reply.codes == []
    assert dict(reply.request.attrib) == dict(reply.arguments)


def test_XM09_no_attributes_after_badVerb_and_badArgument(replies: list[Reply]):
    assert sum(bool({"badVerb", "badArgument"} & set(reply.codes)) for reply in replies) > 20
    every(replies, "XM09")


def test_XM10_attributes_after_other_errors(replies: list[Reply]):
    every(replies, "XM10")


def test_XM18_verb_is_echoed_after_other_errors(replies: list[Reply]):
    every(replies, "XM18")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (UNKNOWN, "idDoesNotExist"),
        ("verb=ListRecords&metadataPrefix=nonsense", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1066-10-14", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nonsense", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=junk", "badResumptionToken"),
    ],
)
def test_XM18_arguments_are_echoed_after_other_errors(either: OAIClient, query, code):
    reply = either.ask(query)
    assert reply.codes == [code]
    assert dict(reply.request.attrib) == dict(reply.arguments)


def test_XM11_one_answer_or_errors(replies: list[Reply]):
    every(replies, "XM11")


def test_XM12_codes_of_the_protocol(replies: list[Reply]):
    told = {code for reply in replies for code in reply.codes}
    assert told >= {
        "badVerb",
        "badArgument",
        "badResumptionToken",
        "cannotDisseminateFormat",
        "idDoesNotExist",
        "noRecordsMatch",
        "noSetHierarchy",
    }
    every(replies, "XM12")


def test_XM13_valid(replies: list[Reply]):
    if not schemas.available():
        pytest.skip("schemas not found")
    every(replies, "XM13")


def test_XM14_payloads_are_valid(replies: list[Reply]):
    if not schemas.available():
        pytest.skip("schemas not found")
    payloads = {
        child.tag
        for reply in replies
        for name in ("metadata", "description", "setDescription")
        for container in reply.root.iter(f"{{*}}{name}")
        for child in container
    }
    assert payloads >= {
        "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc",
        "{http://www.openarchives.org/OAI/2.0/oai-identifier}oai-identifier",
        "{https://press.example.org/ns/brief}brief",
        "{https://press.example.org/ns/galley}article",
    }
    every(replies, "XM14")


def test_XM15_only_characters_of_XML(replies: list[Reply]):
    every(replies, "XM15")


def test_XM16_payloads_stand_alone(replies: list[Reply]):
    assert any(reply.records for reply in replies)
    every(replies, "XM16")


def test_XM17_quick_and_without_failure(replies: list[Reply]):
    assert all(reply.status < 500 for reply in replies)
    every(replies, "XM17")
