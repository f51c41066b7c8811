"""Which records people want to see: by format, set, day and state."""

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, DateFilter, FilterSet

from ..models import Entry, IndexedSet
from ..protocol.datestamps import SECONDS_A_DAY
from ..protocol.verbs import look, sees_list
from ..scopes import Scope

LIVE, DELETED = "live", "deleted"


def _day(**attributes: str) -> forms.DateInput:
    return forms.DateInput({"type": "date", **attributes}, format="%Y-%m-%d")


class RecordFilter(FilterSet):  # type: ignore[misc]
    """The entries of one list of a scope. The arguments are called as those of the protocol."""

    metadataPrefix = ChoiceFilter(label=_("Format"), empty_label=None, method="keep")
    set = CharFilter(label=_("Set"), method="keep")
    status = ChoiceFilter(
        label=_("State"), empty_label=_("all"), choices=[(LIVE, _("live")), (DELETED, _("deleted"))], method="keep"
    )

    class Meta:
        model = Entry
        fields: list[str] = []

    def __init__(self, data: Any, scope: Scope, sets: Sequence[IndexedSet] = ()) -> None:
        """Filter the records of ``scope``; ``sets`` are all its sets, or nothing if there are too many to choose."""
        self.scope = scope
        prefixes = list(scope.metadata_formats)
        asked = data.copy()
        asked.setdefault("metadataPrefix", prefixes[0])
        super().__init__(asked, Entry.objects.none())
        self.filters["metadataPrefix"].extra["choices"] = [(prefix, prefix) for prefix in prefixes]
        if sets:
            choices = [(one.spec, f"{one.name} ({one.spec})") for one in sets]
            self.filters["set"] = ChoiceFilter(
                "set", label=_("Set"), empty_label=_("all"), choices=choices, method="keep"
            )
            self.filters["set"].parent = self
        elif not scope.repository.declares_sets:
            del self.filters["set"]
        if scope.setting("DELETED_RECORD") == "no":
            del self.filters["status"]

    @classmethod
    def get_filters(cls) -> Any:
        """Add what no attribute of a class can be called."""
        own = {
            "from": DateFilter("datestamp", label=_("From"), widget=_day(), method="since"),
            "until": DateFilter("datestamp", label=_("Until"), widget=_day(), method="until"),
        }
        return super().get_filters() | own

    def filter_queryset(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        """Return the entries of the list that is asked for, filtered, the latest first."""
        asked = self.form.cleaned_data
        spec = asked.get("set", "").strip() or self.scope.only_set
        present = look(self.scope, asked["metadataPrefix"], spec)
        if present.list_id is None or not sees_list(self.scope, spec):
            return queryset.none()
        entries = Entry.objects.using(present.using).filter(list_id=present.list_id)
        if self.scope.setting("DELETED_RECORD") == "no":
            entries = entries.filter(deleted=False)
        filtered: QuerySet[Entry] = super().filter_queryset(entries)
        return filtered.order_by("-datestamp", "-record_id")

    def keep(self, queryset: QuerySet[Entry], name: str, value: Any) -> QuerySet[Entry]:
        """What is no condition on entries: it chooses the list, or looks at what was read."""
        return queryset

    def since(self, queryset: QuerySet[Entry], name: str, value: datetime.date) -> QuerySet[Entry]:
        """Entries of that day or later."""
        return queryset.filter(datestamp__gte=_seconds(value))

    def until(self, queryset: QuerySet[Entry], name: str, value: datetime.date) -> QuerySet[Entry]:
        """Entries of that day or before."""
        return queryset.filter(datestamp__lt=_seconds(value) + SECONDS_A_DAY)


def _seconds(day: datetime.date) -> int:
    return (day - datetime.date(1970, 1, 1)).days * SECONDS_A_DAY
