from django.db import models


class Journal(models.Model):
    code = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=200, blank=True)
    contact = models.EmailField()

    def __str__(self) -> str:
        return self.name

    def oai_url(self) -> str:
        """The base URL to give to harvesters of this journal."""
        if self.domain:
            return f"https://{self.domain}/oai"
        return f"https://press.example.org/{self.code}/oai"


class Section(models.Model):
    journal = models.ForeignKey(Journal, models.CASCADE, related_name="sections")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class Article(models.Model):
    section = models.ForeignKey(Section, models.PROTECT, related_name="articles")
    title = models.CharField(max_length=500)
    author = models.CharField(max_length=200)
    published = models.DateField(null=True, blank=True)
    galley = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.section.journal.oai_url().removesuffix('/oai')}/article/{self.pk}"
