from django.db import models


class Object(models.Model):
    """A cultural heritage object, as a provider described it."""

    class Media(models.TextChoices):
        TEXT = "TEXT"
        IMAGE = "IMAGE"
        SOUND = "SOUND"
        VIDEO = "VIDEO"
        MODEL = "3D"

    local_id = models.CharField(max_length=200)
    dataset = models.CharField(max_length=20, db_index=True)
    title = models.CharField(max_length=500)
    language = models.CharField(max_length=5)
    creator = models.CharField(max_length=200, blank=True)
    creator_uri = models.URLField(blank=True)
    media = models.CharField(max_length=5, choices=Media)
    created = models.CharField(max_length=50, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    landing_page = models.URLField()
    rights = models.URLField()
    data_provider = models.CharField(max_length=200)
    published = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.title


class Medium(models.Model):
    """A digital representation of an object."""

    object = models.ForeignKey(Object, models.CASCADE, related_name="media_files")
    url = models.URLField()
    media_type = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.url
