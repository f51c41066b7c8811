"""The admin of keys: issue, approve, revoke, watch."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import Textarea, TextInput
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from .models import AccessKey, State, counter_of

if TYPE_CHECKING:
    KeyAdmin = admin.ModelAdmin[AccessKey]
else:
    KeyAdmin = admin.ModelAdmin


class StateFilter(admin.SimpleListFilter):
    """Keys by what they are good for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states."""
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> QuerySet[AccessKey]:
        """Return the keys in the chosen state."""
        state = self.value()
        return queryset.filter(Q(state=state)) if state in State.values else queryset


@admin.register(AccessKey)
class AccessKeyAdmin(KeyAdmin):
    """Access keys."""

    list_display = (
        "name",
        "contact",
        "prefix",
        "repository",
        "rate",
        "state_in_words",
        "expires",
        "last_used",
        "all_requests",
    )
    list_filter = (StateFilter, "repository", "rate")
    search_fields = ("name", "contact", "prefix")
    readonly_fields = ("prefix", "state_in_words", "created", "approved", "revoked", "last_used", "all_requests")
    actions = ("approve", "revoke")
    fieldsets = (
        (None, {"fields": ("name", "contact")}),
        (_("What it opens"), {"fields": ("repository", "formats", "sets", "page_size", "rate", "expires")}),
        (
            _("What became of it"),
            {"fields": ("prefix", "state_in_words", "created", "approved", "revoked", "last_used", "all_requests")},
        ),
    )
    issued_template = "admin/oaipmh_access/accesskey/issued.html"

    @admin.display(description=_("state"), ordering="state")
    def state_in_words(self, key: AccessKey) -> str:
        """Return in a word what the key is good for."""
        return str(State(key.state).label)  # type: ignore[attr-defined]

    @admin.display(description=_("requests"), ordering="requests")
    def all_requests(self, key: AccessKey) -> int:
        """Return the requests up to now, those that are not written yet included."""
        return key.requests + counter_of(key.pk).value()

    def get_fieldsets(self, request: HttpRequest, obj: AccessKey | None = None) -> Any:
        """Leave out what a new key does not have."""
        return super().get_fieldsets(request, obj)[: None if obj else 2]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Ask for lists of words in one line."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, Textarea):
            field.widget = TextInput(attrs={"class": "vTextField"})
        return field

    # Issuing.

    @sensitive_variables("secret")
    def save_model(self, request: HttpRequest, obj: AccessKey, form: Any, change: bool) -> None:
        """Save a key; a new one is valid at once."""
        if not change:
            obj.approved = timezone.now()
            secret = obj.renew()
            request.oai_secret = secret  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: AccessKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, this once: not as a message, which would be kept in a cookie or session."""
        context = self.admin_site.each_context(request) | {
            "title": _("The key was issued"),
            "opts": self.opts,
            "key": obj,
            "secret": getattr(request, "oai_secret", ""),
        }
        return TemplateResponse(request, self.issued_template, context)

    # Approving and revoking.

    @admin.action(description=_("Approve selected access keys"), permissions=["change"])
    def approve(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> None:
        """Make keys valid that wait for it."""
        number = queryset.filter(approved=None).update(approved=timezone.now())
        text = ngettext("%(number)d access key was approved.", "%(number)d access keys were approved.", number)
        self.message_user(request, text % {"number": number}, messages.SUCCESS)

    @admin.action(description=_("Revoke selected access keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessKey]) -> None:
        """Make keys invalid for good."""
        number = queryset.filter(revoked=None).update(revoked=timezone.now())
        text = ngettext("%(number)d access key was revoked.", "%(number)d access keys were revoked.", number)
        self.message_user(request, text % {"number": number}, messages.SUCCESS)
