"""URIs as RFC 3986 writes them, which attributes that XML Schema calls ``xs:anyURI`` take."""

import re

from ..identifiers import is_uri

_URL = re.compile(r"((?:https?|ftp)://[^\s/?#]+)(\S*)", re.IGNORECASE)
_NAME = re.compile(r"(?:urn:[a-z0-9][a-z0-9-]{0,31}:|info:[a-z0-9+.-]+/)[^?#]", re.ASCII | re.IGNORECASE)
#: What cannot stand in a URI, and percent signs that escape nothing.
_FORBIDDEN = re.compile(r"""[^\x21-\x7e]|["<>\\^`{|}]|%(?![0-9A-Fa-f]{2})""")
_BRACKETS = str.maketrans({"[": "%5B", "]": "%5D"})


def is_url(text: str) -> bool:
    """Return whether ``text`` looks like a URL of the web (``http``, ``https`` or ``ftp``)."""
    return _URL.fullmatch(text) is not None


def escaped(url: str) -> str:
    """Return a URL with what cannot stand in it percent-encoded; empty: it cannot be a URL in spite of that.

    Brackets stay where they are around an address of IPv6.
    """
    found = _URL.fullmatch(url)
    if not found:
        return ""
    written = _FORBIDDEN.sub(_percent_encoded, found[1] + found[2].translate(_BRACKETS))
    return written if is_uri(written) else ""


def is_name(text: str) -> bool:
    """Return whether ``text`` is a URI that names without leading anywhere: a URN, or of the scheme ``info``."""
    return _NAME.match(text) is not None and is_uri(text)


def _percent_encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode(errors="replace"))
