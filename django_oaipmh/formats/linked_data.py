"""Resources and their properties, as the formats of linked data (edm, rdf) tell them in RDF/XML."""

import dataclasses
from collections.abc import Iterable
from urllib.parse import quote

from ..identifiers import is_uri

#: The namespace of RDF/XML's own elements and attributes.
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@dataclasses.dataclass(frozen=True)
class Property:
    """A property of a resource: a literal, a reference or another resource.

    Attributes:
        name: the qualified name of its element.
        text, lang, datatype: the literal, its language (a BCP 47 tag) or the URI of its type.
        about: the absolute URI of what it refers to.
        node: the name, within the record, of what it refers to and what has no URI.
        resource: what it has within it.
    """

    name: str
    text: str = ""
    lang: str = ""
    datatype: str = ""
    about: str = ""
    node: str = ""
    resource: "Resource | None" = None


@dataclasses.dataclass(frozen=True)
class Resource:
    """A resource.

    Attributes:
        name: the qualified name of its class.
        about: its absolute URI; empty: it has none.
        properties: what is said of it.
        node: its name within the record, if it has no URI and something else refers to it.
    """

    name: str
    about: str
    properties: tuple[Property, ...]
    node: str = ""


def record_uri(identifier: str) -> str:
    """Return an OAI identifier as a URI that readers of RDF take: without brackets, and with one ``#`` at most."""
    return identifier if is_uri(identifier) else quote(identifier, safe="%!$&'()*+,/:;=?@~")


def filled(properties: Iterable[Property]) -> list[Property]:
    """Return the properties that have a value."""
    return [one for one in properties if one.text or one.about or one.node or one.resource]
