from django.db import models


class Subject(models.Model):
    """A group such as physics, or an archive in it such as hep-th."""

    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Paper(models.Model):
    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=300)
    authors = models.TextField(help_text="One a line.")
    abstract = models.TextField()
    subjects = models.ManyToManyField(Subject)
    announced = models.BooleanField(default=True)
    updated = models.DateTimeField()

    def __str__(self):
        return self.number
