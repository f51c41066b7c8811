"""Pages of the library for people."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.generic import DetailView, ListView, TemplateView

from .models import Collection, Person, Work


class IndexView(TemplateView):
    """What there is to try: requests, pages, commands."""

    template_name = "library/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            base_url=self.request.build_absolute_uri(reverse("oai:endpoint")),
            archives_url=self.request.build_absolute_uri(reverse("archives:endpoint")),
            work=Work.objects.published().filter(language="en").order_by("pk").first(),
            **kwargs,
        )


class WorkListView(ListView):
    """The published works, all or those of one collection."""

    paginate_by = 50
    template_name = "library/works.html"

    def get_queryset(self) -> QuerySet[Work]:
        works = Work.objects.published().prefetch_related("contributions__person")
        slug = self.request.GET.get("collection")
        return works.filter(collections__slug=slug) if slug else works

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            collections=Collection.objects.filter(works__status=Work.Status.PUBLISHED).distinct(),
            collection=Collection.objects.filter(slug=self.request.GET.get("collection", "")).first(),
            **kwargs,
        )


class WorkView(DetailView):
    """One work; 410 Gone with the reason if it was withdrawn."""

    queryset = Work.objects.exclude(status=Work.Status.DRAFT)
    template_name = "library/work.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if self.object.status == Work.Status.WITHDRAWN:
            response.status_code = 410
        return response


class PersonView(DetailView):
    """One person and the published works."""

    model = Person
    template_name = "library/person.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contributions = self.object.contributions.filter(work__status=Work.Status.PUBLISHED).select_related("work")
        return super().get_context_data(contributions=contributions.order_by("work__title"), **kwargs)
