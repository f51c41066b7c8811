"""Loading the sample archives: called by ``load_library``."""

import json
from pathlib import Path
from typing import Any

from .models import Country, Institution, Unit

DATA = Path(__file__).resolve().parent / "data" / "archives.json"


def load_archive() -> int:
    """Add the institutions and units that are not there yet; return how many units."""
    before = Unit.objects.count()
    for row in json.loads(DATA.read_text(encoding="utf-8")):
        country, _new = Country.objects.get_or_create(code=row["country"], defaults={"name": row["country_name"]})
        for held in row["institutions"]:
            fonds = held.pop("fonds")
            institution, _new = Institution.objects.get_or_create(
                slug=held["slug"], defaults={**held, "country": country}
            )
            add_units(institution, None, institution.code, fonds)
    return Unit.objects.count() - before


def add_units(institution: Institution, parent: Unit | None, code: str, rows: list[dict[str, Any]]) -> None:
    """Add ``rows`` below ``parent``; reference codes count from 1 at each level: ``SHA-1-2-3``."""
    for position, row in enumerate(rows, start=1):
        below = row.pop("units", [])
        unit, _new = Unit.objects.get_or_create(
            reference_code=f"{code}-{position}",
            defaults={**row, "institution": institution, "parent": parent},
        )
        add_units(institution, unit, unit.reference_code, below)
