"""URIs, of the web and of libraries: what is one, how it is written, and that nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from django_oaipmh.standards.identifiers import identify, uri

from ..formats.descriptions import WORDS

XSD = "http://www.w3.org/2001/XMLSchema"
ANY_URI = etree.XMLSchema(etree.fromstring(f'<schema xmlns="{XSD}"><element name="uri" type="anyURI"/></schema>'))

#: What looks like a URI, nearly.
NEARLY = st.lists(
    st.sampled_from(
        ["http://", "https://", "ftp://", "urn:", "info:", "10.5555/", "a.example", "x", *"/:?#%[]", "%20", "\ud800"]
    )
    | st.characters(exclude_categories=["Cs"]),
    max_size=8,
).map("".join)


def is_valid(text: str) -> bool:
    element = etree.Element("uri")
    element.text = text
    return ANY_URI.validate(element)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
        (" https://a.example/1 ", "https://a.example/1"),
        ("HTTP://A.example:8080", "HTTP://A.example:8080"),
        ("ftp://a.example/1", "ftp://a.example/1"),
        ("http://[::1]:80/", "http://[::1]:80/"),
        ("10.5555/a<b", "https://doi.org/10.5555/a%3Cb"),
        ("0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("urn:nbn:de:101:1-2011", "urn:nbn:de:101:1-2011"),
        ("urn:isbn:9783161484100", "urn:isbn:9783161484100"),
        ("info:eu-repo/semantics/openAccess", "info:eu-repo/semantics/openAccess"),
        ("info:doi/10.5555/1", "https://doi.org/10.5555/1"),
        ("http://vocab.getty.edu/aat/300046300", "http://vocab.getty.edu/aat/300046300"),
    ],
)
def test_uris(value, expected):
    assert uri(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://ä.example/ö", "https://%C3%A4.example/%C3%B6"),
        ("https://a.example/?tag[]=x&tag[1]=y", "https://a.example/?tag%5B%5D=x&tag%5B1%5D=y"),
        ("https://a.example/a[1]#b[2]", "https://a.example/a%5B1%5D#b%5B2%5D"),
        ("https://[::1]/a[1]", "https://[::1]/a%5B1%5D"),
        ("https://a.example/%zz", "https://a.example/%25zz"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/?q=50%&r=%20", "https://a.example/?q=50%25&r=%20"),
        ("https://a.example/%c3%A4", "https://a.example/%c3%A4"),
        ("10.5555/a[1]%", "https://doi.org/10.5555/a%5B1%5D%25"),
    ],
)
def test_what_cannot_stand_in_a_url_is_percent_encoded(value, expected):
    assert uri(value) == identify(value).url == expected


@pytest.mark.parametrize(
    "value",
    [
        "http://[",
        "http://[::1]x/",
        "http://a]b/",
        "http:///x",
        "http://?x",
        "https://a.example:port/",
        "https://a.example/#c#d",
        "https://a.example/ b",
        "mailto:a@b.example",
        "javascript:alert(1)",
        "urn:isbn",
        "urn:x:%zz",
        "info:words",
        "History:France",
        "9783161484100",
        "0378-5955",
        "/a",
        "#it",
        "words",
        "",
    ],
)
def test_what_is_no_uri(value):
    assert uri(value) == ""


@pytest.mark.parametrize(
    ("value", "scheme", "expected"),
    [
        ("10.5555/press.1", "doi", "https://doi.org/10.5555/press.1"),
        ("11222/333", "handle", "https://hdl.handle.net/11222/333"),
        ("0000-0002-1825-0097", "orcid", "https://orcid.org/0000-0002-1825-0097"),
        ("978-3-16-148410-0", "isbn", "urn:isbn:978-3-16-148410-0"),
        ("03785955", "issn", "urn:issn:0378-5955"),
        ("0378-5955", "", "urn:issn:0378-5955"),
        ("urn:nbn:de:101:1-2", "nbn", "urn:nbn:de:101:1-2"),
        ("https://museum.example.org/ä", "inventory", "https://museum.example.org/%C3%A4"),
        ("MS 12", "shelf mark", ""),
        ("10.5555/1", "shelf mark", ""),
        ("http://[", "", ""),
    ],
)
def test_uris_of_identifiers(value, scheme, expected):
    assert identify(value, scheme).uri == expected


@given(value=WORDS | NEARLY, scheme=st.sampled_from(["", "doi", "handle", "isbn", "orcid", "url", "shelf mark"]))
def test_whatever_is_called_a_uri_is_one_of_these_and_valid(value, scheme):
    known = identify(value, scheme)
    for found in (uri(value), known.uri, known.url):
        assert not found or found.split(":")[0].lower() in ("http", "https", "ftp", "urn", "info")
        assert is_valid(found), found
    assert not known.url or known.uri == known.url


def test_what_is_meant_to_stay():
    assert identify("10.5555/1").is_persistent and identify("urn:nbn:de:101:1-2").is_persistent
    assert not identify("https://a.example/").is_persistent and not identify("0378-5955").is_persistent
