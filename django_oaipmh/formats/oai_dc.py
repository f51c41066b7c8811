"""``oai_dc``: simple Dublin Core, the format that every repository has to offer (section 3.4)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from django.utils.safestring import mark_safe

from ..metadata import TERMS, Concept, Identifier, Metadata, Structured, Text
from ..standards.identifiers import identify, uri
from .base import MetadataFormat

if TYPE_CHECKING:
    from ..items import Description

#: The terms whose identifiers are told by where they lead, and those whose concepts are told with their URI.
_RESOURCES = frozenset(term for term, element in TERMS.items() if element in ("identifier", "source", "relation"))
_CONCEPTS = frozenset(("type", "rights", "accessRights", "license"))


class OAIDublinCore(MetadataFormat):
    """Simple Dublin Core; what it cannot say is told by the element that the term refines."""

    prefix = "oai_dc"
    namespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"
    schema = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
    pure = True

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Tell resources and concepts by their URIs in ``dc``, and the date of issue before others.

        ``elements`` is all of ``dc`` in XML: a template that loops over it takes ten times as long.
        """
        dc = simple_dublin_core(description.metadata)
        elements = [_element(name, text) for name, texts in dc.items() for text in texts]
        return super().get_context(description) | {"dc": dc, "elements": mark_safe("".join(elements))}


def simple_dublin_core(metadata: Metadata) -> dict[str, list[Text]]:
    """Return what simple Dublin Core says of a resource: element → texts."""
    terms = sorted(metadata, key=lambda term: term != "issued")
    return Metadata({term: _told(term, metadata[term]) for term in terms}).dumb_down()


def _element(name: str, text: Text) -> str:
    lang = f" xml:lang={quoteattr(text.lang)}" if text.lang else ""
    return f"<dc:{name}{lang}>{escape(text.value)}</dc:{name}>"


def _told(term: str, values: list[str | Structured]) -> list[str | Structured]:
    if term in _RESOURCES:
        return [_address(value) or value for value in values]
    if term in _CONCEPTS:
        return [text for value in values for text in _with_uri(value)]
    return values


def _address(value: str | Structured) -> str:
    """Return where an identifier leads, if its kind is known; of plain strings only a bare DOI is taken for one."""
    if isinstance(value, Identifier):
        return identify(value.value, value.scheme).url
    if isinstance(value, str) and value.startswith("10."):
        known = identify(value)
        return known.url if known.scheme == "doi" else ""
    return ""


def _with_uri(value: str | Structured) -> Iterator[str | Structured]:
    yield value
    if isinstance(value, Concept) and (found := uri(value.uri)):
        yield found
