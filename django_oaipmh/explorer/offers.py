"""What a repository offers to whom sends no key, in words: all that the pages tell of it but its records."""

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from lxml import etree

from ..access.admission import registration_url
from ..conf import DAYS
from ..descriptions import DublinCore
from ..formats import MetadataFormat
from ..metadata import plain
from ..models import IndexedSet
from ..protocol.arguments import Arguments
from ..protocol.datestamps import format_datestamp
from ..protocol.errors import NotReady
from ..protocol.verbs import Present, identify, listed_sets, look
from ..repository import Repository, repositories
from ..scopes import Refused, Scope

#: Sets are counted up to this many.
COUNTED = 1_000

DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"


@dataclasses.dataclass(frozen=True)
class Offer:
    """One repository as people see it.

    Attributes:
        scope: what a harvester without a key may see of it.
        base_url: the URL to harvest.
        registration: the URL where a key is got; empty: who runs it gives them.
    """

    scope: Scope
    base_url: str
    registration: str = ""

    @property
    def name(self) -> str:
        """The name that the site's code calls it by."""
        return self.scope.repository.name

    @property
    def title(self) -> str:
        """The repositoryName."""
        return self.scope.get_repository_name()

    @property
    def summary(self) -> str:
        """What it is: the description in Dublin Core among its descriptions."""
        for declared in self.scope.setting("DESCRIPTIONS"):
            if isinstance(declared, DublinCore) and (text := plain(declared.terms.get("description"))):
                return text
        return ""

    @property
    def admin_emails(self) -> list[str]:
        """The addresses of who runs it."""
        return self.scope.get_admin_emails()

    @property
    def needs_key(self) -> bool:
        """Whether nothing but its identity may be shown."""
        return self.scope.private or self.scope.setting("KEYS") == "required"

    @cached_property
    def present(self) -> Present | None:
        """The present moment; ``None``: the first sync is not complete."""
        try:
            return look(self.scope)
        except NotReady:
            return None

    @property
    def is_open(self) -> bool:
        """Whether its records can be looked at."""
        return self.present is not None and not self.needs_key

    @property
    def formats(self) -> list[MetadataFormat]:
        """The formats, aliases among them."""
        return list(self.scope.metadata_formats.values())

    @property
    def sets(self) -> Any:
        """The sets that harvesters see."""
        if not self.is_open or not self.scope.repository.declares_sets:
            return IndexedSet.objects.none()
        assert self.present is not None
        return listed_sets(self.scope, self.present)

    @cached_property
    def number_of_sets(self) -> int:
        """How many sets there are, counted up to one more than ``COUNTED``."""
        return len(self.sets.values_list("pk", flat=True)[: COUNTED + 1])

    @property
    def has_many_sets(self) -> bool:
        """Whether there are more sets than are counted."""
        return self.number_of_sets > COUNTED

    @cached_property
    def earliest(self) -> str:
        """The earliestDatestamp."""
        granularity = self.scope.setting("GRANULARITY")
        return format_datestamp(identify(Arguments("Identify", {}), self.scope).context["earliest"], granularity)

    @property
    def granularity(self) -> str:
        """How exact datestamps are, in words."""
        return _("days") if self.scope.setting("GRANULARITY") == DAYS else _("seconds")

    @property
    def deletions(self) -> str:
        """What becomes of deleted records, in words."""
        return {
            "persistent": _("Deleted records are told for ever."),
            "transient": _("Deleted records are told for some time. Harvest everything again now and then."),
            "no": _("Deletions are not told. Harvest everything again now and then, and drop what is gone."),
        }[str(self.scope.setting("DELETED_RECORD"))]

    @property
    def examples(self) -> list[tuple[str, str]]:
        """What a harvester may ask, in words, and the URL that asks it."""
        prefix = self.formats[0].offered_as
        examples = [
            (_("Who are you?"), self.url_of("Identify")),
            (_("Which formats are there?"), self.url_of("ListMetadataFormats")),
            (_("All records"), self.url_of("ListRecords", metadataPrefix=prefix)),
        ]
        if self.present is not None:
            day = format_datestamp(self.present.response_date, DAYS)
            new = self.url_of("ListRecords", metadataPrefix=prefix, **{"from": day})
            examples.append((_("What is new or changed since a day"), new))
        if self.number_of_sets:
            examples.insert(2, (_("Which sets are there?"), self.url_of("ListSets")))
            some = self.url_of("ListRecords", metadataPrefix=prefix, set=self.sets[0].spec)
            examples.append((_("The records of one set"), some))
        return examples

    def url_of(self, verb: str, **arguments: str) -> str:
        """Return the URL of a request."""
        return f"{self.base_url}?{urlencode({'verb': verb, **arguments})}"


def offers(request: HttpRequest, kwargs: Mapping[str, Any]) -> list[Offer]:
    """Return what the site's repositories offer at a page whose URL captured ``kwargs``."""
    found = (offer_of(one, request, kwargs) for one in repositories.values())
    return [offer for offer in found if offer is not None]


def offer_of(repository: Repository | None, request: HttpRequest, kwargs: Mapping[str, Any]) -> Offer | None:
    """Return what ``repository`` offers; ``None``: it has no endpoint here, or not for who asks."""
    if repository is None or not repository.items or not (path := endpoint_of(repository, kwargs)):
        return None
    try:
        scope = repository.get_scope(request, **kwargs)
    except (Http404, Refused):
        return None
    try:
        base_url = scope.get_base_url()
    except ImproperlyConfigured:  # in development nothing may tell it
        base_url = request.build_absolute_uri(path)
    return Offer(scope, base_url, registration_url(scope, base_url))


def endpoint_of(repository: Repository, kwargs: Mapping[str, Any]) -> str:
    """Return the path of ``repository`` that captures just this: its own, or that of an ``include(press.get_urls())``.

    It is empty if there is none.
    """
    try:
        return reverse(f"{repository.name}:endpoint", kwargs=dict(kwargs))
    except NoReverseMatch:
        try:
            path = reverse("endpoint", kwargs=dict(kwargs))
            view = resolve(path).func
        except (NoReverseMatch, Resolver404):
            return ""
    return path if getattr(view, "view_initkwargs", {}).get("repository") is repository else ""


def description_of(one: IndexedSet) -> str:
    """Return what a set says of itself in Dublin Core."""
    elements = etree.fromstring(f"<set>{one.description}</set>").iter(DESCRIPTION)
    return " ".join(element.text for element in elements if element.text)
