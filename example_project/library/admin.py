"""The admin of the library: change something here and see its datestamp move."""

from django.contrib import admin

from .models import Collection, Contribution, Link, Person, Publisher, Subject, Work


class ContributionInline(admin.TabularInline):
    """Who did what, in a work's form."""

    model = Contribution
    autocomplete_fields = ("person",)
    extra = 0


class LinkInline(admin.TabularInline):
    """Links, in a work's form."""

    model = Link
    extra = 0


@admin.register(Work)
class WorkAdmin(admin.ModelAdmin):
    """Works."""

    list_display = ("title", "english_title", "language", "kind", "year", "status")
    list_filter = ("status", "kind", "language")
    search_fields = ("title", "english_title", "slug")
    autocomplete_fields = ("publisher", "subjects", "collections")
    prepopulated_fields = {"slug": ("title",)}
    inlines = (ContributionInline, LinkInline)


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    """People."""

    list_display = ("name", "other_name", "life")
    search_fields = ("name", "other_name")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    """Collections."""

    list_display = ("title", "parent")
    search_fields = ("title",)
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Subject)
class SubjectAdmin(admin.ModelAdmin):
    """Subjects."""

    search_fields = ("label",)


@admin.register(Publisher)
class PublisherAdmin(admin.ModelAdmin):
    """Publishers."""

    search_fields = ("name",)
