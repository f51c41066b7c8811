"""The index in Django's admin, for who manages the repository: what is disseminated, what is not, and why.

Nothing can be changed here, as everything follows from the host's objects. No page counts or reads a whole table:
lists are cut off where nobody reads on, and searches find by key.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from .index.verdict import Verdict, judge
from .items import Item
from .markup import pretty
from .models import (
    Dirty,
    Entry,
    IndexedItem,
    IndexedSet,
    Progress,
    Quarantine,
    Record,
    RecordList,
    RepositoryState,
    key_of,
)
from .protocol.datestamps import format_datestamp
from .repository import repositories

#: Rows of a list that can be reached; for others there is the search.
LISTED = 2_000

#: Records are counted up to this many.
COUNTED = 100_000

#: Bytes of the largest record whose XML is shown.
SHOWN = 500_000


class ShortPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of the first ``LISTED`` rows, which is as far as it counts."""

    @cached_property
    def count(self) -> int:
        """How many rows can be reached."""
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[:LISTED].count())


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that can be looked at."""

    paginator = ShortPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    actions = None
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Tell the template how many rows can be reached."""
        context: dict[str, Any] = {"listed": LISTED, **(extra_context or {})}
        return super().changelist_view(request, context)


class ReadOnlyInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows of another table that can be looked at."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class RepositoryFilter(admin.SimpleListFilter):
    """The rows of one repository; it asks the site's code, not the table, which there are."""

    title = _("repository")
    parameter_name = "repository"
    field = "repository"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Name and repositoryName of those that have items."""
        return [(one.name, one.get_repository_name()) for one in repositories.values() if one.items]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the chosen one."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class ModelFilter(admin.SimpleListFilter):
    """The rows of one model's objects."""

    title = _("model")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The models that items are registered for."""
        return [(label, label) for label in sorted({item.label for item in all_items()})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the chosen one."""
        return queryset.filter(model=self.value()) if self.value() else queryset


class RecordRepositoryFilter(RepositoryFilter):
    """The records of one repository."""

    field = "item__repository"


class FormatFilter(admin.SimpleListFilter):
    """The records in one format."""

    title = _("format")
    parameter_name = "prefix"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The prefixes that records are kept under."""
        prefixes = {prefix for one in repositories.values() if one.items for prefix in one.record_formats}
        return [(prefix, prefix) for prefix in sorted(prefixes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the records in the chosen one."""
        return queryset.filter(prefix=self.value()) if self.value() else queryset


def all_items() -> list[Item]:
    """Return the items of every repository."""
    return [item for one in repositories.values() for item in one.items]


def moment(seconds: int | None) -> datetime.datetime | None:
    """Return seconds since 1970 as the admin shows moments."""
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def found_by(text: str, field: str = "") -> dict[str, Any]:
    """Return the conditions on indexed items for what somebody searched: an OAI identifier, or the key of an object.

    Args:
        text: what was typed.
        field: the path to the item, with the underscores that follow it.
    """
    if ":" in text:
        names = [one.name for one in repositories.values()]
        return {f"{field}identifier_key__in": [key_of(name, text) for name in names]}
    keys = [key_of(item.repository.name, item.label, text) for item in all_items()]
    return {f"{field}source_key__in": keys}


class Mortal:
    """Adds whether a row is a deleted one; a red cross for what lives would mislead."""

    @admin.display(description=_("state"))
    def state(self, row: Any) -> str:
        """Live or deleted."""
        return str(_("deleted") if row.deleted else _("live"))


class HostObject:
    """Adds the link to the host's object."""

    admin_site: admin.AdminSite

    @admin.display(description=_("object"))
    def host_object(self, row: Any) -> str:
        """The object, linked to where it is edited."""
        words = f"{row.model} {row.object_pk}"
        try:
            model: type[Model] = apps.get_model(row.model)
        except (LookupError, ValueError):
            return words
        if not self.admin_site.is_registered(model):
            return words
        meta = model._meta
        name = f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[row.object_pk]), words)


class RecordInline(Mortal, ReadOnlyInline):
    """The records of an item."""

    model = Record
    fields = readonly_fields = ("prefix", "dated", "state", "size")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Leave what is large in the database."""
        rows: QuerySet[Record] = super().get_queryset(request).defer("header", "body").order_by("prefix")
        return rows

    @admin.display(description=_("datestamp"))
    def dated(self, record: Record) -> str:
        """The datestamp."""
        return format_datestamp(record.datestamp)


class WhyForm(forms.Form):
    """Which object is missed."""

    model = forms.ChoiceField(label=_("Model"))
    key = forms.CharField(label=_("Key of the object"), max_length=200)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        labels = sorted({item.label for item in all_items()})
        self.fields["model"].choices = [(label, label) for label in labels]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take the key for what it is in the model."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.keys() >= {"model", "key"}:
            field = apps.get_model(cleaned["model"])._meta.pk
            try:
                cleaned["key"] = field.to_python(cleaned["key"])
                field.run_validators(cleaned["key"])
            except ValidationError as error:
                self.add_error("key", error)
        return cleaned

    def verdicts(self) -> list[Verdict]:
        """Return what is known of the object, repository by repository."""
        items = [item for item in all_items() if item.label == self.cleaned_data["model"]]
        return [judge(item, self.cleaned_data["key"]) for item in items]


@admin.register(IndexedItem)
class IndexedItemAdmin(Mortal, HostObject, ReadOnlyAdmin):
    """Objects of the host as they are disseminated, tombstones among them."""

    list_display = ("identifier", "repository", "host_object", "state")
    list_filter = (RepositoryFilter, ModelFilter, "deleted")
    search_fields = ("identifier",)
    search_help_text = _("An OAI identifier, or the key of an object.")
    ordering = ("-id",)
    fields = readonly_fields = (
        *("identifier", "repository", "host_object", "state", "sets", "parts_of_repository"),
        "quarantined",
        "why",
    )
    inlines = (RecordInline,)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by key: text is nowhere looked through."""
        term = search_term.strip()
        return (queryset.filter(**found_by(term)) if term else queryset), False

    @admin.display(description=_("sets"))
    def sets(self, item: IndexedItem) -> str:
        """The setSpecs that the header names."""
        return item.set_specs or "–"

    @admin.display(description=_("scopes"))
    def parts_of_repository(self, item: IndexedItem) -> str:
        """The parts of the repository that it is in."""
        return item.scopes or "–"

    @admin.display(description=_("in quarantine"))
    def quarantined(self, item: IndexedItem) -> str:
        """What could not be disseminated of it, and why."""
        rows = Quarantine.objects.filter(source_key=item.source_key).order_by("part")
        return format_html_join("", "<p>{}: {}</p>", ((row.part, row.reason) for row in rows)) or "–"

    @admin.display(description=_("why is it so?"))
    def why(self, item: IndexedItem) -> str:
        """A link to what is known of the object now."""
        url = reverse(f"{self.admin_site.name}:django_oaipmh_why")
        query = {"model": item.model, "key": item.object_pk}
        return format_html(
            '<a href="{}?{}">{}</a>', url, urlencode(query), _("Compare it with the object as it is now")
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the page that says why a record is missing."""
        view = self.admin_site.admin_view(self.why_view)
        return [path("why/", view, name="django_oaipmh_why"), *super().get_urls()]

    def why_view(self, request: HttpRequest) -> HttpResponse:
        """Say why an object is, or is not, harvested."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = WhyForm(request.GET or None)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Why is a record missing?"),
            "form": form,
            "verdicts": form.verdicts() if form.is_valid() else [],
        }
        return TemplateResponse(request, "admin/django_oaipmh/why.html", context)


@admin.register(Record)
class RecordAdmin(Mortal, ReadOnlyAdmin):
    """Items in one format each."""

    list_display = ("identifier", "prefix", "dated", "state", "size")
    list_filter = (RecordRepositoryFilter, FormatFilter, "deleted")
    list_select_related = ("item",)
    search_fields = ("item__identifier",)
    search_help_text = _("An OAI identifier, or the key of an object.")
    ordering = ("-id",)
    fields = readonly_fields = ("identifier", "prefix", "dated", "state", "size", "header", "xml")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Leave what is large in the database, unless one record is looked at."""
        rows: QuerySet[Record] = super().get_queryset(request).select_related("item").defer("body")
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by key: text is nowhere looked through."""
        term = search_term.strip()
        return (queryset.filter(**found_by(term, "item__")) if term else queryset), False

    @admin.display(description=_("identifier"))
    def identifier(self, record: Record) -> str:
        """The OAI identifier."""
        return record.item.identifier

    @admin.display(description=_("datestamp"))
    def dated(self, record: Record) -> str:
        """The datestamp."""
        return format_datestamp(record.datestamp)

    @admin.display(description="XML")
    def xml(self, record: Record) -> str:
        """What is disseminated, indented."""
        if record.size > SHOWN:
            return str(_("too large to be shown"))
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', pretty(record.body)) if record.body else "–"


@admin.register(IndexedSet)
class IndexedSetAdmin(ReadOnlyAdmin):
    """Sets that were ever indexed; harvesters see those that hold a record."""

    list_display = ("name", "spec", "repository", "filled")
    list_filter = (RepositoryFilter,)
    search_fields = ("spec", "name")
    ordering = ("id",)
    fields = readonly_fields = ("name", "spec", "repository", "filled", "description")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IndexedSet]:
        """Add whether anything is in it."""
        entries = Entry.objects.filter(list__set=OuterRef("pk"))
        rows: QuerySet[IndexedSet] = super().get_queryset(request).annotate(is_filled=Exists(entries))
        return rows

    @admin.display(description=_("seen by harvesters"), boolean=True)
    def filled(self, one: Any) -> bool:
        """Whether anything is in it."""
        return bool(one.is_filled)


@admin.register(Quarantine)
class QuarantineAdmin(HostObject, ReadOnlyAdmin):
    """What could not be disseminated, and why."""

    list_display = ("what", "host_object", "part", "repository", "dated")
    list_filter = (RepositoryFilter, ModelFilter)
    search_fields = ("=object_pk", "reason")
    search_help_text = _("The key of an object, or words of the reason.")
    ordering = ("-since", "-id")
    fields = readonly_fields = ("host_object", "part", "reason", "repository", "dated")

    @admin.display(description=_("reason"))
    def what(self, row: Quarantine) -> str:
        """The beginning of the reason."""
        return row.reason if len(row.reason) <= 160 else f"{row.reason[:160]}…"

    @admin.display(description=_("since"))
    def dated(self, row: Quarantine) -> datetime.datetime | None:
        """Since when."""
        return moment(row.since)


@admin.register(RepositoryState)
class RepositoryStateAdmin(ReadOnlyAdmin):
    """How each repository is."""

    list_display = ("title", "base_url", "is_open", "latest", "in_step", "all_well")
    fields = readonly_fields = (
        *("title", "base_url", "namespace", "formats", "records", "opened_at", "harvested_at", "latest"),
        *("in_step", "all_well", "syncs"),
    )
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RepositoryState]:
        """Add whether changes wait, and whether anything is in quarantine."""
        waiting, failed = (model.objects.filter(repository=OuterRef("name")) for model in (Dirty, Quarantine))
        rows: QuerySet[RepositoryState] = super().get_queryset(request)
        return rows.annotate(waits=Exists(waiting), fails=Exists(failed))

    @admin.display(description=_("repository"))
    def title(self, state: RepositoryState) -> str:
        """The repositoryName."""
        found = repositories.get(state.name)
        return f"{found.get_repository_name()} ({state.name})" if found else state.name

    @admin.display(description=_("base URL"))
    def base_url(self, state: RepositoryState) -> str:
        """The baseURL."""
        found = repositories.get(state.name)
        url = found.setting("BASE_URL") or (found.origin and found.path and found.origin + found.path) if found else ""
        return format_html('<a href="{}?verb=Identify">{}</a>', url, url) if url else "–"

    @admin.display(description=_("open to harvesters"), boolean=True)
    def is_open(self, state: RepositoryState) -> bool:
        """Whether the first sync is complete."""
        return state.opened is not None

    @admin.display(description=_("latest change"))
    def latest(self, state: RepositoryState) -> datetime.datetime | None:
        """The latest datestamp given."""
        return moment(state.tick or None)

    @admin.display(description=_("first sync"))
    def opened_at(self, state: RepositoryState) -> datetime.datetime | None:
        """When the first sync was complete."""
        return moment(state.opened)

    @admin.display(description=_("first harvest"))
    def harvested_at(self, state: RepositoryState) -> datetime.datetime | None:
        """When the first list was answered."""
        return moment(state.harvested)

    @admin.display(description=_("no change waits"), boolean=True)
    def in_step(self, state: Any) -> bool:
        """Whether everything that was noted is in the index."""
        return not state.waits

    @admin.display(description=_("nothing in quarantine"), boolean=True)
    def all_well(self, state: Any) -> bool:
        """Whether everything could be disseminated."""
        return not state.fails

    @admin.display(description=_("formats"))
    def formats(self, state: RepositoryState) -> str:
        """The formats, with what there is to know of them."""
        found = repositories.get(state.name)
        told = found.metadata_formats.values() if found else ()
        return format_html_join(
            "", "<p>{}{}</p>", ((one.offered_as, f": {'; '.join(one.notes)}" if one.notes else "") for one in told)
        )

    @admin.display(description=_("records, deleted ones included"))
    def records(self, state: RepositoryState) -> str:
        """How many there are in each format, counted up to ``COUNTED``."""
        lists = RecordList.objects.filter(repository=state.name, set=None, scope="").order_by("prefix")
        numbers = [(one.prefix, one.entries.values("pk")[: COUNTED + 1].count()) for one in lists]
        told = ((prefix, f"{COUNTED}+" if number > COUNTED else number) for prefix, number in numbers)
        return format_html_join("", "<p>{}: {}</p>", told) or "–"

    @admin.display(description=_("syncs"))
    def syncs(self, state: RepositoryState) -> str:
        """When each model was last synced, and whether a sync was interrupted."""
        rows = Progress.objects.filter(repository=state.name).order_by("model")
        told = []
        for row in rows:
            words = format_datestamp(row.times_checked) if row.times_checked else "–"
            if row.last_pk:
                words = f"{words}, {_('interrupted')}"
            told.append((row.model, words))
        return format_html_join("", "<p>{}: {}</p>", told) or "–"
