"""Coordinates in decimal degrees, WGS 84."""

import re

_DECIMAL = re.compile(r"[+-]?\d{1,3}(\.\d{1,20})?", re.ASCII)


def coordinates(latitude: str, longitude: str) -> tuple[str, str] | None:
    """Return both as plain decimal numbers, without a plus sign; ``None`` if they are not a place on Earth."""
    found = [value.strip() for value in (latitude, longitude)]
    for value, limit in zip(found, (90, 180), strict=True):
        if not _DECIMAL.fullmatch(value) or abs(float(value)) > limit:
            return None
    return found[0].lstrip("+"), found[1].lstrip("+")
