"""System checks: for every mistake exactly one message, with its place and its remedy; for a good host none."""

import copy
import datetime
import warnings
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import CheckMessage, run_checks
from django.db import OperationalError, models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now
from django.test.utils import isolate_apps
from django.urls import include, path
from django.utils import timezone

import django_oaipmh as oai
from django_oaipmh.checks import check_synced
from django_oaipmh.descriptions import Branding, DublinCore, Eprints, Friends, RightsManifest, Toolkit
from django_oaipmh.repository import repositories
from django_oaipmh.testing import synced

from .hosts import declare, format_of, hosting, with_templates
from .press.models import Article, Authorship, Dataset, Journal, Publication, Thesis
from .press.oai import brief, theses
from .urls import urlpatterns


def configure(settings: Any, **changes: Any) -> None:
    """Change ``OAIPMH``; a key whose value is None is left out."""
    merged = copy.deepcopy(settings.OAIPMH) | changes
    if isinstance(changes.get("REPOSITORIES"), dict):
        merged["REPOSITORIES"] = settings.OAIPMH["REPOSITORIES"] | changes["REPOSITORIES"]
    settings.OAIPMH = {key: value for key, value in merged.items() if value is not None}


def messages() -> list[CheckMessage]:
    return run_checks(tags=["django_oaipmh"])


def only(id: str) -> CheckMessage:
    """The one message there is."""
    found = messages()
    assert [message.id for message in found] == [f"oaipmh.{id}"], found
    return found[0]


@pytest.fixture
def repository(repository, settings):
    """A good one: it has a URL."""
    settings.ROOT_URLCONF = (*urlpatterns, path("adhoc/oai", repository.urls))
    return repository


def test_a_good_host_has_no_messages(repository):
    declare(repository, metadata={"title": "title"})
    assert messages() == []


# Settings


def test_E001_OAIPMH_is_a_dict(settings):
    settings.OAIPMH = ["REPOSITORY_NAME"]
    assert "has to be a dict" in only("E001").msg


def test_E001_an_unknown_key_with_a_suggestion(settings):
    configure(settings, ADMIN_EMAIL=["oai@press.example.org"])
    message = only("E001")
    assert message.msg == "OAIPMH has no key 'ADMIN_EMAIL'."
    assert message.hint == "Did you mean 'ADMIN_EMAILS'?"


def test_E001_an_unknown_key_with_all_there_are(settings):
    configure(settings, XQZ=1)
    assert "GRANULARITY" in only("E001").hint


def test_E001_an_unknown_key_of_one_repository(settings):
    configure(settings, REPOSITORIES={"theses": {"PAGESIZE": 3}})
    assert only("E001").msg == "OAIPMH['REPOSITORIES']['theses'] has no key 'PAGESIZE'."


def test_E001_a_repository_has_none_of_its_own(settings):
    configure(settings, REPOSITORIES={"theses": {"REPOSITORIES": {}}})
    assert only("E001").msg == "OAIPMH['REPOSITORIES']['theses'] has no key 'REPOSITORIES': it is for OAIPMH itself."


@pytest.mark.parametrize(
    "key, value",
    [
        ("REPOSITORY_NAME", 5),
        ("BASE_URL", "press.example.org/oai"),
        ("BASE_URL", "ftp://press.example.org/oai"),
        ("BASE_URL", "https://press.example.org/oai?x=1"),
        ("BASE_URL", ["https://press.example.org/oai"]),
        ("NAMESPACE", "no domain"),
        ("NAMESPACE", "localhost"),
        ("DELETED_RECORD", "yes"),
        ("GRANULARITY", "YYYY"),
        ("FORMATS", []),
        ("FORMATS", "oai_dc"),
        ("PAGE_SIZE", 0),
        ("PAGE_SIZE", True),
        ("PAGE_SIZE", "100"),
        ("PAGE_BYTES", -1),
        ("TOKEN_LIFETIME", datetime.timedelta(days=1)),
        ("MASS_CHANGE", 25),
        ("ADMIN_EMAILS", "oai@press.example.org"),
        ("ADMIN_EMAILS", ["nobody"]),
        ("LANGUAGE", 1),
        ("GZIP", 1),
        ("CACHE_AGE", -1),
        ("CACHE_AGE", "300"),
        ("CACHE_AGE", {"Identity": 300}),
        ("CACHE_AGE", {"Identify": None}),
        ("CACHE_AGE", {"Identify": {"open": 60}}),
        ("CACHE_AGE", {"ListRecords": {"closed": 60}}),
        ("CACHE_AGE", {"ListRecords": {"past": "60"}}),
        ("DEFAULT_VERB", "identify"),
        ("DEFAULT_VERB", ["Identify"]),
        ("ERROR_STATUS", 500),
        ("ERROR_STATUS", 302),
        ("ERROR_STATUS", "422"),
        ("ERROR_STATUS", {"badToken": 422}),
        ("ERROR_STATUS", {"badVerb": 503}),
        ("PAGE_SIZE", {"open access": 10}),
        ("PAGE_SIZE", {"open": 0}),
        ("PAGE_SIZE", {5: 5}),
        ("INDEX", False),
        ("INDEX", "never"),
        ("SCHEMAS", 5),
        ("SCHEMAS", ["schemas", None]),
        ("REPOSITORIES", ["theses"]),
        ("DESCRIPTIONS", Toolkit()),
    ],
)
def test_E002_a_wrong_value(settings, key, value):
    configure(settings, **{key: value})
    message = only("E002").msg
    assert f"OAIPMH[{key!r}]" in message
    assert repr(value) in message
    assert "it has to be " in message


def test_E002_settings_of_one_repository_that_are_no_dict(settings):
    configure(settings, REPOSITORIES={"theses": "https://press.example.org/theses/oai"})
    assert "OAIPMH['REPOSITORIES']['theses']" in only("E002").msg


def test_W033_schemas_in_a_folder_that_is_not_there(settings, tmp_path):
    configure(settings, SCHEMAS=[tmp_path, str(tmp_path / "nowhere")])
    assert only("W033").msg == f"OAIPMH['SCHEMAS']: there is no folder {tmp_path / 'nowhere'}."
    configure(settings, SCHEMAS=str(tmp_path))
    assert messages() == []


def test_W033_of_one_repository(settings, tmp_path):
    configure(settings, REPOSITORIES={"theses": settings.OAIPMH["REPOSITORIES"]["theses"] | {"SCHEMAS": "nowhere"}})
    assert only("W033").msg == "OAIPMH['REPOSITORIES']['theses']['SCHEMAS']: there is no folder nowhere."


def test_E003_settings_of_a_repository_that_is_not_there(settings):
    configure(settings, REPOSITORIES={"thesis": {}})
    message = only("E003")
    assert "'thesis'" in message.msg
    assert "theses" in message.hint


# Identity


def test_E004_no_address(settings, repository):
    declare(repository)
    settings.ADMINS = []
    configure(settings, REPOSITORIES={"adhoc": {"ADMIN_EMAILS": []}})
    message = only("E004")
    assert "'adhoc'" in message.msg
    assert "ADMIN_EMAILS" in message.hint


def test_E004_an_address_of_ADMINS_that_is_none(settings):
    settings.ADMINS = ["Nobody"]
    configure(settings, ADMIN_EMAILS=None)
    assert {message.id for message in messages()} == {"oaipmh.E004"}


def test_E005_a_namespace_that_is_no_domain(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"BASE_URL": "http://localhost:8000/adhoc/oai"}})
    message = only("E005")
    assert "'localhost'" in message.msg
    assert "Set OAIPMH['REPOSITORIES']['adhoc']['NAMESPACE'] to a domain name" in message.hint


def test_E005_does_not_matter_where_identifiers_are_the_hosts_own(settings, repository):
    declare(repository, get_identifier=lambda self, obj: f"https://localhost/{obj.pk}")
    configure(settings, REPOSITORIES={"adhoc": {"BASE_URL": "http://localhost:8000/adhoc/oai"}})
    assert messages() == []


def test_E006_no_base_url_without_DEBUG(settings):
    formats = {"FORMATS": settings.OAIPMH["FORMATS"]}
    settings.OAIPMH = {"ADMIN_EMAILS": ["oai@press.example.org"], "REPOSITORIES": {"oai": formats}}
    found = messages()
    assert {message.id for message in found} == {"oaipmh.E006"}
    assert "'oai' has no base URL. Set OAIPMH['BASE_URL']" in found[0].msg
    settings.DEBUG = True
    assert {message.id for message in messages()} == {"oaipmh.W006"}


# URLs


def test_W007_no_url(settings):
    settings.ROOT_URLCONF = (path("theses/oai", theses.urls), path("nodeletes/oai", brief.urls))
    message = only("W007")
    assert "'oai'" in message.msg
    assert 'path("oai", include("django_oaipmh.urls"))' in message.hint


def test_W007_no_url_of_another_repository(settings, repository):
    settings.ROOT_URLCONF = "tests.urls"
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"BASE_URL": "https://press.example.org/adhoc/oai"}})
    assert "adhoc.urls" in only("W007").hint


def test_a_url_may_have_arguments(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"BASE_URL": "https://press.example.org/adhoc/oai"}})
    settings.ROOT_URLCONF = (
        path("oai", include("django_oaipmh.urls")),
        path("theses/oai", theses.urls),
        path("nodeletes/oai", brief.urls),
        path("<slug:part>/oai", repository.urls),
    )
    assert messages() == []


def test_W008_a_url_for_each_language(settings, repository):
    settings.ROOT_URLCONF = (*urlpatterns, *i18n_patterns(path("adhoc/oai", repository.urls)))
    declare(repository)
    message = only("W008")
    assert "'adhoc'" in message.msg
    assert "i18n_patterns" in message.hint


def test_W009_another_path_than_the_base_url_has(settings):
    configure(settings, BASE_URL="https://press.example.org/cgi/oai2")
    message = only("W009")
    assert "'/cgi/oai2'" in message.msg
    assert "'/oai'" in message.msg
    settings.FORCE_SCRIPT_NAME = "/cgi"
    assert "W009" not in {message.id for message in messages()}


def test_W010_a_redirect(settings):
    settings.ROOT_URLCONF = (*urlpatterns[1:], path("oai/", include("django_oaipmh.urls")))
    message = only("W010")
    assert "redirect" in message.msg
    assert 'path("oai", …)' in message.hint


def test_W010_a_base_url_with_the_slash_is_no_redirect(settings):
    settings.ROOT_URLCONF = (*urlpatterns[1:], path("oai/", include("django_oaipmh.urls")))
    configure(settings, BASE_URL="https://press.example.org/oai/")
    assert messages() == []


@pytest.mark.parametrize("base_url", ["https://oai.example.org", "https://oai.example.org/"])
def test_W010_a_host_of_its_own_has_no_redirect(settings, base_url):
    settings.ROOT_URLCONF = (*urlpatterns[1:], path("", include("django_oaipmh.urls")))
    configure(settings, BASE_URL=base_url)
    assert messages() == []


# Formats


@pytest.mark.parametrize(
    "name", ["oai_cd", "tests.press.formats.Brif", "tests.press.formats", "tests.press.oai.rights"]
)
def test_E011_an_unknown_format(settings, repository, name):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", name]}})
    message = only("E011").msg
    assert repr(name) in message
    assert "oai_dc" in message


def test_E012_no_oai_dc(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["tests.press.formats.Brief"]}})
    message = only("E012")
    assert "'adhoc'" in message.msg
    assert message.hint == "Add 'oai_dc' to OAIPMH['REPOSITORIES']['adhoc']['FORMATS']."


def test_E013_prefixes_that_differ_by_case_only(settings, repository):
    declare(repository)
    loud = format_of("BRIEF", template_name="django_oaipmh/formats/brief.xml")
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", "tests.press.formats.Brief", loud]}})
    assert "'adhoc'" in only("E013").msg


def test_E014_xml_for_a_format_that_is_not_there(repository):
    declare(repository, xml={"jats": "galley_xml"})
    message = only("E014")
    assert message.msg == "AdHocItem.xml: the repository 'adhoc' has no format 'jats'."
    assert "MetadataFormat" in message.hint


def test_E014_xml_for_an_alias(settings, repository):
    declare(repository, xml={"oai_jats": "galley_xml"})
    alias = {"format": "jats", "prefix": "oai_jats"}
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", alias]}})
    assert sorted(message.id for message in messages()) == ["oaipmh.E014", "oaipmh.W016"]
    assert messages()[-1].hint == "Write xml['jats'], whatever other prefixes the format has."
    repository._registry.clear()
    declare(repository, xml={"jats": "galley_xml"})
    assert messages() == []


@pytest.mark.parametrize(
    "missing", [{"prefix": "a b"}, {"prefix": "a" * 65}, {"prefix": ""}, {"namespace": ""}, {"schema": ""}]
)
def test_E015_an_incomplete_format(settings, repository, missing):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of(**missing)]}})
    assert "AdHoc needs a prefix" in only("E015").msg


def test_E016_no_template(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of(template_name="gone.xml")]}})
    assert "AdHoc: there is no template 'gone.xml'" in only("E016").msg


def test_W016_neither_template_nor_stored_xml(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of()]}})
    message = only("W016").msg
    assert "'django_oaipmh/formats/adhoc.xml'" in message
    assert "xml['adhoc']" in message


def test_E016_what_is_wrong_with_a_stylesheet(settings, repository, tmp_path):
    declare(repository, xml={"jats": "galley_xml"})
    sheet = tmp_path / "a.xsl"
    sheet.write_text("<a>")
    own = type("Made", (oai.XSLTFormat, format_of()), {"source": "jats", "stylesheet": str(sheet)})
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", "jats", own]}})
    assert f"Made: the stylesheet {str(sheet)!r}: " in only("E016").msg
    sheet.write_text('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"/>')
    assert messages() == []


def test_stored_xml_that_only_a_stylesheet_reads(settings, repository, tmp_path):
    """The format that it is stored for need not be offered itself."""
    declare(repository, xml={"jats": "galley_xml"})
    sheet = tmp_path / "a.xsl"
    sheet.write_text('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"/>')
    own = type("Made", (oai.XSLTFormat, format_of()), {"source": "jats", "stylesheet": str(sheet)})
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", own]}})
    assert messages() == []
    repository._registry.clear()
    declare(repository)
    assert "no item has xml['jats']" in only("W016").msg


def test_E016_not_needed_where_a_format_renders_by_itself(settings, repository):
    declare(repository)
    own = format_of(render=lambda self, description: "<a/>")
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", own]}})
    assert messages() == []


def test_E016_a_template_with_a_syntax_error(settings, repository):
    declare(repository)
    settings.TEMPLATES = with_templates({"django_oaipmh/formats/adhoc.xml": "<a>{% fi x %}</a>"})
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of()]}})
    message = only("E016").msg
    assert "'django_oaipmh/formats/adhoc.xml'" in message
    assert "'fi'" in message


def test_E016_a_template_that_includes_what_is_missing(settings, repository):
    declare(repository)
    settings.TEMPLATES = with_templates({"django_oaipmh/formats/adhoc.xml": "<a>{% include 'gone.xml' %}</a>"})
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of()]}})
    assert only("E016").msg.endswith("TemplateDoesNotExist: gone.xml")


def test_E023_an_unknown_term_in_needs(settings, repository):
    declare(repository)
    own = format_of(template_name="django_oaipmh/formats/brief.xml", needs=("titel",))
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", own]}})
    message = only("E023")
    assert message.msg == "AdHoc.needs: 'titel' is no DCMI metadata term."
    assert message.hint == "Did you mean 'title'?"


# Items


def test_E023_an_unknown_term_in_a_template(settings, repository):
    declare(repository)
    settings.TEMPLATES = with_templates(
        {
            "django_oaipmh/formats/adhoc.xml": """<a>{% for term, values in metadata.items %}{{ term }}{% endfor %}
                {% if metadata.title.0|default:metadata.alternative.0 %}{% include "inner.xml" %}{% endif %}</a>""",
            "inner.xml": "{% for one in metadata.creators %}{{ one }}{% endfor %}{% include 'inner.xml' %}",
        }
    )
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of()]}})
    message = only("E023")
    assert message.msg.startswith("AdHoc: the template 'django_oaipmh/formats/adhoc.xml': metadata.creators")
    assert message.hint == "Did you mean 'creator'?"


def test_E017_two_items_of_one_identifier(repository):
    class Base(models.Model):
        class Meta:
            app_label = "elsewhere"
            abstract = True

    with isolate_apps("tests.press"):
        other = type("Article", (Base,), {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "other"})})
    declare(repository)
    declare(repository, other)
    found = [message for message in messages() if message.id == "oaipmh.E017"]
    assert len(found) == 1
    assert "other.Article and press.Article" in found[0].msg
    assert "oai:…:article/<key>" in found[0].msg
    assert "get_identifier() in AdHocItem" in found[0].hint


def test_E017_is_settled_by_another_scheme(repository):
    declare(repository)
    declare(repository, Dataset, identifier="doi")
    assert messages() == []


def test_E020_a_composite_primary_key(repository):
    with isolate_apps("tests.press"):

        class Seat(models.Model):
            pk = models.CompositePrimaryKey("row", "number")
            row = models.IntegerField()
            number = models.IntegerField()

            class Meta:
                app_label = "press"

            def __str__(self):
                return f"{self.row} {self.number}"

    declare(repository, Seat)
    assert "AdHocItem: press.Seat has a composite primary key" in only("E020").msg


def test_E021_no_queryset(repository):
    declare(repository, queryset=None)
    message = only("E021")
    assert "AdHocItem says nowhere" in message.msg
    assert "Article.objects.filter(…)" in message.hint


def test_E022_a_queryset_of_another_model(repository):
    declare(repository, queryset=Journal.objects.all())
    assert "AdHocItem.queryset is of another model than press.Article" in only("E022").msg


@pytest.mark.parametrize("value", [[], [1], "all", Article])
def test_E022_no_queryset_but_something_else(repository, value):
    declare(repository, queryset=value)
    assert only("E022").msg == f"AdHocItem.queryset is no queryset, but {type(value).__name__}."
    repository.unregister(Article)
    declare(repository, get_queryset=lambda self: value)
    assert only("E022").msg == f"AdHocItem.queryset is no queryset, but {type(value).__name__}."


def test_a_manager_will_do(repository):
    declare(repository, queryset=Article.objects)
    assert messages() == []


def test_E022_of_the_parent_of_the_model(repository):
    declare(repository, Thesis, queryset=Publication.objects.all())
    assert "press.Thesis" in only("E022").msg


@pytest.mark.parametrize(
    "queryset", [Article.objects.all()[:10], Article.objects.filter(pk=1).union(Article.objects.filter(pk=2))]
)
def test_E022_a_sliced_or_combined_queryset(repository, queryset):
    declare(repository, get_queryset=lambda self: queryset)
    message = only("E022")
    assert "AdHocItem.queryset is sliced or combined" in message.msg
    assert "filter()" in message.hint


def test_E023_an_unknown_term_with_a_suggestion(repository):
    declare(repository, metadata={"titles": "title"})
    message = only("E023")
    assert message.msg == "AdHocItem.metadata: 'titles' is no DCMI metadata term."
    assert message.hint == "Did you mean 'title'?"


def test_E024_a_bad_path_with_what_there_is(repository):
    declare(repository, metadata={"creator": "authors__nam"})
    message = only("E024")
    assert "AdHocItem.metadata['creator']: 'authors__nam': press.Author has no 'nam'." in message.msg
    assert "family" in message.msg


@pytest.mark.parametrize(
    "source, words",
    [
        ("title__x", "'title' of press.Article is no relation"),
        (oai.First("title", "titel"), "press.Article has no 'titel'"),
        (oai.Map("titel", str.upper), "press.Article has no 'titel'"),
        (["title", "titel"], "press.Article has no 'titel'"),
        (oai.Text.of(value="titel"), "press.Article has no 'titel'"),
        (oai.Text.of(text="title"), "There are: value, lang."),
        (oai.Person.of("title", name="x"), "Person.of('title'): 'title' is no relation"),
        (oai.Text.of("title", lang="language"), "Did you mean Text.of(value='title', …)?"),
        (oai.Concept.of("journal__name"), "Did you mean Concept.of('journal', label='name', …)?"),
        (oai.Organisation(name="Press"), "is no source: write Organisation.of(…), or Value(Organisation(…))"),
        (oai.Person.of("authors", name="nam"), "press.Author has no 'nam'"),
        (oai.Person.of("journal", name="name", where=Q(journal__name="x")), "a relation that leads to many"),
        (oai.Person.of("authors", name="family", order_by="position"), "does not start with 'authors__'"),
        (oai.Person.of("authors", where=Q(role="x")), "where and order_by are spelled from press.Article"),
        (oai.Person.of("authors", name="family", order_by="authors__position"), "'position'"),
        (oai.Person.of("authors", name="family", where=Q(authors__rol="aut")), "'rol'"),
        (oai.Person.of("authors", name="family", where=Q(authors__family__nonsense="aut")), "'nonsense'"),
        (oai.Person.of("authors", name="family", where=Q(Exists(Authorship.objects.all()))), "conditions on fields"),
        (5, "5 is no source"),
        (None, "None is no source"),
        ({"a": "title"}, "is no source"),
    ],
)
def test_E024_whatever_is_wrong_with_a_source(repository, source, words):
    declare(repository, metadata={"creator": source})
    message = only("E024").msg
    assert message.startswith("AdHocItem.metadata['creator']: ")
    assert words in message


@pytest.mark.parametrize(
    "source, constant",
    [
        ("Journal article", "Journal article"),
        (["doi", "Text"], "Text"),
        (oai.First("doi", "Text"), "Text"),
        (oai.Concept.of("subjects", label="label", scheme="Thesaurus"), "Thesaurus"),
    ],
)
def test_E024_a_constant_written_as_a_string(repository, source, constant):
    declare(repository, metadata={"type": source})
    assert only("E024").hint == f'If {constant!r} is meant as it stands: Value("{constant}").'


@pytest.mark.parametrize(
    "attributes, place",
    [
        ({"identifier": "dio"}, "identifier"),
        ({"xml": {"oai_dc": "galley"}}, "xml['oai_dc']"),
        ({"initial_datestamp": "modifed"}, "initial_datestamp"),
        ({"changes_at": ["embargo"]}, "changes_at"),
        ({"local_identifier": "dio"}, "local_identifier"),
    ],
)
def test_E024_bad_paths_elsewhere(repository, attributes, place):
    declare(repository, **attributes)
    assert f"AdHocItem.{place}: " in only("E024").msg


@pytest.mark.parametrize(
    "attributes", [{"initial_datestamp": "modifed"}, {"changes_at": ["embargo"]}, {"identifier": "dio"}]
)
def test_E024_a_constant_is_not_suggested_where_none_can_be(repository, attributes):
    declare(repository, **attributes)
    assert "Value(" not in (only("E024").hint or "")


def test_E036_two_identifiers(repository):
    declare(repository, identifier="doi", local_identifier="doi")
    assert "local_identifier" in only("E036").msg


def test_mistakes_in_the_sets_of_a_repository_are_told_once(repository, monkeypatch):
    monkeypatch.setattr(type(repository), "sets", [oai.Set("a b", "A"), "journal"])
    declare(repository)
    declare(repository, Dataset)
    first, second = messages()
    assert (first.id, first.msg) == ("oaipmh.E025", "AdHocRepository.sets: 'a b' is no setSpec.")
    assert (second.id, second.msg) == ("oaipmh.E026", "AdHocRepository.sets: 'journal' is neither Set nor SetsBy.")


def test_sets_of_a_repository_that_lead_nowhere_from_one_of_its_models(repository, monkeypatch):
    monkeypatch.setattr(type(repository), "sets", [oai.SetsBy("journal", spec="code")])
    declare(repository)
    declare(repository, Dataset)
    assert "press.Dataset has no 'journal'" in only("E026").msg


@pytest.mark.parametrize("spec", ["", "a b", "a/b", "a::b", ":a", "é", "a:" * 200 + "a", 5, None])
def test_E025_an_illegal_setSpec(repository, spec):
    declare(repository, sets=[oai.Set(spec, "Name")])
    message = only("E025")
    assert message.msg == f"AdHocItem.sets: {spec!r} is no setSpec."
    assert "letters, digits" in message.hint


@pytest.mark.parametrize(
    "declared",
    [
        oai.SetsBy("colections"),
        oai.SetsBy("language", spec="x"),
        oai.SetsBy("language", name="get_language_display"),
        oai.SetsBy("journal", spec="cod"),
        oai.SetsBy("journal", name="nam"),
        oai.SetsBy("collections", parent="above"),
        oai.SetsBy("collections", parent="slug"),
        oai.SetsBy("journal", children=[oai.SetsBy("sektion")]),
        oai.Set("open", "Open", filter=Q(licence__opened=True)),
        "open",
    ],
)
def test_E026_sets_that_lead_nowhere(repository, declared):
    declare(repository, sets=[declared])
    message = only("E026").msg
    assert message.startswith("AdHocItem.sets: ")
    assert message.count("AdHocItem") == 1
    assert "index out of range" not in message


def test_E027_uses_with_a_bad_path(repository):
    @oai.uses("journal__nam")
    def has_format(self, obj, prefix):
        return True

    declare(repository, has_format=has_format)
    message = only("E027")
    assert "AdHocItem: " in message.msg
    assert "'nam'" in message.msg
    assert "@oai.uses" in message.hint


def test_uses_with_a_bad_path_on_a_source_names_the_source(repository):
    @oai.uses("journal__nam")
    def citation(self, obj):
        return ""

    declare(repository, metadata={"bibliographicCitation": "citation"}, citation=citation)
    message = only("E024")
    assert "metadata['bibliographicCitation']" in message.msg
    assert "Value(" not in (message.hint or "")


# About containers

ORIGIN = {name: Value("x:x") for name in ("base_url", "identifier", "datestamp", "harvested")}


@pytest.mark.parametrize(
    "declared, words",
    [
        (oai.Rights("licence__uri"), "Rights('licence__uri'): 'licence__uri': press.Licence has no 'uri'"),
        (
            oai.Rights("licence__url", description="abstrakt"),
            "press.Article has no 'abstrakt'. Did you mean 'abstract'",
        ),
        (oai.Rights(5), "Rights(5): 5 is no source"),
        (oai.Provenance("origins", **ORIGIN), "Provenance('origins'): 'origins': press.Article has no 'origins'"),
        (oai.Provenance(**ORIGIN | {"harvested": "harvested"}), "Provenance(): 'harvested': press.Article has no"),
        (oai.Provenance("datasets", **ORIGIN | {"datestamp": "modifed"}), "press.Dataset has no 'modifed'"),
    ],
)
def test_E024_sources_of_about_containers(repository, declared, words):
    declare(repository, about=[declared])
    message = only("E024").msg
    assert message.startswith("AdHocItem.about: ")
    assert words in message


@pytest.mark.parametrize(
    "declared", [oai.Rights("urn:x"), oai.Provenance(**ORIGIN | {"base_url": "urn:x"}), oai.Rights(title=["urn:x"])]
)
def test_E024_a_constant_in_an_about_container_written_as_a_string(repository, declared):
    declare(repository, about=[declared])
    assert only("E024").hint == "If 'urn:x' is meant as it stands: Value(\"urn:x\")."


@pytest.mark.parametrize(
    "about, words",
    [
        (oai.Rights("licence__url"), "AdHocItem.about has to be a list"),
        (["licence__url"], "AdHocItem.about: 'licence__url' is neither Rights nor Provenance"),
        ([oai.Rights()], "Rights(): there is neither the source of a URI nor one of a statement"),
        ([oai.Rights(abstrakt="abstract")], "'abstrakt' is no DCMI metadata term"),
        ([oai.Rights("licence__url", formats=["oai_dc", "marcxml"])], "the repository has no format 'marcxml'"),
        ([oai.Rights("licence__url", formats="oai_dc")], "formats is 'oai_dc'; it has to be a list"),
    ],
)
def test_E028_what_cannot_be_said_about_a_record(repository, about, words):
    declare(repository, about=about)
    assert words in only("E028").msg


def test_about_containers_without_mistakes(repository):
    declare(repository, about=[oai.Rights("licence__url", formats=["oai_dc"]), oai.Provenance("datasets", **ORIGIN)])
    assert messages() == []


# Descriptions

FRIENDS = '<friends xmlns="http://www.openarchives.org/OAI/2.0/friends/"/>'


@pytest.mark.parametrize(
    "declared, words",
    [
        (5, "descriptions[1] is neither a description nor well-formed XML"),
        ("in words", "descriptions[1] is neither a description nor well-formed XML"),
        (b"<friends>", "descriptions[1] is neither a description nor well-formed XML"),
        (Toolkit, "descriptions[1] is neither a description nor well-formed XML"),
        ("<friends/>", "descriptions[1] has no namespace of its own"),
        (FRIENDS, "descriptions[1] has no namespace of its own, or no xsi:schemaLocation for it"),
    ],
)
def test_E018_what_is_no_description(repository, monkeypatch, declared, words):
    monkeypatch.setattr(type(repository), "descriptions", [Toolkit(), declared])
    declare(repository)
    message = only("E018").msg
    assert message.startswith("The repository 'adhoc': ")
    assert words in message


@pytest.mark.parametrize(
    "declared, words",
    [
        (Friends(["https://a.example.org/oai", "b.example.org/oai"]), "Friends: 'b.example.org/oai' is no base URL"),
        (Eprints(metadata_policy="", data_policy="Free"), "Eprints: metadataPolicy is empty"),
        (Branding("http://[", title="x"), "Branding: icon: 'http://[' is no URI"),
        (Branding(title="x"), "Branding: there is no icon"),
        (Branding("/logo.png", width="88px"), "Branding: width is '88px'"),
        (Branding(stylesheets={"oai_dc": "/dc.xsl"}), "Branding: stylesheets: 'oai_dc' is no namespace"),
        (RightsManifest(), "RightsManifest: there is no rights statement"),
        (RightsManifest("urn:x", "CC%BY"), "RightsManifest: rights: 'CC%BY' is no URI"),
        (RightsManifest("urn:x", {"licence": "x"}), "RightsManifest: 'licence' is no DCMI metadata term"),
        (DublinCore(titel="x"), "DublinCore: 'titel' is no DCMI metadata term"),
        (Toolkit("Press", url="http://["), "Toolkit: url: 'http://[' is no URI"),
    ],
)
def test_E019_what_a_description_cannot_say(repository, monkeypatch, declared, words):
    monkeypatch.setattr(type(repository), "descriptions", [declared])
    declare(repository)
    assert words in only("E019").msg


def test_E019_what_the_description_of_a_set_cannot_say(repository):
    declare(repository, sets=[oai.Set("a", "A", description=["words", Friends(["nowhere"])])])
    assert only("E019").msg == "AdHocItem.sets: Set('a').description: 'nowhere' is no base URL."


def test_descriptions_without_mistakes(repository, monkeypatch):
    location = "http://www.openarchives.org/OAI/2.0/friends/ http://www.openarchives.org/OAI/2.0/friends.xsd"
    xsi = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{location}"'
    described = [Toolkit(), Branding("/logo.png"), FRIENDS.replace("/>", f" {xsi}/>")]
    monkeypatch.setattr(type(repository), "descriptions", described)
    declare(repository, sets=[oai.Set("a", "A", description=[{"title": "A"}, Branding("/logo.png")])])
    assert messages() == []


# Time


@pytest.mark.parametrize(
    "condition",
    [
        lambda: {"embargo_until__lte": timezone.now()},
        lambda: {"published_on__lte": timezone.now()},
        lambda: {"published_on__lte": timezone.localdate()},
        lambda: {"published_on__lte": datetime.date.today()},
        lambda: {"embargo_until__range": (timezone.make_aware(datetime.datetime(1970, 1, 1)), timezone.now())},
    ],
)
def test_E030_a_frozen_present(repository, condition):
    declare(repository, queryset=Article.objects.filter(**condition()))
    message = only("E030")
    assert "AdHocItem.queryset compares with" in message.msg
    assert "Now()" in message.hint
    assert "changes_at" in message.hint


@pytest.mark.parametrize("now", ["2024-05-01T09:00:00+00:00", "2024-05-01T18:00:00+00:00"])
@pytest.mark.parametrize("aware", [True, False])
def test_E030_today_compared_with_a_moment(repository, settings, monkeypatch, now, aware):
    """Django makes midnight of it, hours from now."""
    settings.USE_TZ = aware
    moment = datetime.datetime.fromisoformat(now)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Django's, of naive datetimes
        declare(repository, queryset=Article.objects.filter(embargo_until__lte=datetime.date(2024, 5, 1)))
    assert "2024-05-01 00:00:00" in only("E030").msg


@pytest.mark.parametrize("now", ["2024-05-01T22:30:00+00:00", "2024-05-01T12:00:00+00:00"])
def test_E030_today_is_the_day_of_the_hosts_time_zone(repository, monkeypatch, now):
    moment = datetime.datetime.fromisoformat(now)
    declare(repository, queryset=Article.objects.filter(published_on__lte=timezone.localdate(moment)))
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert only("E030")


def test_E030_dates_that_are_meant(repository):
    midnight = timezone.make_aware(datetime.datetime(1999, 1, 1))
    queryset = Article.objects.filter(published_on__gte=midnight.date(), embargo_until__gte=midnight)
    declare(repository, queryset=queryset)
    assert messages() == []


def test_W031_the_present_time_without_changes_at(repository):
    queryset = Article.objects.filter(embargo_until__lte=Now())
    declare(repository, queryset=queryset)
    message = only("W031")
    assert "AdHocItem.queryset depends on the present time" in message.msg
    assert "changes_at" in message.hint
    repository.unregister(Article)
    declare(repository, queryset=queryset, changes_at=["embargo_until"])
    assert messages() == []


# Dependencies


def test_W032_a_subquery_that_is_not_declared(repository):
    queryset = Article.objects.filter(Exists(Dataset.objects.filter(supplement_to=OuterRef("pk"))))
    declare(repository, queryset=queryset)
    message = only("W032")
    assert "AdHocItem.queryset reads press.Dataset in a subquery" in message.msg
    assert "oai.Dependency(Dataset, " in message.hint
    repository.unregister(Article)
    dependency = oai.Dependency(Dataset, lambda changed: Article.objects.filter(pk=changed.supplement_to_id))
    declare(repository, queryset=queryset, depends_on=[dependency])
    assert messages() == []


# Never synced


@pytest.mark.parametrize(
    "misspelt, meant",
    [("inital_datestamp", "initial_datestamp"), ("set", "sets"), ("part", "parts"), ("change_at", "changes_at")],
)
def test_W035_a_misspelt_attribute_of_an_item(repository, misspelt, meant):
    declare(repository, **{misspelt: ()})
    message = only("W035")
    assert message.msg.startswith(f"AdHocItem.{misspelt} ")
    assert message.hint == f"Did you mean {meant!r}?"


def test_W035_methods_and_other_names_are_the_hosts_own(repository):
    declare(repository, set=lambda self, article: None, _parts=1, shelf="A", part=property(str))
    assert messages() == []


def test_W035_of_a_format(settings, repository):
    declare(repository, xml={"adhoc": "galley_xml"})
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of(need=["title"])]}})
    assert only("W035").hint == "Did you mean 'needs'?"


def test_W035_of_a_repository():
    with hosting(type("Shelf", (oai.Repository,), {"format": ["oai_dc"], "page_size": 5})) as shelf:
        declare(shelf)
        assert [m.msg for m in messages() if m.id == "oaipmh.W035"] == ["Shelf.format has no meaning here."]


def test_W035_of_parts(repository):
    contents(repository, roots="journal")
    assert only("W035").hint == "Did you mean 'root'?"


def test_W034_no_items_at_all(monkeypatch):
    for repository in repositories.values():
        monkeypatch.setattr(repository, "_registry", {})
    assert "oai.py" in str(only("W034").hint)


@pytest.mark.django_db
def test_W040_never_synced(repository):
    declare(repository, queryset=Article.objects.none())
    found = run_checks(tags=["database"], databases=["default"], include_deployment_checks=True)
    mine = [message for message in found if message.id == "oaipmh.W040"]
    assert {"'oai'", "'theses'", "'brief'", "'adhoc'"} == {message.msg.split()[2] for message in mine}
    assert mine[0].hint == "Run: manage.py oai_sync"
    with synced():
        pass
    assert "oaipmh.W040" not in {
        message.id for message in run_checks(tags=["database"], databases=["default"], include_deployment_checks=True)
    }


def test_W040_is_not_asked_of_the_database_unless_wanted():
    assert check_synced() == check_synced(databases=["other"]) == []


def test_W040_before_migrate(monkeypatch):
    def missing(*args, **kwargs):
        raise OperationalError("no such table")

    monkeypatch.setattr("django_oaipmh.models.RepositoryState.objects.using", missing)
    assert check_synced(databases=["default"]) == []


def test_a_repository_without_items_is_not_checked(settings):
    with hosting():
        settings.ROOT_URLCONF = "tests.urls"
        assert messages() == []
    assert django_settings.ROOT_URLCONF == "tests.urls"


def test_a_value_of_Django_is_a_source(repository):
    declare(repository, metadata={"type": Value("Text")})
    assert messages() == []


# Parts


class Contents(oai.Parts):
    """Good ones."""

    queryset = Article.objects.order_by("title")
    root = "journal"
    depth = Value(1)


def contents(repository: oai.Repository, **attributes: Any) -> None:
    """Declare journals with these contents."""
    declare(repository, Journal, parts=type("Spoilt", (Contents,), attributes))


def test_good_parts_have_no_messages(repository):
    contents(repository, level="language", root_level="name", metadata={"title": "title"})
    assert messages() == []


@pytest.mark.parametrize("parts", [Article, "contents", Article.objects.all()])
def test_E060_parts_that_are_no_class_of_parts(repository, parts):
    declare(repository, Journal, parts=parts)
    message = only("E060")
    assert "AdHocItem.parts" in message.msg
    assert "subclass of oai.Parts" in message.hint


def test_E061_parts_without_a_queryset(repository):
    contents(repository, queryset=None)
    assert "Spoilt says nowhere" in only("E061").msg


@pytest.mark.parametrize("root", ["", "nowhere", "title", "section", "authors", "identifiers"])
def test_E062_no_foreign_key_to_the_root(repository, root):
    contents(repository, root=root)
    message = only("E062")
    assert f"Spoilt.root: {root!r} of" in message.msg or f"has no foreign key {root!r}" in message.msg
    assert "get_roots()" in message.hint


def test_E062_does_not_matter_where_the_host_finds_the_roots(repository):
    contents(
        repository,
        root="",
        get_parts=lambda self, journal: self.get_queryset().filter(section__journal=journal),
        get_roots=lambda self, article: Journal.objects.filter(sections=article.section_id),
    )
    assert messages() == []


def test_E063_no_depth(repository):
    contents(repository, depth=None)
    assert "Spoilt says nowhere how deep" in only("E063").msg


@pytest.mark.parametrize(
    ("attribute", "source"),
    [("depth", "nowhere"), ("level", "nowhere"), ("root_level", "title"), ("metadata", {"title": "nowhere"})],
)
def test_E024_sources_of_parts(repository, attribute, source):
    contents(repository, **{attribute: source})
    assert f"Spoilt.{attribute}" in only("E024").msg


def test_E023_terms_of_parts(repository):
    contents(repository, metadata={"titel": "title"})
    assert "Spoilt.metadata" in only("E023").msg


def test_W031_the_present_time_in_parts(repository):
    queryset = Article.objects.filter(embargo_until__lte=Now()).order_by("title")
    contents(repository, queryset=queryset)
    assert "Spoilt.queryset" in only("W031").msg
    repository.unregister(Journal)
    contents(repository, queryset=queryset, changes_at=["embargo_until"])
    assert messages() == []


def test_W060_parts_in_no_order(repository):
    contents(repository, queryset=Article.objects.all())
    assert "document order" in only("W060").msg


def test_W061_a_format_of_parts_and_no_parts(repository):
    repository.formats = ("oai_dc", "ead")
    declare(repository, Journal)
    message = only("W061")
    assert "no record in ead" in message.msg
    repository.unregister(Journal)
    contents(repository)
    assert messages() == []
