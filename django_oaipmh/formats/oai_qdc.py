"""``oai_qdc``: qualified Dublin Core, the elements, refinements and encoding schemes of DCMI.

The elements follow DCMI's *Guidelines for implementing Dublin Core in XML*, and are valid by its schemas of 2006 and
2008. DCMI leaves the namespace of the element around them to applications; this is the one that OCLC gave it, under
the same metadataPrefix.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..metadata import ELEMENTS, TERMS, Concept, Identifier, Metadata, Place
from ..standards.coordinates import coordinates
from ..standards.dates import read_date, schema_date
from ..standards.identifiers import identify, uri
from ..standards.languages import alpha3, tag
from ..standards.media_types import media_type
from ..standards.resource_types import DCMI_TYPES, dcmi_type
from ..standards.vocabularies import source_code
from .base import MetadataFormat

if TYPE_CHECKING:
    from ..items import Description


class Statement(NamedTuple):
    """One value of one term, as an element.

    Attributes:
        name: the element's name, ``dc:title`` or ``dcterms:alternative``.
        value: its text.
        scheme: the encoding scheme, a type of DCMI's schema (``W3CDTF``); empty: none.
        lang: the language of the text; a value with a scheme has none.
    """

    name: str
    value: str
    scheme: str = ""
    lang: str = ""


class _Encoded(NamedTuple):
    value: str
    scheme: str = ""
    lang: str = ""


class QualifiedDublinCore(MetadataFormat):
    """Qualified Dublin Core."""

    prefix = "oai_qdc"
    namespace = "http://worldcat.org/xmlschemas/qdc-1.0/"
    schema = "http://worldcat.org/xmlschemas/qdc/1.0/qdc-1.0.xsd"
    pure = True

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Add the container's ``namespace`` and ``schema``, and the ``statements``."""
        return super().get_context(description) | {
            "namespace": self.namespace,
            "schema": self.schema,
            "statements": statements(description.metadata),
        }


def statements(metadata: Metadata) -> tuple[Statement, ...]:
    """Return what qualified Dublin Core says of a resource: the elements in the order of their schema, each followed
    by its refinements."""
    told = [
        Statement(name, *encoded)
        for term, name in _NAMES.items()
        for value in metadata.get(term, ())
        for encoded in _encode(term, value)
    ]
    kind = dcmi_type(metadata.get("type", ()))
    if kind:
        told.append(Statement("dc:type", kind, "DCMIType"))
    order = {name: position for position, name in enumerate(_NAMES.values())}
    return tuple(sorted(dict.fromkeys(told), key=lambda one: order[one.name]))


#: Term → the name of its element; the terms that are not DCMI's have none.
_NAMES = {
    **{
        term: f"dc:{term}" if term == element else f"dcterms:{term}"
        for element in ELEMENTS
        for term in TERMS
        if TERMS[term] == element
    },
    **{
        term: f"dcterms:{term}"
        for term in (
            *("audience", "educationLevel", "mediator", "instructionalMethod", "provenance", "rightsHolder"),
            *("accrualMethod", "accrualPeriodicity", "accrualPolicy"),
        )
    },
}

_DATES = frozenset(term for term, element in TERMS.items() if element == "date") | {"temporal"}
_RESOURCES = frozenset(term for term, element in TERMS.items() if element in ("identifier", "source", "relation"))
#: What is told by words alone, even if they look like something else.
_WORDS = frozenset(
    (
        *("title", "alternative", "description", "abstract", "tableOfContents", "extent", "bibliographicCitation"),
        *("creator", "contributor", "publisher", "rightsHolder"),
    )
)

#: Code of a vocabulary → its encoding scheme.
_VOCABULARIES = {
    "lcsh": "LCSH",
    "mesh": "MESH",
    "ddc": "DDC",
    "lcc": "LCC",
    "udc": "UDC",
    "tgn": "TGN",
    "iso3166": "ISO3166",
}
#: Of classifications the notation is the value, not what it is called.
_NOTATIONS = {
    "DDC": re.compile(r"\d{3}(\.\d+)?", re.ASCII),
    "LCC": re.compile(r"[A-Z]{1,3}\d{1,4}(\.\w+)*", re.ASCII),
    "UDC": re.compile(r"[\d(\"=][\d.:/()\"'+\-=*]*", re.ASCII),
    "ISO3166": re.compile(r"[A-Z]{2}", re.ASCII),
}
_SEPARATORS = re.compile(r"[;=\\]")
#: Vocabularies whose headings are English.
_ENGLISH = ("LCSH", "MESH")


def _encode(term: str, value: Any) -> Iterator[_Encoded]:
    """Yield a value as the texts that tell it, each with its scheme or language."""
    if term in _WORDS:
        yield _Encoded(str(value), lang=getattr(value, "lang", ""))
    elif isinstance(value, Concept):
        yield from _concept(term, value)
    elif isinstance(value, Place):
        yield from _place(value)
    elif isinstance(value, Identifier):
        found = identify(value.value, value.scheme).uri
        yield _Encoded(found, "URI") if found else _Encoded(str(value))
    elif getattr(value, "lang", ""):
        yield _Encoded(str(value), lang=value.lang)
    else:
        yield _plain(term, str(value))


def _concept(term: str, concept: Concept) -> Iterator[_Encoded]:
    found = uri(concept.uri)
    if concept.label:
        scheme = _vocabulary(concept)
        encoded = _Encoded(concept.label, scheme) if scheme else _plain(term, concept.label)
        yield encoded if encoded.scheme else encoded._replace(lang=concept.lang)
    elif not found:
        yield _Encoded(str(concept))
    if found:
        yield _Encoded(found, "URI")


def _vocabulary(concept: Concept) -> str:
    """Return the encoding scheme that a concept's label is a value of."""
    scheme = _VOCABULARIES.get(source_code(concept.scheme.lower(), concept.uri), "")
    if scheme in _NOTATIONS and not _NOTATIONS[scheme].fullmatch(concept.label):
        return ""
    if scheme in _ENGLISH and concept.lang.partition("-")[0].lower() not in ("", "en"):
        return ""
    return scheme


def _place(place: Place) -> Iterator[_Encoded]:
    found, point = uri(place.uri), coordinates(place.latitude, place.longitude)
    if place.name:
        yield _Encoded(place.name, lang=place.lang)
    if point:
        yield _Encoded(_structured(name=place.name, east=point[1], north=point[0]), "Point")
    if found:
        yield _Encoded(found, "URI")
    if not (place.name or point or found):
        yield _Encoded(str(place), lang=place.lang)


def _plain(term: str, text: str) -> _Encoded:
    """Return a text with the scheme that it is of, among those that the term may have."""
    if term in _DATES and (encoded := _date(text)):
        return encoded
    if term == "language" and alpha3(text):
        return _Encoded(tag(text), "RFC3066")
    if term in ("format", "medium") and media_type(text) == text.lower():
        return _Encoded(text, "IMT")
    if term == "type" and text in DCMI_TYPES:
        return _Encoded(text, "DCMIType")
    found = identify(text).uri if term in _RESOURCES else uri(text)
    return _Encoded(found, "URI") if found else _Encoded(text)


def _date(text: str) -> _Encoded | None:
    """Return a date of W3CDTF, or a period that is bounded by such; nothing that is only about right."""
    if schema_date(text):
        return _Encoded(text, "W3CDTF")
    date = read_date(text)
    if not date.is_range or date.approximate or not all(schema_date(end) for end in (date.start, date.end) if end):
        return None
    name = text if any(char.islower() for char in text) else ""
    return _Encoded(_structured(name=name, start=date.start, end=date.end, scheme="W3C-DTF"), "Period")


def _structured(**components: str) -> str:
    """Return components in the DCSV syntax of DCMI."""
    told = {name: _SEPARATORS.sub(r"\\\g<0>", " ".join(value.split())) for name, value in components.items() if value}
    return " ".join(f"{name}={value};" for name, value in told.items())
