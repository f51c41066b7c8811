"""Identifiers, dates and languages: what is recognised, and that nothing crashes or gains precision."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_oaipmh.standards import dates, identifiers, languages, versions
from django_oaipmh.standards.dates import Date, read_date
from django_oaipmh.standards.identifiers import Known, identify
from django_oaipmh.standards.languages import alpha3, tag

anything = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.fixture
def without_libraries(monkeypatch):
    """As if the extra was not installed."""

    def forget() -> None:
        for function in (identify, read_date, tag, alpha3):
            function.cache_clear()

    forget()
    monkeypatch.setattr(identifiers, "library", lambda: None)
    monkeypatch.setattr(dates, "edtf", None)
    monkeypatch.setattr(languages, "langcodes", None)
    yield
    forget()


def test_the_libraries_are_told():
    assert [one.split()[0] for one in versions()] == ["edtf", "idutils", "langcodes"]


# Identifiers


RECOGNISED = [
    ("10.5555/AbC", "", "doi", "10.5555/AbC", "https://doi.org/10.5555/AbC"),
    ("https://doi.org/10.5555/abc", "", "doi", "10.5555/abc", "https://doi.org/10.5555/abc"),
    ("http://dx.doi.org/10.5555/a<b>", "", "doi", "10.5555/a<b>", "https://doi.org/10.5555/a%3Cb%3E"),
    ("doi:10.5555/abc", "DOI", "doi", "10.5555/abc", "https://doi.org/10.5555/abc"),
    ("hdl:11222/333", "", "handle", "11222/333", "https://hdl.handle.net/11222/333"),
    ("11222/333", "Handle", "handle", "11222/333", "https://hdl.handle.net/11222/333"),
    ("0000-0002-1825-0097", "", "orcid", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
    (
        "https://orcid.org/0000-0002-1825-0097",
        "",
        "orcid",
        "0000-0002-1825-0097",
        "https://orcid.org/0000-0002-1825-0097",
    ),
    ("https://ror.org/03yrm5c26", "", "ror", "03yrm5c26", "https://ror.org/03yrm5c26"),
    ("03yrm5c26", "ROR", "ror", "03yrm5c26", "https://ror.org/03yrm5c26"),
    ("0000 0001 2103 2683", "isni", "isni", "0000000121032683", "https://isni.org/isni/0000000121032683"),
    ("urn:nbn:de:101:1-2011", "", "urn", "urn:nbn:de:101:1-2011", ""),
    ("ark:/12345/x", "", "ark", "ark:/12345/x", "https://n2t.net/ark:/12345/x"),
    ("1207.7214", "arXiv", "arxiv", "1207.7214", "https://arxiv.org/abs/1207.7214"),
    ("https://a.example/ä", "", "url", "https://a.example/ä", "https://a.example/%C3%A4"),
    ("https://a.example/", "URI", "url", "https://a.example/", "https://a.example/"),
    ("MS 12", "Shelf mark", "shelf mark", "MS 12", ""),
    ("https://a.example/1", "catalogue", "catalogue", "https://a.example/1", "https://a.example/1"),
    ("some words", "", "", "some words", ""),
    ("11222/333", "", "", "11222/333", ""),
    ("12345678", "", "", "12345678", ""),
]


@pytest.mark.parametrize("value, said, scheme, bare, url", RECOGNISED)
@pytest.mark.parametrize("libraries", [True, False])
def test_identifiers(value, said, scheme, bare, url, libraries, request):
    if not libraries:
        request.getfixturevalue("without_libraries")
    assert identify(value, said) == Known(scheme, bare, url)


def test_check_digits_decide():
    assert identify("9783161484100") == Known("isbn", "978-3-16-148410-0", "")
    assert identify("urn:isbn:9783161484100").scheme == "isbn"
    assert identify("9783161484101", "isbn").scheme == ""
    assert identify("0378-5955") == Known("issn", "0378-5955", "")
    assert identify("03785955", "issn").value == "0378-5955"
    assert identify("0378-5956").scheme == ""
    assert identify("0000-0002-1825-0098", "orcid").scheme == ""


def test_without_the_library_a_declared_scheme_is_believed(without_libraries):
    assert identify("9783161484101", "isbn") == Known("isbn", "9783161484101", "")
    assert identify("9783161484100").scheme == ""


@given(value=anything, said=st.one_of(st.just(""), st.sampled_from(["doi", "isbn", "issn", "url", "x"]), anything))
def test_any_words_may_be_an_identifier(value, said):
    known = identify(value, said)
    assert known.url == "" or known.url.isascii()
    assert known.value in value or known.scheme in ("isbn", "issn", "isni")


# Dates


@pytest.mark.parametrize(
    "text, edtf, start, end, approximate",
    [
        ("1850", "1850", "1850", "1850", False),
        ("1850-03", "1850-03", "1850-03", "1850-03", False),
        ("1850-03-04", "1850-03-04", "1850-03-04", "1850-03-04", False),
        ("2021-05-06T07:08:09Z", "2021-05-06T07:08:09Z", "2021-05-06T07:08:09Z", "2021-05-06T07:08:09Z", False),
        ("-0043", "-0043", "-0043", "-0043", False),
        ("1850/1860", "1850/1860", "1850", "1860", False),
        ("1850-1860", "1850/1860", "1850", "1860", False),
        ("1850-03/1851", "1850-03/1851", "1850-03", "1851", False),
        ("44 BC", "-0043", "-0043", "-0043", False),
        ("1 BCE", "0000", "0000", "0000", False),
        ("ca. 620 BC", "-0619~", "-0619", "-0619", True),
    ],
)
@pytest.mark.parametrize("libraries", [True, False])
def test_plain_dates(text, edtf, start, end, approximate, libraries, request):
    if not libraries:
        request.getfixturevalue("without_libraries")
    assert read_date(text) == Date(text, edtf, start, end, approximate)


@pytest.mark.parametrize(
    "text, edtf, start, end, approximate",
    [
        ("1850?", "1850?", "1850", "1850", True),
        ("1850-03~", "1850-03~", "1850-03", "1850-03", True),
        ("185X", "185X", "1850", "1859", False),
        ("1850/..", "1850/..", "1850", "", False),
        ("../1850", "../1850", "", "1850", False),
        ("1850~/1860", "1850~/1860", "1850", "1860", True),
        ("2001-21", "2001-21", "2001", "2001", False),
        ("[1667,1668]", "[1667, 1668]", "1667", "1668", False),
        ("Y17E8", "Y17E8", "", "", False),
        ("XXXX-05-05", "XXXX-05-05", "", "", False),
        ("ca. 1850", "1850~", "1850", "1850", True),
        ("circa 1850s", "185X~", "1850", "1859", True),
        ("19th century", "18XX", "1800", "1899", False),
        ("March 1850", "1850-03", "1850-03", "1850-03", False),
        ("ca. 620 BC", "-0619~", "-0619", "-0619", True),
        ("circa 44 B.C.E.", "-0043~", "-0043", "-0043", True),
        ("c. 500 BCE", "-0499~", "-0499", "-0499", True),
        ("5th century BC", "-04XX", "-0499", "-0400", False),
    ],
)
def test_dates_that_the_library_reads(text, edtf, start, end, approximate):
    assert read_date(text) == Date(text, edtf, start, end, approximate)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "n.d.",
        "year 44",
        "0 BC",
        "19th c.",
        "May 5",
        "year 44",
        "c. 50-20 BC",
        "12/03/1850",
        "1860/1850",
        "2021-02-30",
        "2020-13",
        "x" * 500,
        "/",
        "/..",
        "–",
    ],
)
def test_what_cannot_be_read_stays_words(text):
    found = read_date(text)
    assert found == Date(text)
    assert not found.year and not found.w3cdtf and not found.is_range


def test_what_formats_ask_of_a_date():
    assert read_date("1850-03").year == "1850"
    assert read_date("-0043").year == ""
    assert read_date("1850-03").w3cdtf == "1850-03"
    assert read_date("1850/1860").w3cdtf == read_date("1850/1860").single == ""
    assert read_date("1850/1860").is_range and read_date("1850/..").is_range and not read_date("1850").is_range


@pytest.mark.parametrize(
    "text, w3cdtf",
    [
        ("2021-05-06T07:08:09Z", "2021-05-06T07:08:09Z"),
        ("2021-05-06T07:08+14:00", "2021-05-06T07:08+14:00"),
        ("2021-05-06T07:08:09", "2021-05-06"),
        ("2021-05-06T99:99", ""),
        ("2021-05-06T24:00:00Z", ""),
        ("2021-05-06T07:08:61Z", ""),
        ("2021-05-06T07:08:09+15:00", ""),
        ("2021-05-06T07:08:09+01:99", ""),
        ("2021-05-06T07", ""),
        ("0000", "0000"),
        ("-0043", ""),
    ],
)
@pytest.mark.parametrize("libraries", [True, False])
def test_w3cdtf_has_times_of_the_day_and_zones_that_there_are(text, w3cdtf, libraries, request):
    if not libraries:
        request.getfixturevalue("without_libraries")
    assert read_date(text).w3cdtf == w3cdtf


@given(text=st.one_of(anything, st.text("0123456789-/~?X.[]{},TZ:YBCca ", max_size=20)))
def test_any_words_may_be_a_date(text):
    found = read_date(text)
    assert found.text == text.strip()
    for bound in (found.start, found.end):
        assert bound == "" or dates._is_date(bound)


# Languages


@pytest.mark.parametrize(
    "code, as_tag, bibliographic, terminological",
    [
        ("de", "de", "ger", "deu"),
        ("ger", "de", "ger", "deu"),
        ("deu", "de", "ger", "deu"),
        ("de-AT", "de-AT", "ger", "deu"),
        ("pt_BR", "pt-BR", "por", "por"),
        ("grc", "grc", "grc", "grc"),
        ("yue", "yue", "", ""),
        ("German", "", "", ""),
        ("", "", "", ""),
        ("xx", "xx", "", ""),
        ("two words", "", "", ""),
    ],
)
def test_languages(code, as_tag, bibliographic, terminological):
    assert (tag(code), alpha3(code), alpha3(code, bibliographic=False)) == (as_tag, bibliographic, terminological)


def test_languages_without_the_library(without_libraries):
    assert (tag("pt_BR"), tag("ger"), alpha3("ger"), alpha3("de")) == ("pt-BR", "ger", "ger", "")


@given(code=anything)
def test_any_words_may_be_a_language(code):
    assert alpha3(code) == "" or len(alpha3(code)) == 3
    assert tag(code).isascii()
