"""What an item says of one object: DCMI Metadata Terms (and a few more), and the values they hold.

The terms and what each one is a refinement of are those of the DCMI Metadata Terms recommendation; ``dumb_down``
follows the dumb-down principle: a refinement is told as the element it refines, anything else is left out.
"""

import dataclasses
import datetime
import inspect
import re
from collections.abc import Iterable, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.db.models.manager import BaseManager

from . import markup
from .rendering import absolute_url

if TYPE_CHECKING:
    from .sources import Of

#: The fifteen elements of simple Dublin Core, in the order of their schema.
ELEMENTS = (
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
)

_REFINEMENTS = {
    "title": "alternative",
    "description": "abstract tableOfContents",
    "date": "available created dateAccepted dateCopyrighted dateSubmitted issued modified valid",
    "format": "extent medium",
    "identifier": "bibliographicCitation",
    "relation": "conformsTo hasFormat hasPart hasVersion isFormatOf isPartOf isReferencedBy isReplacedBy isRequiredBy "
    "isVersionOf references replaces requires",
    "coverage": "spatial temporal",
    "rights": "accessRights license",
}
_WITHOUT_ELEMENT = (
    "accrualMethod accrualPeriodicity accrualPolicy audience educationLevel instructionalMethod mediator provenance "
    "rightsHolder"
)

#: What DCMI has no term for and richer formats ask for.
OWN_TERMS = {
    "dataProvider": "the institution that holds the object and answers for its description",
    "degree": "the degree that a thesis was written for: Degree",
    "file": "a file of the resource: File",
    "funding": "what paid for the work: Funding",
    "version": "the version of the resource",
}

#: Every term, and the element it dumbs down to (``None``: simple Dublin Core cannot say it).
TERMS: dict[str, str | None] = {
    **{element: element for element in ELEMENTS},
    **{term: element for element, terms in _REFINEMENTS.items() for term in terms.split()},
    **dict.fromkeys(_WITHOUT_ELEMENT.split()),
    **dict.fromkeys(OWN_TERMS),
}

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


@dataclasses.dataclass(frozen=True)
class Structured:
    """A value that knows more than its plain string. ``str()`` gives the plain string."""

    @classmethod
    def of(
        cls, relation: str = "", /, *, where: Any = None, order_by: str | Iterable[str] = (), **fields: Any
    ) -> "Of":
        """Declare one value for each object of ``relation`` (a path; left out: the object itself).

        Args:
            relation: a path in Django's spelling that ends in a relation.
            where: a ``Q`` that the related rows meet, spelled from the item's model.
            order_by: paths to sort by, spelled from the item's model; a leading ``-`` reverses.
            fields: the value's fields, each a source read from the related object.
        """
        from .sources import Of

        return Of(cls, relation, where, (order_by,) if isinstance(order_by, str) else tuple(order_by), fields)


@dataclasses.dataclass(frozen=True)
class Text(Structured):
    """Words in a language (``lang``: a BCP 47 tag)."""

    value: str = ""
    lang: str = ""

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Person(Structured):
    """A person: ``name``, or ``family`` and ``given``.

    ``orcid`` and ``affiliation_uri`` (a ROR) come with or without their resolver, ``birth`` and ``death`` as years or
    dates, ``role`` as a MARC relator: its code or its English term.
    """

    name: str = ""
    given: str = ""
    family: str = ""
    orcid: str = ""
    uri: str = ""
    affiliation: str = ""
    affiliation_uri: str = ""
    birth: str = ""
    death: str = ""
    role: str = ""

    def __str__(self) -> str:
        return self.name or ", ".join(part for part in (self.family, self.given) if part)


@dataclasses.dataclass(frozen=True)
class Organisation(Structured):
    """An organisation, with its identifiers where it has some; ``role`` as that of a person."""

    name: str = ""
    ror: str = ""
    uri: str = ""
    role: str = ""

    def __str__(self) -> str:
        return self.name


@dataclasses.dataclass(frozen=True)
class Identifier(Structured):
    """An identifier of a resource (not of the record) in a ``scheme`` such as ``doi`` or ``isbn``."""

    value: str = ""
    scheme: str = ""

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Concept(Structured):
    """A term of a vocabulary (``scheme``: its name or URI); a licence or a type, too, if it has a URI."""

    label: str = ""
    uri: str = ""
    scheme: str = ""
    lang: str = ""

    def __str__(self) -> str:
        return self.label or self.uri


@dataclasses.dataclass(frozen=True)
class Place(Structured):
    """A place; ``latitude`` and ``longitude`` in decimal degrees, WGS 84."""

    name: str = ""
    uri: str = ""
    latitude: str = ""
    longitude: str = ""
    lang: str = ""

    def __str__(self) -> str:
        return self.name or self.uri or ", ".join(part for part in (self.latitude, self.longitude) if part)


@dataclasses.dataclass(frozen=True)
class Citation(Structured):
    """Where a resource appeared: ``title`` of the journal, book or series, and the place in it.

    ``text`` is the citation in words; left out, it is put together from the rest.
    """

    text: str = ""
    title: str = ""
    volume: str = ""
    issue: str = ""
    first_page: str = ""
    last_page: str = ""
    issn: str = ""
    isbn: str = ""
    date: str = ""

    def __str__(self) -> str:
        if self.text or not self.title:
            return self.text
        number = f"{self.volume}({self.issue})" if self.volume and self.issue else self.volume or self.issue
        pages = "–".join(dict.fromkeys(page for page in (self.first_page, self.last_page) if page))
        year = f"({self.date})" if self.date else ""
        return ", ".join([" ".join(part for part in (self.title, number, year) if part), *([pages] if pages else [])])


@dataclasses.dataclass(frozen=True)
class File(Structured):
    """A file of the resource.

    ``media_type`` as IANA registers it; ``size`` in bytes; ``checksum_type`` such as ``SHA-256``; ``use`` is empty for
    the resource itself, or ``thumbnail``, ``preview``, ``text`` or another word.
    """

    url: str = ""
    media_type: str = ""
    size: str = ""
    checksum: str = ""
    checksum_type: str = ""
    label: str = ""
    use: str = ""

    def __str__(self) -> str:
        return self.url


@dataclasses.dataclass(frozen=True)
class Funding(Structured):
    """What paid for the work: a funder, and the number, title and URI of its award."""

    funder: str = ""
    funder_uri: str = ""
    award: str = ""
    title: str = ""
    uri: str = ""

    def __str__(self) -> str:
        return ", ".join(part for part in (self.funder, self.title, self.award) if part)


@dataclasses.dataclass(frozen=True)
class Degree(Structured):
    """The degree that a thesis was written for."""

    name: str = ""
    level: str = ""
    discipline: str = ""
    grantor: str = ""

    def __str__(self) -> str:
        return self.name or self.level


class Undecodable(ValueError):
    """Bytes where words are wanted, and in another encoding than UTF-8."""


class Metadata(dict[str, list[str | Structured]]):
    """Term → values; values are plain strings or structured, cleaned, never empty."""

    def dumb_down(self) -> dict[str, list[Text]]:
        """Return the same in simple Dublin Core: element → texts, in the order of the elements."""
        simple: dict[str, list[Text]] = {element: [] for element in ELEMENTS}
        for term, values in self.items():
            element = TERMS[term]
            if element is not None:
                simple[element] += [Text(str(value), getattr(value, "lang", "")) for value in values]
        return {element: list(dict.fromkeys(values)) for element, values in simple.items() if values}


def normalise(value: Any) -> Iterator[str | Structured]:
    """Yield the values that ``value`` stands for: cleaned strings and structured values, no empty ones.

    Dates become ISO 8601, moments UTC in whole seconds, files their URL, bytes the text that they are in UTF-8. Lists,
    sets, iterators, querysets and managers of related objects are told one by one, methods are called.

    Raises:
        Undecodable: bytes are not UTF-8.
    """
    if isinstance(value, str):
        text = markup.clean(value).strip()
        if text:
            yield text
    elif isinstance(value, Structured):
        cleaned = dataclasses.replace(
            value, **{field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        )
        if isinstance(cleaned, Text | Concept | Place):
            cleaned = dataclasses.replace(cleaned, lang=language_tag(cleaned.lang))
        if str(cleaned):
            yield cleaned
    elif isinstance(value, list | tuple | Iterator | KeysView | ValuesView | QuerySet):
        for one in value:
            yield from normalise(one)
    elif isinstance(value, set | frozenset):
        yield from sorted((one for member in value for one in normalise(member)), key=repr)
    elif isinstance(value, BaseManager):
        yield from normalise(_rows(value))
    elif inspect.isroutine(value):
        yield from normalise(value())
    else:
        text = plain(value)
        if text:
            yield text


def _rows(manager: BaseManager[Any]) -> QuerySet[Any]:
    """Return all objects of ``manager`` in a fixed order; as they are if they were read ahead."""
    rows = manager.all()
    return rows if rows.ordered or rows._result_cache is not None else rows.order_by("pk")


def plain(value: Any) -> str:
    """Return ``value`` as one cleaned string; empty for ``None``.

    Raises:
        Undecodable: bytes are not UTF-8.
    """
    if value is None:
        return ""
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            value = bytes(value).decode()
        except UnicodeDecodeError as error:
            raise Undecodable(str(error)) from error
    if isinstance(value, FieldFile):
        return absolute_url(value.url) if value else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return value.isoformat(timespec="seconds")
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return markup.clean(str(value)).strip()


def language_tag(value: str) -> str:
    """Return ``value`` as a BCP 47 tag (``pt_BR`` → ``pt-BR``), or nothing if it cannot be one."""
    tag = value.replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""
