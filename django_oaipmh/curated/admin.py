"""The admin of curated sets: the form of the item's own FilterSet, and how many objects it selects."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..rendering import rendering
from ..repository import repositories
from .filters import Unusable, conditions, fields_of
from .models import CuratedSet
from .sets import BoundCurated

#: What the names of the FilterSet's fields begin with in the form.
PREFIX = "filter_"


class CuratedSetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A curated set with the fields of a FilterSet, of which a subclass is made for each request."""

    bound: ClassVar[BoundCurated | None] = None

    class Meta:
        model = CuratedSet
        fields = ("name", "spec", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = QueryDict(self.instance.filter)
        for name in self.filter_fields:
            widget = self.fields[name].widget
            self.initial[name] = widget.value_from_datadict(saved, {}, name.removeprefix(PREFIX))

    @property
    def filter_fields(self) -> list[str]:
        """The names of the fields that make up the filter."""
        return [name for name in self.fields if name.startswith(PREFIX)]

    def clean(self) -> None:
        super().clean()
        if self.bound is not None:
            self.instance.repository = self.bound.item.repository.name
            self.instance.model = self.bound.item.label
        self.instance.filter = self.entered()
        for name, found in self.instance.problems().items():
            field = PREFIX + name if PREFIX + name in self.fields else None
            if field not in self.errors and not (field is None and self.errors):
                self.add_error(field, found)

    def entered(self) -> str:
        """Return the filter as the query string that a page with the FilterSet would have."""
        query = QueryDict(mutable=True)
        data: Any = self.data
        for name, values in data.lists():
            if name.startswith(PREFIX) and any(values):
                query.setlist(name.removeprefix(PREFIX), [value for value in values if value])
        return query.urlencode()


def form_for(bound: BoundCurated | None) -> type[CuratedSetForm]:
    """Return the form for curated sets of an item."""
    fields = {PREFIX + name: field for name, field in fields_of(bound.filterset).items()} if bound else {}
    for field in fields.values():
        take_iso_dates(field)
    return type("CuratedSetForm", (CuratedSetForm,), {"bound": bound, **fields})


def take_iso_dates(field: forms.Field) -> None:
    """Let the browser ask for dates: it sends them in the one form that means the same in every language."""
    inner = getattr(field, "fields", ())
    for one, widget in zip((field, *inner), (field.widget, *getattr(field.widget, "widgets", ())), strict=False):
        for kind, name in ((forms.DateTimeField, "datetime-local"), (forms.DateField, "date")):
            if isinstance(one, kind) and isinstance(widget, forms.TextInput):
                widget.input_type = name
                break


def sources() -> Iterator[tuple[str, BoundCurated]]:
    """Yield every item that takes curated sets, by the name that the admin's URLs have for it."""
    for repository in repositories.values():
        for item in repository.items:
            for bound in item.bound_sets:
                if isinstance(bound, BoundCurated):
                    yield f"{repository.name}:{item.label}", bound


@admin.register(CuratedSet)
class CuratedSetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Curated sets."""

    list_display = ("name", "spec", "conditions", "matching")
    list_filter = ("repository", "model")
    search_fields = ("name", "spec", "description")
    readonly_fields = ("conditions", "matching")

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask of which objects a set is to be made, if there are several kinds."""
        if self.has_add_permission(request) and self.bound(request) is None:
            context = self.admin_site.each_context(request) | {
                "opts": self.opts,
                "title": _("Of which objects?"),
                "sources": [
                    (name, bound.item.model._meta.verbose_name_plural, bound.item.repository.get_repository_name())
                    for name, bound in sources()
                ],
            }
            return TemplateResponse(request, "admin/oaipmh_curated/choose.html", context)
        return super().add_view(request, *args, **kwargs)

    def bound(self, request: HttpRequest, obj: CuratedSet | None = None) -> BoundCurated | None:
        """Return what the item of a set declares; of a new one, the item that was chosen, or is the only one."""
        if obj is not None:
            return obj.bound
        known = dict(sources())
        return next(iter(known.values())) if len(known) == 1 else known.get(request.GET.get("of", ""))

    def get_form(self, request: HttpRequest, obj: CuratedSet | None = None, change: bool = False, **more: Any) -> Any:
        return super().get_form(request, obj, change, form=form_for(self.bound(request, obj)), **more)

    def get_fieldsets(self, request: HttpRequest, obj: CuratedSet | None = None) -> Any:
        """The set, then its conditions; who may only look gets them in words."""
        bound = self.bound(request, obj)
        may_edit = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        fields = [PREFIX + name for name in fields_of(bound.filterset)] if bound and may_edit else ["conditions"]
        return [
            (None, {"fields": ["name", "spec", "description"]}),
            (_("Which records are in it"), {"fields": [*fields, "matching"] if obj else fields}),
        ]

    def save_model(self, request: HttpRequest, obj: CuratedSet, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        number = count(obj)
        told = ngettext("%(number)d object matches.", "%(number)d objects match.", number or 0)
        level = messages.INFO if number else messages.WARNING
        self.message_user(request, told % {"number": number or 0}, level)

    @admin.display(description=gettext_lazy("conditions"))
    def conditions(self, obj: CuratedSet) -> str:
        """The filter in words."""
        told = readable(obj, lambda bound: "; ".join(map(": ".join, conditions(bound.filterset, obj.filter))))
        return told or obj.filter

    @admin.display(description=gettext_lazy("objects that match"))
    def matching(self, obj: CuratedSet) -> str:
        """How many objects the filter selects, of those that are disseminated; or what is wrong with it."""
        number = count(obj)
        if number is None:
            return " ".join(message for found in obj.problems().values() for message in found)
        return str(number)


def readable(obj: CuratedSet, read: Callable[[BoundCurated], Any]) -> Any:
    """Return what ``read`` makes of a set's filter, in the language that records are rendered in; ``None`` if the
    filter is unusable."""
    bound = obj.bound
    if bound is None:
        return None
    try:
        with rendering(bound.item.repository):
            return read(bound)
    except Unusable:
        return None


def count(obj: CuratedSet) -> int | None:
    """Return how many of the objects that are disseminated a set's filter selects; ``None``: it is unusable."""

    def read(bound: BoundCurated) -> int:
        selected = bound.selected(obj.filter).values("pk")
        return bound.item.get_queryset().using(selected.db).filter(pk__in=selected).count()

    number: int | None = readable(obj, read)
    return number
