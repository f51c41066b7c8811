"""What an item says of one object: DCMI Metadata Terms, and the values they hold.

The terms and what each one is a refinement of are those of the DCMI Metadata Terms recommendation; ``dumb_down``
follows the dumb-down principle: a refinement is told as the element it refines, anything else is left out.
"""

import dataclasses
import datetime
import re
from collections.abc import Iterable, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from . import markup

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

#: Every DCMI metadata term, and the element it dumbs down to (``None``: simple Dublin Core cannot say it).
TERMS: dict[str, str | None] = {
    **{element: element for element in ELEMENTS},
    **{term: element for element, terms in _REFINEMENTS.items() for term in terms.split()},
    **dict.fromkeys(_WITHOUT_ELEMENT.split()),
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
    """A person: ``name``, or ``family`` and ``given``; ``birth`` and ``death`` as years or dates."""

    name: str = ""
    given: str = ""
    family: str = ""
    orcid: str = ""
    uri: str = ""
    affiliation: str = ""
    birth: str = ""
    death: str = ""

    def __str__(self) -> str:
        return self.name or ", ".join(part for part in (self.family, self.given) if part)


@dataclasses.dataclass(frozen=True)
class Organisation(Structured):
    """An organisation, with its identifiers where it has some."""

    name: str = ""
    ror: str = ""
    uri: str = ""

    def __str__(self) -> str:
        return self.name


@dataclasses.dataclass(frozen=True)
class Identifier(Structured):
    """An identifier of the resource (not of the record) in a ``scheme`` such as ``doi`` or ``isbn``."""

    value: str = ""
    scheme: str = ""

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Concept(Structured):
    """A term of a vocabulary."""

    label: str = ""
    uri: str = ""
    scheme: str = ""
    lang: str = ""

    def __str__(self) -> str:
        return self.label or self.uri


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

    Dates become ISO 8601, moments UTC in whole seconds; lists, sets, iterators and querysets are told one by one.
    """
    if isinstance(value, str):
        text = markup.clean(value).strip()
        if text:
            yield text
    elif isinstance(value, Structured):
        cleaned = dataclasses.replace(
            value, **{field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        )
        if isinstance(cleaned, Text | Concept):
            cleaned = dataclasses.replace(cleaned, lang=language_tag(cleaned.lang))
        if str(cleaned):
            yield cleaned
    elif isinstance(value, list | tuple | Iterator | KeysView | ValuesView | QuerySet):
        for one in value:
            yield from normalise(one)
    elif isinstance(value, set | frozenset):
        yield from sorted((one for member in value for one in normalise(member)), key=repr)
    else:
        text = plain(value)
        if text:
            yield text


def plain(value: Any) -> str:
    """Return ``value`` as one cleaned string; empty for ``None``."""
    if value is None:
        return ""
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
