from django.db.models import Value

import django_oaipmh as oai

from .models import Unit

DESCRIPTION = {
    "title": oai.Text.of(value="title", lang="language"),
    "identifier": ["get_absolute_url", oai.Identifier.of(value="code", scheme=Value("reference code"))],
    "temporal": "dates",
    "extent": "extent",
    "abstract": "scope_and_content",
    "creator": "creator",
    "language": "language",
}


class Contents(oai.Parts):
    queryset = Unit.objects.filter(visible=True).order_by("position")
    root = "fonds"
    depth = "depth"
    level = "level"
    metadata = DESCRIPTION


@oai.register(Unit)
class FondsItem(oai.Item):
    queryset = Unit.objects.filter(fonds=None, visible=True)
    local_identifier = "code"
    metadata = DESCRIPTION | {
        "type": Value("Collection"),
        "publisher": oai.Organisation.of("institution", name="name", uri="website"),
    }
    parts = Contents
    sets = [
        oai.SetsBy(
            "institution__country",
            spec="code",
            name="name",
            description={"title": "name", "description": "history"},
            children=[
                oai.SetsBy(
                    "institution",
                    spec="code",
                    name="name",
                    description={"title": "name", "description": "description", "identifier": "website"},
                )
            ],
        )
    ]
