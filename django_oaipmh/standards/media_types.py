"""Media types, as IANA registers them (RFC 6838)."""

import re

_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_SHAPE = re.compile(
    rf"(?:application|audio|font|haptics|image|message|model|multipart|text|video)/{_NAME}", re.ASCII | re.IGNORECASE
)


def media_type(value: str) -> str:
    """Return the media type that ``value`` is, in lower case and without parameters; empty: it is none."""
    name = value.partition(";")[0].strip()
    return name.lower() if _SHAPE.fullmatch(name) else ""
