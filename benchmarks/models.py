"""A library of the usual kind: works with creators, subjects and collections."""

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    label = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.label


class Collection(models.Model):
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Work(models.Model):
    title = models.CharField(max_length=300)
    abstract = models.TextField()
    issued = models.DateField()
    language = models.CharField(max_length=3)
    doi = models.CharField(max_length=100)
    license = models.URLField()
    open_access = models.BooleanField()
    modified = models.DateTimeField()
    authors = models.ManyToManyField(Author)
    subjects = models.ManyToManyField(Subject)
    collections = models.ManyToManyField(Collection)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"/works/{self.pk}"
