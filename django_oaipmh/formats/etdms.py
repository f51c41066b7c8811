"""``etdms``: the Electronic Theses and Dissertations Metadata Standard (ETD-MS) 1.1 of NDLTD.

Its elements are those of Dublin Core, in the order of its schema, and the degree.
"""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ..metadata import Concept, Degree, File, Metadata, Structured
from ..standards.access_rights import access_right
from ..standards.dates import schema_date
from ..standards.identifiers import uri
from ..standards.languages import alpha3
from ..standards.resource_types import coar_type, is_thesis
from .addresses import address_of, identified
from .agents import read_agent
from .base import MetadataFormat

if TYPE_CHECKING:
    from ..items import Description

#: What the standard recommends as one of the types of every record.
THESIS = "Electronic Thesis or Dissertation"


@dataclasses.dataclass(frozen=True)
class Element:
    """An element with the attributes of the standard.

    Attributes:
        name: ``dc:title``, for example.
        value: its text.
        lang: the language of the text.
        role: what a contributor did, or what kind of description it is.
        scheme: the name of the vocabulary.
        resource: the URI of the person, organisation or concept.
    """

    name: str
    value: str
    lang: str = ""
    role: str = ""
    scheme: str = ""
    resource: str = ""


class ETDMS(MetadataFormat):
    """ETD-MS 1.1; only objects that are theses are in it."""

    prefix = "etdms"
    namespace = "http://www.ndltd.org/standards/metadata/etdms/1.1/"
    schema = "http://www.ndltd.org/standards/metadata/etdms/1.1/etdms11.xsd"
    needs = ("title", "creator", "subject", "identifier")
    pure = True

    def missing(self, description: "Description") -> list[str]:
        """Add that the object is no thesis, or that it has no date."""
        reasons = super().missing(description)
        if not (description.metadata.get("degree") or is_thesis(description.metadata.get("type", ()))):
            reasons.append(_("It is not a thesis: there is no degree, and no type that says so."))
        if not _date(description.metadata):
            reasons.append(_("There is no date of publication or acceptance that can be told as W3CDTF."))
        return reasons

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Add the ``elements``, the ``degrees`` and the ``schema``."""
        return super().get_context(description) | {
            "schema": self.schema,
            "elements": tuple(dict.fromkeys(_elements(description.metadata))),
            "degrees": _degrees(description.metadata),
        }


def _elements(metadata: Metadata) -> Iterator[Element]:
    """Yield the elements in the order of the schema."""
    yield from _words(metadata, "dc:title", "title")
    yield from _words(metadata, "dcterms:alternative", "alternative")
    yield from _agents(metadata, "creator")
    for value in metadata.get("subject", ()):
        yield _subject(value)
    yield from _words(metadata, "dc:description", "abstract", role="abstract")
    yield from _words(metadata, "dc:description", "description", "tableOfContents")
    yield from _agents(metadata, "publisher")
    yield from _agents(metadata, "contributor")
    yield Element("dc:date", _date(metadata))
    yield Element("dc:type", THESIS)
    yield from (one for one in _words(metadata, "dc:type", "type") if one.value != THESIS)
    yield from _words(metadata, "dc:format", "format", "extent", "medium")
    yield from _identifiers(metadata)
    for value in metadata.get("language", ()):
        if language := alpha3(str(value), bibliographic=False):
            yield Element("dc:language", language)
    yield from _words(metadata, "dc:coverage", "coverage", "spatial", "temporal")
    yield from _rights(metadata)


def _words(metadata: Metadata, name: str, *terms: str, role: str = "") -> Iterator[Element]:
    for term in terms:
        for value in metadata.get(term, ()):
            yield Element(name, str(value), lang=getattr(value, "lang", ""), role=role)


#: How the standard calls those whom MARC calls by these codes.
_ROLES = {"ths": "advisor", "dgs": "advisor", "dgc": "committee member"}


def _agents(metadata: Metadata, term: str) -> Iterator[Element]:
    for value in metadata.get(term, ()):
        agent = read_agent(value)
        role = _ROLES.get(agent.code, agent.role) if term == "contributor" else ""
        resource = next((known.url for known in agent.identifiers if known.url), agent.uri)
        yield Element(f"dc:{term}", agent.name, getattr(value, "lang", ""), role, resource=resource)


def _subject(value: str | Structured) -> Element:
    if isinstance(value, Concept):
        return Element("dc:subject", str(value), value.lang, scheme=value.scheme, resource=uri(value.uri))
    return Element("dc:subject", str(value), getattr(value, "lang", ""))


def _identifiers(metadata: Metadata) -> Iterator[Element]:
    """Yield the thesis's identifiers, as URIs where they are some, and where its files are."""
    for value in metadata.get("identifier", ()):
        yield Element("dc:identifier", identified(value).uri or str(value))
    for value in metadata.get("file", ()):
        url = address_of(value)
        if url and not (isinstance(value, File) and value.use):
            yield Element("dc:identifier", url)


#: Where the date that stands on the title page is looked for: there is exactly one.
_DATES = ("issued", "dateAccepted", "date", "dateSubmitted", "created", "dateCopyrighted", "available")


def _date(metadata: Metadata) -> str:
    """Return the date of the thesis: a year, month or day."""
    values = (schema_date(str(value)) for term in _DATES for value in metadata.get(term, ()))
    return next((value[:10] for value in values if value), "")


#: The standard's levels of access, of those of COAR's access rights that are one of them.
_ACCESS = {"c_abf2": "2", "c_16ec": "1", "c_14cb": "0"}


def _rights(metadata: Metadata) -> Iterator[Element]:
    """Yield who has access as the standard's level, then all rights in words, and the URI of a licence."""
    if access := access_right(metadata.get("accessRights", ())):
        level = _ACCESS.get(access[0].rpartition("/")[2])
        if level:
            yield Element("dc:rights", level)
    yield from _words(metadata, "dc:rights", "rights", "accessRights", "license")
    for value in metadata.get("license", ()):
        if isinstance(value, Concept) and (found := uri(value.uri)):
            yield Element("dc:rights", found)


#: Words for the three levels of degrees, without dots and apostrophes, and the names that COAR has for theses.
_LEVELS = {
    **dict.fromkeys(("0", "undergraduate", "bachelor", "bachelors", "honours", "premasters", "bachelor thesis"), "0"),
    **dict.fromkeys(("1", "master", "masters", "magister", "graduate", "predoctoral", "master thesis"), "1"),
    **dict.fromkeys(("2", "doctoral", "doctor", "doctorate", "phd", "postdoctoral", "doctoral thesis"), "2"),
}


def _level(words: str) -> str:
    """Return the level that words such as ``Doctoral degree`` say; empty: it cannot be told."""
    cleaned = "".join(char for char in words.casefold() if char.isalnum() or char.isspace())
    return _LEVELS.get(cleaned.strip()) or _LEVELS.get(next(iter(cleaned.split()), ""), "")


def _degrees(metadata: Metadata) -> tuple[Degree, ...]:
    """Return the degrees, with the level as the standard's number or nothing."""
    kind = coar_type(metadata.get("type", ()))
    implied = _LEVELS.get(kind[1], "") if kind else ""
    degrees = [one if isinstance(one, Degree) else Degree(str(one)) for one in metadata.get("degree", ())]
    told = [dataclasses.replace(one, level=_level(one.level) if one.level else implied) for one in degrees]
    return tuple(one for one in told if any(dataclasses.astuple(one)))
