"""Access rights: the vocabulary of COAR, and what is told in the words of info:eu-repo or others."""

from collections.abc import Iterable
from typing import Any

ACCESS_RIGHTS = "http://purl.org/coar/access_right/"

#: The COAR Access Rights vocabulary: the last part of the URI → its English label.
_LABELS = {
    "c_abf2": "open access",
    "c_f1cf": "embargoed access",
    "c_16ec": "restricted access",
    "c_14cb": "metadata only access",
}
_EU_REPO = "info:eu-repo/semantics/"
_WORDS = {
    "open": "c_abf2",
    "openaccess": "c_abf2",
    "embargo": "c_f1cf",
    "embargoed": "c_f1cf",
    "embargoedaccess": "c_f1cf",
    "restricted": "c_16ec",
    "restrictedaccess": "c_16ec",
    "closed": "c_14cb",
    "closedaccess": "c_14cb",
    "metadataonly": "c_14cb",
    "metadataonlyaccess": "c_14cb",
}


def access_right(values: Iterable[Any]) -> tuple[str, str] | None:
    """Return the URI and the English label of COAR for the first access right among ``values``.

    It is told by the URI, by a word (``open access``) or by a term of info:eu-repo (``closedAccess``, which COAR calls
    metadata only access).
    """
    for value in values:
        for text in (getattr(value, "uri", ""), str(value)):
            if found := _read(text):
                return ACCESS_RIGHTS + found, _LABELS[found]
    return None


def _read(text: str) -> str:
    text = text.strip().rstrip("/").replace("https://purl.org/", "http://purl.org/")
    if text.startswith(ACCESS_RIGHTS):
        code = text[len(ACCESS_RIGHTS) :]
        return code if code in _LABELS else ""
    return _WORDS.get("".join(filter(str.isalpha, text.removeprefix(_EU_REPO).lower())), "")
