from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=100)
    history = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class Institution(models.Model):
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    website = models.URLField(blank=True)
    country = models.ForeignKey(Country, models.PROTECT, related_name="institutions")

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit of description: a fonds, or a part of one, however deep."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="units")
    fonds = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="parts")
    depth = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    level = models.CharField(max_length=20, default="fonds")
    code = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=300)
    language = models.CharField(max_length=3, default="en")
    dates = models.CharField(max_length=100, blank=True)
    extent = models.CharField(max_length=100, blank=True)
    scope_and_content = models.TextField(blank=True)
    creator = models.CharField(max_length=200, blank=True)
    visible = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["fonds", "position"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/units/{self.code}"
