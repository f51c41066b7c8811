"""Whatever is sent to the endpoint: no 5xx, no page for people, valid XML or a plain refusal, soon, and nothing leaks.

The watching of every response (``tests.validation``) judges; here the requests are made up. ``FUZZ_REQUESTS=200000``
sends that many.
"""

import os
import resource
import string
from urllib.parse import quote, quote_from_bytes

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harvester import FORM, VERBS, OAIClient
from tests.press.factories import ArticleFactory

NUMBER = int(os.environ.get("FUZZ_REQUESTS", "2000"))
SECRET = "Unpublished words"

PATHS = ["/oai", "/oai/", "/theses/oai", "/nodeletes/oai"]
NAMES = ["verb", "metadataPrefix", "identifier", "set", "from", "until", "resumptionToken"]

#: What is meant well, and what is not.
MEANT = [
    *VERBS,
    *("oai_dc", "galley", "brief", "marcxml", "oai_dc.xml", "../oai_dc", "jhs", "jhs:research", "en", "open", "data"),
    *("2020-01-01", "2020-01-01T00:00:00Z", "2999-12-31", "0001-01-01", "9999-12-31T23:59:59Z", "2021-02-29", "-1"),
    *("20200101", "2020-01-01T00:00:00+01:00", "2020-01-01T00:00:00.5Z", "٢٠٢٠-٠١-٠١", "2020-W01", "99999-01-01"),
    *("oai:press.example.org:article/1", "oai:press.example.org:article/", "oai:x", "https://doi.org/10.5555/1", "%"),
]
MALICE = [
    *("' OR 1=1 --", '" OR ""="', "1; DROP TABLE django_oaipmh_record", "%27%20UNION%20SELECT%201", "\\", "0x31"),
    *(
        "{{ settings.SECRET_KEY }}",
        "{% debug %}",
        "${7*7}",
        "<script>alert(1)</script>",
        "]]>",
        "<!--",
        "&xxe;",
        "\x00",
    ),
    *(
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "../../../../etc/passwd",
        "\ud800",
        "\uffff",
    ),
    *("a" * 3_000, "9" * 400, "é" * 1_000, "\r\nSet-Cookie: a=b", "\u202e", "ı", "K", "oai_dc\n", " oai_dc"),
]

words = st.one_of(st.sampled_from(MEANT), st.sampled_from(MALICE), st.text(max_size=20))


@st.composite
def pieces(draw: st.DrawFn, tokens: list[str]) -> str:
    """One argument as it is sent: named well or not, its value encoded in one way or another."""
    name = draw(st.one_of(st.sampled_from(NAMES), st.sampled_from(NAMES), words))
    value = (
        draw(st.one_of(words, st.sampled_from(tokens).flatmap(mangled))) if name == "resumptionToken" else draw(words)
    )
    encode = draw(st.sampled_from([quoted, quoted, quoted, str, latin, twice]))
    return f"{quoted(name)}={encode(value)}"


def quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"))


def latin(text: str) -> str:
    return quote_from_bytes(text.encode("latin-1", "replace"))


def twice(text: str) -> str:
    return quote(quoted(text))


def mangled(token: str) -> st.SearchStrategy[str]:
    """A token as it was given, or changed in one place."""
    places = st.integers(0, len(token) - 1)
    characters = st.sampled_from(string.ascii_letters + string.digits + "-_.")
    changed = st.tuples(places, characters).map(lambda at: token[: at[0]] + at[1] + token[at[0] + 1 :])
    return st.one_of(st.just(token), changed, places.map(lambda at: token[:at]), st.just(token + token))


@st.composite
def queries(draw: st.DrawFn, tokens: list[str]) -> str:
    verb = draw(st.sampled_from([*VERBS, *VERBS, "", "verb"]))
    arguments = [f"verb={verb}"] if verb else []
    separator = draw(st.sampled_from(["&", "&", "&", "&&", ";", "&amp;"]))
    return separator.join(draw(st.permutations([*arguments, *draw(st.lists(pieces(tokens), max_size=4))])))


headers = st.dictionaries(
    st.sampled_from(
        [
            *(
                "Accept-Encoding",
                "Accept",
                "Accept-Language",
                "X-Forwarded-Host",
                "X-Forwarded-Proto",
                "If-None-Match",
            ),
            *("If-Modified-Since", "Range", "Cookie", "Authorization", "X-HTTP-Method-Override", "Content-Encoding"),
        ]
    ),
    st.one_of(
        st.sampled_from(
            ["gzip", "gzip;q=0", "gzip;q=x, *", "identity", "*/*", "el", "evil.example", "Basic eDp5", "*"]
        ),
        st.text(string.printable.replace("\r", "").replace("\n", ""), max_size=20),
    ),
    max_size=3,
)


@pytest.fixture
def tokens() -> list[str]:
    """Tokens of several lists, and of another repository."""
    ArticleFactory(title=SECRET, stage="draft")
    client, elsewhere = OAIClient(), OAIClient("/nodeletes/oai")
    found = [client.get(verb=verb, metadataPrefix="oai_dc").token_text for verb in ("ListRecords", "ListIdentifiers")]
    found += [client.get(verb="ListSets").token_text]
    found += [elsewhere.get(verb="ListRecords", metadataPrefix="oai_dc").token_text]
    found = [token for token in found if token]
    assert len(found) >= 3
    return found


@pytest.mark.parametrize("share", range(4))
def test_whatever_is_sent(tokens: list[str], share: int) -> None:
    client = Client(raise_request_exception=False)
    sent = []

    @settings(max_examples=NUMBER // 4, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(PATHS),
        queries(tokens),
        headers,
        st.sampled_from(["GET", "POST", "GET", "HEAD", "PUT"]),
        st.data(),
    )
    def send(path: str, query: str, spelled: dict[str, str], method: str, data: st.DataObject) -> None:
        if method == "POST":
            kind = data.draw(
                st.sampled_from([FORM, FORM, FORM + "; charset=utf-16", "text/xml", "multipart/form-data", ""])
            )
            url_query = data.draw(st.sampled_from(["", "", "verb=Identify"]))
            body = query.encode("utf-8", "replace")
            response = client.generic(method, path, body, content_type=kind, QUERY_STRING=url_query, headers=spelled)
        else:
            sendable = query.encode("utf-8", "replace").decode("latin-1")
            response = client.generic(method, path, QUERY_STRING=sendable, headers=spelled)
        sent.append(response.status_code)
        assert response.status_code in ((200, 304, 405) if "If-None-Match" in spelled else (200, 405))
        content = response.content if method == "HEAD" else response.oai.content
        assert SECRET.encode() not in content
        assert "evil.example" not in content.decode() or "evil.example" in query
        assert "html" not in response.get("Content-Type", "")

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    send()
    assert len(sent) >= NUMBER // 8, "hypothesis found too little to send"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 300, f"{grown:.0f} MB more than before"
