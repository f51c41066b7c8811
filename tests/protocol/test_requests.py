"""Requests: RQ01 to RQ21."""

import pytest
from lxml import etree

from tests.harvester import OAI, VERBS, OAIClient, Reply
from tests.press.data import Press
from tests.validation import ALL_CODES

from .conftest import HOSTILE

#: verb → (required arguments, optional ones), with values that are right
ARGUMENTS = {
    "Identify": ({}, {}),
    "ListMetadataFormats": ({}, {"identifier": "oai:press.example.org:notation/A"}),
    "ListSets": ({}, {}),
    "GetRecord": ({"identifier": "oai:press.example.org:notation/A", "metadataPrefix": "oai_dc"}, {}),
    "ListIdentifiers": ({"metadataPrefix": "oai_dc"}, {"from": "2020-01-01", "until": "2020-12-31", "set": "jhs"}),
    "ListRecords": ({"metadataPrefix": "oai_dc"}, {"from": "2020-01-01", "until": "2020-12-31", "set": "jhs"}),
}
VALUES = {
    "identifier": "oai:press.example.org:notation/A",
    "metadataPrefix": "oai_dc",
    "from": "2020-01-01",
    "until": "2020-12-31",
    "set": "jhs",
}


def query(verb: str, *others: str) -> str:
    """A request that is right but for the other arguments."""
    return "&".join([f"verb={verb}", *(f"{name}={value}" for name, value in ARGUMENTS[verb][0].items()), *others])


def same(one: Reply, other: Reply) -> bool:
    """Whether two answers are the same, but for the moment, and for what else a token says of it."""
    return comparable(one) == comparable(other)


def comparable(reply: Reply) -> bytes:
    root = etree.fromstring(reply.content)
    root.find(OAI + "responseDate").text = ""
    for token in root.iter(OAI + "resumptionToken"):
        token.attrib.pop("expirationDate", None)
        token.text = "more" if token.text else ""
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("verb", VERBS)
def test_requests_that_are_right(anyhow: OAIClient, verb):
    """The ground that the tests below stand on."""
    assert anyhow.ask(query(verb)).codes == []


def test_RQ01_no_verb(anyhow: OAIClient):
    assert anyhow.ask("").codes == ["badVerb"]
    assert anyhow.ask("metadataPrefix=oai_dc").codes == ["badVerb"]


@pytest.mark.parametrize(
    "verb",
    ["", "Nonsense", "identify", "IDENTIFY", "getRecord", "Listrecords", " Identify", "Identify+", "Identify%00"],
)
def test_RQ02_unknown_verb(either: OAIClient, verb):
    assert either.ask(f"verb={verb}").codes == ["badVerb"]


@pytest.mark.parametrize("name", ["Verb", "VERB", "verbs", "verb%20", "verb[]", "+verb"])
def test_RQ03_verb_under_another_name(either: OAIClient, name):
    assert either.ask(f"{name}=Identify").codes == ["badVerb"]


@pytest.mark.parametrize(
    "verbs", ["verb=Identify&verb=Identify", "verb=Identify&verb=ListSets", "verb=&verb=Identify"]
)
def test_RQ04_repeated_verb(either: OAIClient, verbs):
    assert either.ask(verbs).codes == ["badVerb"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("unknown", ["nonsense=1", "nonsense=", "nonsense", "=", "=1", "page=2", "_=1"])
def test_RQ05_unknown_argument(either: OAIClient, verb, unknown):
    assert either.ask(query(verb, unknown)).codes == ["badArgument"]


@pytest.mark.parametrize(
    ("verb", "name"),
    [(verb, name) for verb in VERBS for name in VALUES if name not in {**ARGUMENTS[verb][0], **ARGUMENTS[verb][1]}],
)
def test_RQ06_argument_of_another_verb(either: OAIClient, verb, name):
    assert either.ask(query(verb, f"{name}={VALUES[name]}")).codes == ["badArgument"]


@pytest.mark.parametrize("verb", ["Identify", "ListMetadataFormats", "GetRecord"])
def test_RQ06_resumptionToken_of_another_verb(either: OAIClient, verb):
    token = either.ask(verb="ListRecords", metadataPrefix="oai_dc").token_text
    assert set(either.ask(verb=verb, resumptionToken=token).codes) == {"badArgument"}


@pytest.mark.parametrize(("verb", "name"), [(verb, name) for verb in VERBS for name in ARGUMENTS[verb][0]])
def test_RQ07_missing_argument(either: OAIClient, verb, name):
    others = [f"{other}={value}" for other, value in ARGUMENTS[verb][0].items() if other != name]
    assert either.ask("&".join([f"verb={verb}", *others])).codes == ["badArgument"]


def test_RQ07_both_missing_are_told(either: OAIClient):
    errors = either.ask("verb=GetRecord").errors
    assert {code for code, _ in errors} == {"badArgument"}
    words = " ".join(words for _, words in errors)
    assert "identifier" in words and "metadataPrefix" in words


@pytest.mark.parametrize(
    ("verb", "name", "value"),
    [(verb, name, value) for verb in VERBS for name, value in {**ARGUMENTS[verb][0], **ARGUMENTS[verb][1]}.items()],
)
@pytest.mark.parametrize("again", ["same", "other"])
def test_RQ08_repeated_argument_is_badArgument(either: OAIClient, verb, name, value, again):
    right = query(verb) if name in ARGUMENTS[verb][0] else query(verb, f"{name}={value}")
    second = value if again == "same" else "2020-06-30"
    assert either.ask(right).codes == []
    assert either.ask(f"{right}&{name}={second}").codes == ["badArgument"]


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers", "ListSets"])
def test_RQ08_repeated_resumptionToken_is_badArgument(either: OAIClient, verb):
    token = either.ask(query(verb)).token_text
    assert token
    assert either.ask(f"verb={verb}&resumptionToken={token}&resumptionToken={token}").codes == ["badArgument"]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("slash", ["", "/"])
def test_RQ09_POST_gives_the_same_as_GET(verb, slash):
    got = OAIClient("/oai").ask(query(verb))
    posted = OAIClient("/oai" + slash, "POST").ask(query(verb))
    assert not got.codes
    assert same(got, posted)


def test_RQ09_POST_gives_the_same_pages(press: Press):
    got = list(OAIClient("/oai").pages("ListRecords", metadataPrefix="oai_dc"))
    posted = list(OAIClient("/oai", "POST").pages("ListRecords", metadataPrefix="oai_dc"))
    assert len(got) == len(posted) > 2
    assert [page.headers for page in got] == [page.headers for page in posted]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "badVerb"),
        ("verb=Nonsense", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&nonsense=1", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
def test_RQ10_POST_errors(body, code, slash):
    assert OAIClient("/oai" + slash).form(body).codes == [code]


def test_RQ10_POST_of_another_content_type(harvester: OAIClient):
    boundary = "limit"
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="verb"\r\n\r\nIdentify\r\n--{boundary}--\r\n'
    multipart = harvester.form(part, content_type=f"multipart/form-data; boundary={boundary}")
    assert multipart.status == 200
    assert (multipart.codes == [] and multipart.text("repositoryName")) or multipart.codes == ["badVerb"]
    for content_type in ("application/json", "text/xml", "multipart/form-data", "", "nonsense"):
        reply = harvester.form('{"verb": "Identify"}', content_type=content_type)
        assert (reply.status, reply.codes) == (200, ["badVerb"]), content_type


@pytest.mark.parametrize(
    "parameter", ["; charset=utf-8", ";charset=UTF-8", '; charset="utf-8"', "; charset=ISO-8859-1", "; x=y", ";"]
)
def test_RQ11_POST_content_type_with_parameters(harvester: OAIClient, parameter):
    reply = harvester.form("verb=Identify", content_type="application/x-www-form-urlencoded" + parameter)
    assert (reply.status, reply.codes) == (200, [])


@pytest.mark.parametrize(
    "escaped",
    [
        "identifier=oai:press.example.org:notation/A",
        "identifier=oai%3Apress.example.org%3Anotation%2FA",
        "identifier=oai%3apress.example.org%3anotation%2fA",
        "identifier=%6F%61%69%3A%70ress.example.org:notation/%41",
        "%69dentifier=oai:press.example.org:notation/A",
    ],
)
def test_RQ12_escaped_and_unescaped_are_the_same(either: OAIClient, escaped):
    reply = either.ask(f"verb=GetRecord&metadataPrefix=oai_dc&{escaped}")
    assert reply.identifiers == ["oai:press.example.org:notation/A"]
    assert reply.request.get("identifier") == "oai:press.example.org:notation/A"


def test_RQ12_plus_is_a_space(either: OAIClient):
    one = either.ask("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:no+such")
    other = either.ask("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:no%20such")
    assert one.codes == other.codes != []


def test_RQ13_order_of_arguments(either: OAIClient):
    arguments = ["verb=ListRecords", "metadataPrefix=oai_dc", "from=2020-01-02", "until=2020-03-01", "set=jhs"]
    first = either.ask("&".join(arguments))
    assert first.records
    assert same(first, either.ask("&".join(reversed(arguments))))
    assert same(first, either.ask("&".join(arguments[2:] + arguments[:2])))


def test_RQ14_every_identifier_can_be_got(anywhere: OAIClient, press: Press):
    headers = anywhere.headers()
    assert {header.identifier for header in headers} == press.identifiers(anywhere.path)
    for header in headers:
        reply = anywhere.get(verb="GetRecord", metadataPrefix="oai_dc", identifier=header.identifier)
        assert reply.headers == [header]


def test_RQ14_identifiers_are_compared_exactly(harvester: OAIClient):
    right = "oai:press.example.org:notation/A"
    assert harvester.get(verb="GetRecord", metadataPrefix="oai_dc", identifier=right).codes == []
    for wrong in (right.lower(), right.upper(), right + " ", " " + right, right + "/", right[:-1], right + "%00"):
        reply = harvester.get(verb="GetRecord", metadataPrefix="oai_dc", identifier=wrong)
        assert reply.codes in (["idDoesNotExist"], ["badArgument"]), wrong


@pytest.mark.parametrize(
    ("verb", "name", "codes"),
    [
        ("GetRecord", "identifier", {"badArgument", "idDoesNotExist"}),
        ("GetRecord", "metadataPrefix", {"badArgument", "cannotDisseminateFormat"}),
        ("ListMetadataFormats", "identifier", {"badArgument", "idDoesNotExist"}),
        ("ListRecords", "metadataPrefix", {"badArgument", "cannotDisseminateFormat"}),
        ("ListRecords", "set", {"badArgument", "noRecordsMatch"}),
        ("ListRecords", "from", {"badArgument"}),
        ("ListRecords", "until", {"badArgument"}),
        ("ListRecords", "resumptionToken", {"badArgument", "badResumptionToken"}),
        ("ListIdentifiers", "from", {"badArgument"}),
        ("ListSets", "resumptionToken", {"badArgument", "badResumptionToken"}),
    ],
)
@pytest.mark.parametrize("sign", ["=", ""])
def test_RQ15_empty_values(either: OAIClient, verb, name, codes, sign):
    others = [f"{other}={value}" for other, value in ARGUMENTS[verb][0].items() if other != name]
    if name == "resumptionToken":
        others = []
    reply = either.ask("&".join([f"verb={verb}", *others, name + sign]))
    assert len(reply.codes) >= 1
    assert set(reply.codes) <= codes


@pytest.mark.parametrize("prefix", ["oai dc", "oai/dc", "oai:dc", "oai_dc%00", "o%C3%A4i_dc", "oai%26dc", "oai_dc%0A"])
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers", "GetRecord"])
def test_RQ16_illegal_metadataPrefix(either: OAIClient, verb, prefix):
    identifier = "&identifier=oai:press.example.org:notation/A" if verb == "GetRecord" else ""
    reply = either.ask(f"verb={verb}&metadataPrefix={prefix}{identifier}")
    assert set(reply.codes) <= {"badArgument", "cannotDisseminateFormat"}
    assert reply.codes


@pytest.mark.parametrize(
    "spec", ["j hs", "jhs/research", ":jhs", "jhs:", "jhs::research", ":", "jh%C3%A9s", "jhs%00", "jhs%26", "jhs%0A"]
)
def test_RQ16_illegal_setSpec(either: OAIClient, spec):
    reply = either.ask(f"verb=ListRecords&metadataPrefix=oai_dc&set={spec}")
    assert reply.codes in (["badArgument"], ["noRecordsMatch"])


def test_RQ16_illegal_setSpec_where_there_are_no_sets(theses: OAIClient):
    reply = theses.raw("verb=ListRecords&metadataPrefix=oai_dc&set=:j/")
    assert reply.codes
    assert set(reply.codes) <= {"badArgument", "noSetHierarchy"}


@pytest.mark.parametrize("value", HOSTILE)
def test_RQ17_hostile_values_anywhere(either: OAIClient, value):
    """Rules XM01 to XM18 look at each answer; here only that it is an error, and the right one."""
    for name in ("identifier", "metadataPrefix"):
        others = {"identifier": "oai:press.example.org:notation/A", "metadataPrefix": "oai_dc"}
        others.pop(name)
        ((other, right),) = others.items()
        reply = either.ask(f"verb=GetRecord&{other}={right}&{name}={value}")
        assert reply.codes
        assert set(reply.codes) <= {"badArgument", "idDoesNotExist", "cannotDisseminateFormat"}
    assert set(either.ask(f"verb=ListRecords&metadataPrefix=oai_dc&set={value}").codes) <= {
        "badArgument",
        "noRecordsMatch",
    }
    assert set(either.ask(f"verb=ListRecords&metadataPrefix=oai_dc&from={value}").codes) == {"badArgument"}
    assert set(either.ask(f"verb=ListRecords&resumptionToken={value}").codes) <= {"badArgument", "badResumptionToken"}
    assert either.ask(f"verb={value}").codes == ["badVerb"]
    assert set(either.ask(f"verb=Identify&{value}=1").codes) == {"badArgument"}


@pytest.mark.parametrize(
    "name", ["verb", "identifier", "metadataPrefix", "set", "from", "until", "resumptionToken", "x"]
)
@pytest.mark.parametrize(
    "markup", ["%3Cinjected/%3E", "%22%3E%3Cinjected/%3E", "%22%20injected=%22", "]]%3E%3Cinjected/%3E"]
)
def test_RQ18_markup_is_escaped(either: OAIClient, name, markup):
    for verb in ("GetRecord", "ListRecords"):
        start = "" if name == "verb" else f"verb={verb}&"
        reply = either.ask(f"{start}{name}={markup}")
        assert reply.codes
        assert not [element for element in reply.root.iter() if "injected" in element.tag]
        assert not [name for element in reply.root.iter() for name in element.attrib if "injected" in name]


def test_RQ18_markup_of_an_unknown_identifier_is_echoed_as_text(harvester: OAIClient):
    identifier = 'oai:press.example.org:<a b="c">&amp;\''
    reply = harvester.get(verb="GetRecord", metadataPrefix="oai_dc", identifier=identifier)
    assert reply.codes in (["idDoesNotExist"], ["badArgument"])
    assert reply.request.get("identifier") in (None, identifier)


@pytest.mark.parametrize(
    "name", ["verb", "identifier", "metadataPrefix", "set", "from", "until", "resumptionToken", "x"]
)
@pytest.mark.parametrize("length", [1_000, 20_000, 300_000])
def test_RQ19_long_values(either: OAIClient, name, length):
    value = "a" * length
    start = {
        "verb": "",
        "identifier": "verb=GetRecord&metadataPrefix=oai_dc&",
        "metadataPrefix": "verb=ListRecords&",
        "resumptionToken": "verb=ListRecords&",
        "x": "verb=Identify&",
    }.get(name, "verb=ListRecords&metadataPrefix=oai_dc&")
    reply = either.ask(f"{start}{name}={value}")
    assert reply.status == 200
    assert reply.codes and set(reply.codes) <= ALL_CODES
    assert len(reply.content) < 2 * length + 5_000


def test_RQ19_very_many_arguments(either: OAIClient):
    reply = either.ask("verb=Identify" + "".join(f"&x{number}={number}" for number in range(1_500)))
    assert reply.status == 200
    assert set(reply.codes) <= {"badArgument", "badVerb"}
    assert len(reply.content) < 200_000


def test_RQ19_very_long_body(harvester: OAIClient):
    reply = harvester.form("verb=Identify&x=" + "a" * 3_000_000)
    assert reply.status in (200, 413)
    assert reply.status == 413 or reply.codes


@pytest.mark.parametrize("verb", ["ListSets", "ListMetadataFormats"])
@pytest.mark.parametrize("name", ["metadataPrefix", "set", "from", "until"])
def test_RQ20_arguments_of_lists_of_records(either: OAIClient, verb, name):
    assert either.ask(f"verb={verb}&{name}={VALUES[name]}").codes == ["badArgument"]


def test_RQ20_identifier_is_not_for_ListSets(either: OAIClient):
    assert either.ask("verb=ListSets&identifier=oai:press.example.org:notation/A").codes == ["badArgument"]


@pytest.mark.parametrize(
    "wrong",
    [
        "metadataprefix=oai_dc",
        "MetadataPrefix=oai_dc",
        "Set=jhs",
        "FROM=2020-01-01",
        "Until=2020-01-01",
        "resumptiontoken=x",
    ],
)
@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_RQ21_argument_names_are_case_sensitive(either: OAIClient, verb, wrong):
    assert either.ask(query(verb, wrong)).codes == ["badArgument"]
    assert set(either.ask(f"verb={verb}&{wrong}").codes) == {"badArgument"}
