"""The six verbs (chapter 4), answered from the index.

Before anything else is read, ``Present`` fixes what a response may claim to know: its responseDate is never later than
the first change that the response might not show (invariant 2).
"""

import dataclasses
import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import router
from django.db.models import Case, Exists, Min, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Left
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from .. import clock
from ..conf import DEFAULTS
from ..models import Entry, IndexedSet, Intent, Record, RecordList, RepositoryState, key_of
from ..repository import Repository
from ..scopes import Scope
from .arguments import Arguments
from .errors import NotReady, OAIError, OAIErrors
from .headers import left_header, with_sets
from .lists import COUNTED, Key, Range, Row, state
from .tokens import Position, bad_token, read_token, write_token

#: Where more sets were ever indexed, they are not counted, and ListSets has no completeListSize.
COUNTED_SETS = 1_000

#: Seconds after which a harvester may come again: to a repository whose first sync runs, to a replica that lags.
PREPARING, LAGGING = 600, 10


@dataclasses.dataclass(frozen=True)
class Present:
    """The moment of a response.

    Attributes:
        using: the database that is read.
        response_date: seconds since 1970: the time up to which nothing can be missing here. It is the database's time,
            on a replica that of the last write it knows of, or that of the oldest write under way if it is earlier.
        now: the database's time.
        generation: of the index.
        opened: when the repository was first synced.
        harvested: when it was first listed, and no datestamp of the host's own can appear any more; else ``None``.
        list_id: the list that was asked for; ``None``: nothing was ever in it.
    """

    using: str
    response_date: int
    now: int
    generation: str
    opened: int
    harvested: int | None
    list_id: int | None


@dataclasses.dataclass(frozen=True)
class Resumption:
    """A resumptionToken element (section 3.5): an empty ``token`` closes the list.

    Attributes:
        stamp: as long as it is the same, a token may be kept in a cache in place of a newer one.
    """

    token: str
    cursor: int
    total: int | None
    expires: int | None
    stamp: tuple[str, int] = ("", 0)


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a verb has to say: the variables of its template, and how the list goes on.

    Attributes:
        past: this is a list up to a moment in the past: nothing can come to it any more, only leave it.
    """

    response_date: int
    context: dict[str, Any]
    resumption: Resumption | None = None
    past: bool = False


def look(scope: Scope, prefix: str = "", set_spec: str = "") -> Present:
    """Return the present moment of ``scope``, and its list of a format and set, in one query.

    Raises:
        NotReady: the first sync is not complete.
    """
    using = router.db_for_read(Record)
    name = scope.repository.name
    row = state(using, name, key_of(name, kept_as(prefix, scope), scope.spec, set_spec))
    if row is None or row[3] is None:
        message = _("This repository is being prepared. Its operator completes that with: manage.py oai_sync")
        raise NotReady(message, PREPARING)
    now, oldest, generation, opened, harvested, tick, list_id = row
    date = now
    if is_replica(using):  # what has not arrived yet is no earlier than what has
        date = tick
        if oldest is not None and harvested is not None and oldest <= harvested:
            harvested = None  # a write that began before may still bring the host's own dates
    if oldest is not None:
        date = min(date, oldest)
    return Present(using, date, now, generation, opened, harvested, list_id)


def is_replica(using: str) -> bool:
    """Return whether database ``using`` may know less than the one that the index is written to."""
    return using != router.db_for_write(RepositoryState)


def seen_lists(scope: Scope, present: Present) -> Any:
    """Return the lists that together hold every record that is seen in ``scope``."""
    name = scope.repository.name
    lists = RecordList.objects.using(present.using).filter(repository=name, scope=scope.spec)
    if scope.formats is not None:
        lists = lists.filter(prefix__in=scope.record_formats)
    if scope.sets is None:
        return lists.filter(set=None)
    return lists.filter(set__key__in=[key_of(name, spec) for spec in scope.sets])


def kept_as(prefix: str, scope: Scope) -> str:
    """Return the prefix that the records of a format are kept under, whichever prefix it was asked for by."""
    format = scope.metadata_formats.get(prefix)
    return format.prefix if format else prefix


def answer(arguments: Arguments, scope: Scope) -> Answer:
    """Return the answer to a request.

    Raises:
        OAIErrors: the request is answered with errors.
        NotReady: the repository cannot answer yet.
    """
    verbs: dict[str, Callable[[Arguments, Scope], Answer]] = {
        "Identify": identify,
        "ListMetadataFormats": list_metadata_formats,
        "ListSets": list_sets,
        "GetRecord": get_record,
        "ListIdentifiers": list_headers,
        "ListRecords": list_headers,
    }
    return verbs[arguments.verb](arguments, scope)


def identify(arguments: Arguments, scope: Scope) -> Answer:
    """Answer Identify (section 4.2)."""
    present = look(scope)
    earliest = Entry.objects.filter(list=OuterRef("pk")).order_by("datestamp").values("datestamp")[:1]
    lists = seen_lists(scope, present)
    lowest = lists.aggregate(lowest=Min(Subquery(earliest)))["lowest"]
    sample = ""
    if scope.repository.mints_identifiers:
        entries = Entry.objects.using(present.using).filter(list__in=list(lists.values_list("pk", flat=True)))
        ordered = entries.order_by("list", "datestamp", "record")
        for identifier, deleted in ordered.values_list("record__item__identifier", "deleted")[:1]:
            sample = "" if deleted and scope.setting("DELETED_RECORD") == "no" else identifier
    return Answer(
        present.response_date,
        {
            "earliest": present.opened if lowest is None else lowest,
            "sample_identifier": sample or f"oai:{scope.repository.get_namespace()}:1",
        },
    )


def list_metadata_formats(arguments: Arguments, scope: Scope) -> Answer:
    """Answer ListMetadataFormats (section 4.4), of the repository or of one item."""
    present = look(scope)
    formats = list(scope.metadata_formats.values())
    if arguments.identifier:
        held = records_of(arguments.identifier, scope, present)
        formats = [format for format in formats if format.prefix in held]
        if not formats:
            raise OAIErrors(OAIError("noMetadataFormats", _("There are no formats for this item.")))
    return Answer(present.response_date, {"formats": formats})


def get_record(arguments: Arguments, scope: Scope) -> Answer:
    """Answer GetRecord (section 4.1)."""
    present = look(scope)
    errors: list[OAIError] = []
    held: dict[str, Record] = {}
    kept = kept_as(arguments.prefix, scope)
    try:
        held = records_of(arguments.identifier, scope, present, kept)
    except OAIErrors as raised:
        errors += raised.errors
    offered = arguments.prefix in scope.metadata_formats
    if not offered or (held and kept not in held):
        errors.append(no_such_format(arguments.prefix, offered))
    if errors:
        raise OAIErrors(*errors)
    record = held[kept]
    return Answer(present.response_date, {"records": [record]})


def records_of(identifier: str, scope: Scope, present: Present, kept: str = "") -> dict[str, Record]:
    """Return prefix → record of one item; the body only of the one kept as ``kept``, as each may have many megabytes.

    Raises:
        OAIErrors: idDoesNotExist.
    """
    body = Case(When(prefix=kept, then="body"), default=Value(""), output_field=TextField())
    records = Record.objects.using(present.using).defer("body").annotate(read=body)
    records = records.filter(
        item__identifier_key=key_of(scope.repository.name, identifier), item__identifier=identifier
    )
    if scope.formats is not None:
        records = records.filter(prefix__in=scope.record_formats)
    held: list[Record] = []
    for record in records:
        record.body = record.read
        held.append(record)
    if scope.is_part:
        held = seen(held, scope, present)
    if scope.setting("DELETED_RECORD") == "no":
        held = [record for record in held if not record.deleted]
    if not held:
        raise OAIErrors(OAIError("idDoesNotExist", _("This repository has no item of this identifier.")))
    return {record.prefix: record for record in held}


def seen(records: Sequence[Record], scope: Scope, present: Present) -> list[Record]:
    """Return those of ``records`` that a part of the repository tells, deleted if they have left it."""
    entries = Entry.objects.using(present.using).filter(list__in=seen_lists(scope, present), record__in=records)
    told: dict[int, bool] = {}
    for record_id, deleted in entries.values_list("record_id", "deleted"):
        told[record_id] = told.get(record_id, True) and deleted
    left = {pk for pk, deleted in told.items() if deleted}
    for record in records:
        if record.pk in left and not record.deleted:
            record.header, record.body, record.deleted = left_header(record.header), "", True
        record.header = with_sets(record.header, scope.has_set)
    return [record for record in records if record.pk in told]


def no_such_format(prefix: str, offered: bool) -> OAIError:
    """Return the error for a format that the repository, or one item, does not have."""
    if offered:
        return OAIError("cannotDisseminateFormat", _("This item is not available as %(prefix)s.") % {"prefix": prefix})
    message = _("This repository has no format %(prefix)s.") % {"prefix": prefix}
    return OAIError("cannotDisseminateFormat", message)


def list_headers(arguments: Arguments, scope: Scope) -> Answer:
    """Answer ListRecords (section 4.5) and ListIdentifiers (section 4.3)."""
    position, present = begin_or_resume(arguments, scope)
    if present.list_id is None:
        raise nothing_listed(position, scope, present)
    listed = Range(
        present.using,
        present.list_id,
        position.start,
        position.end,
        scope.setting("DELETED_RECORD") != "no",
    )
    after = None if arguments.token is None else (position.after, position.last)
    size, most = page_size(scope, position.set_spec), scope.setting("PAGE_BYTES")
    page = read_page(listed, after, size, most, arguments.verb == "ListRecords", count=arguments.token is None)
    if not page.rows:
        raise nothing_listed(position, scope, present)
    told = position.cursor + len(page.rows)
    total = page.total if arguments.token is None else position.total
    if total is not None:
        total = max(total, told + page.more)
    following = position._replace(after=page.last[0], last=page.last[1], cursor=told, total=total)
    records = page.rows if scope.sets is None else [within(row, scope) for row in page.rows]
    resumption = resume(position, following, page.more, arguments, scope, present)
    past = position.end is not None and position.end < present.response_date
    return Answer(present.response_date, {"records": records}, resumption, past)


def begin_or_resume(arguments: Arguments, scope: Scope) -> tuple[Position, Present]:
    """Return where the list begins or goes on, and the present moment.

    Raises:
        OAIErrors: badResumptionToken, or the format is not one of the repository.
    """
    if arguments.token is not None:
        position = read_token(arguments.token, arguments.verb, scope)
        present = look(scope, position.prefix, position.set_spec)
        seen_here = position.prefix in scope.metadata_formats and sees_list(scope, position.set_spec)
        if position.generation != present.generation or not seen_here:
            raise bad_token()
        return position, present
    errors = []
    if arguments.prefix not in scope.metadata_formats:
        errors.append(no_such_format(arguments.prefix, offered=False))
    set_spec = arguments.set_spec or scope.only_set
    if scope.sets is not None and not set_spec:
        errors.append(OAIError("badArgument", _("Say which set: %(sets)s.") % {"sets": ", ".join(sorted(scope.sets))}))
    present = look(scope, arguments.prefix, set_spec)
    if not sees_list(scope, set_spec):
        present = dataclasses.replace(present, list_id=None)
    if set_spec and present.list_id is None and not has_sets(scope, present):
        errors.append(OAIError("noSetHierarchy", _("This repository has no sets.")))
    if errors:
        raise OAIErrors(*errors)
    if present.harvested is None:
        close_initial_dating(scope.repository)
        present = dataclasses.replace(look(scope, arguments.prefix, set_spec), list_id=present.list_id)
        if present.harvested is None:
            raise NotReady(_("This replica of the repository has not caught up yet."), LAGGING)
    return start_of(arguments, present, set_spec), present


def sees_list(scope: Scope, set_spec: str) -> bool:
    """Return whether ``scope`` has the list of a set, or of all records."""
    return scope.sets is None if not set_spec else scope.has_set(set_spec)


def start_of(arguments: Arguments, present: Present, set_spec: str = "") -> Position:
    """Return the position before the first entry of a list."""
    asked = (arguments.verb, arguments.prefix, set_spec, arguments.start, arguments.end)
    return Position(present.generation, *asked, after=0, last=0, cursor=0, total=None, since=present.response_date)


def close_initial_dating(repository: Repository) -> None:
    """Remember that a list is about to be answered: from now on the host's own dates do not count.

    Whoever writes at this moment may not know it yet. Taking the intents away makes the writer start again, or waits
    for it where it has begun its transaction.
    """
    using = router.db_for_write(RepositoryState)
    rows = RepositoryState.objects.using(using).filter(pk=repository.name, harvested=None)
    rows.update(harvested=clock.now(using))
    Intent.objects.using(using).filter(repository=repository.name).delete()


def nothing_listed(position: Position, scope: Scope, present: Present) -> OAIErrors:
    """Return the error for an empty list."""
    error = OAIError("noRecordsMatch", _("No record matches the request."))
    if position.set_spec and not has_sets(scope, present):
        error = OAIError("noSetHierarchy", _("This repository has no sets."))
    return OAIErrors(error, response_date=present.response_date)


@dataclasses.dataclass(frozen=True)
class Page:
    """A page of a list: what is told, the key of the last, whether more follow, the list's size."""

    rows: Sequence[Row]
    last: Key
    more: bool
    total: int | None


def page_size(scope: Scope, set_spec: str = "") -> int:
    """Return how many entries a page of a set's list may hold: what the settings say of it, or of one above it."""
    declared: int | dict[str, int] = scope.setting("PAGE_SIZE")
    if not isinstance(declared, dict):
        return declared
    while set_spec and set_spec not in declared:
        set_spec = set_spec.rpartition(":")[0]
    return declared.get(set_spec) or declared.get("") or int(DEFAULTS["PAGE_SIZE"])


def read_page(listed: Range, after: Key | None, size: int, most: int, bodies: bool, *, count: bool) -> Page:
    """Return the entries behind ``after``: up to ``size`` and, with bodies, ``most`` bytes of them, at least one.

    The bodies come with the keys, as long as none is larger than its share of a page; otherwise they are read when it
    is known which of them fit.
    """
    while True:
        rows = listed.begin(after, size + 1, most // (size + 1) if bodies else 0, count=count)
        number = min(len(rows), size)
        if bodies:
            number = fitting([row.size for row in rows[:number]], most)
        if not number:
            return Page((), (0, 0), False, None)
        last = rows[number - 1].key
        more = len(rows) > number
        total = rows[0].total if count and rows[0].total <= COUNTED else None
        page = rows[:number]
        if bodies and any(row.body is None for row in page):
            # One statement tells header and body together; what was re-dated in between comes later in the list.
            page = listed.up_to(after, last, number)
        if page:
            return Page([left(row) if row.left else row for row in page], last, more, total)
        after = last


def left(row: Row) -> Row:
    """Return a record that has left the list's set as the set's harvesters are told of it."""
    return row._replace(header=left_header(row.header), body="")


def within(row: Row, scope: Scope) -> Row:
    """Return a record without the sets that are not seen in ``scope``."""
    return row._replace(header=with_sets(row.header, scope.has_set))


def fitting(sizes: Iterable[int], most: int) -> int:
    """Return how many of ``sizes`` fit into ``most`` bytes, but at least one if there is one."""
    number = used = 0
    for size in sizes:
        used += size
        if number and used > most:
            break
        number += 1
    return number


def resume(
    position: Position,
    following: Position,
    more: bool,
    arguments: Arguments,
    scope: Scope,
    present: Present,
) -> Resumption | None:
    """Return the resumptionToken element of a page; ``None`` if the list fits one response."""
    if not more:
        return Resumption("", position.cursor, following.total, None) if arguments.token is not None else None
    token = write_token(following, scope)
    expires = present.now + scope.setting("TOKEN_LIFETIME")
    stamp = (present.generation, present.now // longest_age(scope))
    return Resumption(token, position.cursor, following.total, expires, stamp)


def longest_age(scope: Scope) -> int:
    """Return the seconds that a response with a token may be cached, so that half of the token's lifetime is left:
    a quarter after it was last confirmed, and it is confirmed for a quarter."""
    return max(1, int(scope.setting("TOKEN_LIFETIME")) // 4)


def listed_sets(scope: Scope, present: Present) -> Any:
    """Return the sets that harvesters see: those that a list entry is in, and that are not gone."""
    lists = RecordList.objects.filter(set=OuterRef("pk"), scope=scope.spec, prefix__in=scope.record_formats)
    entries = Entry.objects.filter(list=OuterRef("pk"))
    if scope.setting("DELETED_RECORD") == "no":
        entries = entries.filter(deleted=False)
    filled = lists.filter(Exists(entries))
    sets = IndexedSet.objects.using(present.using).filter(repository=scope.repository.name, gone=False)
    if scope.sets is not None:
        below = [lies_below(spec) for spec in scope.sets]
        keys = [key_of(scope.repository.name, spec) for spec in scope.sets]
        sets = sets.filter(functools.reduce(operator.or_, below, Q(key__in=keys)))
    return sets.filter(Exists(filled)).order_by("id")


def lies_below(spec: str) -> Q:
    """Return the condition for sets below ``spec``, exact in case: SQLite's LIKE is not, MariaDB's = is not."""
    start = f"{spec}:"
    return Q(spec__startswith=start) & Q(Exact(Left("spec", len(start)), Value(start)))


def few_sets(scope: Scope, present: Present) -> bool:
    """Return whether there are so few sets that looking for entries in each of them costs little."""
    known = IndexedSet.objects.using(present.using).filter(repository=scope.repository.name)
    return len(known.order_by("id").values_list("id")[: COUNTED_SETS + 1]) <= COUNTED_SETS


def has_sets(scope: Scope, present: Present) -> bool:
    """Return whether ListSets would answer with sets."""
    return scope.repository.declares_sets and bool(listed_sets(scope, present).exists())


def list_sets(arguments: Arguments, scope: Scope) -> Answer:
    """Answer ListSets (section 4.6)."""
    present = look(scope)
    position = start_of(arguments, present)
    if arguments.token is not None:
        position = read_token(arguments.token, arguments.verb, scope)
        if position.generation != present.generation:
            raise bad_token()
    sets = listed_sets(scope, present) if scope.repository.declares_sets else IndexedSet.objects.none()
    size = page_size(scope)
    rows = list(sets.filter(id__gt=position.last)[: size + 1])
    if not rows:
        raise OAIErrors(OAIError("noSetHierarchy", _("This repository has no sets.")))
    page, more = rows[:size], len(rows) > size
    told = position.cursor + len(page)
    total = position.total
    if more and arguments.token is None:
        total = sets.count() if few_sets(scope, present) else None
    if total is not None:
        total = max(total, told + more)
    following = position._replace(last=page[-1].pk, cursor=told, total=total)
    resumption = resume(position, following, more, arguments, scope, present)
    return Answer(present.response_date, {"sets": page}, resumption)
