"""A journal publisher: one model for each way in which Django relates one thing to another."""

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Journal(models.Model):
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    publisher = models.CharField(max_length=200, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Section(models.Model):
    journal = models.ForeignKey(Journal, models.CASCADE, related_name="sections")
    slug = models.SlugField()
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Collection(models.Model):
    """A tree of its own: a continent, a country, a town."""

    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


class Licence(models.Model):
    url = models.URLField()
    open = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.url


class Organisation(models.Model):
    name = models.CharField(max_length=200)
    ror = models.CharField(max_length=50, blank=True)

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    family = models.CharField(max_length=100)
    given = models.CharField(max_length=100, blank=True)
    orcid = models.CharField(max_length=50, blank=True)
    affiliation = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="authors")

    def __str__(self) -> str:
        return f"{self.given} {self.family}".strip()


class Subject(models.Model):
    label = models.CharField(max_length=100)
    uri = models.URLField(blank=True)

    def __str__(self) -> str:
        return self.label


class Tag(models.Model):
    label = models.CharField(max_length=100)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    target = GenericForeignKey()

    def __str__(self) -> str:
        return self.label


class Article(models.Model):
    class Stage(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETRACTED = "retracted", "Retracted"

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        FRENCH = "fr", "French"
        GREEK = "el", "Greek"

    journal = models.ForeignKey(Journal, models.CASCADE, related_name="articles")
    section = models.ForeignKey(Section, models.SET_NULL, null=True, blank=True, related_name="articles")
    licence = models.ForeignKey(Licence, models.SET_NULL, null=True, blank=True, related_name="articles")
    title = models.CharField(max_length=500)
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.ENGLISH)
    abstract = models.TextField(blank=True)
    published_on = models.DateField(null=True, blank=True)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.PUBLISHED)
    embargo_until = models.DateTimeField(null=True, blank=True)
    modified = models.DateTimeField(auto_now=True)
    doi = models.CharField(max_length=100, null=True, blank=True, unique=True)
    galley_xml = models.TextField(blank=True)
    subjects = models.ManyToManyField(Subject, blank=True, related_name="articles")
    authors = models.ManyToManyField(Author, through="Authorship", related_name="articles")
    collections = models.ManyToManyField(Collection, blank=True, related_name="articles")
    tags = GenericRelation(Tag, related_query_name="article")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/articles/{self.pk}/"

    @property
    def doi_url(self) -> str:
        return f"https://doi.org/{self.doi}" if self.doi else ""


class Authorship(models.Model):
    class Role(models.TextChoices):
        AUTHOR = "aut", "Author"
        EDITOR = "edt", "Editor"

    article = models.ForeignKey(Article, models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, models.CASCADE, related_name="authorships")
    position = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=3, choices=Role.choices, default=Role.AUTHOR)

    def __str__(self) -> str:
        return f"{self.author} ({self.role})"


class ArticleIdentifier(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="identifiers")
    value = models.CharField(max_length=200)
    scheme = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.value


class Publication(models.Model):
    """The parent of a model in a table of its own."""

    title = models.CharField(max_length=500)
    abstract = models.TextField(blank=True)
    issued = models.DateField(null=True, blank=True)
    modified = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Thesis(Publication):
    author = models.ForeignKey(Author, models.CASCADE, related_name="theses")
    institution = models.ForeignKey(Organisation, models.SET_NULL, null=True, blank=True, related_name="theses")
    degree = models.CharField(max_length=100, blank=True)
    accepted = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "theses"


class Dataset(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=500)
    doi = models.CharField(max_length=100, blank=True)
    supplement_to = models.ForeignKey(Article, models.SET_NULL, null=True, blank=True, related_name="datasets")
    listed = models.BooleanField(default=True)
    modified = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Notation(models.Model):
    """A classification's notation: its key is text, with every character that a URI reserves."""

    code = models.CharField(max_length=50, primary_key=True)
    label = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.code} {self.label}"
