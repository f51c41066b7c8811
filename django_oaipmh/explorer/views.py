"""Pages for people. Whatever they show comes from the index, by the rules that harvesters are answered by."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urljoin

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from ..identifiers import is_identifier
from ..protocol.errors import NotReady, OAIErrors
from ..protocol.verbs import kept_as, look, records_of
from ..repository import repositories
from .filters import RecordFilter
from .listing import Page, read_key, read_page
from .offers import Offer, description_of, offer_of, offers
from .records import ShownRecord

#: Sets in a page, and on the page of their repository.
SETS, FEW_SETS = 200, 20


class PageView(TemplateView):
    """One of the pages, wherever the site has them.

    Attributes:
        depth: how many parts its path has below that of the first page.
    """

    depth = 0

    @property
    def pages(self) -> str:
        """The path of the first page; what its URL captured is in the paths of all others."""
        return urljoin(escape_uri_path(self.request.path), "../" * self.depth)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add ``pages``."""
        return super().get_context_data(**kwargs) | {"pages": self.pages}


class IndexView(PageView):
    """Every repository of the site."""

    template_name = "django_oaipmh/explorer/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ``offers``."""
        return super().get_context_data(**kwargs) | {"offers": offers(self.request, self.kwargs)}


class OfferView(PageView):
    """A page of one repository."""

    depth = 1

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answer; 503 as long as there is nothing to show yet."""
        captured = {key: value for key, value in kwargs.items() if key != "name"}
        self.offer = self._found(offer_of(repositories.get(kwargs["name"]), request, captured))
        try:
            return self._rendered(super().dispatch(request, *args, **kwargs))
        except NotReady as error:
            context = {"offer": self.offer, "pages": self.pages}
            response = TemplateResponse(request, "django_oaipmh/explorer/preparing.html", context, status=503)
            response["Retry-After"] = str(error.retry_after)
            return response.render()

    def _found(self, offer: Offer | None) -> Offer:
        if offer is None:
            raise Http404(_("There is no such repository."))
        return offer

    def _rendered(self, response: Any) -> HttpResponse:
        """Return ``response``, rendered here: a template may be the first to ask whether the index is ready."""
        return response.render() if isinstance(response, TemplateResponse) else response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ``offer``."""
        return super().get_context_data(**kwargs) | {"offer": self.offer}


class RepositoryView(OfferView):
    """What one repository is and offers, and how to harvest it."""

    template_name = "django_oaipmh/explorer/repository.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add some of the ``sets``."""
        return super().get_context_data(**kwargs) | {"sets": self.offer.sets[:FEW_SETS]}


class OpenView(OfferView):
    """A page of what is in a repository: there is none if it needs a key."""

    depth = 2

    def _found(self, offer: Offer | None) -> Offer:
        offer = super()._found(offer)
        if offer.needs_key:
            raise Http404(_("The records of this repository are shown to nobody without a key."))
        return offer


class SetsView(OpenView):
    """All sets of one repository."""

    template_name = "django_oaipmh/explorer/sets.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of ``sets``, each with its description, and the key of the ``following`` page."""
        look(self.offer.scope)
        after = self.request.GET.get("after", "")
        number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        sets = list(self.offer.sets.filter(pk__gt=number)[: SETS + 1])
        following = sets[SETS - 1].pk if len(sets) > SETS else ""
        described = [(one, description_of(one)) for one in sets[:SETS]]
        return super().get_context_data(**kwargs) | {"sets": described, "following": following}


class RecordsView(OpenView):
    """The records of one repository, the latest first."""

    template_name = "django_oaipmh/explorer/records.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ``filter``, the ``page``, and the query string of the next one, ``following``."""
        look(self.offer.scope)
        scope = self.offer.scope
        sets = list(self.offer.sets[: SETS + 1])
        filter = RecordFilter(self.request.GET, scope, sets if len(sets) <= SETS else ())
        page = Page((), "")
        if filter.form.is_valid():
            titles = "oai_dc" in scope.record_formats
            after = read_key(self.request.GET.get("after", ""))
            page = read_page(filter.qs, after, filter.form.cleaned_data.get("status", ""), titles=titles)
        asked = {name: value for name, value in filter.data.items() if name in filter.form.fields and value}
        return super().get_context_data(**kwargs) | {
            "filter": filter,
            "page": page,
            "prefix": asked.get("metadataPrefix", ""),
            "following": urlencode(asked | {"after": page.following}) if page.following else "",
            "newest": urlencode(asked) if "after" in self.request.GET else "",
            "harvest": self._harvest(asked) if filter.form.is_valid() else "",
        }

    def _harvest(self, asked: Mapping[str, str]) -> str:
        """Return the URL by which a harvester asks for the same."""
        arguments = {name: value for name, value in asked.items() if name != "status"}
        return self.offer.url_of("ListRecords", **arguments)


class RecordView(OpenView):
    """One record: its formats, and its XML in one of them."""

    template_name = "django_oaipmh/explorer/record.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the ``identifier``, the ``formats`` it is in, and the ``shown`` record in one of them."""
        scope = self.offer.scope
        identifier = self.request.GET.get("identifier", "")
        present = look(scope)
        prefix = self.request.GET.get("metadataPrefix", "")
        if prefix not in scope.metadata_formats:
            prefix = self.offer.formats[0].offered_as
        if not is_identifier(identifier):
            raise Http404(_("There is no such record."))
        try:
            held = records_of(identifier, scope, present, kept_as(prefix, scope))
            formats = [format for format in self.offer.formats if format.prefix in held]
            if prefix not in [format.offered_as for format in formats]:
                prefix = formats[0].offered_as
                held = records_of(identifier, scope, present, kept_as(prefix, scope))
        except OAIErrors as raised:
            raise Http404(raised.errors[0].message) from raised
        record = held[kept_as(prefix, scope)]
        return super().get_context_data(**kwargs) | {
            "identifier": identifier,
            "formats": formats,
            "prefix": prefix,
            "shown": ShownRecord(record, scope.repository.name, present.using),
            "harvest": self.offer.url_of("GetRecord", metadataPrefix=prefix, identifier=identifier),
        }
