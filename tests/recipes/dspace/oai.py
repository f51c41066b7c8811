from django.db.models import Q
from django.db.models.functions import Now

import django_oaipmh as oai

from .models import Item
from .repositories import driver, openaire, request

EU_REPO = "info:eu-repo/semantics/"

# dc:type of the repository → that of DRIVER; other types are no literature.
DRIVER_TYPES = {
    "Article": "article",
    "Book": "book",
    "Book chapter": "bookPart",
    "Preprint": "preprint",
    "Technical Report": "report",
    "Thesis": "doctoralThesis",
    "Working Paper": "workingPaper",
}
LITERATURE = Q(type__in=DRIVER_TYPES, authors__isnull=False)


def driver_type(value):
    return EU_REPO + DRIVER_TYPES[value]


def eu_repo(value):
    return EU_REPO + value


@oai.register(Item, repository=request)
class PublicItem(oai.Item):
    queryset = Item.objects.filter(
        Q(open_from=None) | Q(open_from__lte=Now()),
        Q(open_until=None) | Q(open_until__gt=Now()),
        in_archive=True,
        withdrawn=False,
    )
    changes_at = ["open_from", "open_until"]
    local_identifier = "handle"
    metadata = {
        "title": "title",
        "creator": oai.Person.of("authors", name="name", orcid="orcid", order_by="authors__position"),
        "subject": "subjects__label",
        "abstract": "abstract",
        "publisher": "publisher",
        "issued": "issued",
        "type": "type",
        "language": "language",
        "identifier": "handle_url",
        "accessRights": "rights",
        "relation": "grant_agreement",
    }


@oai.register(Item, repository=openaire)
class OpenAIREItem(PublicItem):
    queryset = PublicItem.queryset.filter(LITERATURE, Q(rights="openAccess") | ~Q(grant_agreement="")).distinct()
    metadata = {**PublicItem.metadata, "accessRights": oai.Map("rights", eu_repo)}


@oai.register(Item, repository=driver)
class DriverItem(PublicItem):
    queryset = PublicItem.queryset.filter(LITERATURE, rights="openAccess").distinct()
    metadata = {
        **PublicItem.metadata,
        "type": oai.Map("type", driver_type),
        "accessRights": oai.Map("rights", eu_repo),
    }
