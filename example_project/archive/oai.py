"""What harvesters see of the archive, in the library's repository and in one of its own."""

from django.db.models import Value

import django_oaipmh as oai

from .models import Unit


class Archives(oai.Repository):
    """A second repository: its own URL, name and formats. What differs by deployment stays in the settings."""

    repository_name = "Example Archives"
    formats = ("oai_dc", "archive.formats.Finding")


archives = Archives("archives")


@oai.register(Unit)
@oai.register(Unit, repository=archives)
class UnitItem(oai.Item):
    """A unit of description, once nothing keeps it closed."""

    queryset = Unit.objects.open()
    changes_at = ["closed_until"]
    initial_datestamp = "modified"
    metadata = {
        "title": oai.Text.of(value="title", lang="language"),
        "type": [Value("Collection"), "get_level_display"],
        "identifier": ["get_absolute_url", oai.Identifier.of(value="reference_code", scheme=Value("reference code"))],
        "isPartOf": "parent__get_absolute_url",
        "provenance": "path",
        "temporal": "years",
        "extent": "extent",
        "abstract": oai.Text.of(value="description", lang=Value("en")),
        "publisher": oai.Organisation.of("institution", name="name"),
        "language": "language",
    }
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
