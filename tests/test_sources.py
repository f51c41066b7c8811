"""Sources: where the values of metadata come from, in which order, and at how many queries."""

import datetime
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection, models
from django.db.models import Count, Q, Value
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy

import django_oaipmh as oai
from django_oaipmh.items import Item
from django_oaipmh.metadata import Concept, Identifier, Organisation, Person, Text, normalise
from django_oaipmh.paths import PathError
from django_oaipmh.rendering import rendering
from django_oaipmh.sources import bind

from .hosts import declare, describe, metadata_of, statements, values
from .press import factories
from .press.models import Article, Author, Authorship, Collection, Journal, Subject, Thesis

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return factories.ArticleFactory(
        title="Of harvests",
        journal=factories.JournalFactory(code="jhs", name="Journal of Harvests", publisher="Press"),
        language="fr",
        abstract="<p>On <b>wheat</b></p>",
        published_on=datetime.date(2019, 12, 31),
        subjects=["Wheat", "Barley"],
        authors=["Sappho", "Alcaeus"],
    )


# Paths


@pytest.mark.parametrize(
    "source, expected",
    [
        ("title", ["Of harvests"]),
        ("published_on", ["2019-12-31"]),
        ("journal__name", ["Journal of Harvests"]),
        ("journal", ["Journal of Harvests"]),  # str()
        ("section__name", []),
        ("subjects__label", ["Wheat", "Barley"]),
        ("subjects", ["Wheat", "Barley"]),
        ("authors__family", ["Sappho", "Alcaeus"]),
        ("authorships__author__family", ["Sappho", "Alcaeus"]),
        ("authorships__role", ["aut"]),  # the same value once
        ("get_language_display", ["French"]),
        ("doi_url", []),  # a property
        ("journal__articles__title", ["Of harvests"]),
        ("journal__get_absolute_url_of_nothing", None),
    ],
)
def test_a_path_is_read(repository, article, source, expected):
    if expected is None:
        with pytest.raises(PathError):
            values(repository, source, article)
    else:
        assert values(repository, source, article) == expected


def test_a_property_is_a_last_step(repository, article):
    Article.objects.filter(pk=article.pk).update(doi="10.5555/1")
    assert values(repository, "doi_url", article) == ["https://doi.org/10.5555/1"]
    dataset = factories.DatasetFactory(supplement_to=article)
    assert values(repository, "supplement_to__doi_url", dataset) == ["https://doi.org/10.5555/1"]


def test_reverse_relations_by_accessor_and_by_lookup_name(repository, article):
    factories.DatasetFactory(title="Yields", supplement_to=article)
    assert values(repository, "datasets__title", article) == ["Yields"]
    author = Author.objects.get(family="Sappho")
    factories.ThesisFactory(title="Of songs", author=author)
    assert values(repository, "theses__title", author) == ["Of songs"]


def test_generic_relations(repository, article):
    factories.TagFactory(target=article, label="harvest")
    factories.TagFactory(target=factories.ArticleFactory(), label="elsewhere")
    assert values(repository, "tags__label", article) == ["harvest"]
    tag = article.tags.get()
    assert values(repository, "target__title", tag) == ["Of harvests"]
    assert values(repository, "target", tag) == ["Of harvests"]


def test_inherited_fields(repository):
    thesis = factories.ThesisFactory(title="Of mornings")
    assert values(repository, "title", thesis) == ["Of mornings"]
    assert values(repository, "publication_ptr__title", thesis) == ["Of mornings"]


def test_annotations_of_the_queryset(repository, article):
    found = values(repository, "creators", article, queryset=Article.objects.annotate(creators=Count("authorships")))
    assert found == ["2"]


# Other sources


def test_Value_is_a_constant(repository, article):
    assert values(repository, Value("journal article"), article) == ["journal article"]


def test_a_list_tells_all_values(repository, article):
    assert values(repository, ["title", Value("x"), "subjects__label"], article) == [
        "Of harvests",
        "x",
        "Wheat",
        "Barley",
    ]


@pytest.mark.parametrize(
    "source, expected",
    [
        (oai.First("section__name", "journal__name", "title"), ["Journal of Harvests"]),
        (oai.First("doi", "subjects__label"), ["Wheat", "Barley"]),
        (oai.First("doi", "section__name"), []),
        (oai.First(oai.Map("abstract", lambda text: " "), "title"), ["Of harvests"]),
        (oai.First(oai.Person.of("section", name="name"), Value("Anonymous")), ["Anonymous"]),
        (oai.First(["doi", "section"], "title"), ["Of harvests"]),
    ],
)
def test_First_is_the_first_that_has_values(repository, article, source, expected):
    assert values(repository, source, article) == expected


@pytest.mark.parametrize(
    "source, expected",
    [
        (oai.Map("abstract", strip_tags), ["On wheat"]),
        (oai.Map("subjects__label", str.upper), ["WHEAT", "BARLEY"]),
        (oai.Map("doi", str.upper), []),  # not asked of what is empty
        (oai.Map("subjects__label", lambda label: [label, label[0]]), ["Wheat", "W", "Barley", "B"]),
        (oai.Map("published_on", lambda day: day.year), ["2019"]),
        (oai.Map(oai.First("doi", "title"), len), ["11"]),
        (oai.Map(Value("x"), lambda value: None), []),
    ],
)
def test_Map_puts_each_value_through_a_function(repository, article, source, expected):
    assert values(repository, source, article) == expected


@pytest.mark.parametrize(
    "returned, expected",
    [
        ("One", ["One"]),
        (None, []),
        ("", []),
        (["One", None, "Two", "One"], ["One", "Two"]),
        (("One", ["Two"]), ["One", "Two"]),
        ((one for one in ("One", "Two")), ["One", "Two"]),
        ({"b", "a"}, ["a", "b"]),
        (map(str, [1, 2]), ["1", "2"]),
        ({"One": 1, "Two": 2}.keys(), ["One", "Two"]),
        (Person("One"), [Person("One")]),
        ([Text("One", "en_GB")], [Text("One", "en-GB")]),
    ],
)
def test_whatever_a_callable_returns(repository, article, returned, expected):
    assert values(repository, lambda obj: returned, article) == expected


def test_a_method_may_return_a_queryset(repository, article):
    assert values(repository, lambda obj: obj.subjects.order_by("label"), article) == ["Barley", "Wheat"]
    labels = values(repository, lambda obj: obj.subjects.order_by("label").values_list("label", flat=True), article)
    assert labels == ["Barley", "Wheat"]


def test_a_method_of_the_item(repository, article):
    found = values(repository, "citation", article, citation=lambda self, obj: f"{obj.title}, {self.label}")
    assert found == ["Of harvests, press.Article"]


def test_a_method_of_the_item_comes_before_an_attribute_of_the_model(repository, article):
    assert values(repository, "title", article, title=lambda self, obj: "From the item") == ["From the item"]


def test_an_attribute_of_the_item_that_is_no_method_is_none(repository, article):
    assert values(repository, "title", article, title="not a method") == ["Of harvests"]


def test_fields_of_structured_values_are_not_methods_of_the_item(repository, article):
    source = oai.Organisation.of("journal", name="name")
    found = values(repository, source, article, name=lambda self, obj: "From the item")
    assert found == [Organisation("Journal of Harvests")]


@pytest.mark.parametrize("name", sorted(vars(Item(Article, None))) + [n for n in dir(Item) if n[0] != "_"])
def test_names_of_the_base_Item_are_never_sources(repository, name):
    """A field of the host's model that is called like something of ``Item`` is the field."""
    item = declare(repository)
    assert item.own_method(name) is None


def test_a_model_with_a_field_called_model(repository):
    with isolate_apps("tests.press"):

        class Machine(models.Model):
            model = models.CharField(max_length=10)

            class Meta:
                app_label = "press"

            def __str__(self):
                return self.model

    item = declare(repository, Machine, metadata={"title": "model"})
    assert list(item.readers["title"].read(Machine(model="T 34"))) == ["T 34"]


def test_the_default_title_and_identifier(repository, article):
    found = metadata_of(declare(repository), article)
    assert found == {"title": ["Of harvests"], "identifier": [f"https://press.example.org/articles/{article.pk}/"]}


def test_no_identifier_without_a_url(repository):
    assert metadata_of(declare(repository, Journal), factories.JournalFactory(name="J")) == {"title": ["J"]}


# Values


def test_dates_moments_booleans_and_numbers(repository, article):
    moment = datetime.datetime(2020, 1, 1, 1, 30, 59, 999999, datetime.timezone(datetime.timedelta(hours=2)))
    for value, expected in [
        (moment, "2019-12-31T23:30:59Z"),
        (moment.replace(tzinfo=None), "2020-01-01T01:30:59"),
        (datetime.date(800, 1, 2), "0800-01-02"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (Decimal("12.50"), "12.50"),
        (1.5, "1.5"),
    ]:
        assert values(repository, Value(value), article) == [expected], value
    assert values(repository, "journal__active", article) == ["true"]


def test_translated_values_are_in_the_language_of_the_repository(repository, article, settings):
    settings.OAIPMH = settings.OAIPMH | {"LANGUAGE": "de"}
    with translation.override("fr"):
        assert values(repository, Value(gettext_lazy("Monday")), article) == ["Montag"]
        assert values(repository, lambda obj: gettext_lazy("Monday"), article) == ["Montag"]


def test_bytes(repository, article):
    assert values(repository, lambda obj: b"caf\xc3\xa9", article) == ["café"]
    for source, reading in [
        (Value(b"\xff"), r"Value\(b'\\xff'\)"),
        (oai.Map("title", lambda title: b"\xff"), r"Map\(title\)"),
        (oai.Text.of(value=Value(b"\xff")), r"Text\.of\(\)"),
    ]:
        with pytest.raises(ValueError, match=rf"AdHocItem: {reading}: bytes that are not UTF-8: 'utf-8' codec"):
            values(repository, source, article)
        repository._registry.clear()
    with pytest.raises(ValueError, match=r"AdHocItem: get_metadata\(\): bytes that are not UTF-8"):
        metadata_of(declare(repository, get_metadata=lambda self, obj: {"type": b"\xff"}), article)


def test_managers_of_related_objects_are_told_in_a_fixed_order(repository, article):
    """In that of their keys, if the model has none; without a further query where they were read ahead."""
    labels = [f"Label {number}" for number in range(30)]
    article.subjects.set(reversed([factories.SubjectFactory(label=label) for label in labels]))
    assert values(repository, lambda obj: obj.subjects, article) == labels
    assert sorted(values(repository, lambda obj: obj.subjects.all, article)) == sorted(labels)

    @oai.uses("subjects")
    def subjects(self, obj):
        return obj.subjects

    item = declare(repository, metadata={"subject": "subjects"}, subjects=subjects)
    with CaptureQueriesContext(connection) as captured:
        assert metadata_of(item, article)["subject"] == labels
    assert len(statements(captured)) == 2


def test_a_property_that_is_a_manager(repository, article, monkeypatch):
    monkeypatch.setattr(Article, "topics", property(lambda self: self.subjects), raising=False)
    assert values(repository, "topics", article) == ["Wheat", "Barley"]


def test_urls_are_absolute(repository, article):
    assert values(repository, "get_absolute_url", article) == [f"https://press.example.org/articles/{article.pk}/"]
    dataset = factories.DatasetFactory(supplement_to=article)
    found = values(repository, "supplement_to__get_absolute_url", dataset)
    assert found == [f"https://press.example.org/articles/{article.pk}/"]
    item = declare(repository)
    with rendering(repository):
        assert item.absolute_url("/a?b=c") == "https://press.example.org/a?b=c"
        assert item.absolute_url("https://elsewhere.example.org/") == "https://elsewhere.example.org/"


def test_files_are_told_by_their_url(repository, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    with isolate_apps("tests.press"):

        class Scan(models.Model):
            file = models.FileField()

            class Meta:
                app_label = "press"

            def __str__(self):
                return self.file.name

    scan = Scan()
    reader = bind(["file", oai.Map("file", lambda file: file.size)], declare(repository, Scan))
    assert list(normalise(reader.read(scan))) == []
    scan.file.save("a b.txt", ContentFile(b"abc"), save=False)
    with rendering(repository):
        assert list(normalise(reader.read(scan))) == ["https://press.example.org/media/a_b.txt", "3"]


# Structured values


def test_of_reads_one_value_for_each_related_object(repository, article):
    for position, family in enumerate(["Alcaeus", "Sappho"]):
        Authorship.objects.filter(author__family=family).update(position=position)
    organisation = factories.OrganisationFactory(name="Lesbos", ror="https://ror.org/1")
    Author.objects.filter(family="Sappho").update(given="S.", orcid="0000", affiliation=organisation)
    Author.objects.filter(family="Alcaeus").update(given="")
    source = oai.Person.of(
        "authorships__author",
        family="family",
        given="given",
        orcid="orcid",
        affiliation="affiliation__name",
        order_by="authorships__position",
    )
    assert values(repository, source, article) == [
        Person(family="Alcaeus"),
        Person(family="Sappho", given="S.", orcid="0000", affiliation="Lesbos"),
    ]


@pytest.mark.parametrize("relation", ["authorships__author", "authors"])
def test_of_filters_and_sorts_by_the_through_table(repository, article, relation):
    Authorship.objects.filter(author__family="Alcaeus").update(role="edt")
    for where, expected in [(Q(authorships__role="aut"), "Sappho"), (~Q(authorships__role="aut"), "Alcaeus")]:
        source = oai.Person.of("authorships__author", name="family", where=where)
        assert values(repository, source, article) == [Person(expected)]
    for order_by, expected in [
        ("authors__family", ["Alcaeus", "Sappho"]),
        ("-authors__family", ["Sappho", "Alcaeus"]),
    ]:
        source = oai.Person.of("authors", name="family", order_by=order_by)
        assert [person.name for person in values(repository, source, article)] == expected


def test_of_tells_selections_of_one_relation_apart(repository, article):
    Authorship.objects.filter(author__family="Alcaeus").update(role="edt")
    metadata = {
        term: oai.Person.of("authorships__author", name="family", where=Q(authorships__role=role))
        for term, role in [("creator", "aut"), ("contributor", "edt")]
    }
    found = metadata_of(declare(repository, metadata=metadata | {"source": "authorships__author__family"}), article)
    assert (found["creator"], found["contributor"]) == ([Person("Sappho")], [Person("Alcaeus")])
    assert found["source"] == ["Sappho", "Alcaeus"]


def test_of_filters_the_rows_that_the_condition_speaks_of(repository, article):
    """Also behind two relations to many."""
    journal = article.journal
    factories.ArticleFactory(journal=journal, title="Draft", stage="draft", subjects=["Hidden", "Wheat"])
    for where, expected in [
        (Q(articles__stage="published"), ["Wheat", "Barley"]),
        (Q(articles__subjects__label__startswith="W"), ["Wheat"]),
        (Q(articles__stage="published") & Q(articles__subjects__label__startswith="W"), ["Wheat"]),
        (Q(articles__stage="published", articles__subjects__label__startswith="B"), ["Barley"]),
    ]:
        source = oai.Concept.of("articles__subjects", label="label", where=where)
        assert [str(one) for one in values(repository, source, journal)] == expected, where
    source = oai.Concept.of("articles__subjects", label="label", order_by="articles__subjects__label")
    assert [str(one) for one in values(repository, source, article.journal)] == ["Barley", "Wheat", "Hidden"]


def test_of_without_a_relation_is_the_object_itself(repository, article):
    source = oai.Text.of(value="title", lang="language")
    assert values(repository, source, article) == [Text("Of harvests", "fr")]


def test_of_takes_constants_maps_and_functions(repository, article):
    source = oai.Concept.of(
        "subjects",
        label=oai.Map("label", str.upper),
        uri=lambda subject: f"https://press.example.org/{subject.label}",
        scheme=Value("Crops"),
        lang=oai.First("uri", Value("en")),
    )
    first, _ = values(repository, source, article)
    assert first == Concept("WHEAT", "https://press.example.org/Wheat", "Crops", "en")


def test_of_leaves_out_what_has_no_words(repository, article):
    assert values(repository, oai.Concept.of("subjects", uri="uri"), article) == []
    assert values(repository, oai.Identifier.of(value="doi", scheme=Value("doi")), article) == []
    assert values(repository, oai.Identifier.of(value="title"), article) == [Identifier("Of harvests")]


# Order and queries


def test_values_of_many_to_many_relations_come_in_a_fixed_order(repository, article):
    labels = [f"Label {number}" for number in range(30)]
    subjects = [factories.SubjectFactory(label=label) for label in labels]
    article.subjects.set(reversed(subjects))
    assert values(repository, "subjects__label", article) == labels
    article.collections.set([factories.CollectionFactory(slug=slug) for slug in "cab"])
    assert values(repository, "collections__slug", article) == ["c", "a", "b"]


def test_the_order_of_the_model_counts_and_then_the_key(repository, article, monkeypatch):
    factories.SubjectFactory(label="Barley")
    article.subjects.set([factories.SubjectFactory(label=label) for label in ("Rye", "Wheat", "Barley")])
    monkeypatch.setattr(Subject._meta, "ordering", ["-label"])
    assert values(repository, "subjects__label", article) == ["Wheat", "Rye", "Barley"]


SOURCES = {
    "title": oai.Text.of(value="title", lang="language"),
    "creator": oai.Person.of(
        "authorships__author",
        name="family",
        affiliation="affiliation__name",
        where=Q(authorships__role="aut"),
        order_by="authorships__position",
    ),
    "contributor": ["authors__affiliation__name", "authorships__author__family"],
    "subject": [oai.Concept.of("subjects", label="label"), "tags__label", oai.Map("subjects__label", str.upper)],
    "publisher": oai.First("journal__publisher", "journal__name"),
    "rights": "licence__url",
    "isPartOf": ["journal", "section__journal__name"],
    "references": "datasets__title",
    "bibliographicCitation": "citation",
    "identifier": oai.Identifier.of("identifiers", value="value", scheme="scheme"),
}
SETS = [
    oai.SetsBy("journal", spec="code", children=[oai.SetsBy("section", spec="slug")]),
    oai.SetsBy("collections", spec="slug", name="title", parent="parent"),
    oai.Set("open", "Open", filter=Q(licence__open=True)),
]


@oai.uses("journal__name", "subjects__label", "authorships__author")
def citation(self, obj):
    creators = [authorship.author.family for authorship in obj.authorships.all()]
    return [obj.journal.name, *(subject.label for subject in obj.subjects.all()), *creators]


def test_describing_many_objects_takes_as_many_queries_as_describing_one(repository):
    item = declare(repository, metadata=SOURCES, sets=SETS, citation=citation)
    europe = factories.CollectionFactory(slug="europe")
    greece = factories.CollectionFactory(slug="greece", parent=europe)

    def queries(number: int) -> list[str]:
        articles = []
        for one in range(number):
            article = factories.ArticleFactory(
                journal=factories.JournalFactory(code=f"j{number}-{one}"),
                licence=factories.LicenceFactory(url=f"https://press.example.org/{one}"),
                authors=["A", "B"],
                subjects=["X", f"Y{one}"],
                collections=[greece],
            )
            article.section = factories.SectionFactory(journal=article.journal)
            article.save()
            for author in article.authors.all():
                author.affiliation = factories.OrganisationFactory()
                author.save()
            factories.TagFactory(target=article)
            factories.ArticleIdentifierFactory(article=article)
            factories.DatasetFactory(supplement_to=article)
            articles.append(article)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            found = describe(item, *articles)
        assert len(found) == number
        assert all(term in one.metadata for one in found for term in SOURCES)
        assert all(len(one.memberships) == 3 for one in found)
        return statements(captured)

    describe(item, factories.ArticleFactory())  # whatever is asked but once
    few, many = queries(1), queries(7)
    assert len(many) == len(few), "\n".join(many)


def test_what_a_host_prefetches_itself_stays(repository, article):
    queryset = Article.objects.prefetch_related(
        "subjects", models.Prefetch("authors", Author.objects.order_by("family"))
    )
    item = declare(
        repository, queryset=queryset, metadata={"subject": "subjects__label", "creator": "authors__family"}
    )
    (description,) = describe(item, article)
    assert description.metadata["subject"] == ["Wheat", "Barley"]
    assert sorted(description.metadata["creator"]) == ["Alcaeus", "Sappho"]


def test_get_metadata_of_the_host(repository, article):
    item = declare(
        repository,
        metadata={"title": "title"},
        get_metadata=lambda self, obj: oai.Item.get_metadata(self, obj) | {"type": ["Text", ""], "date": None},
    )
    assert metadata_of(item, article)["type"] == ["Text"]
    assert "date" not in metadata_of(item, article)


def test_get_metadata_with_an_unknown_term_is_told_of_the_object(repository, article):
    item = declare(repository, get_metadata=lambda self, obj: {"titel": "x"})
    with pytest.raises(ValueError, match=r"AdHocItem\.get_metadata\(\): 'titel' is no DCMI metadata term"):
        metadata_of(item, article)


def test_an_item_for_several_models(repository):
    class Both(oai.Item):
        metadata = {"title": "title"}

        def get_queryset(self):
            return self.model.objects.all()

    oai.register(Thesis, Collection, repository=repository)(Both)
    thesis, collection = factories.ThesisFactory(title="T"), factories.CollectionFactory(title="C")
    assert [
        metadata_of(item, obj)["title"] for item, obj in zip(repository.items, (thesis, collection), strict=True)
    ] == [
        ["T"],
        ["C"],
    ]
