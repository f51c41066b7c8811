"""Datestamps: UTC, in whole seconds or days (section 3.3). Inside the app they are seconds since 1970."""

import datetime
import re

from ..conf import DAYS, SECONDS

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1)

SECONDS_A_DAY = 86_400


def format_datestamp(seconds: int, granularity: str = SECONDS) -> str:
    """Return a datestamp as it is disseminated."""
    moment = _EPOCH + datetime.timedelta(seconds=seconds)
    text = moment.isoformat() + "Z"
    return text[:10] if granularity == DAYS else text


def parse_datestamp(text: str) -> tuple[int, str]:
    """Return the first second of what ``text`` names, and the granularity it is written in.

    Raises:
        ValueError: it is no UTCdatetime.
    """
    if _DAY.fullmatch(text):
        granularity, moment = DAYS, datetime.datetime.fromisoformat(text)
    elif _SECOND.fullmatch(text):
        granularity, moment = SECONDS, datetime.datetime.fromisoformat(text[:-1])
    else:
        raise ValueError(text)
    return (moment - _EPOCH) // datetime.timedelta(seconds=1), granularity


def end_of(seconds: int, granularity: str) -> int:
    """Return the last second of the day or second that begins at ``seconds``."""
    return seconds + SECONDS_A_DAY - 1 if granularity == DAYS else seconds
