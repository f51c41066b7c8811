"""The header element of a record (section 2.5)."""

import re
from collections.abc import Callable, Iterable

from ..markup import escape

_SETS = re.compile("<setSpec>(.*?)</setSpec>")
_TIME = re.compile(r"T\d\d:\d\d:\d\dZ</datestamp>")


def header(identifier: str, datestamp: str, specs: Iterable[str], *, deleted: bool) -> str:
    """Return the header element. ``specs`` are setSpecs, in the order they are told."""
    status = ' status="deleted"' if deleted else ""
    sets = "".join(f"<setSpec>{escape(spec)}</setSpec>" for spec in specs)
    return (
        f"<header{status}><identifier>{escape(identifier)}</identifier>"
        f"<datestamp>{datestamp}</datestamp>{sets}</header>"
    )


def left_header(header: str) -> str:
    """Return the header that tells the harvesters of a set that a living record has left it."""
    return without_sets(header).replace("<header>", '<header status="deleted">', 1)


def without_sets(header: str) -> str:
    """Return a header that names no sets."""
    return _SETS.sub("", header)


def with_sets(header: str, sees: Callable[[str], bool]) -> str:
    """Return a header that names no other sets than those that ``sees`` returns true for."""
    return _SETS.sub(lambda found: found[0] if sees(found[1]) else "", header)


def to_days(headers: str) -> str:
    """Return headers with their datestamps cut to days."""
    return _TIME.sub("</datestamp>", headers)
