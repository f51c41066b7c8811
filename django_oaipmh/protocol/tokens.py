"""Resumption tokens (section 3.5): signed, and carrying all that the next page needs, so the server keeps nothing."""

from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext as _

from ..identifiers import LONGEST
from ..scopes import Scope
from .errors import OAIError, OAIErrors

VERSION = 2


class Position(NamedTuple):
    """Where a list goes on.

    Attributes:
        generation: of the index that the keys below are from.
        verb, prefix, set_spec, start, end: the request that began the list; seconds since 1970.
        after: the datestamp of the last entry that was told; of ListSets nothing.
        last: the key of the last record or set that was told.
        cursor: how many were told so far.
        total: the completeListSize; ``None``: not known.
        since: the responseDate of the list's first response. Harvesters whose next harvest begins elsewhere have other
            tokens, so that a cached page is never older than what they were told.
    """

    generation: str
    verb: str
    prefix: str
    set_spec: str
    start: int | None
    end: int | None
    after: int
    last: int
    cursor: int
    total: int | None
    since: int


def write_token(position: Position, scope: Scope) -> str:
    """Return the token of ``position``, of unreserved characters only."""
    return _signer(scope).sign_object([VERSION, *position])


def read_token(token: str, verb: str, scope: Scope) -> Position:
    """Return the position that ``token`` holds.

    Raises:
        OAIErrors: badResumptionToken, for a token that is expired, forged, or not of this verb and scope.
    """
    if len(token) > LONGEST:  # none of ours is
        raise bad_token()
    lifetime = scope.setting("TOKEN_LIFETIME")
    try:
        fields: Any = _signer(scope).unsign_object(token, max_age=lifetime)
    except signing.SignatureExpired as error:
        raise bad_token(_("The resumptionToken has expired.")) from error
    except (signing.BadSignature, ValueError, UnicodeError) as error:
        raise bad_token() from error
    if fields[0] != VERSION:
        raise bad_token()
    position = Position(*fields[1:])
    if position.verb != verb:
        raise bad_token()
    return position


def bad_token(message: str = "") -> OAIErrors:
    """Return the error for a token that cannot be used."""
    message = message or _("This is no resumptionToken of this list. Begin the list again.")
    return OAIErrors(OAIError("badResumptionToken", message))


def _signer(scope: Scope) -> signing.TimestampSigner:
    return signing.TimestampSigner(sep=".", salt=f"django_oaipmh.resumptionToken.{scope.repository.name}/{scope.spec}")
