"""``rdf``: linked data, DCMI Metadata Terms in RDF/XML (W3C RDF 1.1 XML Syntax)."""

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..metadata import (
    TERMS,
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
from ..standards.dates import schema_type
from ..standards.identifiers import uri
from ..standards.languages import alpha3, tag
from ..standards.relators import code
from ..standards.resource_types import dcmi_type
from .addresses import address, identified
from .agents import read_agent
from .base import MetadataFormat
from .linked_data import RDF, Property, Resource, filled, record_uri

if TYPE_CHECKING:
    from ..items import Description

XSD = "http://www.w3.org/2001/XMLSchema#"
DCMI_TYPE = "http://purl.org/dc/dcmitype/"

#: The terms whose values are dates.
_DATES = frozenset(("date", *(term for term, element in TERMS.items() if element == "date")))
#: The terms whose values DCMI has as literals, or that are words by what they mean.
_WORDS = frozenset(
    ("title", "alternative", "identifier", "bibliographicCitation", "description", "abstract", "tableOfContents")
)
#: What DCMI has no term for.
_OTHER_NAMES = {
    "dataProvider": "schema:provider",
    "degree": "schema:inSupportOf",
    "file": "schema:encoding",
    "funding": "schema:funding",
    "version": "schema:version",
}
#: Terms whose concepts are of a class of their own.
_CLASSES = {
    "license": "dcterms:LicenseDocument",
    "rights": "dcterms:RightsStatement",
    "accessRights": "dcterms:RightsStatement",
}


class LinkedData(MetadataFormat):
    """The description as it is, as statements about the resource: every term under its own name."""

    prefix = "rdf"
    namespace = RDF
    schema = "http://www.openarchives.org/OAI/2.0/rdf.xsd"
    pure = True

    def get_context(self, description: "Description") -> dict[str, Any]:
        return super().get_context(description) | {"resource": self.get_resource(description)}

    def get_resource(self, description: "Description") -> Resource:
        """Return the resource that is described, with everything that is said of it."""
        metadata = description.metadata
        about = resource_uri(metadata) or record_uri(description.identifier)
        kind = dcmi_type(metadata.get("type", ()))
        statements = [Property("rdf:type", about=DCMI_TYPE + kind)] if kind else []
        values = [(term, value) for term in TERMS for value in metadata.get(term, ())]
        for number, (term, value) in enumerate(values, start=1):
            statements += told(term, value, f"node{number}")
        return Resource("rdf:Description", about, tuple(dict.fromkeys(statements)))


def resource_uri(metadata: Metadata) -> str:
    """Return the URI of the resource: its DOI, Handle, ARK or URN, else the first other that it has; empty: none."""
    known = sorted(map(identified, metadata.get("identifier", ())), key=lambda one: not one.is_persistent)
    return next((one.uri for one in known if one.is_persistent or one.url), "")


def told(term: str, value: str | Structured, node: str) -> list[Property]:
    """Return what a value of a term says: one statement; two of a person or organisation with a role.

    Args:
        node: a name for what has no URI, which no other value has.
    """
    name = _name_of(term, value)
    text, lang = str(value), getattr(value, "lang", "")
    words = [Property(name, text, lang)]
    dated = term in _DATES or (term == "temporal" and isinstance(value, str | Text))
    if dated and (datatype := _datatype(text)):
        return [Property(name, text, datatype=datatype)]
    if term == "language":
        return [Property(name, tag(text) if alpha3(text) else text, lang)]
    if term in _WORDS or term in _DATES:
        return words
    if isinstance(value, Person | Organisation):
        return _agent(name, value, node)
    if resource := resource_of(value, term):
        return [Property(name, resource=resource)]
    about = identified(value).uri if isinstance(value, Identifier) else uri(text)
    return [Property(name, about=about)] if about else words


def _name_of(term: str, value: str | Structured) -> str:
    if isinstance(value, File) and value.use.lower() in ("thumbnail", "preview"):
        return "schema:thumbnail"
    return _OTHER_NAMES.get(term, f"dcterms:{term}")


def _agent(name: str, agent: Person | Organisation, node: str) -> list[Property]:
    resource = _person(agent) if isinstance(agent, Person) else _organisation(agent.name, read_agent(agent).uris)
    role = code(agent.role)
    if not role:
        return [Property(name, resource=resource)]
    if resource.about:
        return [Property(name, resource=resource), Property(f"marcrel:{role}", about=resource.about)]
    resource = dataclasses.replace(resource, node=node)
    return [Property(name, resource=resource), Property(f"marcrel:{role}", node=node)]


def _datatype(text: str) -> str:
    """Return the datatype of a date that XML Schema knows as one."""
    found = schema_type(text)
    return XSD + found if found else ""


def resource_of(value: str | Structured, term: str) -> Resource | None:
    """Return what a structured value knows as a resource of its own; ``None``: nothing but words."""
    if isinstance(value, Concept) and uri(value.uri):
        return _concept(value, term)
    if isinstance(value, Place):
        return _place(value)
    if isinstance(value, File):
        return _file(value)
    if isinstance(value, Funding):
        return _grant(value)
    if isinstance(value, Degree):
        return _degree(value)
    return None


def _concept(concept: Concept, term: str) -> Resource:
    if name := _CLASSES.get(term):
        return _resource(name, uri(concept.uri), [Property("rdfs:label", concept.label, concept.lang)])
    properties = [Property("skos:prefLabel", concept.label, concept.lang)]
    if scheme := uri(concept.scheme):
        properties.append(Property("skos:inScheme", about=scheme))
    elif concept.scheme:
        named = _resource("skos:ConceptScheme", "", [Property("rdfs:label", concept.scheme)])
        properties.append(Property("skos:inScheme", resource=named))
    return _resource("skos:Concept", uri(concept.uri), properties)


def _person(person: Person) -> Resource:
    about, *others = read_agent(person).uris or [""]
    properties = [
        Property("foaf:name", str(person)),
        Property("foaf:givenName", person.given),
        Property("foaf:familyName", person.family),
        Property("schema:birthDate", person.birth, datatype=_datatype(person.birth)),
        Property("schema:deathDate", person.death, datatype=_datatype(person.death)),
        *(Property("owl:sameAs", about=other) for other in others),
    ]
    if person.affiliation or person.affiliation_uri:
        ror = address(person.affiliation_uri, "ror")
        organisation = _organisation(person.affiliation, [ror] if ror else [])
        properties.append(Property("schema:affiliation", resource=organisation))
    return _resource("foaf:Person", about, properties)


def _organisation(name: str, uris: list[str]) -> Resource:
    about, *others = uris or [""]
    same = [Property("owl:sameAs", about=other) for other in others]
    return _resource("foaf:Organization", about, [Property("foaf:name", name), *same])


def _place(place: Place) -> Resource:
    latitude, longitude = coordinates(place.latitude, place.longitude) or ("", "")
    label = place.name or ("" if latitude else str(place))
    return _resource(
        "dcterms:Location",
        uri(place.uri),
        [
            Property("rdfs:label", label, place.lang),
            Property("geo:lat", latitude),
            Property("geo:long", longitude),
        ],
    )


def _file(file: File) -> Resource:
    url = uri(file.url)
    checksum = "schema:sha256" if file.checksum_type.replace("-", "").upper() == "SHA256" else ""
    return _resource(
        "schema:MediaObject",
        url,
        [
            Property("schema:contentUrl", about=url) if url else Property("schema:contentUrl", file.url),
            Property("schema:name", file.label),
            Property("schema:encodingFormat", file.media_type),
            Property("schema:contentSize", f"{file.size} B" if file.size.isdecimal() else file.size),
            *([Property(checksum, file.checksum)] if checksum else []),
        ],
    )


def _grant(funding: Funding) -> Resource:
    properties = [Property("schema:name", funding.title), Property("schema:identifier", funding.award)]
    if funding.funder or funding.funder_uri:
        found = uri(funding.funder_uri)
        funder = _organisation(funding.funder, [found] if found else [])
        properties.append(Property("schema:funder", resource=funder))
    return _resource("schema:Grant", uri(funding.uri), properties)


def _degree(degree: Degree) -> Resource:
    properties = [
        Property("schema:name", str(degree)),
        Property("schema:educationalLevel", degree.level),
        Property("schema:about", degree.discipline),
    ]
    if degree.grantor:
        properties.append(Property("schema:recognizedBy", resource=_organisation(degree.grantor, [])))
    return _resource("schema:EducationalOccupationalCredential", "", properties)


def _resource(name: str, about: str, properties: Iterable[Property]) -> Resource:
    return Resource(name, about, tuple(filled(properties)))
