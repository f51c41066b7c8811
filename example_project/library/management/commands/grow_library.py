"""``grow_library N``: add generated works, to see how the site carries many records."""

import argparse
import itertools
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from library.models import Collection, Contribution, Work

BATCH = 1000


class Command(BaseCommand):
    """Create works with factory-boy, in batches."""

    help = "Add generated works, marked as generated. Run oai_sync afterwards: bulk writes send no signals."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the number of works."""
        parser.add_argument("number", type=int, help="how many works to add")

    def handle(self, *args: Any, number: int, **options: Any) -> None:
        """Create ``number`` works after those that are there."""
        if number < 1:
            raise CommandError("Say how many works to add: one or more.")
        try:
            from library.factories import ContributionFactory, GeneratedPersonFactory, WorkFactory
        except ImportError as error:
            raise CommandError(
                "grow_library needs factory-boy. Install it with: python -m pip install 'django_oaipmh[examples]'"
            ) from error
        author = GeneratedPersonFactory()
        collections = Collection.objects.filter(children=None) or [
            Collection.objects.create(slug="generated", title="Generated works")
        ]
        shelves = itertools.cycle(collections)
        last = Work.objects.filter(slug__startswith="generated-").order_by("slug").last()
        WorkFactory.reset_sequence(int(last.slug.removeprefix("generated-")) + 1 if last else 1, force=True)
        for start in range(0, number, BATCH):
            size = min(BATCH, number - start)
            with transaction.atomic():
                works = Work.objects.bulk_create(WorkFactory.build_batch(size))
                Contribution.objects.bulk_create(
                    ContributionFactory.build(work=work, person=author, position=1) for work in works
                )
                Work.collections.through.objects.bulk_create(
                    Work.collections.through(work=work, collection=next(shelves)) for work in works
                )
            self.stdout.write(f"{start + size} of {number} works added")
        self.stdout.write(self.style.SUCCESS("Now run: manage.py oai_sync"))
