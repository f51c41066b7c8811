"""``manage.py oai_inspect app.Model pk``: for one object, what is disseminated, and why it is or is not harvested."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from ...index.examine import Change
from ...index.store import database
from ...index.verdict import judge
from ...items import Item
from ...markup import pretty
from ...models import IndexedItem, Record
from ...protocol.datestamps import format_datestamp
from ..objects import items_for, key_of


class Command(BaseCommand):
    """See the module."""

    help = "Tells of one object what would be disseminated now, what is in the OAI-PMH index, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="app.Model")
        parser.add_argument("pk")
        parser.add_argument("--repository", help="only in this repository")

    def handle(self, *args: Any, **options: Any) -> None:
        for item in items_for(options["model"], options["repository"]):
            self._inspect(item, options["pk"])

    def _inspect(self, item: Item, text: str) -> None:
        verdict = judge(item, key_of(item, text))
        self._line(f"{item.label} {text} ({type(item).__name__}, {item.repository.name})", heading=True)
        self._line(verdict.words)
        self._tell_now(verdict.change, item)
        self._tell_index(verdict.row)
        for problem in verdict.quarantined:
            since = format_datestamp(problem.since)
            self._line(_("In quarantine since %(since)s: %(problem)s") % {"since": since, "problem": problem})
        for warning in verdict.warnings:
            self.stderr.write(self.style.WARNING(warning))

    def _tell_now(self, change: Change, item: Item) -> None:
        self._line(_("Now"), heading=True)
        for part, reason in change.failures.items():
            self._line(f"{part}: {reason}")
        if change.rendering is None:
            self._line(_("nothing is disseminated"))
            return
        self._line(change.rendering.identifier)
        self._line(_("sets: %s") % (" ".join(change.rendering.specs) or "–"))
        for prefix, record in change.rendering.records.items():
            self._line(f"[{prefix}]")
            for format in item.repository.metadata_formats.values():
                if format.prefix == prefix and format.notes:
                    self._line(f"{format.offered_as}: {'; '.join(format.notes)}")
            self._line(pretty(record.body))

    def _tell_index(self, row: IndexedItem | None) -> None:
        self._line(_("In the index"), heading=True)
        if row is None:
            self._line(_("nothing"))
            return
        self._line(row.identifier)
        for record in Record.objects.using(database()).filter(item=row).order_by("prefix"):
            status = _("deleted") if record.deleted else _("live")
            places = f"sets: {row.set_specs or '–'}" + (f", scopes: {row.scopes}" if row.scopes else "")
            self._line(f"[{record.prefix}] {format_datestamp(record.datestamp)} {status}, {places}")

    def _line(self, text: str, *, heading: bool = False) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(text) if heading else text)
