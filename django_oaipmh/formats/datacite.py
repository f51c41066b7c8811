"""``datacite``: the DataCite Metadata Schema, kernel 4.7, of DataCite.

The crosswalk follows DataCite's own mapping to DCMI Metadata Terms, read the other way round.
"""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from ..metadata import Citation, Concept, File, Funding, Metadata, Place
from ..standards import relators
from ..standards.access_rights import access_right
from ..standards.coordinates import coordinates
from ..standards.dates import Date, read_date
from ..standards.identifiers import Known, identify, uri
from ..standards.languages import tag
from ..standards.licences import spdx
from ..standards.resource_types import coar_type, datacite_type
from .addresses import identified
from .agents import read_agent
from .base import MetadataFormat

if TYPE_CHECKING:
    from ..items import Description


@dataclasses.dataclass(frozen=True)
class AgentIdentifier:
    """An identifier of a person or an organisation: with and without its resolver, its scheme and the scheme's URI."""

    value: str
    url: str
    scheme: str
    scheme_uri: str


@dataclasses.dataclass(frozen=True)
class Agent:
    """A creator, contributor, publisher or an affiliation. ``name_type``: Personal, Organizational or not known."""

    name: str
    name_type: str = ""
    given: str = ""
    family: str = ""
    lang: str = ""
    identifiers: tuple[AgentIdentifier, ...] = ()
    affiliation: "Agent | None" = None
    role: str = ""

    @property
    def identifier(self) -> AgentIdentifier | None:
        """The first identifier."""
        return self.identifiers[0] if self.identifiers else None


@dataclasses.dataclass(frozen=True)
class Words:
    """A title, description or another text of a type, perhaps in a language, perhaps with a URI."""

    value: str
    type: str = ""
    lang: str = ""
    uri: str = ""


@dataclasses.dataclass(frozen=True)
class Subject:
    """A subject, and the vocabulary that it is from."""

    value: str
    scheme: str
    scheme_uri: str
    uri: str
    lang: str


@dataclasses.dataclass(frozen=True)
class Event:
    """A date or range of dates, and how it was said if that was not the same."""

    type: str
    value: str
    information: str


@dataclasses.dataclass(frozen=True)
class Related:
    """A related resource: its identifier, or what is known of it in words."""

    relation: str
    information: str = ""
    identifier: str = ""
    identifier_type: str = ""
    type: str = "Other"
    title: str = ""
    lang: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    first_page: str = ""
    last_page: str = ""


@dataclasses.dataclass(frozen=True)
class Location:
    """A place: its name, its point, or both."""

    place: str
    latitude: str
    longitude: str


@dataclasses.dataclass(frozen=True)
class Award:
    """What paid for the resource."""

    funder: str
    funder_identifier: str
    funder_identifier_type: str
    number: str
    uri: str
    title: str


#: How DataCite calls the schemes of identifiers.
IDENTIFIER_TYPES = (
    *("ARK", "arXiv", "bibcode", "CSTR", "DOI", "EAN13", "EISSN", "Handle", "IGSN", "ISBN", "ISSN", "ISTC", "LISSN"),
    *("LSID", "PMID", "PURL", "RAiD", "RRID", "SWHID", "UPC", "URL", "URN", "w3id"),
)
_IDENTIFIER_TYPES = {one.lower(): one for one in IDENTIFIER_TYPES}

#: Schemes of identifiers of people and organisations → as DataCite calls them, and their URIs.
_AGENT_SCHEMES = {
    "orcid": ("ORCID", "https://orcid.org/"),
    "isni": ("ISNI", "https://isni.org/"),
    "ror": ("ROR", "https://ror.org/"),
}
_AUTHORITIES = {
    "viaf.org/viaf/": ("VIAF", "https://viaf.org/"),
    "d-nb.info/gnd/": ("GND", "https://d-nb.info/gnd/"),
    "www.wikidata.org/": ("Wikidata", "https://www.wikidata.org/"),
    "id.loc.gov/authorities/names/": ("LCNAF", "http://id.loc.gov/authorities/names/"),
}

#: Kinds of names → nameType.
_NAME_TYPES = {"person": "Personal", "organisation": "Organizational"}

#: Codes of MARC relators → contributorType.
_CONTRIBUTOR_TYPES = {
    **dict.fromkeys(("edt", "edc", "edd", "edm"), "Editor"),
    **dict.fromkeys(("ths", "dgs"), "Supervisor"),
    **dict.fromkeys(("his", "rps", "prv"), "HostingInstitution"),
    **dict.fromkeys(("pro", "prn", "fmp", "rpc", "tlp"), "Producer"),
    **dict.fromkeys(("dst", "fds"), "Distributor"),
    **dict.fromkeys(("cph", "cpc"), "RightsHolder"),
    **dict.fromkeys(("spn", "fnd"), "Sponsor"),
    **dict.fromkeys(("pdr", "rth"), "ProjectLeader"),
    "dtc": "DataCollector",
    "dtm": "DataManager",
    "mdc": "ContactPerson",
    "res": "Researcher",
    "rtm": "ProjectMember",
    "trl": "Translator",
}

#: The terms that tell when a resource was made public, the best first.
PUBLISHED = ("issued", "available", "date", "dateCopyrighted", "dateAccepted", "created")


class DataCite(MetadataFormat):
    """DataCite's metadata of a resource that has a DOI.

    Attributes:
        primary_types: the schemes of identifiers that a resource is known by, the best first → identifierType.
        contributor_types, identifier_types: the vocabularies contributorType and relatedIdentifierType.
        date_types: term → dateType.
        relation_types: term → relationType.
        published_in: the relationType of a resource and the journal or book that it appeared in.
    """

    prefix = "datacite"
    namespace = "http://datacite.org/schema/kernel-4"
    schema = "http://schema.datacite.org/meta/kernel-4.7/metadata.xsd"
    needs: ClassVar[tuple[str | tuple[str, ...], ...]] = (
        "identifier",
        "creator",
        "title",
        "publisher",
        PUBLISHED,
        "type",
    )
    pure = True

    primary_types: ClassVar[dict[str, str]] = {"doi": "DOI"}
    contributor_types: ClassVar[tuple[str, ...]] = (
        *("ContactPerson", "DataCollector", "DataCurator", "DataManager", "Distributor", "Editor"),
        *("HostingInstitution", "Other", "Producer", "ProjectLeader", "ProjectManager", "ProjectMember"),
        *("RegistrationAgency", "RegistrationAuthority", "RelatedPerson", "ResearchGroup", "RightsHolder"),
        *("Researcher", "Sponsor", "Supervisor", "Translator", "WorkPackageLeader"),
    )
    identifier_types: ClassVar[tuple[str, ...]] = IDENTIFIER_TYPES
    date_types: ClassVar[dict[str, str]] = {
        "dateSubmitted": "Submitted",
        "dateAccepted": "Accepted",
        "dateCopyrighted": "Copyrighted",
        "created": "Created",
        "issued": "Issued",
        "available": "Available",
        "modified": "Updated",
        "valid": "Valid",
        "temporal": "Coverage",
        "date": "Other",
    }
    relation_types: ClassVar[dict[str, str]] = {
        "isPartOf": "IsPartOf",
        "hasPart": "HasPart",
        "isVersionOf": "IsVersionOf",
        "hasVersion": "HasVersion",
        "isFormatOf": "IsVariantFormOf",
        "hasFormat": "IsOriginalFormOf",
        "references": "References",
        "isReferencedBy": "IsReferencedBy",
        "replaces": "Obsoletes",
        "isReplacedBy": "IsObsoletedBy",
        "requires": "Requires",
        "isRequiredBy": "IsRequiredBy",
        "source": "IsDerivedFrom",
        "conformsTo": "Other",
        "relation": "Other",
    }
    published_in: ClassVar[str] = "IsPublishedIn"

    def missing(self, description: "Description") -> list[str]:
        """Return what keeps ``description`` from having a record: a mandatory property without a value."""
        reasons = super().missing(description)
        metadata = description.metadata
        if metadata.get("identifier") and not self.primary(metadata):
            types = _(" or ").join(self.primary_types.values())
            reasons.append(_("There is no %(types)s among the identifiers.") % {"types": types})
        if any(metadata.get(term) for term in PUBLISHED) and not self.published(metadata):
            reasons.append(_("No date says in which year it was published."))
        return reasons

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees: the properties of DataCite."""
        metadata = description.metadata
        primary = self.primary(metadata)
        related = list({(one.relation, one.identifier, one.title): one for one in self.related(metadata)}.values())
        return super().get_context(description) | {
            "primary": primary,
            "creators": [_agent(value) for value in metadata.get("creator", ())],
            "titles": list(_titles(metadata)),
            "publisher": _agent(metadata["publisher"][0]) if metadata.get("publisher") else None,
            "year": self.publication_year(metadata),
            "resource_type": self.resource_type(metadata.get("type", [])),
            "subjects": [_subject(value) for value in metadata.get("subject", ())],
            "contributors": list(dict.fromkeys(self.contributors(metadata))),
            "dates": list(dict.fromkeys(self.dates(metadata))),
            "language": next(filter(None, (tag(str(value)) for value in metadata.get("language", ()))), ""),
            "alternate_identifiers": [
                Words(_written(known), _IDENTIFIER_TYPES.get(known.scheme, known.scheme or "Local"))
                for known in dict.fromkeys(map(identified, metadata.get("identifier", ())))
                if known != primary
            ],
            "related_identifiers": [one for one in related if not one.title],
            "related_items": [one for one in related if one.title],
            "sizes": [str(value) for value in metadata.get("extent", ())],
            "formats": _formats(metadata),
            "version": str(metadata["version"][0]) if metadata.get("version") else "",
            "rights": list(self.rights(metadata, "license", "accessRights", "rights")),
            "descriptions": list(_descriptions(metadata)),
            "locations": list(_locations(metadata)),
            "awards": list(_awards(metadata)),
        }

    def primary(self, metadata: Metadata) -> Known | None:
        """Return the identifier that the resource is known by."""
        known = [identified(value) for value in metadata.get("identifier", ())]
        found = (one for scheme in self.primary_types for one in known if one.scheme == scheme)
        return next(found, None)

    def published(self, metadata: Metadata) -> Date | None:
        """Return the first date, of those that may tell when the resource was made public, that has a year."""
        dates = (read_date(str(value)) for term in PUBLISHED for value in metadata.get(term, ()))
        return next(filter(_year, dates), None)

    def publication_year(self, metadata: Metadata) -> str:
        """Return the year of publication; of what is under an embargo the year in which that ends."""
        if self.access_right(metadata)[1] == "embargoed access":
            ends = (_year(read_date(str(value))) for value in metadata.get("available", ()))
            if year := next(filter(None, ends), ""):
                return year
        date = self.published(metadata)
        return _year(date) if date else ""

    def access_right(self, metadata: Metadata) -> tuple[str, str]:
        """Return the URI and the label of COAR for the access right; both empty: none is told."""
        return access_right([*metadata.get("accessRights", ()), *metadata.get("rights", ())]) or ("", "")

    def resource_type(self, values: list[Any]) -> Words:
        """Return the resourceTypeGeneral, ``Other`` if it cannot be told, and the word that was said for it."""
        general = datacite_type(values)
        said = (str(value) for value in values if datacite_type([value]) == general and not uri(str(value)))
        coar = coar_type(values)
        return Words(next(said, coar[1] if coar else ""), general or "Other")

    def contributors(self, metadata: Metadata) -> Iterator[Agent]:
        """Yield contributors, holders of the rights and the institution that holds the resource."""
        for value in metadata.get("contributor", ()):
            yield dataclasses.replace(_agent(value), role=self.contributor_type(getattr(value, "role", "")))
        for value in metadata.get("rightsHolder", ()):
            yield dataclasses.replace(_agent(value), role="RightsHolder")
        for value in metadata.get("dataProvider", ()):
            yield dataclasses.replace(_agent(value), role="HostingInstitution")

    def contributor_type(self, role: str) -> str:
        """Return the contributorType of a role: of a MARC relator, or said as DataCite does; else ``Other``."""
        said = "".join(filter(str.isalpha, role)).lower()
        found = next((one for one in self.contributor_types if one.lower() == said), "")
        found = found or _CONTRIBUTOR_TYPES.get(relators.code(role), "")
        return found if found in self.contributor_types else "Other"

    def dates(self, metadata: Metadata) -> Iterator[Event]:
        """Yield the dates that can be told as W3CDTF or a range of it, with how they were said."""
        for term, date_type in self.date_types.items():
            for value in metadata.get(term, ()):
                date = read_date(str(value))
                written = _range(date)
                if written:
                    yield Event(date_type, written, "" if date.text == written else date.text)

    def related(self, metadata: Metadata) -> Iterator[Related]:
        """Yield related resources; first what the resource appeared in."""
        citations = [one for one in metadata.get("bibliographicCitation", ()) if isinstance(one, Citation)]
        for citation in citations:
            yield from self.appeared_in(citation)
        told = {citation.title for citation in citations}
        for term, relation in self.relation_types.items():
            information = term if relation == "Other" and term != "relation" else ""
            for value in metadata.get(term, ()):
                known = identified(value)
                identifier_type = self.identifier_type(known)
                if identifier_type:
                    yield Related(relation, information, _written(known), identifier_type)
                elif str(value) not in told:
                    yield Related(relation, information, title=str(value), lang=getattr(value, "lang", ""))

    def appeared_in(self, citation: Citation) -> Iterator[Related]:
        """Yield the journal or book of a citation: as an identifier, and by its title with the place in it."""
        issn, isbn = identify(citation.issn, "issn"), identify(citation.isbn, "isbn")
        known = issn if issn.scheme == "issn" else isbn
        container = {"issn": "Journal", "isbn": "Book"}.get(known.scheme, "Other")
        where = Related(self.published_in, type=container)
        if container != "Other":
            where = dataclasses.replace(where, identifier=known.value, identifier_type=self.identifier_type(known))
            yield where
        if citation.title:
            yield dataclasses.replace(
                where,
                title=citation.title,
                year=_year(read_date(citation.date)),
                volume=citation.volume,
                issue=citation.issue,
                first_page=citation.first_page,
                last_page=citation.last_page,
            )

    def identifier_type(self, known: Known) -> str:
        """Return the relatedIdentifierType of an identifier; empty: it has none."""
        found = _IDENTIFIER_TYPES.get(known.scheme, "")
        return found if found in self.identifier_types else ""

    def rights(self, metadata: Metadata, *terms: str) -> Iterator[Words]:
        """Yield licences, access rights and other rights; a licence has its SPDX identifier as the type."""
        for term in terms:
            for value in metadata.get(term, ()):
                where = uri(getattr(value, "uri", "") or str(value))
                licence = spdx(where) or spdx(str(value))
                text = licence if licence and uri(str(value)) else str(value)
                right = access_right([value])
                yield Words(text, licence, getattr(value, "lang", ""), where or (right[0] if right else ""))


def _written(known: Known) -> str:
    return f"arXiv:{known.value}" if known.scheme == "arxiv" else known.value


def _agent(value: Any) -> Agent:
    agent = read_agent(value)
    return Agent(
        agent.name,
        _NAME_TYPES.get(agent.kind, ""),
        agent.given,
        agent.family,
        getattr(value, "lang", ""),
        _agent_identifiers(*agent.identifiers, identify(agent.uri)),
        Agent(agent.affiliation, identifiers=_agent_identifiers(identify(agent.affiliation_uri)))
        if agent.affiliation
        else None,
    )


def _agent_identifiers(*known: Known) -> tuple[AgentIdentifier, ...]:
    return tuple(dict.fromkeys(one for one in map(_agent_identifier, known) if one))


def _agent_identifier(known: Known) -> AgentIdentifier | None:
    if known.scheme in _AGENT_SCHEMES:
        return AgentIdentifier(known.value, known.url, *_AGENT_SCHEMES[known.scheme])
    if known.scheme != "url":
        return None
    authority = next((one for one in _AUTHORITIES if f"://{one}" in known.value), "")
    if authority:
        return AgentIdentifier(known.value.partition(authority)[2], known.url, *_AUTHORITIES[authority])
    return AgentIdentifier(known.value, known.url, "URL", "")


def _titles(metadata: Metadata) -> Iterator[Words]:
    """Yield the main title; then the others, translated if they say that they are in another language."""
    main = None
    for value in metadata.get("title", ()):
        title = Words(str(value), lang=getattr(value, "lang", ""))
        if main is None:
            main = title
            yield title
        else:
            translated = title.lang and main.lang and title.lang != main.lang
            yield dataclasses.replace(title, type="TranslatedTitle" if translated else "AlternativeTitle")
    for value in metadata.get("alternative", ()):
        yield Words(str(value), "AlternativeTitle", getattr(value, "lang", ""))


def _subject(value: Any) -> Subject:
    scheme = value.scheme if isinstance(value, Concept) else ""
    scheme_uri = uri(scheme)
    about = uri(getattr(value, "uri", ""))
    return Subject(str(value), "" if scheme_uri else scheme, scheme_uri, about, getattr(value, "lang", ""))


def _year(date: Date) -> str:
    """Return the year of a date, or the first of a range, not of one that is about right to some years only."""
    fuzzy = "/" not in date.edtf and date.start[:4] != date.end[:4]
    return "" if fuzzy else date.year


def _range(date: Date) -> str:
    """Return a date as W3CDTF, or a range of dates as RKMS-ISO8601; empty: it is neither."""
    if date.start and date.start == date.end:
        return date.start
    return f"{date.start}/{date.end}" if date.start or date.end else ""


def _formats(metadata: Metadata) -> list[str]:
    values = [str(value) for term in ("format", "medium") for value in metadata.get(term, ())]
    files = [value.media_type for value in metadata.get("file", ()) if isinstance(value, File) and not value.use]
    return [one for one in dict.fromkeys(values + files) if one]


def _descriptions(metadata: Metadata) -> Iterator[Words]:
    types = {
        "abstract": "Abstract",
        "tableOfContents": "TableOfContents",
        "description": "Other",
        "provenance": "Other",
    }
    for term, description_type in types.items():
        for value in metadata.get(term, ()):
            yield Words(str(value), description_type, getattr(value, "lang", ""))
    for value in metadata.get("bibliographicCitation", ()):
        if not (isinstance(value, Citation) and value.title):
            yield Words(str(value), "SeriesInformation", getattr(value, "lang", ""))


def _locations(metadata: Metadata) -> Iterator[Location]:
    for value in metadata.get("spatial", ()):
        if not isinstance(value, Place):
            yield Location(str(value), "", "")
            continue
        point = coordinates(value.latitude, value.longitude)
        if value.name or value.uri or point:
            yield Location(value.name or value.uri, *(point or ("", "")))


def _awards(metadata: Metadata) -> Iterator[Award]:
    for value in metadata.get("funding", ()):
        if not isinstance(value, Funding):
            yield Award(str(value), "", "", "", "", "")
        elif value.funder:
            identifier, kind = _funder(value.funder_uri)
            yield Award(value.funder, identifier, kind, value.award, uri(value.uri), value.title)


def _funder(written: str) -> tuple[str, str]:
    """Return a funder's identifier and its funderIdentifierType."""
    known = identify(written)
    if known.scheme == "doi" and known.value.startswith("10.13039/"):
        return known.url, "Crossref Funder ID"
    if known.scheme in ("ror", "isni"):
        return known.url, known.scheme.upper()
    if known.value.startswith("grid."):
        return known.value, "GRID"
    return (known.url or known.value, "Other") if known.scheme else ("", "")
