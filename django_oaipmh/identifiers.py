"""OAI identifiers: their syntax, and that of the namespaces in them (section 2.4 and the oai-identifier guideline)."""

import re

#: The most characters an identifier may have: it travels in URLs.
LONGEST = 1000

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
_DOMAIN = re.compile(r"[A-Za-z][A-Za-z0-9\-]*(\.[A-Za-z][A-Za-z0-9\-]*)+")


def is_identifier(text: str) -> bool:
    """Return whether ``text`` is a URI, in the characters of RFC 3986, that is not too long."""
    return len(text) <= LONGEST and _URI.fullmatch(text) is not None


def is_namespace(text: str) -> bool:
    """Return whether ``text`` can be the namespace of ``oai:`` identifiers: a domain name."""
    return _DOMAIN.fullmatch(text) is not None
