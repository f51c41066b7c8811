"""Archives as they describe their holdings: fonds, series, files. All data in the example are invented."""

import re
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from library.languages import LANGUAGES


class Country(models.Model):
    """Where institutions are."""

    code = models.CharField(_("code"), max_length=2, unique=True, help_text=_("ISO 3166-1, two letters."))
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["name"]
        verbose_name = _("country")
        verbose_name_plural = _("countries")

    def __str__(self) -> str:
        return self.name


class Institution(models.Model):
    """Who keeps archives."""

    slug = models.SlugField(_("slug"), unique=True)
    code = models.CharField(_("code"), max_length=10, unique=True, help_text=_("The start of its reference codes."))
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(_("city"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="institutions", verbose_name=_("country"))

    class Meta:
        ordering = ["name"]
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")

    def __str__(self) -> str:
        return self.name


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units of description."""

    def open(self) -> "UnitQuerySet":
        """Return what the public may see now."""
        return self.filter(models.Q(closed_until=None) | models.Q(closed_until__lte=Now()))


class Unit(models.Model):
    """A unit of description: a fonds, a series within it, or a file within that."""

    class Level(models.TextChoices):
        """How large a unit is."""

        FONDS = "fonds", _("fonds")
        SERIES = "series", _("series")
        FILE = "file", _("file")

    reference_code = models.SlugField(_("reference code"), unique=True)
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="units", verbose_name=_("holding institution")
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("within")
    )
    fonds = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="contents", verbose_name=_("fonds")
    )
    place = models.CharField(_("place in the order of the fonds"), max_length=200, editable=False, db_index=True)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    title = models.CharField(_("title"), max_length=300)
    language = models.CharField(_("language of the title"), max_length=3, choices=LANGUAGES, default="en")
    begins = models.SmallIntegerField(_("first year"), null=True, blank=True)
    ends = models.SmallIntegerField(_("last year"), null=True, blank=True)
    extent = models.CharField(_("extent"), max_length=100, blank=True)
    description = models.TextField(_("scope and content"), blank=True)
    closed_until = models.DateField(_("closed until"), null=True, blank=True)
    modified = models.DateTimeField(_("last changed"), auto_now=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["reference_code"]
        verbose_name = _("unit of description")
        verbose_name_plural = _("units of description")

    def __str__(self) -> str:
        return self.title

    def save(self, **kwargs: Any) -> None:
        """Save the unit, with where it belongs: ``SHA-1-2`` is in the first fonds of SHA, before ``SHA-1-10``."""
        self.fonds = self.parent and (self.parent.fonds or self.parent)
        self.place = re.sub(r"\d+", lambda number: number[0].zfill(5), self.reference_code)
        super().save(**kwargs)

    def get_absolute_url(self) -> str:
        return reverse("archive:unit", args=[self.reference_code])

    @property
    def depth(self) -> int:
        """How deep within its fonds the unit is."""
        return self.place.count("-")

    @property
    def years(self) -> str:
        """The years that the unit covers."""
        return "–".join(str(year) for year in dict.fromkeys((self.begins, self.ends)) if year is not None)
