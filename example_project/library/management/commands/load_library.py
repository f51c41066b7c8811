"""``load_library``: fill the example library from the files in the apps' ``data`` folders."""

import json
from pathlib import Path
from typing import Any

from archive.loading import load_archive
from django.core.management.base import BaseCommand
from django.db import transaction

from library.models import Collection, Contribution, Link, Person, Publisher, Subject, Work

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    """Add what is in the files and not yet in the database; leave alone what is there."""

    help = "Load the sample works and archives. What is there already, with your changes, is left as it is."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Load people and shelves first, then one file of works after the other."""
        self.people = self.add_missing(Person, "slug", read("people"))
        self.subjects = self.add_missing(Subject, "label", read("subjects"))
        self.collections = self.load_collections(read("collections"))
        self.publishers: dict[str, Publisher] = {each.name: each for each in Publisher.objects.all()}
        for path in sorted((DATA / "works").glob("*.json")):
            rows = read(f"works/{path.stem}")
            self.stdout.write(f"{path.stem.replace('_', ' ')}: {self.load_works(rows)} of {len(rows)} works added")
        self.stdout.write(f"archive: {load_archive()} units of description added")
        self.stdout.write(
            self.style.SUCCESS(f"There are {Work.objects.count()} works by {Person.objects.count()} people.")
        )

    def add_missing(self, model: Any, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Create the rows whose key is not there; return all objects by key."""
        known = set(model.objects.values_list(key, flat=True))
        model.objects.bulk_create(model(**row) for row in rows if row[key] not in known)
        return {getattr(each, key): each for each in model.objects.all()}

    def load_collections(self, rows: list[dict[str, Any]]) -> dict[str, Collection]:
        """Create the collections that are not there; a parent stands before its children."""
        known = {each.slug: each for each in Collection.objects.all()}
        for row in rows:
            if row["slug"] not in known:
                parent = known[row["parent"]] if "parent" in row else None
                known[row["slug"]] = Collection.objects.create(**{**row, "parent": parent})
        return known

    def load_works(self, rows: list[dict[str, Any]]) -> int:
        """Create the works that are not there, with all that belongs to them; return how many."""
        known = set(Work.objects.values_list("slug", flat=True))
        new = [row for row in rows if row["slug"] not in known]
        for row in new:
            self.load_work(dict(row))
        return len(new)

    def load_work(self, row: dict[str, Any]) -> None:
        """Create one work; what is left of ``row`` after the relations are its fields."""
        people, collections, subjects = row.pop("people", []), row.pop("collections"), row.pop("subjects")
        links = [(scheme, row.pop(scheme)) for scheme in Link.Scheme.values if scheme in row]
        work = Work.objects.create(**{**row, "publisher": self.publisher(row.get("publisher"))})
        work.collections.set(self.collections[slug] for slug in collections)
        work.subjects.set(self.subject(label) for label in subjects)
        Link.objects.bulk_create(Link(work=work, scheme=scheme, value=value) for scheme, value in links)
        Contribution.objects.bulk_create(
            Contribution(work=work, position=position, **{**each, "person": self.people[each["person"]]})
            for position, each in enumerate(people, start=1)
        )

    def publisher(self, name: str | None) -> Publisher | None:
        """Return the publisher of this name, new if need be."""
        if name and name not in self.publishers:
            self.publishers[name] = Publisher.objects.create(name=name)
        return self.publishers[name] if name else None

    def subject(self, label: str) -> Subject:
        """Return the subject of this label, new if need be."""
        if label not in self.subjects:
            self.subjects[label] = Subject.objects.create(label=label)
        return self.subjects[label]


def read(name: str) -> list[dict[str, Any]]:
    """Return the rows of a data file."""
    rows: list[dict[str, Any]] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return rows
