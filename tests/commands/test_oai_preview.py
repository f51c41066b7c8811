"""``oai_preview``: what one object gives in every format, and why there is nothing in some."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Value
from django.test.utils import CaptureQueriesContext
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.models import Dirty, IndexedItem, Quarantine, RepositoryState
from tests import schemas
from tests.hosts import declare, format_of, with_templates
from tests.press.data import ILL_FORMED
from tests.press.factories import (
    ArticleFactory,
    AuthorFactory,
    AuthorshipFactory,
    DatasetFactory,
    NotationFactory,
    SectionFactory,
    ThesisFactory,
)
from tests.press.models import Article

pytestmark = pytest.mark.django_db

NAMESPACE = "https://press.example.org/ns/adhoc"
GALLEY = '<article xmlns="https://press.example.org/ns/galley">{}</article>'


def preview(*arguments) -> str:
    out = io.StringIO()
    call_command("oai_preview", *map(str, arguments), stdout=out, stderr=out, no_color=True)
    return out.getvalue()


def amiss(*arguments) -> tuple[str, str]:
    """What is shown, and what the command ends with."""
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("oai_preview", *map(str, arguments), stdout=out, stderr=out, no_color=True)
    return out.getvalue(), str(caught.value)


@pytest.fixture
def stored(settings):
    """Schemas for the formats of the press."""
    settings.OAIPMH = settings.OAIPMH | {"SCHEMAS": [schemas.OFFICIAL, str(schemas.HERE / "schemas")]}
    if not schemas.available():
        pytest.skip(schemas.MISSING)


@pytest.fixture
def adhoc(settings, repository):
    """Make the repository ``adhoc`` offer the format ``adhoc``, by a template or otherwise."""

    def offer(template: str = "", **attributes) -> None:
        if template:
            settings.TEMPLATES = with_templates({"django_oaipmh/formats/adhoc.xml": template})
        formats = ["oai_dc", format_of(**attributes)]
        settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": {"adhoc": {"FORMATS": formats}}}

    return offer


# The object


def test_identifier_sets_and_records():
    article = ArticleFactory(title="Of harvests", journal__name="Harvest Studies")
    told = preview("press.article", article.pk)
    heading = f"press.Article {article.pk} (ArticleItem, oai)\n"
    assert told.startswith(f"{heading}oai:press.example.org:article/{article.pk}\n")
    assert "  jhs  Harvest Studies\n" in told
    assert "  en  English\n" in told
    assert '\n    <dc:title xml:lang="en">Of harvests</dc:title>\n' in told


def test_nested_sets_have_the_names_of_all_levels():
    section = SectionFactory(journal__code="jhs")
    told = preview("press.Article", ArticleFactory(section=section).pk)
    assert "  jhs:research  Journal jhs › Research\n" in told


def test_an_object_that_is_not_selected_is_shown_all_the_same():
    article = ArticleFactory(stage="draft", title="Unfinished")
    told = preview("press.Article", article.pk)
    assert "Not disseminated: the queryset of ArticleItem does not select it." in told
    assert "Unfinished</dc:title>" in told
    assert "Not disseminated" not in preview("press.Article", ArticleFactory().pk)


@pytest.mark.parametrize("title", ["Selected", "Not selected"])
def test_what_the_queryset_adds_is_there_whether_it_selects_the_object_or_not(repository, title):
    article = ArticleFactory(title=title, authors=["Sappho", "Alcaeus"])
    queryset = Article.objects.annotate(number=Count("authors")).filter(title="Selected", number=2)
    declare(repository, queryset=queryset, metadata={"extent": "number"})
    told = preview("press.Article", article.pk, "--repository", "adhoc")
    assert "  extent ← number\n    2\n" in told
    assert ("Not disseminated" in told) == (title == "Not selected")


def test_an_empty_queryset(repository):
    declare(repository, queryset=Article.objects.none())
    article = ArticleFactory(title="Of harvests")
    assert "Of harvests</dc:title>" in preview("press.Article", article.pk, "--repository", "adhoc")


def test_illegal_set_specs_are_amiss(repository):
    declare(repository, sets=[oai.SetsBy("title")])
    told, end = amiss("press.Article", ArticleFactory(title="Of harvests").pk, "--repository", "adhoc")
    assert "'Of harvests' is no legal part of a setSpec" in told
    assert end == "Not as it should be: sets"


def test_every_repository_that_has_the_model():
    dataset = DatasetFactory()
    told = preview("press.dataset", dataset.pk)
    assert "(DatasetItem, oai)" in told
    assert "(BriefDatasetItem, brief)" in told
    assert "(DatasetItem, oai)" not in preview("press.Dataset", dataset.pk, "--repository", "brief")


def test_nothing_is_asked_of_the_index_or_written_to_it():
    article = ArticleFactory(galley_xml=ILL_FORMED.format(title="x"))
    before = [list(model.objects.values()) for model in (Dirty, IndexedItem, Quarantine, RepositoryState)]
    with CaptureQueriesContext(connection) as queries:
        amiss("press.Article", article.pk)
    assert queries and not [query for query in queries if "oaipmh" in query["sql"]]
    reads = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT")
    assert [query["sql"] for query in queries if not query["sql"].startswith(reads)] == []
    assert before == [list(model.objects.values()) for model in (Dirty, IndexedItem, Quarantine, RepositoryState)]


# Metadata


def test_metadata_source_by_source():
    article = ArticleFactory(abstract="", doi="10.5555/1", title="Of harvests")
    author = AuthorFactory(family="Shelley", given="Mary", orcid="0000-0001")
    AuthorshipFactory(article=article, author=author)
    told = preview("press.Article", article.pk)
    assert "  title ← Text.of()\n    Of harvests (Text)\n      value: Of harvests\n      lang: en\n" in told
    assert (
        "  creator ← Person.of('authorships__author')\n    Shelley, Mary (Person)\n"
        "      given: Mary\n      family: Shelley\n      orcid: 0000-0001\n"
        "      affiliation: (empty)\n"
    ) in told
    assert "  abstract ← Map(abstract)\n    (empty)\n" in told
    assert "  type ← Value('journal article')\n    journal article\n" in told
    assert f"  identifier ← get_absolute_url\n    https://press.example.org/articles/{article.pk}/\n" in told
    assert "  identifier ← doi_url\n    https://doi.org/10.5555/1\n" in told
    assert "  identifier ← Identifier.of('identifiers')\n    (empty)\n" in told
    assert "  bibliographicCitation ← ArticleItem.citation\n    Journal jhs\n" in told


@pytest.mark.parametrize("publisher, shown", [("Harvest", ["Harvest"]), ("", ["(empty)", "Journal x"])])
def test_first_shows_what_was_tried(publisher, shown):
    article = ArticleFactory(journal__code="x", journal__publisher=publisher)
    told = preview("press.Article", article.pk)
    assert re.findall(r"  publisher ← journal__\w+\n    (.*)\n", told) == shown


def test_terms_that_get_metadata_makes():
    told = preview("press.Thesis", ThesisFactory(degree="doctoral", title="Of grain").pk)
    assert "  title ← title\n    Of grain\n" in told
    assert "  type ← ThesisItem.get_metadata()\n    thesis\n    doctoral\n" in told


def test_a_term_that_get_metadata_takes_away(repository):
    declare(
        repository,
        metadata={"title": "title", "subject": Value("x")},
        get_metadata=lambda self, obj: {"title": oai.Item.get_metadata(self, obj)["title"]},
    )
    told = preview("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "  subject ← AdHocItem.get_metadata()\n    (empty)\n" in told


def broken(obj):
    raise LookupError("where is it")


def test_a_source_that_fails_is_named_with_its_place(repository):
    declare(repository, metadata={"title": "title", "subject": ["title", broken]})
    told, end = amiss("press.Article", ArticleFactory(title="Of harvests").pk, "--repository", "adhoc")
    line = broken.__code__.co_firstlineno + 1
    assert "It cannot be described, so there is no record in any format." in told
    assert "  title ← title\n    Of harvests\n" in told
    assert "  subject ← title\n    Of harvests\n" in told
    assert "  subject ← broken\n    LookupError: where is it\n" in told
    assert f"test_oai_preview.py, line {line}, in broken\n" in told
    assert "[oai_dc]" not in told
    assert end == "Not as it should be: the description, subject"


def test_a_method_that_does_not_declare_what_it_reads(repository):
    def publisher(self, obj):
        return obj.journal.publisher

    declare(repository, metadata={"publisher": "publisher"}, publisher=publisher)
    told = preview("press.Article", ArticleFactory(journal__publisher="Harvest").pk, "--repository", "adhoc")
    assert 'queries press_journal for every object; declare it: @oai.uses("journal")' in told


# Formats


def test_only_one_format():
    article = ArticleFactory(galley_xml=GALLEY.format("<title>Of harvests</title>"))
    assert re.findall(r"^\[.*$", preview("press.Article", article.pk), re.MULTILINE) == ["[oai_dc]", "[galley]"]
    told = preview("press.Article", article.pk, "--format", "galley")
    assert re.findall(r"^\[.*$", told, re.MULTILINE) == ["[galley]"]
    assert "<title>Of harvests</title>" in told


def test_a_format_of_one_repository_of_two():
    told = preview("press.Dataset", DatasetFactory().pk, "--format", "brief")
    assert re.findall(r"^\[.*$", told, re.MULTILINE) == ["[brief]"]
    assert "(BriefDatasetItem, brief)" in told and "(DatasetItem, oai)" not in told


def test_other_prefixes_of_a_format(settings):
    formats = ["oai_dc", {"format": "oai_dc", "prefix": "dc"}]
    settings.OAIPMH = settings.OAIPMH | {"FORMATS": formats}
    dataset = DatasetFactory()
    for arguments in ([], ["--format", "dc"], ["--format", "oai_dc"]):
        told = preview("press.Dataset", dataset.pk, "--repository", "oai", *arguments)
        assert re.findall(r"^\[.*$", told, re.MULTILINE) == ["[oai_dc] also offered as dc"]


def test_about_containers_are_shown():
    told = preview("press.Thesis", ThesisFactory().pk)
    assert "<about>\n" in told
    assert "<baseURL>https://university.example.org/oai</baseURL>" in told


def test_reasons_stored_xml_is_empty():
    told = preview("press.Article", ArticleFactory(galley_xml="").pk)
    assert "[galley]\nNo record: galley_xml, its XML, is empty.\n" in told


def test_reasons_has_format_says_no():
    told = preview("press.Dataset", DatasetFactory().pk, "--repository", "oai")
    assert "[galley]\nNo record: DatasetItem.has_format() says no.\n" in told


def test_reasons_nothing_stored_and_no_template():
    told = preview("press.Notation", NotationFactory().pk)
    assert (
        "[galley]\nNo record: There is no template django_oaipmh/formats/galley.xml, and NotationItem has no "
        "xml['galley'].\n"
    ) in told


def test_reasons_what_the_format_needs(repository, adhoc):
    adhoc(f'<a xmlns="{NAMESPACE}"/>', needs=("title", ("issued", "date"), "creator"))
    declare(repository, metadata={"title": "title"})
    told = preview("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "[adhoc]\nNo record: There is no issued or date.\nNo record: There is no creator.\n" in told


def test_reasons_a_format_that_gives_none(repository, adhoc):
    adhoc(f'<a xmlns="{NAMESPACE}"/>', payload=lambda self, description, most: None)
    declare(repository)
    told = preview("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "[adhoc]\nNo record: AdHoc gives none.\n" in told


def test_a_template_that_fails_is_told_with_its_line(repository, adhoc, monkeypatch):
    adhoc(f'<a xmlns="{NAMESPACE}">\n<b/>\n{{{{ object.doi_url }}}}</a>')
    monkeypatch.setattr(Article, "doi_url", property(broken))
    declare(repository)
    told, end = amiss("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "[adhoc]\n    LookupError: where is it\n    django_oaipmh/formats/adhoc.xml, line 3\n" in told
    assert "test_oai_preview.py, line" in told and ", in broken\n" in told
    assert end == "Not as it should be: [adhoc]"


@pytest.mark.parametrize("wrong", ["{% for %}", "{{ title|nonsense }}", "{% nonsense %}"])
def test_a_template_with_a_mistake_is_told_with_its_line(repository, adhoc, wrong):
    adhoc(f'<a xmlns="{NAMESPACE}">\n<b/>\n{wrong}</a>')
    declare(repository)
    told, end = amiss("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "[adhoc]\n    TemplateSyntaxError: " in told
    assert "    django_oaipmh/formats/adhoc.xml, line 3\n" in told
    assert end == "Not as it should be: [adhoc]"


def test_ill_formed_stored_xml_is_shown_around_the_mistake():
    galley = GALLEY.format("\n<title>Of harvests</titel>\n<p/>\n")
    told, end = amiss("press.Article", ArticleFactory(galley_xml=galley).pk)
    assert "    IllFormed: " in told
    assert "        2 | <title>Of harvests</titel>\n" in told
    assert end == "Not as it should be: [galley]"
    assert "</oai_dc:dc>" in told


def test_ill_formed_rendered_xml_is_shown_around_the_mistake(repository, adhoc):
    adhoc(f'<a xmlns="{NAMESPACE}">\n{{{{ metadata.title.0 }}}}<b>\n</a>')
    declare(repository, metadata={"title": "title"})
    told, _ = amiss("press.Article", ArticleFactory(title="Of harvests").pk, "--repository", "adhoc")
    assert "        2 | Of harvests<b>\n" in told


def test_an_ill_formed_about_container_is_not_taken_for_the_payload(repository):
    declare(repository, get_about=lambda self, obj, prefix: ["<a>"])
    told, end = amiss("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "[oai_dc]\n    IllFormed: " in told
    assert " | " not in told
    assert end == "Not as it should be: [oai_dc]"


def test_has_format_and_get_about_that_fail(repository):
    def fails(self, obj, prefix):
        raise LookupError(prefix)

    article = ArticleFactory()
    for name in ("has_format", "get_about"):
        declare(repository, **{name: fails})
        told, end = amiss("press.Article", article.pk, "--repository", "adhoc")
        repository.unregister(Article)
        assert "[oai_dc]\n    LookupError: oai_dc\n" in told
        assert re.search(r"test_oai_preview.py, line \d+, in .*fails\n", told)
        assert end == "Not as it should be: [oai_dc]"


# Validation


def test_valid(stored):
    article = ArticleFactory(galley_xml=GALLEY.format("<title>Of harvests</title>"))
    told = preview("press.Article", article.pk)
    assert told.count("\nValid\n") == 2
    assert "Not validated" not in told


def test_invalid_is_told_with_the_numbers_of_the_lines_that_are_shown(stored):
    article = ArticleFactory(galley_xml=GALLEY.format("<p>x</p>"))
    told, end = amiss("press.Article", article.pk)
    number = re.search(r"^ +(\d+) \|  +<p>x</p>$", told, re.MULTILINE)[1]
    assert f"Invalid: line {number}: Element '{{https://press.example.org/ns/galley}}p'" in told
    assert end == "Not as it should be: [galley]"


def test_an_invalid_about_container(stored, repository):
    about = (
        '<friends xmlns="http://www.openarchives.org/OAI/2.0/friends/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="'
        'http://www.openarchives.org/OAI/2.0/friends/ http://www.openarchives.org/OAI/2.0/friends.xsd">{}</friends>'
    )
    article = ArticleFactory()
    declare(repository, get_about=lambda self, obj, prefix: [about.format("<foe/>")])
    told, _ = amiss("press.Article", article.pk, "--repository", "adhoc")
    assert "foe" in told.partition("Invalid: line ")[2]


def test_the_folder_may_be_told_on_the_command_line(stored, settings):
    settings.OAIPMH = {key: value for key, value in settings.OAIPMH.items() if key != "SCHEMAS"}
    article = ArticleFactory()
    assert "Not validated: OAIPMH['SCHEMAS'] or --schemas names the folder" in preview("press.Article", article.pk)
    told = preview("press.Article", article.pk, "--schemas", schemas.OFFICIAL)
    assert told.count("\nValid\n") == 1


def test_a_schema_that_is_not_stored(stored):
    article = ArticleFactory(galley_xml=GALLEY.format("<title>x</title>"))
    told = preview("press.Article", article.pk, "--schemas", schemas.OFFICIAL)
    assert "Not validated: https://press.example.org/ns/galley.xsd is not stored\n" in told


def test_a_format_that_does_not_validate(stored, repository, adhoc):
    adhoc(f'<a xmlns="{NAMESPACE}"/>', validates=False)
    declare(repository)
    told = preview("press.Article", ArticleFactory().pk, "--repository", "adhoc", "--format", "adhoc")
    assert "Not validated: records in adhoc are not meant to be valid against its schema.\n" in told
    assert "\nValid\n" not in told


# Arguments


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("press.Articel", 1), r"No item is registered for: press.Articel. Did you mean press.Article\?"),
        (("x", 1, "--repository", "theses"), "No item is registered for: x. There are: press.Thesis."),
        (("press.Article", 1, "--repository", "nonsense"), "There is no repository 'nonsense'. There are: brief, oai"),
        (("press.Article", 0), "There is no press.Article 0."),
        (("press.Article", "abc"), "'abc'"),
        (("press.Article", 10**30), str(10**30)),
        (("press.Dataset", 1, "--format", "mods"), "no format 'mods'. .*: oai: oai_dc, galley; brief: oai_dc, brief."),
        (("press.Article", 1, "--schemas", "/nowhere"), "There is no folder /nowhere."),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(CommandError, match=words):
        preview(*arguments)


def test_an_item_with_a_mistake(repository):
    declare(repository, metadata={"title": "titel"})
    _, end = amiss("press.Article", ArticleFactory().pk, "--repository", "adhoc")
    assert "Did you mean 'title'?" in end


def test_what_is_shown_can_be_parsed():
    told = preview("press.Thesis", ThesisFactory().pk)
    record = told[told.index("<metadata>") : told.index("</about>") + len("</about>")]
    assert len(etree.fromstring(f"<record>{record}</record>")) == 2
