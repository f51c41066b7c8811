"""What the names that travel in URLs look like: identifiers and their namespaces (section 2.4 and the oai-identifier
guideline), setSpecs (section 2.6) and metadataPrefixes (section 3.4)."""

import re

#: The most characters that an identifier or a resumptionToken may have.
LONGEST = 1_000

#: The same of prefixes and setSpecs: those that fit into a resumptionToken.
LONGEST_PREFIX, LONGEST_SET_SPEC = 64, 400

_CHARACTER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_AUTHORITY = rf"(?:(?:{_CHARACTER}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|{_CHARACTER}*)(?::[0-9]{{1,5}})?"
_SEGMENT = f"(?:{_CHARACTER}|[:@])"
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_SEGMENT}*)*|/?{_SEGMENT}+(?:/{_SEGMENT}*)*)"
    rf"(?:\?(?:{_SEGMENT}|[/?])*)?(?:#(?:{_SEGMENT}|[/?])*)?"
)
_WORD = re.compile(r"[A-Za-z0-9\-_.!~*'()]+")
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


def is_word(text: str) -> bool:
    """Return whether ``text`` has the syntax of a metadataPrefix, or of one part of a setSpec."""
    return len(text) <= LONGEST and _WORD.fullmatch(text) is not None


def are_words(text: str) -> bool:
    """Return whether ``text`` has the syntax of a setSpec: words with colons between them."""
    return len(text) <= LONGEST and all(map(is_word, text.split(":")))


def is_prefix(text: str) -> bool:
    """Return whether a format can have the metadataPrefix ``text``."""
    return len(text) <= LONGEST_PREFIX and is_word(text)


def is_set_spec(text: str) -> bool:
    """Return whether a set can have the setSpec ``text``."""
    return len(text) <= LONGEST_SET_SPEC and are_words(text)
