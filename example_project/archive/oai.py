"""What harvesters see of the archive, in the library's repository and in one of its own."""

from django.db.models import Value

import django_oaipmh as oai

from .models import Unit


class Archives(oai.Repository):
    """A second repository: its own URL, name and formats. What differs by deployment stays in the settings."""

    repository_name = "Example Archives"
    formats = ("oai_dc", "archive.formats.Finding", "ead", "ead3")


archives = Archives("archives")


DESCRIPTION = {
    "title": oai.Text.of(value="title", lang="language"),
    "identifier": ["get_absolute_url", oai.Identifier.of(value="reference_code", scheme=Value("reference code"))],
    "temporal": "years",
    "extent": "extent",
    "abstract": oai.Text.of(value="description", lang=Value("en")),
    "language": "language",
}


class Contents(oai.Parts):
    """What is in a fonds, for finding aids."""

    queryset = Unit.objects.open().order_by("place")
    root = "fonds"
    depth = "depth"
    level = "level"
    root_level = "level"
    changes_at = ["closed_until"]
    metadata = DESCRIPTION


@oai.register(Unit)
@oai.register(Unit, repository=archives)
class UnitItem(oai.Item):
    """A unit of description, once nothing keeps it closed."""

    queryset = Unit.objects.open()
    changes_at = ["closed_until"]
    initial_datestamp = "modified"
    metadata = DESCRIPTION | {
        "type": [Value("Collection"), "get_level_display"],
        "isPartOf": "parent__get_absolute_url",
        "provenance": "path",
        "publisher": oai.Organisation.of("institution", name="name"),
    }
    parts = Contents
    sets = [
        oai.SetsBy(
            "institution__country",
            spec="code",
            name="name",
            children=[oai.SetsBy("institution", spec="slug", name="name", description="description")],
        ),
    ]

    @oai.uses("institution", "parent__parent")
    def path(self, unit: Unit) -> str:
        """Return where the unit has its place, from the institution down."""
        titles = [unit.title]
        above = unit.parent
        while above:
            titles.insert(0, above.title)
            above = above.parent
        return " / ".join([f"{unit.institution.name}, {unit.institution.city}", *titles])

    def has_format(self, unit: Unit, prefix: str) -> bool:
        """Return whether there is a record: a finding aid is made of a whole fonds only."""
        return unit.level == Unit.Level.FONDS or prefix not in ("ead", "ead3")
