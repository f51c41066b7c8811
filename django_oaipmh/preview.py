"""What one object gives in every format, read from the host as it is now: for ``oai_preview`` and a host's tests.

The index is neither asked nor written.
"""

import dataclasses
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import router
from django.db.models import QuerySet
from django.db.models.sql.where import WhereNode
from django.template import Template
from django.template.base import Node
from django.utils.translation import gettext as _
from lxml import etree

from . import markup
from .formats import MetadataFormat
from .index.examine import abouts_of, body_of
from .index.recorder import Recorder
from .items import Description, Item
from .metadata import Structured, normalise
from .rendering import rendering
from .sources import AllReader, FirstReader, MapReader, Reader, StructuredReader

#: Packages whose code is not the host's.
_OTHERS = frozenset((*sys.stdlib_module_names, "django", "django_oaipmh", "lxml"))


@dataclasses.dataclass(frozen=True)
class Reading:
    """What one source gave for a term: cleaned values, none, or an exception.

    Attributes:
        fields: those that a structured value is declared with.
    """

    term: str
    source: str
    values: tuple[str | Structured, ...] = ()
    error: Exception | None = None
    fields: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What one format gave.

    Attributes:
        format: the format.
        prefixes: the metadataPrefixes that it is offered as.
        body: the metadata and about elements of the record; empty: there is none.
        reasons: why there is none.
        error: what was raised instead.
        source: the XML that could not be parsed, if that was the error.
    """

    format: MetadataFormat
    prefixes: tuple[str, ...]
    body: str = ""
    reasons: tuple[str, ...] = ()
    error: Exception | None = None
    source: str = ""


@dataclasses.dataclass(frozen=True)
class Preview:
    """What one object gives.

    Attributes:
        item: the item that describes it.
        selected: whether the item's queryset selects it, so that it is disseminated at all.
        readings: source by source, what was read.
        description: what formats are made of; or what kept the item from describing the object.
        outcomes: format by format, what came of it; empty if it could not be described.
        warnings: tables that were queried and not declared.
    """

    item: Item
    selected: bool
    readings: tuple[Reading, ...]
    description: Description | Exception
    outcomes: tuple[Outcome, ...]
    warnings: tuple[str, ...]


def preview(item: Item, pk: Any, prefixes: Sequence[str] = ()) -> Preview:
    """Return what the object ``pk`` gives.

    Args:
        item: an item of the object's model.
        pk: its key.
        prefixes: only the formats offered as these; without any, all.

    Raises:
        ObjectDoesNotExist: there is no such object.
    """
    recorder = Recorder(logs=False)
    with rendering(item.repository):
        obj, selected = find(item, pk)
        members = item.prepare_sets([obj])
        with recorder.watch(item):
            (description,) = item.describe([obj], members)
        readings = tuple(read(item, obj, description))
        outcomes: tuple[Outcome, ...] = ()
        if isinstance(description, Description):
            outcomes = tuple(_outcome(item, description, *pair) for pair in offered(item, prefixes).items())
    return Preview(item, selected, readings, description, outcomes, tuple(recorder.warnings))


def find(item: Item, pk: Any) -> tuple[Any, bool]:
    """Return the object ``pk`` as ``item`` reads it, and whether the item's queryset selects it.

    Raises:
        ObjectDoesNotExist: there is no such object.
    """
    using = router.db_for_write(item.model)
    queryset = item.get_queryset().using(using)
    everything = item.model._base_manager.using(using)
    for rows in (queryset, unconditional(queryset), everything):
        for obj in item.prefetched(rows.filter(pk=pk)):
            return obj, rows is queryset
    raise ObjectDoesNotExist(f"{item.label} {pk}")


def unconditional(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Return ``queryset`` without its conditions, and with all that it adds to objects."""
    rows = queryset.all()
    rows.query.where = WhereNode()
    return rows


def offered(item: Item, prefixes: Sequence[str] = ()) -> dict[MetadataFormat, tuple[str, ...]]:
    """Return the repository's formats with all prefixes that offer each; only those offered as ``prefixes``, if
    there are any."""
    formats = item.repository.metadata_formats
    return {
        format: tuple(name for name, one in formats.items() if one.prefix == format.prefix)
        for format in item.repository.record_formats.values()
        if not prefixes or any(name in formats and formats[name].prefix == format.prefix for name in prefixes)
    }


# Metadata, source by source.


def read(item: Item, obj: Any, description: Description | Exception) -> Iterator[Reading]:
    """Yield what each source of ``item`` gives for ``obj``; of a term that ``get_metadata()`` makes, only that."""
    final = description.metadata if isinstance(description, Description) else None
    ours = item.overrides("get_metadata") and final is not None
    method = f"{type(item).__name__}.get_metadata()"
    for term, reader in item.readers.items():
        readings = list(_read(term, reader, obj))
        declared = list(dict.fromkeys(value for reading in readings for value in reading.values))
        if ours and final is not None and final.get(term, []) != declared:
            yield Reading(term, method, tuple(final.get(term, ())))
        else:
            yield from readings
    for term, values in (final or {}).items():
        if term not in item.readers:
            yield Reading(term, method, tuple(values))


def _read(term: str, reader: Reader, obj: Any) -> Iterator[Reading]:
    if not isinstance(reader, AllReader) or isinstance(reader, MapReader):
        fields = frozenset(reader.fields if isinstance(reader, StructuredReader) else ())
        try:
            yield Reading(term, reader.label, tuple(dict.fromkeys(normalise(iter(reader.read(obj))))), fields=fields)
        except Exception as error:  # of the host's code
            yield Reading(term, reader.label, error=error)
        return
    for one in reader.readers:
        found = list(_read(term, one, obj))
        yield from found
        if isinstance(reader, FirstReader) and any(reading.values or reading.error for reading in found):
            return


# Records, format by format.


def _outcome(item: Item, description: Description, format: MetadataFormat, prefixes: tuple[str, ...]) -> Outcome:
    prefix = format.prefix
    source = ""
    try:
        if not item.has_format(description.object, prefix):
            says_no = _("%(item)s.has_format() says no.") % {"item": type(item).__name__}
            return Outcome(format, prefixes, reasons=(says_no,))
        try:
            root = format.payload(description, item.repository.setting("MAX_RECORD_BYTES"))
        except markup.IllFormed:
            source = _source(description, format)
            raise
        if root is None:
            return Outcome(format, prefixes, reasons=tuple(reasons(item, description, format)))
        return Outcome(format, prefixes, body_of(root, abouts_of(item, description, [prefix])[prefix]))
    except Exception as error:  # of the host's code or template
        return Outcome(format, prefixes, error=error, source=source)


def reasons(item: Item, description: Description, format: MetadataFormat) -> list[str]:
    """Return why a format gives no payload."""
    prefix = format.prefix
    if prefix in description.xml:
        label = item.xml_readers[prefix].label if prefix in item.xml_readers else "xml"
        return [_("%(source)s, its XML, is empty.") % {"source": label}]
    if not format.renders:
        names = {"template": format.get_template_name(), "item": type(item).__name__, "prefix": prefix}
        return [_("There is no template %(template)s, and %(item)s has no xml[%(prefix)r].") % names]
    return format.missing(description) or [_("%(format)s gives none.") % {"format": type(format).__name__}]


def _source(description: Description, format: MetadataFormat) -> str:
    """Return the text of XML that is ill-formed; empty if it is no text."""
    stored = format.prefix in description.xml
    source = description.xml[format.prefix] if stored else format.render(description)
    return source if isinstance(source, str) else ""


# Where an exception comes from.


def places_of(error: Exception) -> list[str]:
    """Return where in the host's templates and code ``error`` comes from, as "file, line, name"."""
    template = code = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        name = frame.f_code.co_name
        if isinstance(owner, Node) and name == "render_annotated":
            template = _place(str(getattr(owner, "origin", "")), getattr(getattr(owner, "token", None), "lineno", 0))
        elif isinstance(owner, Template) and name == "compile_nodelist":
            template = _place(str(owner.origin), getattr(getattr(error, "token", None), "lineno", 0))
        elif str(frame.f_globals.get("__name__", "")).partition(".")[0] not in _OTHERS:
            qualified = getattr(frame.f_code, "co_qualname", name)  # Python 3.11
            code = _place(frame.f_code.co_filename, line, qualified)
    return [place for place in (template, code) if place]


def _place(path: str, line: int, name: str = "") -> str:
    short = os.path.relpath(path) if path.startswith(os.getcwd() + os.sep) else path
    parts = [short, _("line %d") % line if line else "", _("in %s") % name if name else ""]
    return ", ".join(part for part in parts if part)


def lines_about(error: Exception, source: str) -> list[str]:
    """Return the lines of ill-formed XML around the one that a parser stumbled over, numbered."""
    cause = error.__cause__
    number = (cause.lineno or 0) if isinstance(cause, etree.XMLSyntaxError) else 0
    lines = source.splitlines()
    first, last = max(0, number - 3), min(len(lines), number + 1)
    return [f"{place + 1:>5} | {lines[place]}" for place in range(first, last)] if number else []
