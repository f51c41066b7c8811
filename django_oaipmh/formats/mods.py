"""``mods``: the Metadata Object Description Schema (MODS) 3.8, by the Library of Congress.

The crosswalk is the Library of Congress's from Dublin Core to MODS 3, and where a value knows more than a string, the
MODS User Guidelines.
"""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..metadata import (
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
)
from ..standards.coordinates import coordinates
from ..standards.dates import read_date
from ..standards.languages import alpha3, tag
from ..standards.media_types import media_type
from ..standards.resource_types import DCMI_TYPES, coar_code, dcmi_type
from ..standards.vocabularies import source_code
from .addresses import address, address_of, identified
from .agents import Agent, read_agent
from .base import MetadataFormat
from .citations import citations, isbn, issn, other_hosts
from .marc_control import level
from .titles import Title, split_title

if TYPE_CHECKING:
    from ..items import Description

Value = str | Structured

#: ``typeOfResource`` by what COAR calls the type, and by DCMI type.
_RESOURCE_BY_COAR = {
    "c_12cc": "cartographic",
    "c_12cd": "cartographic",
    "c_18cw": "notated music",
    "c_18cd": "sound recording-musical",
}
_RESOURCE_BY_DCMI = {
    "Collection": "mixed material",
    "Dataset": "software, multimedia",
    "Image": "still image",
    "InteractiveResource": "software, multimedia",
    "MovingImage": "moving image",
    "PhysicalObject": "three dimensional object",
    "Service": "software, multimedia",
    "Software": "software, multimedia",
    "Sound": "sound recording",
    "StillImage": "still image",
    "Text": "text",
}
_MANUSCRIPT = "c_0040"

#: Bibliographic level of MARC → ``issuance``.
_ISSUANCE = {"s": "serial", "i": "integrating resource"}

#: Dates: term → element, ``type``. The first that has a value is the key date.
_DATES = {
    "issued": ("dateIssued", ""),
    "created": ("dateCreated", ""),
    "date": ("dateOther", ""),
    "available": ("dateOther", "available"),
    "dateCopyrighted": ("copyrightDate", ""),
    "dateSubmitted": ("dateOther", "submitted"),
    "dateAccepted": ("dateOther", "accepted"),
    "valid": ("dateValid", ""),
    "modified": ("dateModified", ""),
}

#: Notes: term → ``type``.
_NOTES = {
    "accrualMethod": "accrual method",
    "accrualPolicy": "accrual policy",
    "provenance": "ownership",
    "instructionalMethod": "",
    "mediator": "",
}

#: Related items: term → ``type``, ``otherType``.
_RELATED = {
    "isPartOf": ("host", ""),
    "hasPart": ("constituent", ""),
    "hasVersion": ("otherVersion", ""),
    "isVersionOf": ("otherVersion", ""),
    "hasFormat": ("otherFormat", ""),
    "isFormatOf": ("otherFormat", ""),
    "replaces": ("preceding", ""),
    "isReplacedBy": ("succeeding", ""),
    "source": ("original", ""),
    "references": ("references", ""),
    "isReferencedBy": ("isReferencedBy", ""),
    "requires": ("", "requires"),
    "isRequiredBy": ("", "is required by"),
    "conformsTo": ("", "conforms to"),
    "relation": ("", ""),
}

#: Types of identifiers that MODS has another word for.
_IDENTIFIER_TYPES = {"handle": "hdl", "url": "uri"}

_ACCESS = {"": "raw object", "thumbnail": "preview", "preview": "preview"}


@dataclasses.dataclass(frozen=True)
class DateLine:
    """A date element: its name, text and attributes, which may be empty."""

    element: str
    text: str
    encoding: str = ""
    point: str = ""
    qualifier: str = ""
    type: str = ""
    key: bool = False


@dataclasses.dataclass(frozen=True)
class Named:
    """A name, and whether it is the first of the creators."""

    agent: Agent
    type: str
    display: str = ""
    primary: bool = False


@dataclasses.dataclass(frozen=True)
class Term:
    """A term of a vocabulary, or words."""

    text: str
    lang: str = ""
    authority: str = ""
    authority_uri: str = ""
    uri: str = ""


@dataclasses.dataclass(frozen=True)
class Subject:
    """What a resource is about: one of a topic, a place with or without coordinates, dates, or a name."""

    topic: Term | None = None
    geographic: Term | None = None
    coordinates: str = ""
    temporal: tuple[DateLine, ...] = ()
    name: Named | None = None

    @property
    def term(self) -> Term | None:
        """The topic or the place."""
        return self.topic or self.geographic

    @property
    def says_something(self) -> bool:
        """Whether it is more than half of a pair of coordinates."""
        return bool(self.term or self.coordinates or self.temporal or self.name)


@dataclasses.dataclass(frozen=True)
class Number:
    """An identifier and its type; ``invalid`` if its check digit is wrong."""

    value: str
    type: str = ""
    invalid: bool = False


@dataclasses.dataclass(frozen=True)
class Related:
    """A related item: title, identifiers, and the part of it that the resource is."""

    type: str
    other_type: str
    title: Text | None = None
    numbers: tuple[Number, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    first_page: str = ""
    last_page: str = ""
    dates: tuple[DateLine, ...] = ()

    @property
    def has_part(self) -> bool:
        """Whether it is known where in the related item the resource is."""
        return bool(self.details or self.first_page or self.last_page or self.dates)


@dataclasses.dataclass(frozen=True)
class Note:
    """Words of a type, and where they lead."""

    text: str
    type: str = ""
    lang: str = ""
    uri: str = ""


@dataclasses.dataclass(frozen=True)
class Address:
    """A URL, and what is behind it."""

    url: str
    access: str = ""
    label: str = ""
    primary: bool = False


class MODS(MetadataFormat):
    """MODS 3.8."""

    prefix = "mods"
    namespace = "http://www.loc.gov/mods/v3"
    schema = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
    needs = ("title",)
    pure = True

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Add one list for each element of MODS."""
        metadata = description.metadata
        return super().get_context(description) | {
            "titles": tuple(_titles(metadata)),
            "alternatives": _texts(metadata, "alternative"),
            "names": tuple(_names(metadata)),
            "resource_type": _resource_type(metadata),
            "is_collection": dcmi_type(metadata.get("type", [])) == "Collection",
            "is_manuscript": coar_code(metadata.get("type", [])) == _MANUSCRIPT,
            "genres": tuple(_genre(value) for value in metadata.get("type", [])),
            "origin": _origin(metadata),
            "languages": tuple(_languages(metadata)),
            "physical": _physical(metadata),
            "abstracts": _texts(metadata, "abstract") or _texts(metadata, "description"),
            "contents": _texts(metadata, "tableOfContents"),
            "audiences": _texts(metadata, "audience", "educationLevel"),
            "notes": tuple(_notes(metadata)),
            "subjects": tuple(one for one in _subjects(metadata) if one.says_something),
            "related": tuple(_related(metadata)),
            "numbers": tuple(_number(value) for value in metadata.get("identifier", [])),
            "holders": _texts(metadata, "dataProvider"),
            "addresses": tuple(_addresses(metadata)),
            "conditions": tuple(_conditions(metadata)),
        }


def _text(value: Value) -> Text:
    return Text(str(value), getattr(value, "lang", ""))


def _texts(metadata: Metadata, *terms: str) -> tuple[Text, ...]:
    return tuple(_text(value) for term in terms for value in metadata.get(term, []))


def _term(value: Value) -> Term:
    uri, scheme = getattr(value, "uri", ""), getattr(value, "scheme", "")
    return Term(
        str(value),
        getattr(value, "lang", ""),
        source_code(scheme, uri) if isinstance(value, Concept | Place) else "",
        address(scheme, "url"),
        address(uri),
    )


def _titles(metadata: Metadata) -> Iterator[tuple[Title, str, str]]:
    """Yield each title with its language and ``type``."""
    texts = _texts(metadata, "title")
    for position, text in enumerate(texts):
        kind = "translated" if text.lang not in ("", texts[0].lang) else "alternative"
        yield split_title(text), text.lang, kind if position else ""


# Names


def _names(metadata: Metadata) -> Iterator[Named]:
    for term, role in (("creator", "cre"), ("contributor", "ctb"), ("rightsHolder", "cph")):
        for position, value in enumerate(metadata.get(term, [])):
            yield _named(value, role, primary=term == "creator" and position == 0)
    for value in metadata.get("funding", []):
        if isinstance(value, Funding) and value.funder:
            yield _named(Organisation(value.funder, uri=value.funder_uri), "fnd")
    for value in metadata.get("degree", []):
        if isinstance(value, Degree) and value.grantor:
            yield _named(Organisation(value.grantor), "dgg")


def _named(value: Value, role: str = "", *, primary: bool = False) -> Named:
    agent = read_agent(value, role)
    kind = {"person": "personal", "organisation": "corporate"}.get(agent.kind, "")
    display = value.name if isinstance(value, Person) and agent.family else ""
    return Named(agent, kind, display, primary)


# Type, origin, language, form


def _resource_type(metadata: Metadata) -> str:
    coar = coar_code(metadata.get("type", []))
    if coar == _MANUSCRIPT:
        return "text"
    return _RESOURCE_BY_COAR.get(coar) or _RESOURCE_BY_DCMI.get(dcmi_type(metadata.get("type", [])), "")


def _genre(value: Value) -> Term:
    if str(value) in DCMI_TYPES and not getattr(value, "uri", ""):
        return Term(str(value), authority="dct")
    return _term(value)


def _origin(metadata: Metadata) -> dict[str, Any]:
    """Return what ``originInfo`` holds; empty if it is nothing."""
    told = {
        "publishers": tuple(_publisher(value) for value in metadata.get("publisher", [])),
        "dates": tuple(_origin_dates(metadata)),
        "editions": _texts(metadata, "version"),
        "issuance": _ISSUANCE.get(level(metadata), ""),
        "frequencies": _texts(metadata, "accrualPeriodicity"),
    }
    return told if any(told.values()) else {}


def _publisher(value: Value) -> Term:
    agent = read_agent(value)
    uris = [known.url for known in agent.identifiers] + [agent.uri]
    return Term(str(value), getattr(value, "lang", ""), uri=uris[0])


def _origin_dates(metadata: Metadata) -> Iterator[DateLine]:
    key = next((term for term in _DATES if metadata.get(term)), "")
    for term, (element, kind) in _DATES.items():
        for position, value in enumerate(metadata.get(term, [])):
            lines = _date(str(value), element, kind)
            if term == key and position == 0:
                yield dataclasses.replace(lines[0], key=True)
                lines = lines[1:]
            yield from lines


def _date(text: str, element: str = "", kind: str = "") -> tuple[DateLine, ...]:
    """Return a date as one element, or a range as two, in W3CDTF or EDTF; what cannot be read in words."""
    date = read_date(text)
    qualifier = "approximate" if date.approximate else ""
    if date.single:
        return (DateLine(element, date.single, _encoding(date.single), "", qualifier, kind),)
    if not date.start and not date.end:
        return (DateLine(element, text, type=kind),)
    if "/" in date.edtf:
        ends = (("start", date.start), ("end", date.end))
        return tuple(DateLine(element, end, _encoding(end), point, qualifier, kind) for point, end in ends if end)
    return (DateLine(element, date.edtf, "edtf", type=kind),)


def _encoding(written: str) -> str:
    """Return by which standard a date is written: W3CDTF has no years before 0 and no local times."""
    return "w3cdtf" if read_date(written).w3cdtf == written else "edtf"


def _languages(metadata: Metadata) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the codes of each language: text, authority; words have none."""
    for value in metadata.get("language", []):
        code, subtags = alpha3(str(value)), tag(str(value))
        told = [(code, "iso639-2b")] if code else []
        if subtags and (not code or "-" in subtags):
            told.append((subtags, "rfc5646"))
        yield tuple(told) or ((str(value), ""),)


def _physical(metadata: Metadata) -> dict[str, Any]:
    """Return what ``physicalDescription`` holds; empty if it is nothing."""
    formats = metadata.get("format", [])
    files = [file.media_type for file in metadata.get("file", []) if isinstance(file, File) and not file.use]
    media = filter(None, (media_type(str(one)) for one in (*formats, *files)))
    others = tuple(_term(one) for one in formats if not media_type(str(one)))
    told = {
        "forms": tuple(_term(one) for one in metadata.get("medium", [])) + others,
        "media": tuple(dict.fromkeys(media)),
        "extents": _texts(metadata, "extent"),
    }
    return told if any(told.values()) else {}


# Notes and conditions


def _notes(metadata: Metadata) -> Iterator[Note]:
    if metadata.get("abstract"):
        yield from (Note(one.value, "", one.lang) for one in _texts(metadata, "description"))
    for term, kind in _NOTES.items():
        yield from (Note(one.value, kind, one.lang) for one in _texts(metadata, term))
    for value in metadata.get("bibliographicCitation", []):
        if not isinstance(value, Citation) or value.text:
            yield Note(str(value), "preferred citation")
    for value in metadata.get("degree", []):
        yield Note(_degree(value), "thesis")
    for value in metadata.get("funding", []):
        yield Note(str(value), "funding", uri=address(getattr(value, "uri", "")))


def _degree(value: Value) -> str:
    if not isinstance(value, Degree):
        return str(value)
    return ", ".join(dict.fromkeys(filter(None, (value.name, value.level, value.discipline, value.grantor))))


def _conditions(metadata: Metadata) -> Iterator[Note]:
    kinds = (
        ("accessRights", "restriction on access"),
        *((term, "use and reproduction") for term in ("license", "rights")),
    )
    for term, kind in kinds:
        for value in metadata.get(term, []):
            yield Note(str(value), kind, getattr(value, "lang", ""), address_of(value))


# Subjects


def _subjects(metadata: Metadata) -> Iterator[Subject]:
    for value in metadata.get("subject", []):
        if isinstance(value, Person | Organisation):
            yield Subject(name=_named(value))
        elif isinstance(value, Place):
            yield _place(value)
        else:
            yield Subject(topic=_term(value))
    for value in metadata.get("spatial", []):
        yield _place(value)
    for value in metadata.get("temporal", []):
        yield Subject(temporal=_date(str(value)))
    for value in metadata.get("coverage", []):
        yield Subject(temporal=_date(str(value))) if read_date(str(value)).edtf else _place(value)


def _place(value: Value) -> Subject:
    if not isinstance(value, Place):
        return Subject(geographic=_term(value))
    point = coordinates(value.latitude, value.longitude)
    return Subject(
        geographic=_term(value) if value.name or value.uri else None, coordinates=", ".join(point) if point else ""
    )


# Related items, identifiers, locations


def _related(metadata: Metadata) -> Iterator[Related]:
    for citation in citations(metadata):
        yield _host(citation)
    for term, (kind, other) in _RELATED.items():
        for value in other_hosts(metadata) if term == "isPartOf" else metadata.get(term, []):
            yield _item(value, kind, other)


def _host(citation: Citation) -> Related:
    numbers = (Number(issn(citation), "issn"), Number(isbn(citation), "isbn"))
    details = (("volume", citation.volume), ("issue", citation.issue))
    return Related(
        "host",
        "",
        Text(citation.title) if citation.title else None,
        tuple(one for one in numbers if one.value),
        tuple(one for one in details if one[1]),
        citation.first_page,
        citation.last_page,
        _date(citation.date) if citation.date else (),
    )


def _item(value: Value, kind: str, other: str) -> Related:
    number = _number(value)
    if getattr(value, "uri", "") not in ("", str(value)):
        return Related(kind, other, _text(value), (number,) if number.type else ())
    if number.type or isinstance(value, Identifier):
        return Related(kind, other, numbers=(number,))
    return Related(kind, other, _text(value))


def _number(value: Value) -> Number:
    said = value.scheme if isinstance(value, Identifier) else ""
    known = identified(value)
    if not known.scheme and said:
        kind = said.strip().lower()
        return Number(known.value, kind, invalid=kind in ("isbn", "issn"))
    return Number(known.value, _IDENTIFIER_TYPES.get(known.scheme, known.scheme))


def _addresses(metadata: Metadata) -> Iterator[Address]:
    told = [address_of(value) for value in metadata.get("identifier", [])]
    for position, url in enumerate(dict.fromkeys(filter(None, told))):
        yield Address(url, "object in context", primary=position == 0)
    for value in metadata.get("file", []):
        file = value if isinstance(value, File) else File(str(value))
        url = address(file.url, "url")
        if url:
            yield Address(url, _ACCESS.get(file.use, ""), file.label)
