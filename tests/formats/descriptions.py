"""What the formats are tried with: a rich and a minimal description, and any that can be made up."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

from django_oaipmh.items import Description
from django_oaipmh.metadata import (
    TERMS,
    Citation,
    Concept,
    Degree,
    File,
    Funding,
    Identifier,
    Metadata,
    Organisation,
    Person,
    Place,
    Structured,
    Text,
    normalise,
    plain,
)
from django_oaipmh.parts import Part

IDENTIFIER = "oai:press.example.org:article/1"

MINIMAL = Metadata(
    {
        "title": ["On harvests"],
        "creator": ["Sappho"],
        "publisher": ["Example Press"],
        "issued": ["2021"],
        "type": ["Text"],
        "identifier": ["https://press.example.org/articles/1"],
    }
)

RICH = Metadata(
    {
        "title": [Text("On <harvests> & gleanings", "en"), Text("Über Ernten", "de")],
        "alternative": [Text("A study in three fields", "en")],
        "creator": [
            Person(
                family="Ångström",
                given="Åsa",
                orcid="https://orcid.org/0000-0002-1825-0097",
                affiliation="University of Examples",
                affiliation_uri="https://ror.org/03yrm5c26",
                birth="1971",
            ),
            Person(name="Li Bai", uri="http://viaf.org/viaf/44404", birth="701", death="762"),
            Organisation("Example Research Group", ror="https://ror.org/02mhbdp94"),
        ],
        "contributor": [
            Person(family="Roe", given="Richard", role="edt"),
            Person(family="Moe", given="Mary", role="illustrator"),
            Organisation("Example Library", uri="https://library.example.org/#it", role="his"),
            "A helping hand",
        ],
        "subject": [
            Concept("Harvesting", "http://id.loc.gov/authorities/subjects/sh85059162", "lcsh", "en"),
            Concept("Ernte", "http://d-nb.info/gnd/4015286-8", "http://d-nb.info/gnd/", "de"),
            "gleaning",
        ],
        "abstract": [Text("What is reaped, and what is left.", "en"), Text("Was bleibt.", "de")],
        "description": ["With a map."],
        "tableOfContents": ["1. Reaping -- 2. Binding -- 3. Gleaning"],
        "publisher": [Organisation("Example Press", ror="https://ror.org/04wxnsj81"), Text("Second Press", "en")],
        "created": ["2020-11"],
        "issued": ["2021-03-04"],
        "available": ["2022-01-01"],
        "modified": ["2021-05-06T07:08:09Z"],
        "type": [
            Concept("journal article", "http://purl.org/coar/resource_type/c_6501", "COAR Resource Types", "en"),
            "Text",
        ],
        "format": ["application/pdf"],
        "extent": ["12 pages", "1 map"],
        "medium": ["paper"],
        "identifier": [
            "https://press.example.org/articles/1",
            Identifier("10.5555/press.1", "doi"),
            Identifier("978-3-16-148410-0", "isbn"),
            Identifier("11222/333", "handle"),
            Identifier("MS 12", "shelf mark"),
        ],
        "source": [Identifier("https://archive.example.org/ms/12", "url")],
        "bibliographicCitation": [
            Citation(
                title="Journal of Harvests",
                volume="4",
                issue="2",
                first_page="1",
                last_page="12",
                issn="0378-5955",
                date="2021",
            )
        ],
        "isPartOf": [Identifier("0378-5955", "issn"), Text("Journal of Harvests", "en")],
        "references": [Identifier("10.5555/press.0", "doi"), Identifier("arXiv:1207.7214")],
        "isVersionOf": [Identifier("https://press.example.org/drafts/1", "url")],
        "hasPart": ["A map of the fields"],
        "language": ["en", "de"],
        "spatial": [
            Place("Lesbos", "http://sws.geonames.org/261604/", "39.21", "26.28", "en"),
            "The fields",
        ],
        "temporal": ["1850/1860", "ca. 620 BC"],
        "audience": ["Harvesters"],
        "accessRights": [Concept("open access", "http://purl.org/coar/access_right/c_abf2", "", "en")],
        "license": [Concept("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")],
        "rights": [Text("© 2021 the authors", "en")],
        "rightsHolder": [Organisation("Example Press")],
        "provenance": ["Found in a barn."],
        "dataProvider": [Organisation("Example Library", uri="https://library.example.org/#it")],
        "version": ["2.1"],
        "file": [
            File(
                "https://press.example.org/articles/1.pdf",
                "application/pdf",
                "123456",
                "0f343b0931126a20f133d67c2b018a3b",
                "MD5",
                "The article",
            ),
            File("https://press.example.org/articles/1.jpg", "image/jpeg", "4567", use="thumbnail"),
        ],
        "funding": [
            Funding(
                "European Commission",
                "https://doi.org/10.13039/501100000780",
                "101000000",
                "Fields of tomorrow",
                "https://cordis.europa.eu/project/id/101000000",
            )
        ],
        "degree": [Degree("Doctor of Philosophy", "doctoral", "Agronomy", "University of Examples")],
    }
)


class GivenParts:
    """Parts that are at hand, in the place of those that are read from the database."""

    def __init__(self, parts: Sequence[Part], level: str = "fonds") -> None:
        self.parts, self.level = parts, level

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)


#: A series with two files, in one of which there is something that has no level above it; and another series.
TREE = [
    Part(
        1,
        "series",
        Metadata(
            {"title": [Text("Letters", "en")], "identifier": [Identifier("A 1", "shelf mark")], "date": ["1901–1939"]}
        ),
    ),
    Part(
        2,
        "file",
        Metadata(
            {
                "title": ["To the <fields>"],
                "creator": [Person(family="Roe", given="Richard")],
                "created": ["ca. 1910"],
                "subject": [Concept("Harvesting", "http://id.loc.gov/authorities/subjects/sh85059162", "lcsh", "en")],
                "file": [File("https://press.example.org/letters/1.tif", "image/tiff", label="Recto")],
            }
        ),
    ),
    Part(4, "postage stamp", Metadata({"title": ["A stamp"]})),
    Part(2, "file", Metadata({"created": ["1911-02-03"]})),
    Part(1, "Record group", Metadata({"title": ["Papers"], "accessRights": ["Closed"]})),
]


def describe(metadata: dict[str, Any], **attributes: Any) -> Description:
    """A description of an object that no format needs to look at."""
    attributes.setdefault("parts", GivenParts(TREE))
    return Description(None, IDENTIFIER, normalised(metadata), **attributes)


def normalised(metadata: dict[str, Any]) -> Metadata:
    told = {term: list(dict.fromkeys(normalise(values))) for term, values in metadata.items()}
    return Metadata({term: values for term, values in told.items() if values})


KINDS: list[type[Structured]] = [
    Text,
    Person,
    Organisation,
    Identifier,
    Concept,
    Place,
    Citation,
    File,
    Funding,
    Degree,
]

#: What people put into fields: words of every kind, and things that look like what formats look for.
WORDS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=12),
    st.sampled_from(
        [
            *(
                "en",
                "deu",
                "pt_BR",
                "x-y",
                "1850",
                "1850-03-04",
                "ca. 1850",
                "-0044",
                "1850/1860",
                "2021-02-30",
                "19th c.",
            ),
            *("2021-05-06T07:08:09Z", "10.5555/a b", "10.5555/ä", "doi:10.5555/x<y", "https://doi.org/10.5555/(1)"),
            *("978-3-16-148410-0", "0378-5955", "0000-0002-1825-0097", "https://ror.org/03yrm5c26", "urn:nbn:de:1-2"),
            *("http://[", "https://a.example/ b", "https://a.example/ä?b=%zz#c#d", "mailto:a@b", "javascript:x", "#a"),
            *("Text", "Dataset", "StillImage", "http://purl.org/coar/resource_type/c_6501", "thesis", "edt", "Editor"),
            *(
                "application/pdf",
                "text/html; charset=utf-8",
                "12",
                "-1",
                "1e400",
                "39.21",
                "NaN",
                "SHA-256",
                "thumbnail",
            ),
            *("<b>&amp;</b>", "]]>", "{{ x }}", "\u0301", "a\tb\nc", " ", "0", "ISBN", "doi", "handle", "url"),
        ]
    ),
)


@st.composite
def structured(draw: st.DrawFn) -> Structured:
    kind = draw(st.sampled_from(KINDS))
    fields = [field.name for field in dataclasses.fields(kind)]
    return kind(**draw(st.dictionaries(st.sampled_from(fields), WORDS, min_size=1)))


@st.composite
def parts(draw: st.DrawFn) -> GivenParts:
    """Any parts in any order of depths, not necessarily one that makes sense."""
    values = st.lists(st.one_of(WORDS, structured()), max_size=2)
    metadata = st.dictionaries(st.sampled_from(sorted(TERMS)), values, max_size=4).map(normalised)
    level = st.one_of(st.sampled_from(["series", "file", "item", "Sub-series", "box 1/2", ""]), WORDS.map(plain))
    each = st.builds(Part, st.integers(-1, 6), level, metadata)
    return GivenParts(draw(st.lists(each, max_size=5)), draw(level))


@st.composite
def descriptions(draw: st.DrawFn) -> Description:
    """Any description: the rich one or nothing, changed in any terms to anything."""
    start = draw(st.sampled_from([RICH, MINIMAL, Metadata()]))
    values = st.lists(st.one_of(WORDS, structured()), max_size=3)
    changed = start | draw(st.dictionaries(st.sampled_from(sorted(TERMS)), values, max_size=12))
    return describe(changed, parts=draw(parts()))
