"""Pages of the archive for people."""

from typing import Any

from django.views.generic import DetailView, ListView

from .models import Unit


class FondsListView(ListView):
    """All fonds by institution."""

    queryset = Unit.objects.open().filter(parent=None).select_related("institution__country")
    template_name = "archive/fonds.html"


class UnitView(DetailView):
    """One unit with what it is in and what is in it."""

    queryset = Unit.objects.open().select_related("institution__country", "parent__parent")
    slug_field = "reference_code"
    template_name = "archive/unit.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(children=self.object.children.open(), **kwargs)
