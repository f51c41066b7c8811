"""``manage.py oai_sync``: compare the host with the index, and write what differs."""

import sys
from argparse import ArgumentParser
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

from ...index.recorder import Recorder
from ...index.store import Counts, database
from ...index.sync import Options, Refused, sync_all, sync_changed, sync_items
from ...items import Item
from ...models import Quarantine
from ...paths import PathError
from ...repository import Repository, repositories

#: The most quarantined records that are listed.
SHOWN = 20


class Command(BaseCommand):
    """See the module."""

    help = "Brings the OAI-PMH index in step with the models: everything, the models named, or only what was noted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", nargs="*", metavar="app.Model", help="only the items of these models")
        parser.add_argument("--repository", help="only this repository")
        parser.add_argument("--changed", action="store_true", help="only what was noted since the last sync")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be written, write nothing")
        parser.add_argument("--processes", type=int, default=1, metavar="N", help="share the work among N processes")
        parser.add_argument("--render-all", action="store_true", help="render every object, whatever is known of it")
        parser.add_argument("--restart", action="store_true", help="do not resume a sync that was interrupted")
        parser.add_argument(
            "--allow-mass-change", action="store_true", help="delete or re-date a large part if that is what comes out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        if options["changed"] and (options["dry_run"] or options["models"]):
            raise CommandError(_("--changed goes neither with models nor with --dry-run."))
        if options["processes"] < 1:
            raise CommandError(_("--processes takes a number from 1."))
        chosen = self._repositories(options["repository"])
        work = [(repository, self._items(repository, options["models"])) for repository in chosen]
        known = {item.label.lower() for repository in chosen for item in repository.items}
        unknown = [label for label in options["models"] if label.lower() not in known]
        if unknown:
            raise CommandError(_("No item is registered for: %s") % ", ".join(unknown))
        if not known and not options["changed"]:
            self.stderr.write(self.style.WARNING(_("Nothing to sync: no installed app has an oai.py with an item.")))
        failed = [repository for repository, items in work if not self._sync(repository, items, options)]
        if failed:
            raise CommandError(_("Not complete: %s") % ", ".join(repository.name for repository in failed))

    def _repositories(self, name: str | None) -> list[Repository]:
        if name is None:
            return [repository for repository in repositories.values() if repository.items]
        if name not in repositories:
            raise CommandError(_("There is no repository %(name)r.") % {"name": name})
        return [repositories[name]]

    def _items(self, repository: Repository, labels: list[str]) -> list[Item]:
        return [item for label in labels if (item := repository.item_for(label))]

    def _sync(self, repository: Repository, items: list[Item], options: dict[str, Any]) -> bool:
        """Sync one repository, or some of its items; return whether that was possible."""
        recorder = Recorder(logs=False)
        chosen = Options(
            dry_run=options["dry_run"],
            render_all=options["render_all"],
            allow_mass_change=options["allow_mass_change"],
            restart=options["restart"],
            processes=options["processes"],
            report=self._report,
        )
        try:
            if options["changed"]:
                counts = sync_changed(repository, recorder)
            elif options["models"]:
                counts = sync_items(repository, items, chosen, recorder)
            else:
                counts = sync_all(repository, chosen, recorder)
        except (Refused, PathError, NotImplementedError) as error:
            self.stderr.write(self.style.ERROR(f"{repository.name}: {error}"))
            return False
        except SystemExit as error:  # of a method of the host; its own status may be that of success
            said = {"name": repository.name, "code": error.code}
            raise CommandError(_("%(name)s: the host's code ended the sync: sys.exit(%(code)r)") % said) from error
        except (DatabaseError, InterfaceError, BrokenProcessPool) as error:
            self.stderr.write(self.style.ERROR(f"{repository.name}: {type(error).__name__}: {error}"))
            if isinstance(error, BrokenProcessPool):
                self.stderr.write(_("Somebody killed it; the system itself does so when memory runs out."))
            self.stderr.write(_("What was written stays; run oai_sync again and it goes on from there."))
            return False
        self._tell(repository, counts, recorder, dry_run=options["dry_run"], changed=options["changed"])
        return True

    def _report(self, item: Item, done: int, total: int) -> None:
        """Show how far the sync is: a bar on a terminal, nothing elsewhere."""
        if self.verbosity < 1 or not sys.stderr.isatty():
            return
        share = min(1.0, done / total if total else 1.0)
        bar = ("█" * round(share * 30)).ljust(30, "░")
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r{item.label} {bar} {done:,}/{total:,}{end}")
        sys.stderr.flush()

    def _tell(
        self, repository: Repository, counts: Counts, recorder: Recorder, *, dry_run: bool, changed: bool
    ) -> None:
        told = _(
            "%(seen)d seen: %(new)d new, %(changed)d changed, %(deleted)d deleted, %(unchanged)d unchanged, "
            "%(quarantined)d in quarantine"
        )
        line = f"{repository.name}: " + told % vars(counts)
        if self.verbosity > 0:
            self.stdout.write(line + (_(" (nothing was written)") if dry_run else ""))
        elif changed:  # runs every few minutes, and shall not write a mail each time
            return
        for warning in recorder.warnings:
            self.stderr.write(self.style.WARNING(warning))
        rows = Quarantine.objects.using(database()).filter(repository=repository.name).order_by("model", "object_pk")
        if number := rows.count():
            self.stderr.write(self.style.WARNING(_("In quarantine, and tried again by every sync: %d") % number))
        for row in rows[:SHOWN]:
            self.stderr.write(f"  {row}")
        if number > SHOWN:
            self.stderr.write(_("  … and %d more") % (number - SHOWN))
