"""The arguments of a request (chapter 4), read once into a small typed object."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from ..conf import DAYS
from ..identifiers import are_words, is_identifier, is_word
from ..markup import clean
from ..scopes import Scope
from .datestamps import end_of, parse_datestamp
from .errors import OAIError, OAIErrors

#: verb → its arguments: required, optional, exclusive.
VERBS: dict[str, tuple[frozenset[str], frozenset[str], str | None]] = {
    "Identify": (frozenset(), frozenset(), None),
    "ListMetadataFormats": (frozenset(), frozenset(["identifier"]), None),
    "ListSets": (frozenset(), frozenset(), "resumptionToken"),
    "GetRecord": (frozenset(["identifier", "metadataPrefix"]), frozenset(), None),
    "ListIdentifiers": (frozenset(["metadataPrefix"]), frozenset(["from", "until", "set"]), "resumptionToken"),
    "ListRecords": (frozenset(["metadataPrefix"]), frozenset(["from", "until", "set"]), "resumptionToken"),
}

#: What tells whether the value of an argument is legal in itself.
SYNTAX: dict[str, Callable[[str], bool]] = {
    "identifier": is_identifier,
    "metadataPrefix": is_word,
    "set": are_words,
}


@dataclasses.dataclass(frozen=True)
class Arguments:
    """A request that is legal in itself.

    Attributes:
        verb: one of ``VERBS``.
        given: the arguments as they came, without the verb.
        start: the first second of ``from``, since 1970; ``None``: from the beginning.
        end: the last second of ``until``.
        implied: nobody gave the verb; it is the repository's ``DEFAULT_VERB``.
    """

    verb: str
    given: dict[str, str]
    start: int | None = None
    end: int | None = None
    implied: bool = False

    @property
    def prefix(self) -> str:
        """The metadataPrefix."""
        return self.given.get("metadataPrefix", "")

    @property
    def set_spec(self) -> str:
        """The setSpec; empty: all records."""
        return self.given.get("set", "")

    @property
    def identifier(self) -> str:
        """The identifier."""
        return self.given.get("identifier", "")

    @property
    def token(self) -> str | None:
        """The resumptionToken; ``None`` in the first request of a list."""
        return self.given.get("resumptionToken")


def read_arguments(pairs: Iterable[tuple[str, str]], scope: Scope) -> Arguments:
    """Return the arguments of a request.

    Args:
        pairs: name and value of every argument, decoded; what was no UTF-8 as lone surrogates.
        scope: tells the granularity.

    Raises:
        OAIErrors: badVerb, or every badArgument there is.
    """
    pairs = list(pairs)
    verbs = [value for name, value in pairs if name == "verb"]
    verb = read_verb(verbs, scope.setting("DEFAULT_VERB"))
    required, optional, exclusive = VERBS[verb]
    given: dict[str, str] = {}
    problems: dict[str, None] = {}
    for name, value in pairs:
        if name == "verb":
            continue
        if name not in required | optional and name != exclusive:
            problems[_("%(verb)s has no argument “%(name)s”.") % {"verb": verb, "name": shown(name)}] = None
        elif name in given:
            problems[_("The argument %(name)s is there more than once.") % {"name": name}] = None
        else:
            given[name] = value
    if exclusive in given:
        if len(given) > 1:
            problems[_("With a resumptionToken there can be no other argument.")] = None
    else:
        for name in sorted(required - given.keys()):
            problems[_("The argument %(name)s is missing.") % {"name": name}] = None
    for name, value in given.items():
        if name in SYNTAX and not SYNTAX[name](value):
            problems[_("“%(value)s” is no legal %(name)s.") % {"value": shown(value), "name": name}] = None
    start, end = read_range(given, scope.setting("GRANULARITY"), problems)
    if problems:
        raise OAIErrors(*(OAIError("badArgument", problem) for problem in problems))
    return Arguments(verb, given, start, end, implied=not verbs)


def read_verb(values: list[str], default: str) -> str:
    """Return the verb; without any, ``default``, unless that is empty.

    Raises:
        OAIErrors: badVerb.
    """
    if not values and default:
        return default
    if not values:
        raise OAIErrors(OAIError("badVerb", _("The argument verb is missing.")))
    if len(values) > 1:
        raise OAIErrors(OAIError("badVerb", _("The argument verb is there more than once.")))
    if values[0] not in VERBS:
        raise OAIErrors(OAIError("badVerb", _("There is no verb “%(verb)s”.") % {"verb": shown(values[0])}))
    return values[0]


def read_range(given: dict[str, str], granularity: str, problems: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return the first and the last second of ``from`` and ``until``, both inclusive (section 2.7.1)."""
    bounds: dict[str, tuple[int, str]] = {}
    for name in ("from", "until"):
        if name not in given:
            continue
        try:
            bounds[name] = parse_datestamp(given[name])
        except (ValueError, OverflowError):
            problems[_("“%(value)s” is no legal date for %(name)s.") % {"value": shown(given[name]), "name": name}] = (
                None
            )
            continue
        if granularity == DAYS != bounds[name][1]:
            problems[_("The granularity of this repository is a day, which %(name)s exceeds.") % {"name": name}] = None
    if len({written for _seconds, written in bounds.values()}) > 1:
        problems[_("from and until have to be of the same granularity.")] = None
    start = bounds["from"][0] if "from" in bounds else None
    end = end_of(*bounds["until"]) if "until" in bounds else None
    if start is not None and end is not None and start > end:
        problems[_("from is later than until.")] = None
    return start, end


def shown(value: str) -> str:
    """Return a value as a message can repeat it: short, and what XML can hold."""
    cleaned = clean(value)
    return cleaned if len(cleaned) <= 100 else f"{cleaned[:100]}…"
