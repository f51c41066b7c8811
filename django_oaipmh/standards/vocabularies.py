"""Vocabularies of subjects: the codes that MARC and MODS name them by.

The codes are those of the Library of Congress's lists of source codes (https://id.loc.gov/vocabulary/subjectSchemes).
"""

import re
from functools import lru_cache

#: How the URIs of a vocabulary and its concepts begin, without ``http://`` and ``www.``: code.
_NAMESPACES = {
    "id.loc.gov/authorities/subjects": "lcsh",
    "id.loc.gov/authorities/names": "naf",
    "id.loc.gov/authorities/genreforms": "lcgft",
    "id.worldcat.org/fast": "fast",
    "id.nlm.nih.gov/mesh": "mesh",
    "d-nb.info/gnd": "gnd",
    "vocab.getty.edu/aat": "aat",
    "vocab.getty.edu/tgn": "tgn",
    "vocab.getty.edu/ulan": "ulan",
    "aims.fao.org/aos/agrovoc": "agrovoc",
    "eurovoc.europa.eu": "eurovoc",
    "id.ndl.go.jp/auth/ndlsh": "ndlsh",
    "yso.fi/onto/yso": "yso",
    "id.kb.se/term/sao": "sao",
    "zbw.eu/stw": "stw",
}

#: Names and codes, in lower case: code.
_NAMES = {
    **{code: code for code in _NAMESPACES.values()},
    "library of congress subject headings": "lcsh",
    "library of congress genre/form terms": "lcgft",
    "medical subject headings": "mesh",
    "gemeinsame normdatei": "gnd",
    "art & architecture thesaurus": "aat",
    "art and architecture thesaurus": "aat",
    "thesaurus of geographic names": "tgn",
}

_CODE = re.compile(r"[a-z][a-z0-9-]{1,14}", re.ASCII)
_SCHEME = re.compile(r"https?://(www\.)?", re.ASCII | re.IGNORECASE)


@lru_cache(maxsize=1024)
def source_code(scheme: str, uri: str = "") -> str:
    """Return the code of a vocabulary, else nothing.

    Args:
        scheme: the vocabulary's URI, name or code (``lcsh``; one word in lower case is taken for a code).
        uri: a concept's URI, which may tell its vocabulary.
    """
    scheme = scheme.strip()
    if scheme.casefold() in _NAMES:
        return _NAMES[scheme.casefold()]
    for text in (scheme, uri):
        bare = _SCHEME.sub("", text.strip(), count=1).casefold()
        for namespace, code in _NAMESPACES.items():
            if bare == namespace or bare.startswith((f"{namespace}/", f"{namespace}#")):
                return code
    return scheme if _CODE.fullmatch(scheme) else ""
