"""A datestamp moves exactly when what is disseminated changes, for each record, and never back."""

from collections.abc import Callable
from datetime import datetime, timezone

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import set_script_prefix
from django.utils import timezone as zones
from django.utils import translation

import django_oaipmh as oai
from django_oaipmh.testing import synced
from tests.harvester import Header, OAIClient, dublin_core
from tests.press.factories import (
    ArticleFactory,
    AuthorFactory,
    CollectionFactory,
    DatasetFactory,
    JournalFactory,
    LicenceFactory,
    OrganisationFactory,
    SectionFactory,
    SubjectFactory,
    TagFactory,
    ThesisFactory,
)
from tests.press.formats import Brief
from tests.press.models import Article, Authorship, Collection, Publication, Subject

from .clocks import Clock, headers
from .templates import OAI_DC, host_templates, marked, source_of

BRIEF = "django_oaipmh/formats/brief.xml"
DC, GALLEY = ("/oai", "oai_dc"), ("/oai", "galley")

Change = Callable[[Article], object]


def edit(**fields: object) -> Change:
    def change(article: Article) -> None:
        for name, value in fields.items():
            setattr(article, name, value() if callable(value) else value)
        article.save()

    return change


def rename(path: str, **fields: object) -> Change:
    """Change fields of the object at the end of ``path``."""

    def change(article: Article) -> None:
        target: object = article
        for name in path.split("."):
            target = getattr(target, name)
            target = target.order_by("pk").first() if hasattr(target, "order_by") else target
        for name, value in fields.items():
            setattr(target, name, value)
        target.save(update_fields=list(fields))

    return change


def identifier(article: Article) -> str:
    return f"oai:press.example.org:article/{article.pk}"


DISSEMINATED: dict[str, Change] = {
    "a field": edit(title="Another"),
    "a field that is mapped by a function": edit(abstract="Words"),
    "a date": edit(published_on=datetime(2020, 2, 29).date()),
    "a field that a property reads": edit(doi="10.5555/1"),
    "a field that is a set too": edit(language="el"),
    "a foreign key": edit(journal=lambda: JournalFactory(code="new")),
    "a foreign key that is only a set": edit(section=lambda: SectionFactory(journal__code="jhs")),
    "a licence": edit(licence=lambda: LicenceFactory(url="https://press.example.org/closed", open=False)),
    "no licence": edit(licence=None),
    "an author's name": rename("authors", family="Renamed"),
    "an author's university": lambda article: rename("authors", affiliation=OrganisationFactory())(article),
    "the order of authors": lambda article: _reorder(article),
    "an author's role": rename("authorships", role="edt"),
    "one author more": lambda article: Authorship.objects.create(article=article, author=AuthorFactory(), position=9),
    "one author more, by the manager": lambda article: article.authors.add(AuthorFactory()),
    "one author more, from the author's side": lambda article: AuthorFactory().articles.add(article),
    "one author less": lambda article: article.authorships.first().delete(),
    "one author less, by the manager": lambda article: article.authors.remove(article.authors.first()),
    "no authors": lambda article: article.authors.clear(),
    "an author deleted": lambda article: article.authors.first().delete(),
    "a subject's label": rename("subjects", label="Renamed"),
    "one subject more": lambda article: article.subjects.add(SubjectFactory()),
    "one subject more, from the subject's side": lambda article: SubjectFactory().articles.add(article),
    "other subjects": lambda article: article.subjects.set([SubjectFactory()]),
    "no subjects": lambda article: article.subjects.clear(),
    "a subject's articles cleared": lambda article: article.subjects.first().articles.clear(),
    "a subject deleted": lambda article: article.subjects.first().delete(),
    "subjects deleted by a queryset": lambda article: Subject.objects.filter(articles=article).delete(),
    "a tag": lambda article: TagFactory(target=article),
    "a generic relation": lambda article: article.tags.create(label="new"),
    "a row of a reverse relation": lambda article: article.identifiers.create(value="978", scheme="isbn"),
    "a journal's name": rename("journal", name="Renamed"),
    "a field behind First": rename("journal", publisher="Publisher"),
    "a journal's code, which is its set": rename("journal", code="renamed"),
    "a collection's slug": rename("collections", slug="renamed"),
    "a parent collection's slug": rename("collections.parent", slug="renamed"),
    "a collection that moves": lambda article: _move(article.collections.get()),
    "another collection": lambda article: article.collections.set([CollectionFactory()]),
    "whether a licence is open": rename("licence", open=False),
    "the licence deleted": lambda article: article.licence.delete(),
}

NOT_DISSEMINATED: dict[str, Change] = {
    "nothing": lambda article: article.save(),
    "nothing, many times": lambda article: [article.save() for _ in range(5)],
    "nothing of a related object": lambda article: article.authors.first().save(),
    "nothing of a relation": lambda article: article.subjects.set(list(article.subjects.all())),
    "nothing of a relation, taken away and put back": lambda article: _away_and_back(article),
    "a field that nothing reads": rename("journal", active=False),
    "what simple Dublin Core cannot say of a subject": rename("subjects", uri="https://press.example.org/subjects/1"),
    "what simple Dublin Core cannot say of an author": rename("authors", orcid="https://orcid.org/0000-0001"),
    "markup that is taken off": edit(abstract="<p></p>"),
    "white space around a value": lambda article: edit(title=f"  {article.title} ")(article),
    "a control character": lambda article: edit(title=f"{article.title}\x0b")(article),
    "the name of a set": rename("collections", title="Renamed"),
    "the description of a set": rename("collections", description="Other words"),
    "the name of a set above": rename("collections.parent", title="Renamed"),
    "an invisible sibling": lambda article: ArticleFactory(journal=article.journal, stage="draft"),
}


def _reorder(article: Article) -> None:
    for authorship in article.authorships.all():
        authorship.position = 9 - authorship.position
        authorship.save()


def _move(collection: Collection) -> None:
    collection.parent = CollectionFactory(slug="asia")
    collection.save()


def _away_and_back(article: Article) -> None:
    with transaction.atomic():
        subjects = list(article.subjects.all())
        article.subjects.clear()
        article.subjects.add(*subjects)


@pytest.mark.parametrize("name", DISSEMINATED)
def test_moves_when_it_is_disseminated(name: str, articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        DISSEMINATED[name](articles[0])
    assert identifier(articles[0]) in moved[DC], name
    sync_moves_nothing(clock)


@pytest.mark.parametrize("name", NOT_DISSEMINATED)
def test_stays_when_it_is_not(name: str, articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        NOT_DISSEMINATED[name](articles[0])
    assert moved == {DC: set(), GALLEY: set()}, name
    sync_moves_nothing(clock)


def sync_moves_nothing(clock: Clock) -> None:
    """What was indexed after the change is what a sync finds."""
    with clock.moving(DC, GALLEY) as moved:
        call_command("oai_sync", render_all=True, verbosity=0)
    assert moved == {DC: set(), GALLEY: set()}


def test_only_records_that_change_move(articles: list[Article], clock: Clock):
    with clock.moving(DC) as moved:
        edit(title="Another")(articles[0])
    assert moved[DC] == {identifier(articles[0])}
    with clock.moving(DC) as moved:
        rename("journal", name="Renamed")(articles[1])
    assert moved[DC] == {identifier(articles[1]), identifier(articles[2])}


def test_only_the_format_that_changes_moves(articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        edit(title="Another")(articles[0])
    assert moved == {DC: {identifier(articles[0])}, GALLEY: set()}
    with clock.moving(DC, GALLEY) as moved:
        edit(galley_xml=articles[0].galley_xml.replace("jhs", "new"))(articles[0])
    assert moved == {DC: set(), GALLEY: {identifier(articles[0])}}


def test_a_set_is_part_of_every_format(articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        articles[0].collections.set([CollectionFactory(slug="asia")])
    assert moved == {DC: {identifier(articles[0])}, GALLEY: {identifier(articles[0])}}


def test_the_same_XML_in_other_words_is_no_change(articles: list[Article], clock: Clock):
    edit(galley_xml='<article xmlns="https://press.example.org/ns/galley"><title a="1" b="2">T</title></article>')(
        articles[0]
    )
    with clock.moving(GALLEY) as moved:
        edit(
            galley_xml="<?xml version='1.0'?>\n<g:article xmlns:g='https://press.example.org/ns/galley'>".replace(
                "g:", ""
            ).replace(":g", "")
            + "<title b='2' a='1'>T</title></article>"
        )(articles[0])
    assert moved == {GALLEY: set()}


@pytest.mark.parametrize("how", ["delete", "queryset", "withdraw", "embargo"])
def test_a_deletion_moves(how: str, articles: list[Article], clock: Clock):
    article = articles[0]
    name = identifier(article)
    actions: dict[str, Callable[[], object]] = {
        "delete": article.delete,
        "queryset": Article.objects.filter(pk=article.pk).delete,
        "withdraw": lambda: edit(stage="draft")(article),
        "embargo": lambda: edit(embargo_until=datetime(2999, 1, 1, tzinfo=timezone.utc))(article),
    }
    with clock.moving(DC, GALLEY) as moved:
        actions[how]()
    assert moved == {DC: {name}, GALLEY: {name}}
    assert headers()[name].deleted
    sync_moves_nothing(clock)


def test_a_deletion_moves_once(articles: list[Article], clock: Clock):
    edit(stage="draft")(articles[0])
    with clock.moving(DC, GALLEY) as moved:
        edit(title="Nobody sees this")(articles[0])
        edit(stage="retracted")(articles[0])
        articles[0].delete()
    assert moved == {DC: set(), GALLEY: set()}


def test_a_return_moves(articles: list[Article], clock: Clock):
    edit(stage="draft")(articles[0])
    with clock.moving(DC, GALLEY) as moved:
        edit(stage="published")(articles[0])
    assert moved == {DC: {identifier(articles[0])}, GALLEY: {identifier(articles[0])}}
    assert not headers()[identifier(articles[0])].deleted


def test_a_lost_format_moves_only_that(articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        edit(galley_xml="")(articles[0])
    assert moved == {DC: set(), GALLEY: {identifier(articles[0])}}
    assert headers("/oai", "galley")[identifier(articles[0])].deleted


def test_a_template_moves_what_it_renders(articles: list[Article], clock: Clock):
    with marked("mark"):
        with clock.moving(DC, GALLEY) as moved:
            call_command("oai_sync", verbosity=0)
        assert moved == {DC: {identifier(article) for article in articles}, GALLEY: set()}
        sync_moves_nothing(clock)


def test_a_template_that_gives_the_same_moves_nothing(articles: list[Article], clock: Clock):
    same = source_of().replace("{% autoescape on %}", "{# as before #}{% autoescape on %}\n  ")
    with host_templates({OAI_DC: same}):
        with clock.moving(DC, GALLEY) as moved:
            call_command("oai_sync", verbosity=0)
        assert moved == {DC: set(), GALLEY: set()}


def test_a_format_of_another_version_moves_what_it_renders(articles: list[Article], clock: Clock, settings):
    DatasetFactory()
    call_command("oai_sync", verbosity=0)

    class Version2(Brief):
        schema = "https://press.example.org/ns/brief-2.xsd"

    brief = ("/nodeletes/oai", "brief")
    repositories = settings.OAIPMH["REPOSITORIES"]
    changed = repositories["brief"] | {"FORMATS": ["oai_dc", Version2]}
    with clock.moving(("/nodeletes/oai", "oai_dc"), brief) as moved:
        settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": repositories | {"brief": changed}}
        with host_templates({BRIEF: source_of(BRIEF)}):
            call_command("oai_sync", verbosity=0)
    assert moved[brief] == set(), "the template names its schema itself"
    text = source_of(BRIEF).replace("brief.xsd", "brief-2.xsd")
    with clock.moving(("/nodeletes/oai", "oai_dc"), brief) as moved, host_templates({BRIEF: text}):
        call_command("oai_sync", verbosity=0)
    assert moved[("/nodeletes/oai", "oai_dc")] == set()
    assert len(moved[brief]) == 1


def test_a_new_base_URL_moves_absolute_URLs(articles: list[Article], clock: Clock, settings):
    with clock.moving(DC, GALLEY) as moved:
        settings.OAIPMH = settings.OAIPMH | {
            "BASE_URL": "https://new.example.org/oai",
            "NAMESPACE": "press.example.org",
        }
        call_command("oai_sync", repository="oai", verbosity=0)
    assert moved == {DC: {identifier(article) for article in articles}, GALLEY: set()}


def test_nobody_s_language_or_script_prefix_moves_anything(articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved:
        set_script_prefix("/below/")
        try:
            with translation.override("el"), zones.override("Asia/Tokyo"):
                for article in articles:
                    article.save()
                    article.journal.save()
                oai.sync(Article.objects.all())
        finally:
            set_script_prefix("/")
    assert moved == {DC: set(), GALLEY: set()}


def test_a_parent_table_moves_its_child(clock: Clock, transactional_db):
    thesis = ThesisFactory()
    call_command("oai_sync", verbosity=0)
    publication = Publication.objects.get(pk=thesis.pk)
    publication.title = "Renamed as a publication"
    publication.save()
    record = OAIClient("/theses/oai").record(f"oai:press.example.org:thesis/{thesis.pk}")
    assert dublin_core(record)["title"] == ["Renamed as a publication"]


def test_a_later_datestamp_is_never_taken_back_by_the_clock(articles: list[Article], clock: Clock):
    edit(title="Before the clock was set back")(articles[0])
    before = headers()
    clock.tick(-50)
    edit(title="After it")(articles[0])
    ArticleFactory(title="New after it")
    after = headers()
    assert after[identifier(articles[0])].datestamp >= before[identifier(articles[0])].datestamp
    latest = max(header.datestamp for header in before.values())
    new = after.keys() - before.keys()
    assert len(new) == 1
    assert all(after[one].datestamp >= latest for one in new), "a harvester has already asked for this time"


def test_a_deletion_is_not_dated_back(articles: list[Article], clock: Clock):
    clock.tick(20)
    edit(title="Late")(articles[0])
    late = headers()[identifier(articles[0])].datestamp
    name = identifier(articles[0])
    clock.tick(-50)
    articles[0].delete()
    assert headers()[name].deleted
    assert headers()[name].datestamp >= late


def test_initial_datestamps_count_until_the_first_list(transactional_db, clock: Clock):
    old = ArticleFactory()
    Article.objects.update(modified=datetime(2001, 2, 3, 4, 5, 6, tzinfo=timezone.utc))
    call_command("oai_sync", verbosity=0)
    assert headers()[identifier(old)].datestamp == "2001-02-03T04:05:06Z"
    new = ArticleFactory()
    Article.objects.filter(pk=new.pk).update(modified=datetime(2001, 2, 3, tzinfo=timezone.utc))
    call_command("oai_sync", verbosity=0)
    assert headers()[identifier(new)].datestamp > "2020"


def test_an_initial_datestamp_does_not_lie_in_the_future(transactional_db, clock: Clock):
    article = ArticleFactory()
    Article.objects.update(modified=datetime(2999, 1, 1, tzinfo=timezone.utc))
    call_command("oai_sync", verbosity=0)
    assert headers()[identifier(article)].datestamp < "2999"


def test_the_datestamp_of_a_list_is_that_of_GetRecord(articles: list[Article], clock: Clock):
    edit(title="Another")(articles[0])
    for name, header in headers().items():
        assert Header.read(OAIClient().record(name)[0]) == header


def test_synced_moves_nothing_by_itself(articles: list[Article], clock: Clock):
    with clock.moving(DC, GALLEY) as moved, synced():
        Client().get("/oai?verb=Identify")
    assert moved == {DC: set(), GALLEY: set()}


@override_settings(USE_TZ=True, TIME_ZONE="Asia/Tokyo")
def test_the_time_zone_of_the_site_moves_nothing(articles: list[Article], clock: Clock):
    sync_moves_nothing(clock)
