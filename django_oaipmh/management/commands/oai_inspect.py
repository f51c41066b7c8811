"""``manage.py oai_inspect app.Model pk``: for one object, what is disseminated, and why it is or is not harvested."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import router
from django.utils.translation import gettext as _

from ...index.examine import Change, Renderer, examine, source_key
from ...index.recorder import Recorder
from ...index.store import database
from ...items import Item
from ...markup import pretty
from ...models import Dirty, IndexedItem, Quarantine, Record, RepositoryState
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
        pk = key_of(item, text)
        recorder = Recorder(logs=False)
        (change,) = examine(item, [pk], Renderer.of(item.repository), render_all=True, recorder=recorder)
        rows = IndexedItem.objects.using(database())
        row = rows.filter(source_key=source_key(item, pk)).first()
        self._line(f"{item.label} {text} ({type(item).__name__}, {item.repository.name})", heading=True)
        self._line(self._why(item, pk, change, row))
        self._tell_now(change, item)
        self._tell_index(row)
        for problem in Quarantine.objects.using(database()).filter(source_key=source_key(item, pk)):
            since = format_datestamp(problem.since)
            self._line(_("In quarantine since %(since)s: %(problem)s") % {"since": since, "problem": problem})
        for warning in recorder.warnings:
            self.stderr.write(self.style.WARNING(warning))

    def _why(self, item: Item, pk: Any, change: Change, row: IndexedItem | None) -> str:
        """Return one sentence: whether harvesters get the object as it is now, and if not, why."""
        state = RepositoryState.objects.using(database()).filter(pk=item.repository.name).first()
        noted = Dirty.objects.using(database()).filter(repository=item.repository.name, model=item.label)
        if state is None or state.opened is None:
            return _("Not harvested: the first oai_sync of this repository is not complete.")
        if change.failures and not change.rendering:
            return _("Not harvested as it is now: it could not be described.")
        behind = noted.exists()
        if change.rendering:
            if row is not None and not row.deleted and self._same(change, row):
                if not change.rendering.records:
                    return _("Not harvested: no format is available for it.")
                if change.failures:
                    return _("Harvested, and the index is in step with it, but for what is in quarantine.")
                return _("Harvested, and the index is in step with it.")
            if not change.rendering.records and (row is None or row.deleted):
                return _("Not harvested: no format is available for it.")
            return self._behind(behind)
        if row is not None and not row.deleted:
            return self._behind(behind)
        there = item.model._base_manager.using(router.db_for_write(item.model)).filter(pk=pk).exists()
        if there:
            return _("Not harvested: the queryset of the item does not select it.")
        return _("Not harvested: there is no such object.")

    def _behind(self, noted: bool) -> str:
        if noted:
            return _("The index is behind: a change is in the outbox. Run: manage.py oai_sync --changed")
        return _("The index is behind: a change was not noted. Run: manage.py oai_sync")

    def _same(self, change: Change, row: IndexedItem) -> bool:
        assert change.rendering is not None
        records = Record.objects.using(database()).filter(item=row, deleted=False)
        stored = dict(records.values_list("prefix", "fingerprint"))
        now = {prefix: record.fingerprint for prefix, record in change.rendering.records.items()}
        return now == {prefix: fingerprint for prefix, fingerprint in stored.items() if prefix not in change.failures}

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
