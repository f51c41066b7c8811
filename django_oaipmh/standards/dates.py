"""Dates: ISO 8601 and W3CDTF, EDTF for ranges and doubts, the types of XML Schema, and words; none gains precision."""

import dataclasses
import datetime
import re
from functools import lru_cache
from typing import Any

try:
    import edtf
    from edtf.parser import edtf_exceptions, parser_classes
except ImportError:
    edtf = None

#: Longer values are sentences, not dates.
LONGEST = 100

#: Groups: year, month, day, time without and with seconds, zone.
_ISO = re.compile(
    r"(-?\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d(?:\.\d+)?)?(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?)?)?)?",
    re.ASCII,
)
_BEFORE_CHRIST = re.compile(
    r"(?P<about>(?:ca|circa|c|about)\b\.?\s*)?(?P<year>\d{1,4})\s*b\.?\s?c\.?(?:\s?e\.?)?", re.ASCII | re.IGNORECASE
)
_YEARS = re.compile(r"(\d{4})\s*[-–—]\s*(\d{4})", re.ASCII)
#: Of words, only those whose meaning is not a matter of country: "12/03/1850" is not read.
#: Nor is a number of two digits, which the library takes for a year of our century.
_IN_WORDS = re.compile(r"(?=.*[^\W\d_])[^/\d]*(?:\d{3,4}|\d{1,2}(?:st|nd|rd|th)\b)[^/\d]*", re.UNICODE | re.IGNORECASE)
#: The library counts years before Christ as if there was a year 0, and does not read "B.C.".
_BEFORE_CHRIST_IN_WORDS = re.compile(r"(?<!\d)([1-9]\d{0,3})\s*b\.?\s?c(?:\.?\s?e)?\b\.?", re.ASCII | re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Date:
    """A date, or a range of dates.

    Attributes:
        text: as it was said, without white space around it.
        edtf: in the Extended Date/Time Format; empty if it could not be read.
        start, end: the first and last year, month, day or moment as ISO 8601 (``1850``, ``1850-03``, ``-0044``,
            ``2021-05-06T07:08:09Z``), no more precise than what was said, with times of the day and zones that there
            are; the same for a single date; empty: open, or not known.
        approximate: it is only about right, or in doubt.
    """

    text: str
    edtf: str = ""
    start: str = ""
    end: str = ""
    approximate: bool = False

    @property
    def year(self) -> str:
        """The first year in four digits, of the common era; else nothing."""
        known = self.start or self.end
        return known[:4] if known and not known.startswith("-") else ""

    @property
    def single(self) -> str:
        """The date as ISO 8601, if it is a single one."""
        return self.start if self.start == self.end else ""

    @property
    def w3cdtf(self) -> str:
        """The date as W3CDTF, if it is a single one: no year before 0, and of a time without a zone only the day."""
        found = _ISO.fullmatch(self.single)
        if not found or self.single.startswith("-"):
            return ""
        return self.single if found[6] or not found[4] else self.single.partition("T")[0]

    @property
    def is_range(self) -> bool:
        """Whether it has a beginning and an end that differ, or are open."""
        return bool(self.edtf) and self.start != self.end


@lru_cache(maxsize=4096)
def read_date(text: str) -> Date:
    """Return what ``text`` says: ISO 8601, EDTF, two years, or words (``ca. 1850``). Nothing is raised.

    Without the library only ISO 8601 with its hyphens, and ranges of it, are understood.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        return Date(text)
    written = text
    if years := _YEARS.fullmatch(text):
        written = f"{years[1]}/{years[2]}"
    elif before := _BEFORE_CHRIST.fullmatch(text):
        year = int(before["year"])
        if not year:
            return Date(text)
        written = f"-{year - 1:04d}" if year > 1 else "0000"  # there the year 0 is 1 BC
        return Date(text, f"{written}~" if before["about"] else written, written, written, bool(before["about"]))
    parts = written.split("/")
    if len(parts) <= 2 and all(_is_date(part) for part in parts):
        if parts[0].lstrip("-") and _key(parts[0]) > _key(parts[-1]):
            return Date(text)
        return Date(text, written, parts[0], parts[-1])
    if edtf is None:
        return Date(text)
    parsed = _parsed(written)
    words = _BEFORE_CHRIST_IN_WORDS.sub(lambda year: f"{int(year[1]) - 1:04d} BC", text)
    if parsed is None and _IN_WORDS.fullmatch(words):
        found = edtf.text_to_edtf(words)
        parsed = _parsed(found) if found and not found.startswith("XXXX") else None
    if parsed is None:
        return Date(text)
    return Date(text, str(parsed), *_bounds(parsed), approximate=_is_approximate(parsed))


@lru_cache(maxsize=4096)
def schema_date(text: str) -> str:
    """Return ``text`` if it is W3CDTF of the common era that is also a date of XML Schema (``xs:gYear``,
    ``xs:gYearMonth``, ``xs:date``, or ``xs:dateTime`` with seconds and a zone); else nothing."""
    text = text.strip()
    return text if schema_type(text) and read_date(text).w3cdtf == text else ""


def schema_type(text: str) -> str:
    """Return which type of XML Schema ``text`` is a date of the common era in: ``gYear``, ``gYearMonth``, ``date``, or
    ``dateTime`` with seconds, with or without a zone; else nothing."""
    found = _ISO.fullmatch(text)
    if not found or text.startswith(("-", "0000")) or not _is_date(text):
        return ""
    _, month, day, time, seconds, _ = found.groups()
    if time:
        return "dateTime" if seconds else ""
    return "date" if day else "gYearMonth" if month else "gYear"


def _is_date(text: str) -> bool:
    found = _ISO.fullmatch(text)
    if not found:
        return False
    year, month, day = found.group(1, 2, 3)
    if month and not 1 <= int(month) <= 12:
        return False
    if day:
        try:
            datetime.date(abs(int(year)) or 4, int(month), int(day))
        except ValueError:
            return False
    return True


def _key(date: str) -> tuple[int, str]:
    sign = -1 if date.startswith("-") else 1
    bare = date.lstrip("-")
    return sign * int(bare[:4]), bare[4:]


def _parsed(text: str) -> Any:
    try:
        return edtf.parse_edtf(text)
    except (edtf_exceptions.EDTFParseException, TypeError):  # the latter of "/.."
        return None


def _bounds(parsed: Any) -> tuple[str, str]:
    """Return the first and last date of what the library parsed: exact where it is a plain date, else years."""
    if isinstance(parsed, parser_classes.UncertainOrApproximate):
        return _bounds(parsed.date)
    if isinstance(parsed, parser_classes.Interval):
        return _bounds(parsed.lower)[0], _bounds(parsed.upper)[1]
    if isinstance(parsed, parser_classes.UnspecifiedIntervalSection):
        return "", ""
    if type(parsed) in (parser_classes.Date, parser_classes.DateAndTime):
        written = str(parsed)
        return (written, written) if _is_date(written) else ("", "")
    first, last = parsed.lower_strict()[0], parsed.upper_strict()[0]
    return ("", "") if (first, last) == (0, 9999) else (_year(first), _year(last))


def _year(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}" if abs(year) <= 9999 else ""


def _is_approximate(parsed: Any) -> bool:
    if isinstance(parsed, parser_classes.Interval):
        return _is_approximate(parsed.lower) or _is_approximate(parsed.upper)
    marks = ("is_approximate", "is_uncertain", "is_uncertain_and_approximate")
    return any(bool(getattr(parsed, mark, False)) for mark in marks)
