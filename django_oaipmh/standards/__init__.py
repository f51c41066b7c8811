"""Identifiers, dates, languages and vocabularies as their standards write them, for the formats that ask for it.

What recognises them are libraries of the extra ``django_oaipmh[standards]``. Without it, what says itself what it is
is still understood: ``https://doi.org/10.…``, ``1850-03``, ``ger``.
"""

from functools import cache
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = ("edtf", "idutils", "langcodes")


@cache
def versions() -> tuple[str, ...]:
    """Return the libraries that are installed, with their versions: records depend on them."""
    found = []
    for library in LIBRARIES:
        try:
            found.append(f"{library} {version(library)}")
        except PackageNotFoundError:
            continue
    return tuple(found)
