"""A Static Repository: all records in one file, which a gateway makes a repository of.

"Specification for an OAI Static Repository and an OAI Static Repository Gateway", 2004-04-23: days, and neither sets
nor deleted records nor compression (section 3.2).
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import BinaryIO
from urllib.parse import urlsplit

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ..conf import DAYS
from ..protocol.arguments import Arguments
from ..protocol.datestamps import format_datestamp
from ..protocol.headers import without_sets
from ..protocol.lists import Row
from ..protocol.responses import RECORDS, identity, record_elements, render
from ..protocol.verbs import Page, identify
from ..scopes import Scope
from . import ExportError
from .lists import listed, prefixes_of

#: The most records that the specification has static repositories for (section 1).
MOST = 5_000


def gateway_base_url(gateway: str, url: str) -> str:
    """Return the baseURL of the static repository at ``url`` behind the gateway at ``gateway`` (section 2).

    Raises:
        ExportError: they are no such URLs.
    """
    behind, static = urlsplit(gateway), urlsplit(url)
    if behind.scheme not in ("http", "https") or not behind.netloc or behind.query or behind.fragment:
        raise ExportError(_("%(url)r is no URL of a gateway, as http://gateway.example.org/oai.") % {"url": gateway})
    if static.scheme != "http" or not static.netloc or static.path in ("", "/") or static.query or static.fragment:
        raise ExportError(
            _(
                "%(url)r is no URL of a static repository. Gateways ask for http://host/path/file, "
                "without a query or a fragment."
            )
            % {"url": url}
        )
    return f"{gateway.rstrip('/')}/{static.netloc.replace(':', '%3A')}{static.path}"


def write_static(
    out: BinaryIO, scope: Scope, base_url: str, prefixes: Sequence[str] = (), set_spec: str = ""
) -> dict[str, int]:
    """Write a static repository; return prefix → how many records it has in that format.

    Formats without records are left out, as a static repository cannot have them.

    Args:
        out: the file to write to.
        scope: what is written.
        base_url: the baseURL behind the gateway.
        prefixes: the formats; empty: all.
        set_spec: only the records of this set; empty: all.

    Raises:
        ExportError: there is no record at all.
        OAIErrors: there is no such format, or there are no sets.
        NotReady: the repository cannot answer yet.
    """
    lists = {}
    for prefix in prefixes_of(scope, prefixes):
        pages = listed(scope, prefix, set_spec, deleted=False).pages()
        if first := next(pages, None):
            lists[prefix] = itertools.chain([first], pages)
    if not lists:
        raise ExportError(_("A static repository has at least one record, and there is none."))
    before, after = frame(scope, base_url, list(lists)).split(RECORDS)
    out.write(before.encode())
    counts = {}
    for prefix, pages in lists.items():
        out.write(f'<static:ListRecords metadataPrefix="{prefix}">\n'.encode())
        counts[prefix] = 0
        for rows in each_once(pages):
            out.write("".join(record_elements(rows, DAYS)).encode())
            counts[prefix] += len(rows)
        out.write(b"\n</static:ListRecords>\n")
    out.write(after.encode())
    return counts


def frame(scope: Scope, base_url: str, prefixes: Sequence[str]) -> str:
    """Return the document with ``RECORDS`` in the place of its lists."""
    answer = identify(Arguments("Identify", {}), scope)
    context = answer.context | identity(scope, answer.context["earliest"])
    context |= {
        "earliest": format_datestamp(answer.context["earliest"], DAYS),
        "granularity": DAYS,
        "deleted_record": "no",
        "gzip": False,
        "formats": [scope.metadata_formats[prefix] for prefix in prefixes],
        "lists": mark_safe(RECORDS),
    }
    return render("django_oaipmh/static-repository.xml", context, answer.response_date, (), base_url)


def each_once(pages: Iterator[Page]) -> Iterator[list[Row]]:
    """Yield the records page by page, with headers as static repositories have them.

    A record that changes while they are read comes again at the end of the list; here it is left as it was.
    """
    told: set[int] = set()
    for page in pages:
        rows = [row for row in page.rows if row.record not in told]
        told.update(row.record for row in rows)
        yield [row._replace(header=without_sets(row.header)) for row in rows]
