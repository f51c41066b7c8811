"""The lists of a repository from their beginning to their end, by the pages that ListRecords is answered from."""

import dataclasses
from collections.abc import Iterator, Sequence

from ..protocol.arguments import Arguments
from ..protocol.lists import Key, Range
from ..protocol.verbs import Page, Present, begin_or_resume, read_page
from ..scopes import Scope

#: Records that are read at once.
PAGE = 1_000


@dataclasses.dataclass(frozen=True)
class Listed:
    """All records of a format, or those of a set, at a moment.

    Attributes:
        arguments: the ListRecords request that it answers.
        present: the moment. Whatever changes later comes again, with a datestamp not before its ``response_date``.
        range: the entries; ``None``: nothing was ever listed.
    """

    arguments: Arguments
    present: Present
    range: Range | None
    most: int

    @property
    def prefix(self) -> str:
        """The metadataPrefix."""
        return self.arguments.prefix

    def read(self, after: Key | None, size: int, most: int) -> Page:
        """Return the records behind ``after``: up to ``size`` of them and ``most`` bytes, at least one."""
        if self.range is None:
            return Page((), (0, 0), False, None)
        return read_page(self.range, after, min(size, PAGE), min(most, self.most), bodies=True, count=False)

    def pages(self) -> Iterator[Page]:
        """Yield all pages that have records."""
        page = self.read(None, PAGE, self.most)
        while page.rows:
            yield page
            if not page.more:
                return
            page = self.read(page.last, PAGE, self.most)


def listed(scope: Scope, prefix: str, set_spec: str, *, deleted: bool) -> Listed:
    """Return the list of a format and set; after this no datestamp of the host's own appears in the repository.

    Args:
        scope: what is listed.
        prefix: the metadataPrefix.
        set_spec: the setSpec; empty: all records.
        deleted: whether deleted records are told, if the repository tells any.

    Raises:
        OAIErrors: there is no such format, or there are no sets.
        NotReady: the repository cannot answer yet.
    """
    arguments = Arguments("ListRecords", {"metadataPrefix": prefix} | ({"set": set_spec} if set_spec else {}))
    _, present = begin_or_resume(arguments, scope)
    entries = None
    if present.list_id is not None:
        tombstones = deleted and scope.setting("DELETED_RECORD") != "no"
        entries = Range(present.using, present.list_id, None, None, tombstones)
    return Listed(arguments, present, entries, scope.setting("PAGE_BYTES"))


def prefixes_of(scope: Scope, chosen: Sequence[str]) -> list[str]:
    """Return the prefixes to export: those that were chosen, or that of each format once."""
    return list(chosen) or [prefix for prefix, format in scope.metadata_formats.items() if not format.same_as]
