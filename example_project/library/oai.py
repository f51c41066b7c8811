"""What harvesters see of the library: one item for each published work."""

from django.db.models import Q, Value

import django_oaipmh as oai

from .models import Contribution, Link, Work, year_in_words

#: What a contribution says of its person.
PERSON = {
    "name": "person__name",
    "family": "person__family_name",
    "given": "person__given_name",
    "uri": "person__uri",
    "birth": "person__birth",
    "death": "person__death",
    "role": "role",
}

DCMI_TYPES = {Work.Kind.MAP: "StillImage", Work.Kind.SCORE: "Text"}


@oai.register(Work)
class WorkItem(oai.Item):
    """A work, with everybody who had a hand in it."""

    queryset = Work.objects.published()
    initial_datestamp = "modified"
    metadata = {
        "title": oai.Text.of(value="title", lang="language"),
        "alternative": oai.Text.of(value="english_title", lang=Value("en")),
        "creator": oai.Person.of(
            "contributions",
            **PERSON,
            where=Q(contributions__role__in=Contribution.CREATORS),
            order_by="contributions__position",
        ),
        "contributor": oai.Person.of(
            "contributions",
            **PERSON,
            where=~Q(contributions__role__in=Contribution.CREATORS),
            order_by="contributions__position",
        ),
        "subject": oai.Concept.of("subjects", label="label", uri="uri", lang=Value("en")),
        "abstract": oai.Text.of(value="description", lang=Value("en")),
        "publisher": oai.Organisation.of("publisher", name="name"),
        "issued": oai.First(oai.Map("year", year_in_words), "date"),
        "type": [oai.Map("kind", lambda kind: DCMI_TYPES.get(kind, "Text")), "get_kind_display"],
        "identifier": ["get_absolute_url", "links__url"],
        "bibliographicCitation": "citation",
        "isPartOf": "cycle",
        "language": "language",
        "license": "rights",
        "dataProvider": Value("Example Library"),
    }
    sets = [
        oai.SetsBy("collections", spec="slug", name="title", description="description", parent="parent"),
        oai.SetsBy("language"),
        oai.Set(
            "gutenberg",
            "At Project Gutenberg",
            description="Works whose text can be read at Project Gutenberg.",
            filter=Q(links__scheme=Link.Scheme.GUTENBERG),
        ),
    ]

    @oai.uses("contributions__person", "publisher")
    def citation(self, work: Work) -> str:
        """Return how a bibliography names the work, with the names that its title page gives."""
        names = [each.credited_as or each.person.name for each in work.contributions.all()]
        where = ": ".join(part for part in (work.place, work.publisher and work.publisher.name) if part)
        return ". ".join(part for part in ("; ".join(names), work.title, where, work.issued) if part) + "."
