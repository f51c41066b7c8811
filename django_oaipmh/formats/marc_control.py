"""What MARC 21 says of a resource in fixed positions: the leader and field 008."""

from ..metadata import Metadata
from ..standards.dates import Date, read_date
from ..standards.languages import alpha3
from ..standards.resource_types import coar_code, datacite_type, dcmi_type

#: Type of record (leader/06) by what COAR calls the type.
_RECORD_BY_COAR = {
    "c_12cc": "e",  # cartographic material
    "c_12cd": "e",  # map
    "c_18cw": "c",  # musical notation
    "c_18cd": "j",  # musical composition, a sound
    "c_0040": "t",  # manuscript
}

#: The same by DCMI type.
_RECORD_BY_DCMI = {
    "Collection": "p",
    "Dataset": "m",
    "Image": "k",
    "InteractiveResource": "m",
    "MovingImage": "g",
    "PhysicalObject": "r",
    "Service": "m",
    "Software": "m",
    "Sound": "i",
    "StillImage": "k",
    "Text": "a",
}

#: Bibliographic level (leader/07) by what COAR calls the type: serials, and what is updated.
_LEVEL_BY_COAR = {
    "c_0640": "s",  # journal
    "c_2659": "s",  # periodical
    "c_2cd9": "s",  # magazine
    "c_2fe3": "s",  # newspaper
    "QX5C-AR31": "s",  # other periodical
    "c_7ad9": "i",  # website
}

#: The same by DataCite type: parts of a serial and of a monograph.
_LEVEL_BY_DATACITE = {"BookChapter": "a", "JournalArticle": "b"}

#: In which terms the date of field 008 is looked for.
DATES = ("issued", "date", "available", "created", "dateCopyrighted")

#: When the resource came into the repository, for want of the date on which the record was made.
_ENTERED = ("available", "dateSubmitted", "issued", "modified")


def leader(metadata: Metadata) -> str:
    """Return the leader: a new record of an abbreviated level in Unicode, made by no known rules of description."""
    return f"     n{_record(metadata)}{level(metadata)} a22     3u 4500"


def _record(metadata: Metadata) -> str:
    types = metadata.get("type", [])
    return _RECORD_BY_COAR.get(coar_code(types)) or _RECORD_BY_DCMI.get(dcmi_type(types), "a")


def level(metadata: Metadata) -> str:
    """Return the bibliographic level (leader/07)."""
    types = metadata.get("type", [])
    if dcmi_type(types) == "Collection":
        return "c"
    by_type = _LEVEL_BY_COAR.get(coar_code(types)) or _LEVEL_BY_DATACITE.get(datacite_type(types), "")
    if by_type:
        return by_type
    hosts = [value for value in metadata.get("bibliographicCitation", []) if getattr(value, "title", "")]
    if hosts:
        return "b" if any(getattr(host, "issn", "") for host in hosts) else "a"
    return "m"


def fixed_data(metadata: Metadata) -> str:
    """Return field 008, 40 characters: dates, no place, one language; what depends on the material is not coded."""
    codes = [code for value in metadata.get("language", []) if (code := alpha3(str(value)))]
    return f"{_entered(metadata)}{_dates(metadata)}xx {'|' * 17}{codes[0] if codes else 'und'} d"


def _entered(metadata: Metadata) -> str:
    """Return a whole day as ``yymmdd``; fill characters if none is known."""
    dates = (read_date(str(value)) for term in _ENTERED for value in metadata.get(term, []))
    day = next((date.w3cdtf[:10] for date in dates if date.year and len(date.w3cdtf) >= 10), "")
    return day[2:4] + day[5:7] + day[8:10] if day else "||||||"


def _dates(metadata: Metadata) -> str:
    """Return the type of date and both dates (positions 06 to 14)."""
    dates = [read_date(str(value)) for term in DATES for value in metadata.get(term, [])]
    date = next((one for one in dates if one.edtf and (one.start or one.end)), None)
    if date is None:
        return "nuuuuuuuu"
    if date.start.startswith("-") or date.end.startswith("-"):
        return "b        "
    if date.is_range:
        return _range(date, level(metadata))
    copyrighted = [read_date(str(value)).year for value in metadata.get("dateCopyrighted", [])]
    if len(date.start) > 4:
        return f"e{date.year}{date.start[5:7]}{date.start[8:10]:2}"
    if copyrighted and copyrighted[0] and copyrighted[0] != date.year:
        return f"t{date.year}{copyrighted[0]}"
    return f"s{date.year}    "


def _range(date: Date, level: str) -> str:
    first, last = date.start[:4] or "uuuu", date.end[:4]
    if level == "s":
        return f"d{first}{last}" if last else f"c{first}9999"
    if level == "c":
        return f"i{first}{last or '9999'}"
    if "/" not in date.edtf and last:
        return f"q{first}{last}"
    return f"m{first}{last or '9999'}"
