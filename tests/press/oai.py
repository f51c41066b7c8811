"""The items of the press: together they use nearly every kind of source."""

from urllib.parse import quote

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils.html import strip_tags

import django_oaipmh as oai

from .models import Article, Dataset, Notation, Tag, Thesis

theses = oai.Repository("theses")
brief = oai.Repository("brief")


def rights(article: Article) -> str:
    return "Open access" if article.licence and article.licence.open else "All rights reserved"


def tagged_articles(tag: Tag) -> QuerySet[Article]:
    is_article = tag.content_type_id == ContentType.objects.get_for_model(Article).pk
    return Article.objects.filter(pk=tag.object_id) if is_article else Article.objects.none()


@oai.register(Article)
class ArticleItem(oai.Item):
    queryset = Article.objects.filter(Q(embargo_until=None) | Q(embargo_until__lte=Now()), stage="published")
    changes_at = ["embargo_until"]
    initial_datestamp = "modified"
    depends_on = [oai.Dependency(Tag, tagged_articles)]
    metadata = {
        "title": oai.Text.of(value="title", lang="language"),
        "creator": oai.Person.of(
            "authorships__author",
            family="family",
            given="given",
            orcid="orcid",
            affiliation="affiliation__name",
            where=Q(authorships__role="aut"),
            order_by="authorships__position",
        ),
        "contributor": [
            oai.Person.of(
                "authorships__author",
                family="family",
                given="given",
                where=Q(authorships__role="edt"),
                order_by="authorships__position",
            ),
            oai.Organisation.of("authors__affiliation", name="name", ror="ror"),
        ],
        "subject": [
            oai.Concept.of("subjects", label="label", uri="uri", scheme=Value("Press thesaurus")),
            "tags__label",
        ],
        "abstract": oai.Map("abstract", strip_tags),
        "publisher": oai.First("journal__publisher", "journal__name"),
        "issued": "published_on",
        "type": Value("journal article"),
        "identifier": [
            "get_absolute_url",
            "doi_url",
            oai.Identifier.of("identifiers", value="value", scheme="scheme"),
        ],
        "language": "language",
        "license": "licence__url",
        "rights": rights,
        "isPartOf": "journal",
        "bibliographicCitation": "citation",
    }
    xml = {"galley": "galley_xml"}
    sets = [
        oai.SetsBy(
            "journal",
            spec="code",
            name="name",
            children=[oai.SetsBy("section", spec="slug", name="name")],
        ),
        oai.SetsBy("collections", spec="slug", name="title", description="description", parent="parent"),
        oai.SetsBy("language"),
        oai.Set("open", "Open access", description="Free to <read> & share", filter=Q(licence__open=True)),
    ]

    @oai.uses("journal__name", "section__name")
    def citation(self, article: Article) -> str:
        return ", ".join(filter(None, [article.journal.name, article.section and article.section.name]))


@oai.register(Dataset)
class DatasetItem(oai.Item):
    queryset = Dataset.objects.filter(listed=True)
    initial_datestamp = "modified"
    metadata = {"title": "title", "type": Value("Dataset"), "references": "supplement_to__title"}

    def has_format(self, obj: Dataset, prefix: str) -> bool:
        return prefix == "oai_dc"


@oai.register(Notation)
class NotationItem(oai.Item):
    """Identifiers by default, of keys that hold reserved characters; no source for the format ``galley``."""

    queryset = Notation.objects.order_by("code")
    metadata = {"title": "label", "identifier": "code"}


#: Where theses came from: with a datestamp of its own, and finer than those of the repository.
PROVENANCE = """<provenance xmlns="http://www.openarchives.org/OAI/2.0/provenance"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/provenance
    http://www.openarchives.org/OAI/2.0/provenance.xsd">
  <originDescription harvestDate="2002-02-02T14:10:02Z" altered="true">
    <baseURL>https://university.example.org/oai</baseURL>
    <identifier>oai:university.example.org:{pk}</identifier>
    <datestamp>2002-01-01T08:55:46Z</datestamp>
    <metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>
  </originDescription>
</provenance>"""


@oai.register(Thesis, repository=theses)
class ThesisItem(oai.Item):
    initial_datestamp = "modified"

    def get_queryset(self) -> QuerySet[Thesis]:
        return Thesis.objects.filter(accepted=True)

    def get_metadata(self, obj: Thesis) -> dict[str, list]:
        return super().get_metadata(obj) | {"type": ["thesis", obj.degree]}

    def get_about(self, obj: Thesis, prefix: str) -> list[str]:
        return [PROVENANCE.format(pk=obj.pk)]

    metadata = {
        "title": "title",
        "creator": oai.Person.of("author", family="family", given="given"),
        "publisher": "institution",
        "abstract": "abstract",
        "issued": "issued",
    }


@oai.register(Dataset, repository=brief)
class BriefDatasetItem(oai.Item):
    """Another scheme of identifiers: the DOI, with an ampersand in it."""

    queryset = Dataset.objects.filter(listed=True)
    initial_datestamp = "modified"
    metadata = {"title": "title", "type": Value("Dataset")}
    sets = [
        oai.Set("data", "Data"),
        oai.Set("data:supplement", "Supplements to articles", filter=Q(supplement_to__isnull=False)),
    ]

    def get_identifier(self, obj: Dataset) -> str:
        return "https://doi.org/" + quote(obj.doi, safe="/&=()")
