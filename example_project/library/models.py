"""Works in the public domain, the people who made them, and the collections they are in."""

from urllib.parse import quote

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .languages import LANGUAGES

PUBLIC_DOMAIN = "https://creativecommons.org/publicdomain/mark/1.0/"


class Person(models.Model):
    """Somebody who wrote, translated, composed or drew a work."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=200, help_text=_("As people usually say it."))
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    other_name = models.CharField(_("other name"), max_length=200, blank=True, help_text=_("Own script or real name."))
    birth = models.SmallIntegerField(_("year of birth"), null=True, blank=True, help_text=_("Negative: BCE."))
    death = models.SmallIntegerField(_("year of death"), null=True, blank=True, help_text=_("Negative: BCE."))
    dates = models.CharField(_("dates in words"), max_length=100, blank=True, help_text=_("If years are uncertain."))
    wikidata = models.CharField(_("Wikidata identifier"), max_length=20, blank=True)
    viaf = models.CharField(_("VIAF identifier"), max_length=30, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("library:person", args=[self.slug])

    @property
    def life(self) -> str:
        """The dates of this life, for people to read."""
        if self.dates:
            return self.dates
        return "–".join(year_in_words(year) for year in (self.birth, self.death) if year is not None)

    @property
    def uri(self) -> str:
        """The person in an authority file; empty if none is known."""
        if self.wikidata:
            return f"http://www.wikidata.org/entity/{self.wikidata}"
        return f"http://viaf.org/viaf/{self.viaf}" if self.viaf else ""


class Publisher(models.Model):
    """Who first published a work."""

    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("publisher")
        verbose_name_plural = _("publishers")

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """What works are about."""

    label = models.CharField(_("label"), max_length=100, unique=True)
    wikidata = models.CharField(_("Wikidata identifier"), max_length=20, blank=True)

    class Meta:
        ordering = ["label"]
        verbose_name = _("subject")
        verbose_name_plural = _("subjects")

    def __str__(self) -> str:
        return self.label

    @property
    def uri(self) -> str:
        """The subject in Wikidata; empty if it is not known there."""
        return f"http://www.wikidata.org/entity/{self.wikidata}" if self.wikidata else ""


class Collection(models.Model):
    """A shelf of works, perhaps within a larger one."""

    slug = models.SlugField(_("slug"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("within")
    )

    class Meta:
        ordering = ["title"]
        verbose_name = _("collection")
        verbose_name_plural = _("collections")

    def __str__(self) -> str:
        return self.title


class WorkQuerySet(models.QuerySet["Work"]):
    """Works."""

    def published(self) -> "WorkQuerySet":
        """Return what the public may see."""
        return self.filter(status=Work.Status.PUBLISHED)


class Work(models.Model):
    """A book, poem, play, treatise, map or score."""

    class Kind(models.TextChoices):
        """The form of a work."""

        NOVEL = "novel", _("novel")
        STORIES = "stories", _("stories")
        TALES = "tales", _("tales")
        POETRY = "poetry", _("poetry")
        DRAMA = "drama", _("drama")
        ESSAYS = "essays", _("essays")
        TREATISE = "treatise", _("treatise")
        HISTORY = "history", _("history")
        MEMOIR = "memoir", _("memoir")
        LETTERS = "letters", _("letters")
        TRAVEL = "travel", _("travel")
        REFERENCE = "reference", _("reference work")
        MAP = "map", _("map")
        SCORE = "score", _("musical score")

    class Status(models.TextChoices):
        """Only published works are disseminated."""

        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    slug = models.SlugField(_("slug"), max_length=200, unique=True)
    title = models.CharField(_("title"), max_length=300)
    english_title = models.CharField(_("English title"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=3, choices=LANGUAGES)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    year = models.SmallIntegerField(_("first published"), null=True, blank=True, help_text=_("Negative: BCE."))
    date = models.CharField(_("date in words"), max_length=100, blank=True, help_text=_("If no year is certain."))
    publisher = models.ForeignKey(
        Publisher, models.PROTECT, null=True, blank=True, related_name="works", verbose_name=_("publisher")
    )
    place = models.CharField(_("place of publication"), max_length=100, blank=True)
    cycle = models.CharField(_("cycle"), max_length=200, blank=True, help_text=_("The larger work it is a part of."))
    description = models.TextField(_("description"), blank=True)
    rights = models.URLField(_("rights"), default=PUBLIC_DOMAIN)
    people = models.ManyToManyField(Person, through="Contribution", related_name="works", verbose_name=_("people"))
    subjects = models.ManyToManyField(Subject, blank=True, related_name="works", verbose_name=_("subjects"))
    collections = models.ManyToManyField(Collection, blank=True, related_name="works", verbose_name=_("collections"))
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.PUBLISHED)
    withdrawal_reason = models.CharField(_("why it was withdrawn"), max_length=300, blank=True)
    modified = models.DateTimeField(_("last changed"), auto_now=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ["title", "pk"]
        verbose_name = _("work")
        verbose_name_plural = _("works")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("library:work", args=[self.slug])

    @property
    def issued(self) -> str:
        """When the work appeared: a year, or words where no year is certain."""
        return year_in_words(self.year) if self.year is not None else self.date


class Contribution(models.Model):
    """What one person did for one work."""

    class Role(models.TextChoices):
        """What a person can do for a work."""

        AUTHOR = "author", _("author")
        ATTRIBUTED = "attributed", _("attributed author")
        COMPILER = "compiler", _("compiler")
        COMPOSER = "composer", _("composer")
        CARTOGRAPHER = "cartographer", _("cartographer")
        EDITOR = "editor", _("editor")
        TRANSLATOR = "translator", _("translator")
        ILLUSTRATOR = "illustrator", _("illustrator")
        LIBRETTIST = "librettist", _("librettist")
        LYRICIST = "lyricist", _("author of the words")

    #: The roles that make somebody a creator of the work rather than a contributor to it.
    CREATORS = (Role.AUTHOR, Role.ATTRIBUTED, Role.COMPILER, Role.COMPOSER, Role.CARTOGRAPHER)

    work = models.ForeignKey(Work, models.CASCADE, related_name="contributions", verbose_name=_("work"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="contributions", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.AUTHOR)
    credited_as = models.CharField(_("credited as"), max_length=200, blank=True, help_text=_("On the title page."))
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["work", "person", "role"], name="library_one_role_each")]
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class Link(models.Model):
    """Where a work is known or can be read: its identifier in another catalogue."""

    class Scheme(models.TextChoices):
        """The catalogues that works are linked to."""

        GUTENBERG = "gutenberg", "Project Gutenberg"
        WIKIPEDIA = "wikipedia", "Wikipedia"

    ADDRESSES = {
        Scheme.GUTENBERG: "https://www.gutenberg.org/ebooks/{}",
        Scheme.WIKIPEDIA: "https://en.wikipedia.org/wiki/{}",
    }

    work = models.ForeignKey(Work, models.CASCADE, related_name="links", verbose_name=_("work"))
    scheme = models.CharField(_("catalogue"), max_length=20, choices=Scheme.choices)
    value = models.CharField(_("identifier"), max_length=200)

    class Meta:
        ordering = ["scheme", "value"]
        constraints = [models.UniqueConstraint(fields=["work", "scheme", "value"], name="library_link_once")]
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return self.url

    @property
    def url(self) -> str:
        """The address of the work's page there."""
        return self.ADDRESSES[self.Scheme(self.scheme)].format(quote(self.value.replace(" ", "_"), safe="(),:!'/"))


def year_in_words(year: int) -> str:
    """Return a year as metadata gives it: four digits, or with BCE."""
    return f"{-year} BCE" if year < 0 else f"{year:04}"
