"""OAI identifiers: their syntax, and that of the namespaces in them (section 2.4 and the oai-identifier guideline)."""

import re

#: The most characters an identifier may have: it travels in URLs.
LONGEST = 1000

_CHARACTER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_AUTHORITY = rf"(?:(?:{_CHARACTER}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|{_CHARACTER}*)(?::[0-9]{{1,5}})?"
_SEGMENT = f"(?:{_CHARACTER}|[:@])"
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_SEGMENT}*)*|/?{_SEGMENT}+(?:/{_SEGMENT}*)*)"
    rf"(?:\?(?:{_SEGMENT}|[/?])*)?(?:#(?:{_SEGMENT}|[/?])*)?"
)
_DOMAIN = re.compile(r"[A-Za-z][A-Za-z0-9\-]*(\.[A-Za-z][A-Za-z0-9\-]*)+")


def is_uri(text: str) -> bool:
    """Return whether ``text`` is a URI with a scheme, by the grammar of RFC 3986: then it is a valid anyURI too."""
    return _URI.fullmatch(text) is not None


def is_identifier(text: str) -> bool:
    """Return whether ``text`` is a URI that is not too long."""
    return len(text) <= LONGEST and is_uri(text)


def is_namespace(text: str) -> bool:
    """Return whether ``text`` can be the namespace of ``oai:`` identifiers: a domain name."""
    return _DOMAIN.fullmatch(text) is not None
