"""``withdraw_works``: take a few works out of the library, so that deleted records can be seen."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from library.management.commands.load_library import read
from library.models import Work


class Command(BaseCommand):
    """Withdraw the works in ``data/withdrawals.json``, or bring them back."""

    help = "Withdraw a few works. Harvesters that saw them are then told that they were deleted."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--undo``."""
        parser.add_argument("--undo", action="store_true", help="publish the same works again")

    def handle(self, *args: Any, undo: bool, **options: Any) -> None:
        """Save each work whose status changes, one by one: its records follow at once."""
        wanted = Work.Status.PUBLISHED if undo else Work.Status.WITHDRAWN
        reasons = {row["work"]: row["reason"] for row in read("withdrawals")}
        for work in Work.objects.filter(slug__in=reasons).exclude(status=wanted):
            work.status = wanted
            work.withdrawal_reason = "" if undo else reasons[work.slug]
            work.save()
            self.stdout.write(f"{work}: {work.get_status_display()} {work.withdrawal_reason}".rstrip())
