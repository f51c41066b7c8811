"""What identifies a value, and where it leads."""

from ..metadata import Identifier, Structured
from ..standards.identifiers import Known, identify


def identified(value: str | Structured) -> Known:
    """Return the identifier that a value is, or has as its ``uri``."""
    if isinstance(value, Identifier):
        return identify(value.value, value.scheme)
    return identify(getattr(value, "uri", "") or str(value))


def address(value: str, scheme: str = "") -> str:
    """Return where an identifier leads as a URL that attributes of the type ``xs:anyURI`` take; empty if nowhere."""
    return identify(value, scheme).url


def address_of(value: str | Structured) -> str:
    """Return where a value leads by its ``uri``, or by itself."""
    return identified(value).url
