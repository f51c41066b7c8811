from django.db import models


class Community(models.Model):
    handle = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="communities")

    class Meta:
        verbose_name_plural = "communities"

    def __str__(self) -> str:
        return self.name

    def set_spec(self) -> str:
        return f"com_{self.handle.replace('/', '_')}"


class Collection(models.Model):
    handle = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    introduction = models.TextField(blank=True)
    community = models.ForeignKey(Community, models.CASCADE, related_name="collections")

    def __str__(self) -> str:
        return self.name

    def set_spec(self) -> str:
        return f"col_{self.handle.replace('/', '_')}"


class Item(models.Model):
    handle = models.CharField(max_length=50, unique=True)
    collections = models.ManyToManyField(Collection, related_name="items")
    title = models.CharField(max_length=500)
    type = models.CharField(max_length=50)
    rights = models.CharField(max_length=50, default="openAccess")
    language = models.CharField(max_length=10, default="en")
    abstract = models.TextField(blank=True)
    publisher = models.CharField(max_length=200, blank=True)
    issued = models.DateField()
    grant_agreement = models.CharField(max_length=200, blank=True)

    in_archive = models.BooleanField(default=True)
    withdrawn = models.BooleanField(default=False)
    # The resource policy that lets everybody read it.
    open_from = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.title

    def handle_url(self) -> str:
        return f"https://hdl.handle.net/{self.handle}"


class Author(models.Model):
    item = models.ForeignKey(Item, models.CASCADE, related_name="authors")
    name = models.CharField(max_length=200)
    orcid = models.CharField(max_length=19, blank=True)
    position = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    item = models.ForeignKey(Item, models.CASCADE, related_name="subjects")
    label = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.label
