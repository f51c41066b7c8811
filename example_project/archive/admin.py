"""The admin of the archive."""

from django.contrib import admin

from .models import Country, Institution, Unit


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):
    """Units of description."""

    list_display = ("reference_code", "title", "level", "years", "extent", "closed_until")
    list_filter = ("level", "institution")
    search_fields = ("reference_code", "title")
    autocomplete_fields = ("parent",)


admin.site.register(Country)
admin.site.register(Institution)
