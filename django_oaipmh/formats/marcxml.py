"""``marcxml``: MARC 21 bibliographic records in MARCXML (MARC 21 slim), by the Library of Congress.

The crosswalk is the Library of Congress's from Dublin Core to MARC 21, and where a value knows more than a string, the
MARC 21 Format for Bibliographic Data. Fields are in the order of their tags.
"""

import dataclasses
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..metadata import Citation, Concept, Degree, File, Funding, Metadata, Organisation, Person, Place, Structured
from ..standards.access_rights import access_right
from ..standards.coordinates import coordinates
from ..standards.dates import Date, read_date
from ..standards.languages import alpha3, tag
from ..standards.licences import creative_commons
from ..standards.media_types import media_type
from ..standards.resource_types import DCMI_TYPES
from ..standards.vocabularies import source_code
from .addresses import address, address_of, identified
from .agents import Agent, read_agent
from .base import MetadataFormat
from .citations import citations, isbn, issn, other_hosts
from .marc_control import fixed_data, leader
from .titles import split_title

if TYPE_CHECKING:
    from ..items import Description

Value = str | Structured

#: Subfields that say nothing without others: sources, roles, relationships, access.
_ASIDE = frozenset("247eiq")

#: Identifiers that have a first indicator of their own in field 024, and codes of those that are named in $2.
_STANDARD_NUMBERS = {"isrc": "0", "upc": "1", "ismn": "2", "ean": "3", "ean13": "3"}
_SOURCES = {"doi": "doi", "handle": "hdl", "urn": "urn", "ark": "ark", "local": "local", "isan": "isan"}

#: Notes that take a value as it is: term → tag, indicators.
_NOTES = {
    "accrualPeriodicity": ("310", "  "),
    "tableOfContents": ("505", "0 "),
    "audience": ("521", "  "),
    "educationLevel": ("521", "8 "),
    "mediator": ("521", "8 "),
    "abstract": ("520", "3 "),
    "instructionalMethod": ("500", "  "),
    "coverage": ("500", "  "),
    "provenance": ("561", "  "),
    "accrualPolicy": ("584", "  "),
    "version": ("250", "  "),
    "available": ("307", "8 "),
}

#: Linking entries: term → tag, indicators, relationship ($i).
_LINKS = {
    "isPartOf": ("773", "0 ", ""),
    "hasPart": ("774", "0 ", ""),
    "hasVersion": ("775", "08", "Has version"),
    "isVersionOf": ("775", "08", "Is version of"),
    "hasFormat": ("776", "08", "Has format"),
    "isFormatOf": ("776", "08", "Is format of"),
    "replaces": ("780", "00", ""),
    "isReplacedBy": ("785", "00", ""),
    "source": ("786", "0 ", ""),
    "relation": ("787", "0 ", ""),
    "conformsTo": ("787", "08", "Conforms to"),
    "isRequiredBy": ("787", "08", "Is required by"),
    "references": ("787", "08", "References"),
}

_NUMBER = re.compile(r"\d+", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Field:
    """A data field: tag, indicators, and (code, text) of its subfields."""

    tag: str
    ind1: str
    ind2: str
    subfields: tuple[tuple[str, str], ...]

    @property
    def says_something(self) -> bool:
        """Whether a subfield has more than a source or a role."""
        return any(code not in _ASIDE for code, _ in self.subfields)


_tag = attrgetter("tag")
_says_something = attrgetter("says_something")


def field(tag: str, indicators: str, *subfields: tuple[str, Any]) -> Field:
    """Return a field; white space in values is made single blanks, empty subfields are left out."""
    told = ((code, " ".join(str(value).split())) for code, value in subfields)
    return Field(tag, indicators[0], indicators[1], tuple((code, text) for code, text in told if text))


class MARCXML(MetadataFormat):
    """A MARC 21 bibliographic record."""

    prefix = "marcxml"
    namespace = "http://www.loc.gov/MARC21/slim"
    schema = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
    needs = ("title",)
    pure = True

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Add ``leader``, ``controlfields`` (tag, text) and ``datafields`` (``Field``)."""
        metadata = description.metadata
        return super().get_context(description) | {
            "leader": leader(metadata),
            "controlfields": (("001", description.identifier), ("008", fixed_data(metadata))),
            "datafields": sorted(dict.fromkeys(filter(_says_something, _fields(metadata))), key=_tag),
        }


def _fields(metadata: Metadata) -> Iterator[Field]:
    yield field("042", "  ", ("a", "dc"))
    for told in (
        _identifiers,
        _languages,
        _coded_dates,
        _names,
        _titles,
        _publication,
        _physical,
        _notes,
        _access,
        _subjects,
        _coverage,
        _types,
        _links,
        _holdings,
    ):
        yield from told(metadata)


# Identifiers and codes (01X-09X)


def _identifiers(metadata: Metadata) -> Iterator[Field]:
    for value in metadata.get("identifier", []):
        known = identified(value)
        said = getattr(value, "scheme", "").strip().lower()
        if known.scheme == "isbn":
            yield field("020", "  ", ("a", known.value.replace("-", "")))
        elif known.scheme == "issn":
            yield field("022", "  ", ("a", known.value))
        elif said == "isbn":
            yield field("020", "  ", ("z", known.value))
        elif said == "issn":
            yield field("022", "  ", ("y", known.value))
        elif known.scheme in _STANDARD_NUMBERS:
            yield field("024", f"{_STANDARD_NUMBERS[known.scheme]} ", ("a", known.value))
        elif known.scheme in _SOURCES:
            yield field("024", "7 ", ("a", known.value), ("2", _SOURCES[known.scheme]))
        elif known.scheme != "url":
            yield field("024", "8 ", ("a", known.value), ("q", known.scheme))
        yield field("856", f"{_method(known.url)}0", ("u", known.url), ("7", _access_status(metadata)))


def _languages(metadata: Metadata) -> Iterator[Field]:
    told = [str(value) for value in metadata.get("language", [])]
    codes = [code for value in told if (code := alpha3(value))]
    if len(codes) > 1:
        yield field("041", "  ", *(("a", code) for code in dict.fromkeys(codes)))
    tags = [tag(value) for value in told if tag(value) and (not alpha3(value) or "-" in tag(value))]
    if tags:
        yield field("041", " 7", *(("a", one) for one in dict.fromkeys(tags)), ("2", "rfc5646"))
    for value in told:
        if not alpha3(value) and not tag(value):
            yield field("546", "  ", ("a", value))


def _coded_dates(metadata: Metadata) -> Iterator[Field]:
    for term, first, last in (("created", "k", "l"), ("modified", "j", ""), ("valid", "m", "n")):
        for value in metadata.get(term, []):
            date = read_date(str(value))
            if date.is_range and last:
                yield field("046", "  ", (first, date.start), (last, date.end), ("2", "edtf"))
            elif date.single:
                yield field("046", "  ", (first, date.edtf), ("2", "edtf"))
    yield _periods([read_date(str(value)) for value in metadata.get("temporal", [])])


def _periods(dates: list[Date]) -> Field:
    """Return field 045, which is not repeated and holds one date, several dates, or one range."""
    single = [_period(date.single) for date in dates if date.single]
    if len(dates) == 1 and dates[0].start and dates[0].is_range:
        ends = (("b", _period(one)) for one in (dates[0].start, dates[0].end) if one)
        return field("045", "2 ", *ends)
    if len(single) < len(dates):
        return field("045", "  ")
    return field("045", f"{1 if len(single) > 1 else 0} ", *(("b", code) for code in single))


def _period(date: str) -> str:
    """Return a date as field 045 codes it: the era, the year, month and day."""
    digits = date.lstrip("-").partition("T")[0]
    if date.startswith("-"):
        return f"c{int(digits[:4]) + 1:04d}"
    return "c0001" if digits.startswith("0000") else "d" + digits.replace("-", "")


# Names (1XX, 7XX) and titles (24X)


def _main_name(metadata: Metadata) -> Value | None:
    """Return the first creator if it is known to be a person or an organisation."""
    first = next(iter(metadata.get("creator", [])), None)
    return first if isinstance(first, Person | Organisation) else None


def _names(metadata: Metadata) -> Iterator[Field]:
    main = _main_name(metadata)
    for term, role in (("creator", "cre"), ("contributor", "ctb")):
        for position, value in enumerate(metadata.get(term, [])):
            is_main = main is not None and term == "creator" and position == 0
            yield _name(read_agent(value, role), "1" if is_main else "7")


def _name(agent: Agent, block: str) -> Field:
    if not agent.kind:
        return field("720", "  ", ("a", agent.name), ("e", agent.role), ("4", agent.code))
    return field(
        f"{block}{'00' if agent.kind == 'person' else '10'}",
        _entry(agent),
        *_heading(agent),
        ("u", agent.affiliation),
        ("e", agent.role),
        ("4", agent.code),
        *_uris(agent),
    )


def _entry(agent: Agent) -> str:
    """Return the indicators of a name: a forename or surname first, or a name in direct order."""
    if agent.kind == "organisation":
        return "2 "
    return "1 " if agent.is_inverted else "0 "


def _heading(agent: Agent) -> tuple[tuple[str, str], ...]:
    return ("a", agent.name), ("d", agent.years)


def _uris(agent: Agent) -> Iterator[tuple[str, str]]:
    for known in agent.identifiers:
        yield "1", known.url
    yield _uri(agent.uri)


def _uri(uri: str) -> tuple[str, str]:
    """Return the subfield of a URI: $0 of an entry in an authority file, $1 of somebody or something itself."""
    return ("0" if source_code("", uri) else "1"), uri


def _titles(metadata: Metadata) -> Iterator[Field]:
    for position, value in enumerate(metadata.get("title", [])):
        title = split_title(value)
        subfields = ("a", f"{title.main} :" if title.rest else title.main), ("b", title.rest)
        if position == 0:
            yield field("245", f"{1 if _main_name(metadata) else 0}{title.nonfiling}", *subfields)
        else:
            parallel = getattr(value, "lang", "") not in ("", getattr(metadata["title"][0], "lang", ""))
            yield field("246", "31" if parallel else "33", *subfields)
    for value in metadata.get("alternative", []):
        yield field("246", "33", ("a", value))


# Publication and physical description (26X-3XX)


def _publication(metadata: Metadata) -> Iterator[Field]:
    publishers = metadata.get("publisher", [])
    dates = dict.fromkeys(str(value) for term in ("issued", "date") for value in metadata.get(term, []))
    if publishers or dates:
        yield field("264", " 1", *(("b", one) for one in publishers), *(("c", one) for one in dates))
    else:
        yield field("264", " 0", *(("c", one) for one in metadata.get("created", [])))
    yield field("264", " 4", *(("c", f"©{one}") for one in metadata.get("dateCopyrighted", [])))


def _physical(metadata: Metadata) -> Iterator[Field]:
    yield field("300", "  ", *(("a", one) for one in metadata.get("extent", [])))
    for value in metadata.get("medium", []):
        yield field("340", "  ", ("a", value))
    for value in metadata.get("format", []):
        if kind := media_type(str(value)):
            yield field("347", "  ", ("b", kind))
        else:
            yield field("340", "  ", ("a", value))


# Notes (5XX)


def _notes(metadata: Metadata) -> Iterator[Field]:
    for term, (number, indicators) in _NOTES.items():
        for value in metadata.get(term, []):
            yield field(number, indicators, ("a", value))
    for value in metadata.get("description", []):
        yield field("500" if metadata.get("abstract") else "520", "  ", ("a", value))
    for value in metadata.get("accrualMethod", []):
        yield field("541", "  ", ("c", value))
    for term, event in (("dateSubmitted", "Submitted"), ("dateAccepted", "Accepted")):
        for value in metadata.get(term, []):
            yield field("518", "  ", ("o", event), ("d", value))
    for value in metadata.get("degree", []):
        yield _degree(value, metadata)
    for value in metadata.get("bibliographicCitation", []):
        if not isinstance(value, Citation) or value.text:
            yield field("524", "  ", ("a", value))
    for value in metadata.get("isReferencedBy", []):
        yield field("510", "0 ", ("a", value), *((code, text) for code, text in _item(value) if code == "x"))
    for value in metadata.get("requires", []):
        yield field("538", "  ", ("a", value), ("u", address_of(value)))
    for value in metadata.get("funding", []):
        yield _funding(value)


def _degree(value: Value, metadata: Metadata) -> Field:
    if not isinstance(value, Degree):
        return field("502", "  ", ("b", value))
    dates = [read_date(str(one)).year for one in metadata.get("dateAccepted", [])]
    level = value.level if value.name else ""
    return field(
        "502",
        "  ",
        ("b", value),
        ("c", value.grantor),
        ("d", dates[0] if dates else ""),
        ("g", level),
        ("g", value.discipline),
    )


def _funding(value: Value) -> Field:
    if not isinstance(value, Funding):
        return field("536", "  ", ("a", value))
    return field("536", "  ", ("a", ", ".join(filter(None, (value.funder, value.title)))), ("c", value.award))


def _access(metadata: Metadata) -> Iterator[Field]:
    for value in metadata.get("accessRights", []):
        status = _status([value])
        terms = (("f", "Unrestricted online access"), ("2", "star")) if status == "0" else ()
        yield field("506", f"{status or ' '} ", ("a", value), *terms, ("u", address_of(value)))
    for term in ("license", "rights"):
        for value in metadata.get(term, []):
            url = address_of(value)
            label = "" if str(value) in (url, getattr(value, "uri", "")) else value
            yield field("540", "  ", ("a", label), *_licence(url), ("u", url))
    for value in metadata.get("rightsHolder", []):
        yield field("542", "  ", ("d", value))


def _status(values: list[Value]) -> str:
    """Return 0 for open access, 1 for anything less, nothing if it is not known."""
    right = access_right(values)
    return ("0" if right[1] == "open access" else "1") if right else ""


def _access_status(metadata: Metadata) -> str:
    return _status(metadata.get("accessRights", []))


def _licence(url: str) -> tuple[tuple[str, str], ...]:
    licence = creative_commons(url)
    return (("f", licence.name), ("2", "cc")) if licence and licence.name else ()


# Subjects (6XX)


def _subjects(metadata: Metadata) -> Iterator[Field]:
    for value in metadata.get("subject", []):
        if isinstance(value, Person | Organisation):
            agent = read_agent(value)
            number = "600" if agent.kind == "person" else "610"
            yield field(number, f"{_entry(agent)[0]}4", *_heading(agent), *_uris(agent))
        elif isinstance(value, Place):
            yield _place(value)
        elif isinstance(value, Concept) and (value.uri or value.scheme):
            yield _controlled("650", value, value.scheme)
        else:
            yield field("653", "  ", ("a", value))


def _controlled(number: str, value: Concept | Place, scheme: str = "") -> Field:
    """Return a term of a vocabulary; the second indicator or $2 says which."""
    code = source_code(scheme, value.uri)
    own = {"lcsh": "0", "mesh": "2"}.get(code) if number in ("650", "651") else None
    indicator = own or ("7" if code else "4")
    uri = address(value.uri)
    told = ("0", uri) if isinstance(value, Concept) else _uri(uri)
    return field(number, f" {indicator}", ("a", value), ("2", "" if own else code), told)


def _place(value: Place) -> Field:
    return _controlled("651", value) if value.name and value.uri else field("653", " 5", ("a", value))


def _coverage(metadata: Metadata) -> Iterator[Field]:
    for value in metadata.get("spatial", []):
        if isinstance(value, Place):
            if point := coordinates(value.latitude, value.longitude):
                north, west = (f"{float(degrees):+011.6f}" for degrees in point)
                yield field("034", "0 ", ("a", "a"), ("d", west), ("e", west), ("f", north), ("g", north))
            yield _place(value)
        else:
            yield field("653", " 5", ("a", value))
    for value in metadata.get("temporal", []):
        yield field("653", " 4", ("a", value))


def _types(metadata: Metadata) -> Iterator[Field]:
    for value in metadata.get("type", []):
        if isinstance(value, Concept):
            yield _controlled("655", value, value.scheme)
        else:
            is_dcmi = str(value) in DCMI_TYPES
            yield field("655", " 7" if is_dcmi else " 4", ("a", value), ("2", "dct" if is_dcmi else ""))


# Linking entries (76X-78X), holdings and access (841-88X)


def _links(metadata: Metadata) -> Iterator[Field]:
    for citation in citations(metadata):
        numbers = ("x", issn(citation)), ("z", isbn(citation))
        yield field("773", "0 ", ("t", citation.title), ("g", _part(citation)), *numbers)
    for term, (number, indicators, relationship) in _LINKS.items():
        for value in other_hosts(metadata) if term == "isPartOf" else metadata.get(term, []):
            yield field(number, indicators, ("i", relationship), *_item(value))


def _part(citation: Citation) -> str:
    """Return where in its host a part is: ``vol. 4, no. 2 (2021), pages 1-12``."""
    number = ", ".join(f"{word} {text}" for word, text in (("vol.", citation.volume), ("no.", citation.issue)) if text)
    dated = f"{number} ({citation.date})" if number and citation.date else number or citation.date
    pages = "-".join(dict.fromkeys(filter(None, (citation.first_page, citation.last_page))))
    return ", ".join(filter(None, (dated, f"pages {pages}" if pages else "")))


def _item(value: Value) -> Iterator[tuple[str, str]]:
    """Yield how a related resource is named: ISSN, ISBN, another identifier, or a title."""
    known = identified(value)
    if getattr(value, "uri", "") not in ("", str(value)):
        yield from (("t", str(value)), ("o", known.url))
    elif known.scheme == "issn":
        yield "x", known.value
    elif known.scheme == "isbn":
        yield "z", known.value.replace("-", "")
    elif known.scheme:
        yield "o", known.url or known.value
    else:
        yield "t", str(value)


def _holdings(metadata: Metadata) -> Iterator[Field]:
    for position, value in enumerate(metadata.get("dataProvider", [])):
        if position == 0:
            yield field("040", "  ", ("a", value))
        yield field("852", "  ", ("a", value))
    for value in metadata.get("file", []):
        file = value if isinstance(value, File) else File(str(value))
        url = address(file.url, "url")
        if url:
            yield field(
                "856",
                _method(url) + ("2" if file.use in ("thumbnail", "preview") else "0"),
                ("3", file.use),
                ("u", url),
                ("q", file.media_type),
                ("s", f"{file.size} bytes" if _NUMBER.fullmatch(file.size) else ""),
                ("y", file.label),
                ("7", "" if file.use else _access_status(metadata)),
            )


def _method(url: str) -> str:
    """Return how a file is got at, as field 856 codes it: by FTP or HTTP."""
    return "1" if url.lower().startswith("ftp:") else "4"
