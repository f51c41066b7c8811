"""Parts: a whole is told with all that it consists of, and re-dated by a change of any of it."""

import datetime
from collections.abc import Callable

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

import django_oaipmh as oai
from django_oaipmh import parts as module
from django_oaipmh.index import outbox
from django_oaipmh.index.store import STATEMENT, by_size
from django_oaipmh.models import Dirty, Record
from tests.harvester import OAIClient, payload
from tests.invariants.clocks import Clock
from tests.press.factories import (
    ArticleFactory,
    AuthorFactory,
    AuthorshipFactory,
    CollectionFactory,
    JournalFactory,
    LicenceFactory,
    SubjectFactory,
)
from tests.press.models import Article, Authorship, Collection, Journal

from .conftest import Spare
from .looks import deleted, live, metadata, quarantined, sync, values

PATH = "/spare/oai"
LISTS = ((PATH, "oai_dc"), (PATH, "ead"))
TITLES = ["1 Letters", "1.1 Received", "1.1.1 Of 1901", "1.2 Sent", "2 Accounts"]
EAD = "{urn:isbn:1-931666-22-9}"

Tree = list[tuple[str, list]]


class Contents(oai.Parts):
    """Articles as the parts of their journal: numbered by their titles."""

    queryset = Article.objects.filter(stage="published").order_by("title")
    root = "journal"
    depth = "depth_of"
    level = "language"
    metadata = {
        "title": "title",
        "creator": oai.Person.of(
            "authorships__author", family="family", given="given", order_by="authorships__position"
        ),
        "subject": "subjects__label",
        "license": "licence__url",
    }

    def depth_of(self, article: Article) -> int:
        return article.title.split()[0].count(".") + 1


def declare(spare: Spare, contents: type[oai.Parts], **attributes: object) -> None:
    """Register journals with these contents, and look at what they depend on."""
    spare.formats = ("oai_dc", "ead")
    declared = {"queryset": Journal.objects.all(), "metadata": {"title": "name"}, "parts": contents}
    spare.register(Journal, type("JournalItem", (oai.Item,), declared | attributes))
    spare.watch()
    sync(repository="spare")


@pytest.fixture
def journal(spare: Spare, clock: Clock) -> Journal:
    """A journal with the contents of ``TITLES``, in the index."""
    journal = JournalFactory(name="Fields")
    for title in TITLES:
        ArticleFactory(journal=journal, title=title, licence=None)
    declare(spare, Contents)
    return journal


def name(journal: Journal) -> str:
    return f"oai:spare.example.org:journal/{journal.pk}"


def document(journal: Journal):
    """The root element of a journal's finding aid, as harvesters get it."""
    (found,) = [record for record in OAIClient(PATH).records("ead") if record[0][0].text == name(journal)]
    return payload(found)


def tree(element) -> Tree:
    """Title and subordinates of each component."""
    return [(one.findtext(f"{EAD}did/{EAD}unittitle"), tree(one)) for one in element.iterfind(f"{EAD}c")]


def titles(journal: Journal) -> list[str]:
    return [one.findtext(f"{EAD}did/{EAD}unittitle") for one in document(journal).iter(f"{EAD}c")]


def article(number: str) -> Article:
    return Article.objects.get(title__startswith=f"{number} ")


# The document.


def test_the_parts_are_nested_as_their_depths_say(journal: Journal):
    dsc = document(journal).find(f".//{EAD}dsc")
    assert tree(dsc) == [
        ("1 Letters", [("1.1 Received", [("1.1.1 Of 1901", [])]), ("1.2 Sent", [])]),
        ("2 Accounts", []),
    ]


def test_only_wholes_are_items(journal: Journal):
    assert live(PATH) == live(PATH, "ead") == {name(journal)}


def test_a_whole_without_parts_is_a_document(journal: Journal):
    empty = JournalFactory(name="Empty")
    assert titles(empty) == []
    assert document(empty).find(f".//{EAD}dsc") is None


def test_an_item_without_parts_is_in_no_such_format(spare: Spare):
    spare.formats = ("oai_dc", "ead")
    spare.register(Journal, type("Plain", (oai.Item,), {"queryset": Journal.objects.all()}))
    JournalFactory()
    sync(repository="spare")
    assert len(live(PATH)) == 1
    assert not live(PATH, "ead")


def test_the_level_of_the_whole(spare: Spare):
    JournalFactory(name="Series")
    declare(spare, type("Levelled", (Contents,), {"root_level": "name"}))
    (record,) = OAIClient(PATH).records("ead")
    assert payload(record).find(f"{EAD}archdesc").get("level") == "series"


def test_a_tree_without_a_foreign_key_to_its_root(spare: Spare, clock: Clock):
    class Below(oai.Parts):
        queryset = Collection.objects.order_by("slug")
        depth = oai.Map("slug", lambda slug: slug.count("-"))
        level = "title"
        metadata = {"title": "title"}

        def get_parts(self, collection: Collection) -> QuerySet[Collection]:
            return self.get_queryset().filter(slug__startswith=f"{collection.slug}-")

        def get_roots(self, part: Collection) -> QuerySet[Collection]:
            return Collection.objects.filter(slug=part.slug.partition("-")[0])

    europe, asia = (CollectionFactory(slug=slug, title=slug.title()) for slug in ("europe", "asia"))
    paris = CollectionFactory(slug="europe-france-paris", title="Paris")
    CollectionFactory(slug="europe-france", title="France")
    spare.formats = ("oai_dc", "ead")
    item = {"queryset": Collection.objects.exclude(slug__contains="-"), "parts": Below}
    spare.register(Collection, type("CollectionItem", (oai.Item,), item))
    spare.watch()
    sync(repository="spare")
    names = {one: f"oai:spare.example.org:collection/{one.pk}" for one in (europe, asia)}
    (record,) = [one for one in OAIClient(PATH).records("ead") if one[0][0].text == names[europe]]
    assert tree(payload(record).find(f".//{EAD}dsc")) == [("France", [("Paris", [])])]
    with clock.moving(*LISTS) as moved:
        paris.slug = "asia-paris"
        paris.save()
    assert moved[PATH, "ead"] == set(names.values())
    assert moved[PATH, "oai_dc"] == set()


# Reading.


@pytest.mark.parametrize("chunk", [7, 1000])
def test_queries_do_not_grow_with_the_parts_but_by_chunks(chunk: int, journal: Journal, spare: Spare, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", chunk)
    bound = spare.item_for("press.Journal").bound_parts

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            list(bound.of(journal))
        return len(captured)

    before = queries()
    for number in range(30):
        article = ArticleFactory(journal=journal, title=f"3.{number:02}", licence=LicenceFactory())
        article.subjects.add(SubjectFactory())
        AuthorshipFactory(article=article)
    chunks = -(-(30 + len(TITLES)) // chunk)
    assert before == 4  # the parts, their people, their subjects; no licence is theirs yet
    assert queries() <= 1 + 5 * chunks


def test_parts_of_one_position_come_in_one_order(spare: Spare):
    journal = JournalFactory()
    articles = ArticleFactory.create_batch(5, journal=journal, title="1 Same")
    declare(spare, Contents)
    bound = spare.item_for("press.Journal").bound_parts
    ordered = module._steady(bound.get_parts(journal))
    assert list(ordered) == sorted(articles, key=lambda one: one.pk)


def test_without_a_format_that_tells_them_parts_are_neither_read_nor_watched(journal: Journal, spare: Spare):
    spare.formats = ("oai_dc",)
    spare.watch()
    with CaptureQueriesContext(connection) as captured:
        sync(repository="spare")
        ArticleFactory(journal=journal)
    assert not [one for one in captured.captured_queries if 'ORDER BY "press_article"."title"' in one["sql"]]
    assert not Dirty.objects.filter(repository="spare").exists()


def test_an_unchanged_whole_is_not_rendered_again(journal: Journal, spare: Spare, monkeypatch):
    def render(*args: object) -> None:
        raise AssertionError("rendered")

    monkeypatch.setattr("django_oaipmh.formats.base.MetadataFormat.payload", render)
    sync(repository="spare")
    assert not quarantined()


def test_parts_that_change_while_they_are_read_are_read_again(journal: Journal, spare: Spare, monkeypatch):
    """What was rendered is newer than what was compared: the next sync must not take it for unchanged."""
    digest = module.PartList.digest

    def overtaken(self: module.PartList, watch: module.Watch) -> str:
        found = digest(self, watch)
        Article.objects.filter(title="2 Accounts").update(title="2 Late")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(module.PartList, "digest", overtaken)
        article("1").save()
        Journal.objects.update(name="Renamed")
        sync(repository="spare")
    assert titles(journal)[-1] == "2 Late"
    Article.objects.filter(title="2 Late").update(title="2 Accounts")
    sync(repository="spare")
    assert titles(journal)[-1] == "2 Accounts"


def test_a_method_that_queries_for_every_part_is_told_of(spare: Spare, capsys):
    class Careless(Contents):
        metadata = {"title": "with_journal"}

        def with_journal(self, one: Article) -> str:
            return f"{one.title} ({one.journal.name})"

    ArticleFactory.create_batch(2, journal=JournalFactory(), title="1 Some")
    declare(spare, Careless)
    (told,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Careless")]
    assert told.endswith('queries press_journal for every object; declare it: @oai.uses("journal")')


# Changes.


def renamed(journal: Journal) -> None:
    one = article("1.1.1")
    one.title = "1.1.1 Of 1902"
    one.save()


def added(journal: Journal) -> None:
    ArticleFactory(journal=journal, title="3 New")


def removed(journal: Journal) -> None:
    article("1.2").delete()


def withdrawn(journal: Journal) -> None:
    one = article("1.2")
    one.stage = "draft"
    one.save(update_fields=["stage"])


def subject_added(journal: Journal) -> None:
    article("1.2").subjects.add(SubjectFactory())


def author_added(journal: Journal) -> None:
    AuthorshipFactory(article=article("2"), author=AuthorFactory())


def licensed(journal: Journal) -> None:
    Article.objects.filter(pk=article("2").pk).first()
    one = article("2")
    one.licence = LicenceFactory()
    one.save()


CHANGES = [renamed, added, removed, withdrawn, subject_added, author_added, licensed]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_any_part_redates_the_whole(change: Callable[[Journal], None], journal: Journal, clock: Clock):
    other = JournalFactory()
    ArticleFactory(journal=other, title="1 Elsewhere")
    with clock.moving(*LISTS) as moved:
        change(journal)
    assert moved == {(PATH, "oai_dc"): set(), (PATH, "ead"): {name(journal)}}
    assert not Dirty.objects.filter(repository="spare").exists()
    with clock.moving(*LISTS) as moved:
        sync(repository="spare")
    assert moved[PATH, "ead"] == set()


@pytest.mark.parametrize("what", ["subject", "author", "licence", "link"])
def test_a_change_of_what_a_part_is_described_by_redates_the_whole(what: str, journal: Journal, clock: Clock):
    one = article("1.1.1")
    subject, licence = SubjectFactory(label="Old"), LicenceFactory()
    one.subjects.add(subject)
    one.licence = licence
    one.save()
    link = AuthorshipFactory(article=one, author=AuthorFactory(family="Old"))
    with clock.moving(*LISTS) as moved:
        if what == "subject":
            subject.label = "New"
            subject.save()
        elif what == "author":
            link.author.family = "New"
            link.author.save()
        elif what == "licence":
            licence.url = "https://new.example.org/"
            licence.save()
        else:
            link.delete()
    assert moved == {(PATH, "oai_dc"): set(), (PATH, "ead"): {name(journal)}}


def test_a_part_that_moves_redates_both_wholes(journal: Journal, clock: Clock):
    other = JournalFactory()
    with clock.moving(*LISTS) as moved:
        one = article("2")
        one.journal = other
        one.save()
    assert moved[PATH, "ead"] == {name(journal), name(other)}
    assert titles(journal) == TITLES[:-1]
    assert titles(other) == ["2 Accounts"]


def test_a_related_row_that_moves_redates_both_wholes(journal: Journal, clock: Clock):
    other = ArticleFactory(journal=JournalFactory(), title="1 Elsewhere")
    link = AuthorshipFactory(article=article("2"))
    with clock.moving(*LISTS) as moved:
        link = Authorship.objects.get(pk=link.pk)
        link.article = other
        link.save()
    assert moved[PATH, "ead"] == {name(journal), name(other.journal)}


def test_saving_a_part_unchanged_moves_nothing(journal: Journal, clock: Clock):
    with clock.moving(*LISTS) as moved:
        article("1.1").save()
    assert moved == {one: set() for one in LISTS}


def test_a_whole_that_goes_with_its_parts_is_deleted(journal: Journal):
    identifier = name(journal)
    journal.delete()
    assert deleted(PATH, "ead") == {identifier}
    assert not Dirty.objects.filter(repository="spare").exists()


def test_time_that_shows_a_part_redates_the_whole(spare: Spare, clock: Clock):
    class Timed(Contents):
        queryset = Article.objects.filter(embargo_until__lte=Now()).order_by("title")
        changes_at = ["embargo_until"]

    journal = JournalFactory()
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    for number in (1, 2):
        ArticleFactory(journal=journal, title=f"{number} Closed", embargo_until=tomorrow)
    declare(spare, Timed)
    assert titles(journal) == []
    with clock.moving(*LISTS) as moved:
        Article.objects.update(embargo_until=F("embargo_until") - datetime.timedelta(days=1, seconds=1))
        sync(repository="spare", changed=True)
    assert moved[PATH, "ead"] == {name(journal)}
    assert titles(journal) == ["1 Closed", "2 Closed"]


# The outbox.


def test_a_thousand_parts_of_one_whole_are_one_cause(journal: Journal, monkeypatch):
    monkeypatch.setattr(outbox.Wake, "__call__", lambda self: None)
    from django.db import transaction

    with transaction.atomic():
        for one in Article.objects.all():
            one.title += "!"
            one.save()
    assert list(Dirty.objects.filter(repository="spare").values_list("lookup", "value")) == [("pk", str(journal.pk))]


def test_a_whole_of_many_parts_is_left_to_the_outbox(journal: Journal, clock: Clock, monkeypatch):
    monkeypatch.setattr(outbox, "AT_ONCE", 4)
    with clock.moving(*LISTS) as moved:
        renamed(journal)
    assert moved[PATH, "ead"] == set()
    assert Dirty.objects.filter(repository="spare").exists()
    with clock.moving(*LISTS) as moved:
        sync(repository="spare", changed=True)
    assert moved[PATH, "ead"] == {name(journal)}
    assert not Dirty.objects.filter(repository="spare").exists()


def test_a_move_is_not_lost_with_the_process(journal: Journal, clock: Clock, monkeypatch):
    other = JournalFactory()
    with clock.moving(*LISTS) as moved:
        with monkeypatch.context() as patch:
            patch.setattr(outbox.Wake, "__call__", lambda self: None)
            one = article("2")
            one.journal = other
            one.save()
        sync(repository="spare", changed=True)
    assert moved[PATH, "ead"] == {name(journal), name(other)}


def test_a_host_that_cannot_tell_the_roots_saves_all_the_same(spare: Spare, clock: Clock, monkeypatch):
    class Failing(Contents):
        failing = False

        def get_parts(self, journal: Journal) -> QuerySet[Article]:
            return self.get_queryset().filter(journal=journal)

        def get_roots(self, one: Article) -> QuerySet[Journal]:
            if self.failing:
                raise RuntimeError("out of the blue")
            return Journal.objects.filter(pk=one.journal_id)

    journal = JournalFactory()
    one = ArticleFactory(journal=journal, title="1 Before")
    declare(spare, Failing)
    monkeypatch.setattr(Failing, "failing", True)
    one.title = "1 After"
    one.save()
    assert titles(journal) == ["1 Before"]
    monkeypatch.setattr(Failing, "failing", False)
    sync(repository="spare", changed=True)
    assert titles(journal) == ["1 After"]


# Failures.


def test_a_part_that_fails_keeps_the_whole_out_of_that_format_alone(spare: Spare):
    class Failing(Contents):
        def depth_of(self, article: Article) -> int | str:
            return "deep" if article.title == "fail" else super().depth_of(article)

    journal = JournalFactory(name="Old")
    declare(spare, Failing)
    one = ArticleFactory(journal=journal, title="fail")
    reason = quarantined()[str(journal.pk), "ead"]
    assert reason == f"ValueError: Failing: the depth of the part {one.pk} is 'deep', no whole number"
    assert titles(journal) == []
    journal.name = "New"
    journal.save()
    assert values(name(journal), path=PATH) == ["New"]
    one.title = "1 Repaired"
    one.save()
    assert titles(journal) == ["1 Repaired"]
    assert not quarantined()


def test_a_tree_too_deep_for_xml_is_quarantined(journal: Journal, monkeypatch):
    monkeypatch.setattr("django_oaipmh.formats.finding_aids.DEEPEST", 2)
    article("1.1.1").save()
    sync(repository="spare", render_all=True)
    assert "nested deeper than 2" in quarantined()[str(journal.pk), "ead"]
    assert live(PATH) == {name(journal)}


def test_large_documents_are_written_before_the_next_are_made(journal: Journal, spare: Spare, monkeypatch):
    """So that a batch of them does not fill the memory."""
    from django_oaipmh.index import examine

    monkeypatch.setattr(examine, "FULL", 1)
    pks = [journal.pk, *(JournalFactory().pk for _ in range(3))]
    item = spare.item_for("press.Journal")
    changes = examine.examine(item, pks, examine.Renderer.of(spare), render_all=True)
    assert [change.pk for change in changes] == pks[:1]
    assert outbox.index(item, pks, render_all=True).seen == 4
    Journal.objects.update(name="Renamed")
    sync(repository="spare", allow_mass_change=True)
    assert {one["title"][0] for one in metadata(PATH).values()} == {"Renamed"}


def test_a_document_larger_than_the_database_takes_is_quarantined(journal: Journal, monkeypatch):
    from django_oaipmh.index import examine

    size = len(etree.tostring(document(journal)))
    monkeypatch.setattr(examine, "STATEMENT", 0)
    monkeypatch.setattr(examine, "largest_statement", lambda using: size - 100)
    journal.name = "Of another name"
    journal.save()
    assert "max_allowed_packet allows" in quarantined()[str(journal.pk), "ead"]
    assert values(name(journal), path=PATH) == ["Of another name"]
    monkeypatch.undo()
    sync(repository="spare")
    assert not quarantined()
    assert document(journal).findtext(f".//{EAD}titleproper") == "Of another name"


def test_a_large_document_is_written_or_quarantined_on_every_database(spare: Spare):
    """And holds up no other. MariaDB takes no statement of more than ``max_allowed_packet``. This one has 31 MB."""
    from django_oaipmh.index.examine import largest_statement

    class Large(Contents):
        metadata = {"abstract": lambda article: ("<\"'\\>" + "x" * 30) * 155_000}

    large, small = JournalFactory(), JournalFactory()
    for number in range(5):
        ArticleFactory(journal=large, title=f"{number} Large")
    declare(spare, Large)
    fits = largest_statement("default") > 50_000_000
    assert live(PATH, "ead") == ({name(large), name(small)} if fits else {name(small)})
    assert set(quarantined()) == (set() if fits else {(str(large.pk), "ead")})


def test_statements_are_filled_by_size():
    def sizes(*given: int) -> list[list[int]]:
        return [[record.size for record in some] for some in by_size(Record(size=size) for size in given)]

    assert sizes() == []
    assert sizes(1, 2, STATEMENT - 3, 1) == [[1, 2, STATEMENT - 3], [1]]
    assert sizes(1, 5 * STATEMENT, 1) == [[1], [5 * STATEMENT], [1]]


def test_a_stylesheet_over_a_finding_aid_reads_the_parts_too(journal: Journal, spare: Spare, clock: Clock, tmp_path):
    stylesheet = tmp_path / "titles.xsl"
    stylesheet.write_text(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        'xmlns:e="urn:isbn:1-931666-22-9" exclude-result-prefixes="e"><xsl:template match="/">'
        '<titles xmlns="https://press.example.org/ns/titles"><xsl:for-each select="//e:c/e:did/e:unittitle">'
        '<title><xsl:value-of select="."/></title></xsl:for-each></titles></xsl:template></xsl:stylesheet>'
    )
    titles = {"prefix": "titles", "namespace": "https://press.example.org/ns/titles"}
    titles |= {"schema": "https://press.example.org/ns/titles.xsd", "source": "ead", "stylesheet": str(stylesheet)}
    spare.formats = ("oai_dc", type("Titles", (oai.XSLTFormat,), titles))
    spare.watch()
    sync(repository="spare")
    with clock.moving((PATH, "titles")) as moved:
        renamed(journal)
    assert moved[PATH, "titles"] == {name(journal)}
    (record,) = OAIClient(PATH).records("titles")
    assert [one.text for one in payload(record)] == [*TITLES[:2], "1.1.1 Of 1902", *TITLES[3:]]
