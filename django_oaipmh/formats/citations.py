"""Citations: the journal, book or series that a resource appeared in, and what else it is a part of."""

from ..metadata import Citation, Metadata, Structured
from ..standards.identifiers import identify
from .addresses import identified


def issn(citation: Citation) -> str:
    """Return the ISSN of what is cited, with its hyphen; empty: none, or not a valid one."""
    known = identify(citation.issn, "issn")
    return known.value if known.scheme == "issn" else ""


def isbn(citation: Citation) -> str:
    """Return the ISBN of what is cited without hyphens; empty: none, or not a valid one."""
    known = identify(citation.isbn, "isbn")
    return known.value.replace("-", "") if known.scheme == "isbn" else ""


def citations(metadata: Metadata) -> list[Citation]:
    """Return the citations that name a host."""
    told = metadata.get("bibliographicCitation", [])
    return [one for one in told if isinstance(one, Citation) and (one.title or issn(one) or isbn(one))]


def other_hosts(metadata: Metadata) -> list[str | Structured]:
    """Return what ``isPartOf`` says and no citation."""
    said = {text for one in citations(metadata) for text in (one.title, issn(one), isbn(one)) if text}
    return [one for one in metadata.get("isPartOf", []) if not said & {str(one), _number(one)}]


def _number(value: str | Structured) -> str:
    known = identified(value)
    return known.value.replace("-", "") if known.scheme == "isbn" else known.value
