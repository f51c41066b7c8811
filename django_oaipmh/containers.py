"""The XML of containers: what the protocol leaves room for about records (section 2.5), in Identify and in ListSets.

Each is one element of a namespace of its own, with its schema location. What a schema does not permit is left out and
told to a ``Problem``.
"""

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from django.utils.encoding import iri_to_uri
from lxml import etree

from .identifiers import is_uri
from .markup import SCHEMA_LOCATION, XSI
from .metadata import TERMS, Metadata, normalise, plain

#: Is told, in words, what had to be left out.
Problem: TypeAlias = Callable[[str], None]

GUIDELINES = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = f"{GUIDELINES}oai_dc/"
RIGHTS = f"{GUIDELINES}rights/"
DC = "http://purl.org/dc/elements/1.1/"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_DATESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")


def ignore(problem: str) -> None:
    """Be told a problem that was told elsewhere."""


def is_datestamp(text: str) -> bool:
    """Return whether ``text`` is a UTCdatetime of either granularity (section 3.3)."""
    if not _DATESTAMP.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return False
    return True


def to_uri(value: Any, problem: Problem, place: str) -> str:
    """Return ``value`` as a URI, other characters percent-encoded; nothing, with a problem, if it cannot be one."""
    text: str = iri_to_uri(plain(value))
    if text and not is_uri(text):
        problem(f"{place}: {plain(value)!r} is no URI")
        return ""
    return text


def root(name: str, namespace: str, schema: str, prefixes: Mapping[str, str] | None = None) -> etree._Element:
    """Return an element that may stand in a container."""
    nsmap: Any = {**(prefixes or {None: namespace}), "xsi": XSI}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=nsmap)
    element.set(SCHEMA_LOCATION, f"{namespace} {schema}")
    return element


def add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an element of the parent's namespace."""
    namespace = etree.QName(parent).namespace
    child = etree.SubElement(parent, f"{{{namespace}}}{name}", attributes)
    child.text = text or None
    return child


def metadata_of(values: Mapping[str, Any], problem: Problem) -> Metadata:
    """Return term → values as metadata: cleaned, without empty ones."""
    metadata = Metadata()
    for term, value in values.items():
        if term not in TERMS:
            problem(f"{term!r} is no DCMI metadata term")
        elif told := list(dict.fromkeys(normalise(value))):
            metadata[term] = told
    return metadata


def dublin_core(metadata: Metadata) -> etree._Element | None:
    """Return ``metadata`` in simple Dublin Core; ``None`` if there is nothing to say."""
    simple = metadata.dumb_down()
    if not simple:
        return None
    element = root("dc", OAI_DC, f"{GUIDELINES}oai_dc.xsd", {"oai_dc": OAI_DC, "dc": DC})
    for name, texts in simple.items():
        for text in texts:
            child = etree.SubElement(element, f"{{{DC}}}{name}")
            child.text = text.value
            if text.lang:
                child.set(LANG, text.lang)
    return element


def put_statement(rights: etree._Element, statement: str | etree._Element) -> None:
    """Fill a ``rights`` element: with a reference to a URI, or with a definition on the spot."""
    if isinstance(statement, str):
        add(rights, "rightsReference", ref=statement)
    else:
        add(rights, "rightsDefinition").append(statement)


def statements(
    uris: Iterable[Any], definition: Mapping[str, Any], problem: Problem
) -> "list[str] | list[etree._Element]":
    """Return the rights statements of one declaration: its URIs, or else its definition in Dublin Core."""
    references = [uri for value in uris if (uri := to_uri(value, problem, "rights"))]
    if references:
        return references
    inline = dublin_core(metadata_of(definition, problem))
    return [] if inline is None else [inline]
