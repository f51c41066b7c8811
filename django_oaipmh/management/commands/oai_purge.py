"""``manage.py oai_purge``: forget deleted records, where the repository keeps them for a time only (section 2.5.1)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ...index.purge import purge
from ...repository import Repository, repositories


class Command(BaseCommand):
    """See the module."""

    help = "Forgets records that were deleted long ago, in repositories whose DELETED_RECORD is transient or no."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=int, required=True, metavar="DAYS", help="deleted so many days ago")
        parser.add_argument("--repository", help="only this repository")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["older_than"] < 0:
            raise CommandError(_("--older-than takes a number of days."))
        if options["repository"] not in (None, *repositories):
            raise CommandError(_("There is no repository %(name)r.") % {"name": options["repository"]})
        chosen = [repository for name, repository in repositories.items() if options["repository"] in (None, name)]
        able = [repository for repository in chosen if repository.setting("DELETED_RECORD") != "persistent"]
        if not able:
            raise CommandError(
                _("No such repository forgets: DELETED_RECORD is “persistent”, a promise to harvesters.")
            )
        for repository in able:
            self._purge(repository, options["older_than"])

    def _purge(self, repository: Repository, days: int) -> None:
        number = purge(repository, days)
        self.stdout.write(_("%(name)s: %(number)d forgotten") % {"name": repository.name, "number": number})
