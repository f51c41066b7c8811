"""Errors: ER01 to ER12."""

import pytest

from tests.harvester import OAI, OAIClient, Reply
from tests.press.data import Press
from tests.validation import CODES, rules

KNOWN = "oai:press.example.org:notation/A"
UNKNOWN = "oai:press.example.org:notation/NONE"


def test_ER01_unknown_identifier(either: OAIClient):
    reply = either.ask(verb="GetRecord", identifier=UNKNOWN, metadataPrefix="oai_dc")
    assert reply.codes == ["idDoesNotExist"]


def test_ER01_never_visible_objects_do_not_exist(anywhere: OAIClient, press: Press):
    for identifier in press.never_seen:
        reply = anywhere.get(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
        assert reply.codes == ["idDoesNotExist"]


def test_ER01_identifiers_of_another_repository_do_not_exist(theses: OAIClient, press: Press):
    for identifier in press.records["/oai"]:
        reply = theses.get(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
        assert reply.codes == ["idDoesNotExist"]


@pytest.mark.parametrize("prefix", ["nonsense", "OAI_DC", "oai_d", "oai_dcx", "brief"])
def test_ER02_known_identifier_in_an_unknown_format(either: OAIClient, prefix):
    reply = either.ask(verb="GetRecord", identifier=KNOWN, metadataPrefix=prefix)
    assert reply.codes == ["cannotDisseminateFormat"]


def test_ER03_unknown_identifier_and_format(either: OAIClient):
    reply = either.ask(verb="GetRecord", identifier=UNKNOWN, metadataPrefix="nonsense")
    assert sorted(reply.codes) == ["cannotDisseminateFormat", "idDoesNotExist"]


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("prefix", ["nonsense", "OAI_DC", "oai_d", "marc21"])
def test_ER04_list_in_an_unknown_format(either: OAIClient, verb, prefix):
    assert either.ask(verb=verb, metadataPrefix=prefix).codes == ["cannotDisseminateFormat"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("verb=Identify&nonsense=1&rubbish=2", ["nonsense", "rubbish"]),
        ("verb=ListRecords&nonsense=1", ["nonsense", "metadataPrefix"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday&until=tomorrow", ["from", "until"]),
        ("verb=GetRecord&from=2020-01-01", ["from", "identifier", "metadataPrefix"]),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc&nonsense=1", ["metadataPrefix", "nonsense"]),
    ],
)
def test_ER05_all_illegal_arguments_are_told(either: OAIClient, query, names):
    reply = either.ask(query)
    assert set(reply.codes) == {"badArgument"}
    told = " ".join(words for _, words in reply.errors)
    assert [name for name in names if name not in told] == []


def test_ER05_errors_of_different_kinds_are_told_together(theses: OAIClient):
    reply = theses.get(verb="ListRecords", metadataPrefix="nonsense", set="any")
    assert sorted(reply.codes) == ["cannotDisseminateFormat", "noSetHierarchy"]


def test_ER06_errors_say_what_is_wrong(replies: list[Reply]):
    errors = {error for reply in replies for error in reply.errors}
    assert {code for code, _ in errors} >= {"badVerb", "badArgument", "noRecordsMatch", "idDoesNotExist"}
    for reply in replies:
        rules["ER06"](reply)


def test_ER07_codes_are_legal_for_the_verb(replies: list[Reply]):
    failed = [reply for reply in replies if reply.codes and reply.arguments and reply.codes != ["badVerb"]]
    assert len(failed) > 50
    for reply in failed:
        assert set(reply.codes) <= CODES[dict(reply.arguments)["verb"]], (reply.query, reply.codes)


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_ER08_set_where_there_are_no_sets(theses: OAIClient, verb):
    assert theses.get(verb=verb, metadataPrefix="oai_dc", set="jhs").codes == ["noSetHierarchy"]


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
@pytest.mark.parametrize("spec", ["nonsense", "jhs:nonsense", "jhs:research:nonsense", "drafts", "theses"])
def test_ER09_unknown_set(either: OAIClient, verb, spec):
    assert either.ask(verb=verb, metadataPrefix="oai_dc", set=spec).codes == ["noRecordsMatch"]


def test_ER10_formats_of_an_unknown_identifier(either: OAIClient):
    assert either.ask(verb="ListMetadataFormats", identifier=UNKNOWN).codes == ["idDoesNotExist"]


@pytest.mark.parametrize(
    "identifier",
    [
        "1",
        "nonsense",
        "oai:",
        "oai:press.example.org:",
        "http://",
        "a b",
        "//",
        "%",
        "a:[1]",
        "a:b#c#d",
        "http://a:b/",
    ],
)
@pytest.mark.parametrize("verb", ["GetRecord", "ListMetadataFormats"])
def test_ER11_illegal_identifiers(either: OAIClient, verb, identifier):
    prefix = {"metadataPrefix": "oai_dc"} if verb == "GetRecord" else {}
    reply = either.ask(verb=verb, identifier=identifier, **prefix)
    assert reply.codes in (["idDoesNotExist"], ["badArgument"])


def test_ER12_an_error_and_nothing_besides(replies: list[Reply]):
    for reply in replies:
        names = {child.tag.replace(OAI, "") for child in reply.root}
        assert ("error" in names) == (names == {"responseDate", "request", "error"})
