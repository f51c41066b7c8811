"""The six verbs (chapter 4), answered from the index.

Before anything else is read, ``Present`` fixes what a response may claim to know: its responseDate is never later than
the first change that the response might not show (invariant 2).
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import router
from django.db.models import Exists, Min, OuterRef, Subquery
from django.utils.translation import gettext as _

from .. import clock
from ..models import Entry, IndexedItem, IndexedSet, Intent, Record, RecordList, RepositoryState, key_of
from ..repository import Repository
from .arguments import Arguments
from .errors import NotReady, OAIError, OAIErrors
from .headers import left_header
from .lists import COUNTED, Key, Range, state
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
    """What a verb has to say: the variables of its template."""

    response_date: int
    context: dict[str, Any]


def look(repository: Repository, prefix: str = "", set_spec: str = "") -> Present:
    """Return the present moment of ``repository``, and the list of a format and set, in one query.

    Raises:
        NotReady: the first sync is not complete.
    """
    using = router.db_for_read(Record)
    row = state(using, repository.name, key_of(repository.name, kept_as(prefix, repository), set_spec))
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


def kept_as(prefix: str, repository: Repository) -> str:
    """Return the prefix that the records of a format are kept under, whichever prefix it was asked for by."""
    format = repository.metadata_formats.get(prefix)
    return format.prefix if format else prefix


def answer(arguments: Arguments, repository: Repository) -> Answer:
    """Return the answer to a request.

    Raises:
        OAIErrors: the request is answered with errors.
        NotReady: the repository cannot answer yet.
    """
    verbs: dict[str, Callable[[Arguments, Repository], Answer]] = {
        "Identify": identify,
        "ListMetadataFormats": list_metadata_formats,
        "ListSets": list_sets,
        "GetRecord": get_record,
        "ListIdentifiers": list_headers,
        "ListRecords": list_headers,
    }
    return verbs[arguments.verb](arguments, repository)


def identify(arguments: Arguments, repository: Repository) -> Answer:
    """Answer Identify (section 4.2)."""
    present = look(repository)
    first = Entry.objects.filter(list=OuterRef("pk")).order_by("datestamp").values("datestamp")[:1]
    whole = RecordList.objects.using(present.using).filter(repository=repository.name, set=None)
    lowest = whole.aggregate(lowest=Min(Subquery(first)))["lowest"]
    sample = ""
    if repository.mints_identifiers:
        items = IndexedItem.objects.using(present.using).filter(repository=repository.name)
        sample = items.order_by("id").values_list("identifier", flat=True).first() or ""
    return Answer(
        present.response_date,
        {
            "repository": repository,
            "earliest": present.opened if lowest is None else lowest,
            "sample_identifier": sample or f"oai:{repository.get_namespace()}:1",
        },
    )


def list_metadata_formats(arguments: Arguments, repository: Repository) -> Answer:
    """Answer ListMetadataFormats (section 4.4), of the repository or of one item."""
    present = look(repository)
    formats = list(repository.metadata_formats.values())
    if arguments.identifier:
        held = records_of(arguments.identifier, repository, present)
        formats = [format for format in formats if format.prefix in held]
        if not formats:
            raise OAIErrors(OAIError("noMetadataFormats", _("There are no formats for this item.")))
    return Answer(present.response_date, {"formats": formats})


def get_record(arguments: Arguments, repository: Repository) -> Answer:
    """Answer GetRecord (section 4.1)."""
    present = look(repository)
    errors: list[OAIError] = []
    held: dict[str, Record] = {}
    try:
        held = records_of(arguments.identifier, repository, present)
    except OAIErrors as raised:
        errors += raised.errors
    offered = arguments.prefix in repository.metadata_formats
    kept = kept_as(arguments.prefix, repository)
    if not offered or (held and kept not in held):
        errors.append(no_such_format(arguments.prefix, offered))
    if errors:
        raise OAIErrors(*errors)
    record = held[kept]
    return Answer(present.response_date, {"records": [(record.header, record.body)]})


def records_of(identifier: str, repository: Repository, present: Present) -> dict[str, Record]:
    """Return prefix → record of one item.

    Raises:
        OAIErrors: idDoesNotExist.
    """
    records = Record.objects.using(present.using).filter(
        item__identifier_key=key_of(repository.name, identifier), item__identifier=identifier
    )
    if repository.setting("DELETED_RECORD") == "no":
        records = records.filter(deleted=False)
    held = {record.prefix: record for record in records}
    if not held:
        raise OAIErrors(OAIError("idDoesNotExist", _("This repository has no item of this identifier.")))
    return held


def no_such_format(prefix: str, offered: bool) -> OAIError:
    """Return the error for a format that the repository, or one item, does not have."""
    if offered:
        return OAIError("cannotDisseminateFormat", _("This item is not available as %(prefix)s.") % {"prefix": prefix})
    message = _("This repository has no format %(prefix)s.") % {"prefix": prefix}
    return OAIError("cannotDisseminateFormat", message)


def list_headers(arguments: Arguments, repository: Repository) -> Answer:
    """Answer ListRecords (section 4.5) and ListIdentifiers (section 4.3)."""
    position, present = begin_or_resume(arguments, repository)
    if present.list_id is None:
        raise nothing_listed(position, repository, present)
    listed = Range(
        present.using,
        present.list_id,
        position.start,
        position.end,
        repository.setting("DELETED_RECORD") != "no",
    )
    after = None if arguments.token is None else (position.after, position.last)
    size, most = repository.setting("PAGE_SIZE"), repository.setting("PAGE_BYTES")
    page = read_page(listed, after, size, most, arguments.verb == "ListRecords", count=arguments.token is None)
    if not page.rows:
        raise nothing_listed(position, repository, present)
    told = position.cursor + len(page.rows)
    total = page.total if arguments.token is None else position.total
    if total is not None:
        total = max(total, told + page.more)
    following = dataclasses.replace(position, after=page.last[0], last=page.last[1], cursor=told, total=total)
    context = {
        "records": page.rows,
        "resumption": resume(position, following, page.more, arguments, repository, present),
    }
    return Answer(present.response_date, context)


def begin_or_resume(arguments: Arguments, repository: Repository) -> tuple[Position, Present]:
    """Return where the list begins or goes on, and the present moment.

    Raises:
        OAIErrors: badResumptionToken, or the format is not one of the repository.
    """
    if arguments.token is not None:
        position = read_token(arguments.token, arguments.verb, repository)
        present = look(repository, position.prefix, position.set_spec)
        if position.generation != present.generation or position.prefix not in repository.metadata_formats:
            raise bad_token()
        return position, present
    errors = []
    if arguments.prefix not in repository.metadata_formats:
        errors.append(no_such_format(arguments.prefix, offered=False))
    present = look(repository, arguments.prefix, arguments.set_spec)
    if arguments.set_spec and present.list_id is None and not has_sets(repository, present):
        errors.append(OAIError("noSetHierarchy", _("This repository has no sets.")))
    if errors:
        raise OAIErrors(*errors)
    if present.harvested is None:
        close_initial_dating(repository)
        present = look(repository, arguments.prefix, arguments.set_spec)
        if present.harvested is None:
            raise NotReady(_("This replica of the repository has not caught up yet."), LAGGING)
    return start_of(arguments, present), present


def start_of(arguments: Arguments, present: Present) -> Position:
    """Return the position before the first entry of a list."""
    asked = (arguments.verb, arguments.prefix, arguments.set_spec, arguments.start, arguments.end)
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


def nothing_listed(position: Position, repository: Repository, present: Present) -> OAIErrors:
    """Return the error for an empty list."""
    if position.set_spec and not has_sets(repository, present):
        return OAIErrors(OAIError("noSetHierarchy", _("This repository has no sets.")))
    return OAIErrors(OAIError("noRecordsMatch", _("No record matches the request.")))


@dataclasses.dataclass(frozen=True)
class Page:
    """A page of a list: rows of (header, body), the key of the last, whether more follow, the list's size."""

    rows: Sequence[tuple[str, str]]
    last: Key
    more: bool
    total: int | None


def read_page(listed: Range, after: Key | None, size: int, most: int, bodies: bool, *, count: bool) -> Page:
    """Return the entries behind ``after``: no more than ``size`` and, with bodies, ``most`` bytes, but at least one."""
    while True:
        keys = listed.keys(after, size + 1, "size" if bodies else "header", count=count)
        number = min(len(keys), size)
        if bodies:
            number = fitting([key[2] for key in keys[:number]], most)
        if not number:
            return Page((), (0, 0), False, None)
        last: Key = keys[number - 1][:2]
        more = len(keys) > number
        total = keys[0][4] if count and keys[0][4] <= COUNTED else None
        if not bodies:
            rows = [(left_header(header) if left else header, "") for _, _, header, left, *_ in keys[:number]]
            return Page(rows, last, more, total)
        # One statement tells header and body together; what was re-dated in between comes later in the list.
        rows = listed.rows(after, last, number)
        if rows:
            return Page(rows, last, more, total)
        after = last


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
    repository: Repository,
    present: Present,
) -> Resumption | None:
    """Return the resumptionToken element of a page; ``None`` if the list fits one response."""
    if not more:
        return Resumption("", position.cursor, following.total, None) if arguments.token is not None else None
    token = write_token(following, repository)
    expires = present.now + repository.setting("TOKEN_LIFETIME")
    stamp = (present.generation, present.now // longest_age(repository))
    return Resumption(token, position.cursor, following.total, expires, stamp)


def longest_age(repository: Repository) -> int:
    """Return the seconds that a response with a token may be cached, so that half of the token's lifetime is left:
    a quarter after it was last confirmed, and it is confirmed for a quarter."""
    return max(1, int(repository.setting("TOKEN_LIFETIME")) // 4)


def listed_sets(repository: Repository, present: Present) -> Any:
    """Return the sets that harvesters see: those that a list entry is in."""
    lists = RecordList.objects.filter(set=OuterRef("pk"), prefix__in=repository.record_formats)
    entries = Entry.objects.filter(list=OuterRef("pk"))
    if repository.setting("DELETED_RECORD") == "no":
        entries = entries.filter(deleted=False)
    filled = lists.filter(Exists(entries))
    sets = IndexedSet.objects.using(present.using).filter(repository=repository.name)
    return sets.filter(Exists(filled)).order_by("id")


def few_sets(repository: Repository, present: Present) -> bool:
    """Return whether there are so few sets that looking for entries in each of them costs little."""
    known = IndexedSet.objects.using(present.using).filter(repository=repository.name)
    return len(known.order_by("id").values_list("id")[: COUNTED_SETS + 1]) <= COUNTED_SETS


def has_sets(repository: Repository, present: Present) -> bool:
    """Return whether ListSets would answer with sets."""
    return repository.declares_sets and bool(listed_sets(repository, present).exists())


def list_sets(arguments: Arguments, repository: Repository) -> Answer:
    """Answer ListSets (section 4.6)."""
    present = look(repository)
    position = start_of(arguments, present)
    if arguments.token is not None:
        position = read_token(arguments.token, arguments.verb, repository)
        if position.generation != present.generation:
            raise bad_token()
    sets = listed_sets(repository, present) if repository.declares_sets else IndexedSet.objects.none()
    size = repository.setting("PAGE_SIZE")
    rows = list(sets.filter(id__gt=position.last)[: size + 1])
    if not rows:
        raise OAIErrors(OAIError("noSetHierarchy", _("This repository has no sets.")))
    page, more = rows[:size], len(rows) > size
    told = position.cursor + len(page)
    total = position.total
    if more and arguments.token is None:
        total = sets.count() if few_sets(repository, present) else None
    if total is not None:
        total = max(total, told + more)
    following = dataclasses.replace(position, last=page[-1].pk, cursor=told, total=total)
    context = {"sets": page, "resumption": resume(position, following, more, arguments, repository, present)}
    return Answer(present.response_date, context)
