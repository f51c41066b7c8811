import factory
from factory.django import DjangoModelFactory

from . import models


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organisation

    name = factory.Sequence("University no. {}".format)


class AuthorFactory(DjangoModelFactory):
    class Meta:
        model = models.Author

    family = factory.Sequence("Family{}".format)
    given = factory.Sequence("Given{}".format)


class JournalFactory(DjangoModelFactory):
    class Meta:
        model = models.Journal
        django_get_or_create = ("code",)

    code = factory.Sequence("journal{}".format)
    name = factory.LazyAttribute(lambda journal: f"Journal {journal.code}")


class SectionFactory(DjangoModelFactory):
    class Meta:
        model = models.Section
        django_get_or_create = ("journal", "slug")

    journal = factory.SubFactory(JournalFactory)
    slug = "research"
    name = factory.LazyAttribute(lambda section: section.slug.title())


class CollectionFactory(DjangoModelFactory):
    class Meta:
        model = models.Collection
        django_get_or_create = ("slug",)

    slug = factory.Sequence("collection{}".format)
    title = factory.LazyAttribute(lambda collection: collection.slug.title())


class LicenceFactory(DjangoModelFactory):
    class Meta:
        model = models.Licence
        django_get_or_create = ("url",)

    url = "https://creativecommons.org/licenses/by/4.0/"
    open = True


class SubjectFactory(DjangoModelFactory):
    class Meta:
        model = models.Subject
        django_get_or_create = ("label",)

    label = factory.Sequence("Subject {}".format)


class ArticleFactory(DjangoModelFactory):
    class Meta:
        model = models.Article
        skip_postgeneration_save = True

    journal = factory.SubFactory(JournalFactory, code="jhs")
    title = factory.Sequence("Article no. {}".format)

    @factory.post_generation
    def authors(self, create, names, **kwargs):
        """``authors=["Family", …]``: in this order, by position."""
        for position, family in enumerate(names or ()):
            AuthorshipFactory(article=self, author__family=family, position=position)

    @factory.post_generation
    def subjects(self, create, labels, **kwargs):
        self.subjects.set([SubjectFactory(label=label) for label in labels or ()])

    @factory.post_generation
    def collections(self, create, collections, **kwargs):
        self.collections.set(collections or ())


class AuthorshipFactory(DjangoModelFactory):
    class Meta:
        model = models.Authorship

    article = factory.SubFactory(ArticleFactory)
    author = factory.SubFactory(AuthorFactory)


class ArticleIdentifierFactory(DjangoModelFactory):
    class Meta:
        model = models.ArticleIdentifier

    article = factory.SubFactory(ArticleFactory)
    value = factory.Sequence("value-{}".format)
    scheme = "local"


class TagFactory(DjangoModelFactory):
    class Meta:
        model = models.Tag

    label = factory.Sequence("tag{}".format)
    target = factory.SubFactory(ArticleFactory)


class ThesisFactory(DjangoModelFactory):
    class Meta:
        model = models.Thesis

    title = factory.Sequence("Thesis no. {}".format)
    author = factory.SubFactory(AuthorFactory)
    degree = "doctoral"


class DatasetFactory(DjangoModelFactory):
    class Meta:
        model = models.Dataset

    title = factory.Sequence("Dataset no. {}".format)
    doi = factory.Sequence("10.5555/data({})&v=1".format)


class NotationFactory(DjangoModelFactory):
    class Meta:
        model = models.Notation

    code = factory.Sequence("N{}".format)
    label = factory.Sequence("Notation no. {}".format)
