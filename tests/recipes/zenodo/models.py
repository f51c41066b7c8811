from django.db import models


class Community(models.Model):
    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "communities"

    def __str__(self):
        return self.title

    @property
    def oai_spec(self):
        return f"user-{self.slug}"


class Record(models.Model):
    class Type(models.TextChoices):
        DATASET = "dataset", "Dataset"
        SOFTWARE = "software", "Software"
        ARTICLE = "journal article", "Journal article"

    doi = models.CharField("DOI", max_length=100, unique=True)
    title = models.CharField(max_length=300)
    description = models.TextField(blank=True)
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.DATASET)
    published_on = models.DateField()
    communities = models.ManyToManyField(Community, blank=True, related_name="records")
    licence = models.URLField(blank=True)
    downloads = models.PositiveIntegerField(default=0)
    withdrawn = models.BooleanField(default=False)

    def __str__(self):
        return self.title


class Creator(models.Model):
    record = models.ForeignKey(Record, models.CASCADE, related_name="creators")
    name = models.CharField(max_length=200)
    orcid = models.CharField("ORCID", max_length=20, blank=True)

    def __str__(self):
        return self.name
