"""System checks: for every mistake exactly one message, with its place and its remedy; for a good host none."""

import copy
import datetime
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
        ("SIGNALS", "no"),
        ("REPOSITORIES", ["theses"]),
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
    assert "NAMESPACE" in message.hint


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
    assert "FORMATS" in message.hint


def test_E013_prefixes_that_differ_by_case_only(settings, repository):
    declare(repository)
    loud = format_of("BRIEF", template_name="django_oaipmh/formats/brief.xml")
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", "tests.press.formats.Brief", loud]}})
    assert "'adhoc'" in only("E013").msg


def test_E014_xml_for_a_format_that_is_not_there(repository):
    declare(repository, xml={"jats": "galley_xml"})
    message = only("E014")
    assert "xml['jats']" in message.msg
    assert "MetadataFormat" in message.hint


@pytest.mark.parametrize("missing", [{"prefix": "a b"}, {"prefix": ""}, {"namespace": ""}, {"schema": ""}])
def test_E015_an_incomplete_format(settings, repository, missing):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of(**missing)]}})
    assert "AdHoc needs a prefix" in only("E015").msg


def test_E016_no_template(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of(template_name="gone.xml")]}})
    assert "AdHoc: there is no template 'gone.xml'" in only("E016").msg


def test_E016_neither_template_nor_stored_xml(settings, repository):
    declare(repository)
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", format_of()]}})
    message = only("E016").msg
    assert "'django_oaipmh/formats/adhoc.xml'" in message
    assert "xml['adhoc']" in message


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


def test_E023_an_unknown_term_in_needs(settings, repository):
    declare(repository)
    own = format_of(template_name="django_oaipmh/formats/brief.xml", needs=("titel",))
    configure(settings, REPOSITORIES={"adhoc": {"FORMATS": ["oai_dc", own]}})
    message = only("E023")
    assert message.msg == "AdHoc.needs: 'titel' is no DCMI metadata term."
    assert message.hint == "Did you mean 'title'?"


# Items


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
        (oai.Person.of("title", name="x"), "'title' is no relation"),
        (oai.Person.of("authors", name="nam"), "press.Author has no 'nam'"),
        (oai.Person.of("journal", name="name", where=Q(journal__name="x")), "a relation that leads to many"),
        (oai.Person.of("authors", name="family", order_by="position"), "does not start with 'authors__'"),
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


@pytest.mark.parametrize("spec", ["", "a b", "a/b", "a::b", ":a", "é"])
def test_E025_an_illegal_setSpec(repository, spec):
    declare(repository, sets=[oai.Set(spec, "Name")])
    message = only("E025")
    assert message.msg == f"AdHocItem.sets: {spec!r} is no setSpec."
    assert "Letters, digits" in message.hint


@pytest.mark.parametrize(
    "declared",
    [
        oai.SetsBy("colections"),
        oai.SetsBy("language", spec="x"),
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


@pytest.mark.parametrize("now", ["2024-05-01T22:30:00+00:00", "2024-05-01T12:00:00+00:00"])
def test_E030_today_is_the_day_of_the_hosts_time_zone(repository, monkeypatch, now):
    moment = datetime.datetime.fromisoformat(now)
    declare(repository, queryset=Article.objects.filter(published_on__lte=timezone.localdate(moment)))
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert only("E030")


def test_E030_dates_that_are_meant(repository):
    declare(repository, queryset=Article.objects.filter(published_on__gte=datetime.date(1999, 1, 1)))
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
