"""``edm``: the Europeana Data Model, in the schema that Europeana has for its providers (EDM external)."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from ..metadata import (
    TERMS,
    Concept,
    File,
    Identifier,
    Metadata,
    Organisation,
    Person,
    Place,
    Structured,
)
from ..standards.coordinates import coordinates
from ..standards.dates import read_date
from ..standards.identifiers import uri
from ..standards.languages import alpha3, tag
from ..standards.licences import rights_statement
from ..standards.media_types import media_type
from ..standards.resource_types import dcmi_type
from .addresses import address, identified
from .agents import read_agent
from .base import MetadataFormat
from .linked_data import RDF, Property, Resource, filled, record_uri

if TYPE_CHECKING:
    from ..items import Description

#: The values of edm:type. An object's term ``type`` may be one of them.
TYPES = ("TEXT", "IMAGE", "SOUND", "VIDEO", "3D")

_BY_DCMI_TYPE = {"Text": "TEXT", "Image": "IMAGE", "StillImage": "IMAGE", "Sound": "SOUND", "MovingImage": "VIDEO"}
_BY_MEDIA_TYPE = {
    "text": "TEXT",
    "application/pdf": "TEXT",
    "application/epub+zip": "TEXT",
    "image": "IMAGE",
    "audio": "SOUND",
    "video": "VIDEO",
    "model": "3D",
}

#: Refinements that EDM has, besides the elements of simple Dublin Core; others are told as the element they refine.
_REFINEMENTS = frozenset(
    (
        *("alternative", "conformsTo", "created", "extent", "hasFormat", "hasPart", "hasVersion", "isFormatOf"),
        *("isPartOf", "isReferencedBy", "isReplacedBy", "isRequiredBy", "issued", "isVersionOf", "medium"),
        *("provenance", "references", "replaces", "requires", "spatial", "tableOfContents", "temporal"),
    )
)
_ONLY_LITERALS = frozenset(("dc:title", "dc:description", "dc:identifier", "dc:language", "dcterms:alternative"))
_DATES = frozenset(("dc:date", "dcterms:created", "dcterms:issued", "dcterms:temporal"))

#: The terms that rights are looked for in, and what there is told of them.
_RIGHTS = ("license", "rights", "accessRights")
_OF_RIGHTS = (*_RIGHTS, "rightsHolder")

#: The classes of the context in the order of the schema, and their properties in the order that it demands.
_CONTEXT = {
    "edm:Agent": "skos:prefLabel skos:altLabel rdaGr2:dateOfBirth rdaGr2:dateOfDeath owl:sameAs",
    "edm:Place": "wgs84_pos:lat wgs84_pos:long skos:prefLabel skos:altLabel",
    "edm:TimeSpan": "skos:prefLabel skos:altLabel edm:begin edm:end",
    "skos:Concept": "skos:prefLabel skos:altLabel skos:inScheme",
}
_REPEATABLE = frozenset(("skos:prefLabel", "skos:altLabel", "skos:inScheme", "owl:sameAs"))


class EuropeanaDataModel(MetadataFormat):
    """One object for Europeana: the thing itself, its files, what brings them together, and what they refer to.

    Attributes:
        data_provider: the institution that holds the objects, where they do not say it by the term ``dataProvider``.
        provider: who delivers to Europeana; left out: the institution itself.
    """

    prefix = "edm"
    namespace = RDF
    schema = "http://www.europeana.eu/schemas/edm/EDM.xsd"
    needs = (("title", "description", "abstract"), ("subject", "type", "spatial", "temporal"))
    pure = True
    data_provider: ClassVar[str] = ""
    provider: ClassVar[str] = ""

    def missing(self, description: "Description") -> list[str]:
        metadata = description.metadata
        kind = edm_type(metadata)
        reasons = super().missing(description)
        if not kind:
            reasons.append(
                _("Neither type nor the media type of a file says whether it is text, image, sound, video or 3D.")
            )
        if kind == "TEXT" and not metadata.get("language"):
            reasons.append(_("There is no language, which Europeana asks for of texts."))
        if not (landing_page(metadata) or shown_files(metadata)):
            reasons.append(_("There is neither an identifier that is a URL nor a file with one."))
        if not self.get_data_provider(metadata):
            reasons.append(_("There is no dataProvider, and the format has no data_provider."))
        if not edm_rights(metadata)[0]:
            reasons.append(
                _(
                    "Neither license nor rights nor accessRights has the URI of a Creative Commons licence or of a "
                    "statement of RightsStatements.org that Europeana accepts."
                )
            )
        return reasons

    def get_context(self, description: "Description") -> dict[str, Any]:
        return super().get_context(description) | {"resources": list(self.get_resources(description))}

    def get_data_provider(self, metadata: Metadata) -> str | Structured:
        """Return the institution that holds the object and answers for its description; empty: nobody says it."""
        return next(iter(metadata.get("dataProvider", ())), self.data_provider)

    def get_resources(self, description: "Description") -> Iterator[Resource]:
        """Yield what a record is made of, in the order of the schema."""
        metadata, context = description.metadata, Context(description.identifier)
        cho = self.get_provided_cho(description, context)
        aggregation = self.get_aggregation(description, context)
        yield cho
        for file in shown_files(metadata):
            yield web_resource(file, edm_rights(metadata)[0])
        yield from context.resources()
        yield aggregation

    def get_provided_cho(self, description: "Description", context: "Context") -> Resource:
        """Return the cultural heritage object. The OAI identifier, which never changes, is its URI."""
        metadata, kind = description.metadata, edm_type(description.metadata)
        properties = [context.property(element, value) for element, values in told(metadata) for value in values]
        repeated = [one for one in properties if one.name == "dc:type" and one.text == kind]
        if len(repeated) < sum(one.name == "dc:type" for one in properties):
            properties = [one for one in properties if one not in repeated]
        properties.sort(key=lambda one: one.name.lower())
        persistent = [
            Property("owl:sameAs", about=found)
            for value in metadata.get("identifier", ())
            if (found := persistent_uri(value))
        ]
        return Resource(
            "edm:ProvidedCHO",
            context.base,
            tuple(dict.fromkeys([*properties, Property("edm:type", kind), *persistent])),
        )

    def get_aggregation(self, description: "Description", context: "Context") -> Resource:
        """Return what brings object and files together, with who provides them and their rights."""
        metadata = description.metadata
        institution = self.get_data_provider(metadata)
        data_provider = Property("edm:dataProvider", str(institution), getattr(institution, "lang", ""))
        provider = Property("edm:provider", self.provider)
        rights, source = edm_rights(metadata)
        statements = [value for term in _OF_RIGHTS for value in metadata.get(term, ()) if value != source]
        shown, *views = [file.url for file in shown_files(metadata)] or [""]
        properties = [
            Property("edm:aggregatedCHO", about=context.base),
            data_provider,
            *(Property("edm:hasView", about=url) for url in views),
            Property("edm:isShownAt", about=landing_page(metadata)),
            Property("edm:isShownBy", about=shown),
            Property("edm:object", about=preview(metadata)),
            provider if self.provider else dataclasses.replace(data_provider, name=provider.name),
            *dict.fromkeys(context.property("dc:rights", value) for value in statements),
            Property("edm:rights", about=rights),
        ]
        return Resource("ore:Aggregation", context.local("aggregation"), tuple(filled(properties)))


def told(metadata: Metadata) -> Iterator[tuple[str, list[str | Structured]]]:
    """Yield the elements that describe the object itself, with their values."""
    for term, values in metadata.items():
        element = TERMS[term]
        if term in _REFINEMENTS:
            yield f"dcterms:{term}", values
        elif element and element != "rights":
            yield f"dc:{element}", values


def edm_type(metadata: Metadata) -> str:
    """Return what kind of digital object it is, by ``type``, else by the media type of a file; empty: not known."""
    types = metadata.get("type", [])
    if said := next((str(value).upper() for value in types if str(value).upper() in TYPES), ""):
        return said
    if known := _BY_DCMI_TYPE.get(dcmi_type(types)):
        return known
    media_types = (one.media_type for one in shown_files(metadata))
    by_file = (_BY_MEDIA_TYPE.get(one) or _BY_MEDIA_TYPE.get(one.split("/")[0]) for one in media_types)
    return next(filter(None, by_file), "")


def edm_rights(metadata: Metadata) -> tuple[str, str | Structured]:
    """Return the first rights statement that Europeana accepts, and the value that says it; both empty: none does."""
    for term in _RIGHTS:
        for value in metadata.get(term, ()):
            for text in (getattr(value, "uri", ""), str(value)):
                if statement := rights_statement(text):
                    return statement, value
    return "", ""


def landing_page(metadata: Metadata) -> str:
    """Return the page that shows the object: the first identifier that is a URL, else that leads to one."""
    known = [identified(value) for value in metadata.get("identifier", ())]
    known.sort(key=lambda one: one.scheme != "url")
    return next(filter(is_web, (one.url for one in known)), "")


def persistent_uri(value: str | Structured) -> str:
    """Return the URI of an identifier that is meant to stay: a DOI, Handle, ARK or URN."""
    known = identified(value)
    return known.uri if known.is_persistent else ""


def is_web(uri: str) -> bool:
    """Return whether browsers show what is there."""
    return uri.lower().startswith(("http://", "https://"))


def _files(metadata: Metadata) -> list[File]:
    """Return the files with a URL on the web, each URL once, and their media types without parameters."""
    files: dict[str, File] = {}
    for value in metadata.get("file", ()):
        file = value if isinstance(value, File) else File(str(value))
        if is_web(url := address(file.url)):
            kind = media_type(file.media_type) or file.media_type.lower()
            files.setdefault(url, dataclasses.replace(file, url=url, media_type=kind))
    return list(files.values())


def shown_files(metadata: Metadata) -> list[File]:
    """Return the files that are the object in digital form."""
    return [file for file in _files(metadata) if not file.use]


def preview(metadata: Metadata) -> str:
    """Return the URL of an image that a preview can be made of; empty: there is none."""
    files = _files(metadata)
    made = [file for file in files if file.use.lower() in ("thumbnail", "preview")]
    images = [file for file in files if not file.use and file.media_type.startswith("image/")]
    return next((file.url for file in (*made, *images)), "")


def web_resource(file: File, rights: str) -> Resource:
    """Return a file of the object."""
    extent = f"{file.size} bytes" if file.size.isascii() and file.size.isdigit() else ""
    properties = (
        Property("dc:description", file.label),
        Property("dc:format", file.media_type),
        Property("dcterms:extent", extent),
        Property("edm:rights", about=rights),
    )
    return Resource("edm:WebResource", file.url, tuple(filled(properties)))


class Context:
    """What a record refers to: agents, places, time spans and concepts, each once, whatever refers to it.

    Attributes:
        base: the URI of the object; what has no URI of its own gets one that begins so.
    """

    def __init__(self, identifier: str) -> None:
        self.base = record_uri(identifier)
        self._found: dict[tuple[str, str], list[Property]] = {}
        self._local: dict[Structured, str] = {}

    def local(self, name: str) -> str:
        """Return a URI within that of the object."""
        return f"{self.base}{'/' if '#' in self.base else '#'}{name}"

    def property(self, name: str, value: str | Structured) -> Property:
        """Return a property of the object, and take up what it refers to."""
        text, lang = str(value), getattr(value, "lang", "")
        about = ""
        if name == "dc:language":
            text = tag(text) if alpha3(text) else text
        elif name in _DATES and (told := self._date(text, lang)):
            return dataclasses.replace(told, name=name)
        elif name not in _ONLY_LITERALS:
            about = self._about(value)
        return Property(name, about=about) if about else Property(name, text, lang)

    def resources(self) -> Iterator[Resource]:
        """Yield what was taken up, in the order of the schema."""
        for kind, names in _CONTEXT.items():
            for (found, about), properties in self._found.items():
                if found == kind and properties:
                    yield Resource(kind, about, tuple(_in_order(properties, names.split())))

    def _about(self, value: str | Structured) -> str:
        if isinstance(value, Person | Organisation):
            return self._agent(value)
        if isinstance(value, Place):
            return self._place(value)
        if isinstance(value, Concept):
            labels = [Property("skos:prefLabel", value.label, value.lang)]
            schemes = [Property("skos:inScheme", about=uri(value.scheme))]
            return self._take("skos:Concept", uri(value.uri), [*labels, *schemes])
        if isinstance(value, Identifier):
            return identified(value).uri
        return uri(str(value))

    def _agent(self, agent: Person | Organisation) -> str:
        dates: list[Property] = []
        if isinstance(agent, Person):
            dates += filled([Property("rdaGr2:dateOfBirth", agent.birth), Property("rdaGr2:dateOfDeath", agent.death)])
        about, *others = read_agent(agent).uris or [""]
        if not about and dates:
            about = self._named("agent", dataclasses.replace(agent, role=""))
        labels = [Property("skos:prefLabel", str(agent))]
        return self._take(
            "edm:Agent", about, [*labels, *dates, *(Property("owl:sameAs", about=other) for other in others)]
        )

    def _place(self, place: Place) -> str:
        latitude, longitude = coordinates(place.latitude, place.longitude) or ("", "")
        about = uri(place.uri)
        if not about and latitude:
            about = self._named("place", place)
        return self._take(
            "edm:Place",
            about,
            [
                Property("wgs84_pos:lat", latitude),
                Property("wgs84_pos:long", longitude),
                Property("skos:prefLabel", place.name, place.lang),
            ],
        )

    def _date(self, text: str, lang: str) -> Property | None:
        date = read_date(text)
        if not date.is_range:
            return Property("", date.single) if date.single and not date.approximate else None
        about = self.local(f"{date.start or '..'}/{date.end or '..'}")
        label = Property("skos:prefLabel", date.text, lang)
        bounds = [Property("edm:begin", date.start), Property("edm:end", date.end)]
        return Property("", about=self._take("edm:TimeSpan", about, [label, *bounds]))

    def _named(self, kind: str, value: Structured) -> str:
        return self._local.setdefault(value, self.local(f"{kind}-{len(self._local) + 1}"))

    def _take(self, kind: str, about: str, properties: Iterable[Property]) -> str:
        """Take up what is known of a resource, and return its URI; nothing is taken up of what has none."""
        if about:
            self._found.setdefault((kind, about), []).extend(filled(properties))
        return about


def _in_order(properties: list[Property], names: list[str]) -> list[Property]:
    """Return properties as the schema has them: in its order, and one label a language preferred to others."""
    kept: dict[Property, None] = {}
    said: set[str | tuple[str, str]] = set()
    for one in dict.fromkeys(properties):
        if one.name == "skos:prefLabel":
            key: str | tuple[str, str] = (one.name, one.lang)
            kept[dataclasses.replace(one, name="skos:altLabel") if key in said else one] = None
        else:
            key = one.name
            if key not in said or key in _REPEATABLE:
                kept[one] = None
        said.add(key)
    return sorted(kept, key=lambda one: names.index(one.name))
