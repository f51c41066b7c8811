"""Identifiers of resources, people and organisations, and the URIs that they are.

DOI, Handle, ISBN, ISSN, ORCID, ROR, URN and more.
"""

import dataclasses
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from types import ModuleType

from .uris import escaped, is_name, is_url

#: Longer values are words, not identifiers.
LONGEST = 2_000

#: How an identifier says itself of which scheme it is; what comes behind is its value.
_PREFIXES = {
    "https://doi.org/": "doi",
    "http://doi.org/": "doi",
    "https://dx.doi.org/": "doi",
    "http://dx.doi.org/": "doi",
    "info:doi/": "doi",
    "doi:": "doi",
    "https://hdl.handle.net/": "handle",
    "http://hdl.handle.net/": "handle",
    "info:hdl/": "handle",
    "hdl:": "handle",
    "https://orcid.org/": "orcid",
    "http://orcid.org/": "orcid",
    "https://isni.org/isni/": "isni",
    "http://isni.org/isni/": "isni",
    "http://www.isni.org/isni/": "isni",
    "https://ror.org/": "ror",
    "http://ror.org/": "ror",
    "urn:isbn:": "isbn",
    "isbn:": "isbn",
    "urn:issn:": "issn",
    "issn:": "issn",
    "arxiv:": "arxiv",
    "https://arxiv.org/abs/": "arxiv",
    "pmid:": "pmid",
}

#: What each kind looks like. Digits are checked by the library, where it is there.
_SHAPES = {
    "doi": re.compile(r"10\.\d{4,9}(\.\d+)*/\S+", re.ASCII),
    "handle": re.compile(r"[0-9A-Za-z.]+/\S+", re.ASCII),
    "orcid": re.compile(r"(\d{4}-){3}\d{3}[\dX]", re.ASCII),
    "isni": re.compile(r"(\d{4}[ -]?){3}\d{3}[\dX]", re.ASCII),
    "ror": re.compile(r"0[a-hj-km-np-tv-z0-9]{6}\d\d", re.ASCII),
    "isbn": re.compile(r"(97[89][- ]?)?(\d[- ]?){9}[\dXx]", re.ASCII),
    "issn": re.compile(r"\d{4}-?\d{3}[\dXx]", re.ASCII),
    "arxiv": re.compile(r"(\d{4}\.\d{4,5}|[a-z\-]+(\.[A-Z]{2})?/\d{7})(v\d+)?", re.ASCII),
    "pmid": re.compile(r"\d{1,8}", re.ASCII),
    "urn": re.compile(r"urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[\x21-\x7e]+", re.ASCII | re.IGNORECASE),
    "ark": re.compile(r"ark:/?\d{5}[\x21-\x7e]*", re.ASCII),
}

_KINDS = frozenset((*_SHAPES, "url"))

#: The kinds whose values cannot be mistaken, so that nobody has to name their scheme.
_UNMISTAKABLE = ("doi", "orcid", "urn", "ark", "url")
#: Those that the library's check digits make so.
_CHECKED = ("isbn", "issn")

_RESOLVERS = {
    "doi": "https://doi.org/",
    "handle": "https://hdl.handle.net/",
    "orcid": "https://orcid.org/",
    "isni": "https://isni.org/isni/",
    "ror": "https://ror.org/",
    "arxiv": "https://arxiv.org/abs/",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/",
    "ark": "https://n2t.net/",
    "url": "",
}

_SYNONYMS = {"hdl": "handle", "uri": "url", "http": "url", "https": "url", "pubmed": "pmid"}

#: What is meant to stay, and names one thing.
_PERSISTENT = ("doi", "handle", "ark", "urn")
#: Numbers that have a namespace of URNs.
_NUMBERS = ("isbn", "issn")


@dataclasses.dataclass(frozen=True)
class Known:
    """An identifier as its standard writes it.

    Attributes:
        scheme: in lower case (``doi``, ``handle``, ``isbn``, ``issn``, ``orcid``, ``isni``, ``ror``, ``urn``, ``ark``,
            ``arxiv``, ``pmid``, ``url``), or as it was declared; empty: not known.
        value: without resolver and prefix.
        url: where it leads, as RFC 3986 writes it; empty if nowhere.
    """

    scheme: str
    value: str
    url: str

    @property
    def uri(self) -> str:
        """The URI that it is: where it leads, else a URN (``urn:isbn:…``) or one of ``info:``; empty: none."""
        if self.scheme in _NUMBERS:
            return f"urn:{self.scheme}:{self.value.replace(' ', '-')}"
        return self.url or (self.value if is_name(self.value) else "")

    @property
    def is_persistent(self) -> bool:
        """Whether it is meant to stay and names one thing: a DOI, Handle, ARK or URN."""
        return self.scheme in _PERSISTENT


@lru_cache(maxsize=4096)
def identify(value: str, scheme: str = "") -> Known:
    """Return what kind of identifier ``value`` is. Nothing is raised: what cannot be told has no scheme.

    Args:
        value: with or without resolver or prefix.
        scheme: what it is said to be. It is believed unless the value cannot be one.
    """
    value = value.strip()
    said = _SYNONYMS.get(scheme.strip().lower(), scheme.strip().lower())
    if not value or len(value) > LONGEST:
        return Known("" if said in _KINDS else said, value, "")
    lowered = value.lower()
    prefix = next((one for one in _PREFIXES if lowered.startswith(one)), "")
    bare, told = value[len(prefix) :].strip(), _PREFIXES.get(prefix, "")
    if said and said not in _KINDS:
        return Known(said, value, escaped(value))
    for kind in _kinds(said, told):
        for candidate in dict.fromkeys((bare, value)):
            if _is(kind, candidate):
                return _known(kind, candidate)
    return Known("", value, "")


def uri(value: str) -> str:
    """Return ``value`` as a URI, as RFC 3986 writes it: of the web (``http``, ``https``, ``ftp``), a URN, or of
    ``info:``; empty: it is none, but words, perhaps with a colon.

    What cannot be mistaken for anything but a DOI, an ORCID or an ARK is told by its address; a number is no URI.
    """
    value = value.strip()
    return identify(value).url or (value if is_name(value) else "")


@cache
def library() -> ModuleType | None:
    """Return idutils, if it is installed. It takes half a second to load, which few need."""
    try:
        import idutils
    except ImportError:
        return None
    return idutils  # type: ignore[no-any-return]


def _kinds(said: str, told: str) -> Iterator[str]:
    """Yield the kinds that an identifier may be of, the likely ones first."""
    yield from filter(None, (said, told, *_UNMISTAKABLE))
    if library():
        yield from _CHECKED


def _is(kind: str, value: str) -> bool:
    if kind == "url":
        return is_url(value)
    if not _SHAPES[kind].fullmatch(value):
        return False
    if kind in ("isbn", "issn", "orcid", "isni", "ror") and (checking := library()):
        return bool(getattr(checking, f"is_{kind}")(value))
    return True


def _known(kind: str, value: str) -> Known:
    if kind in ("isbn", "issn"):
        value = value.upper()
    if kind == "issn" and "-" not in value:
        value = f"{value[:4]}-{value[4:]}"
    if kind == "isni":
        value = re.sub("[ -]", "", value)
    if kind == "isbn" and (checking := library()):
        value = checking.normalize_isbn(value)
    resolver = _RESOLVERS.get(kind)
    return Known(kind, value, "" if resolver is None else escaped(resolver + value))
