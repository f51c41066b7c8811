"""Repositories: registration, identity, URLs."""

import subprocess
import sys
import textwrap

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import NoReverseMatch, include, path, reverse

import django_oaipmh as oai
from django_oaipmh.repository import AlreadyRegistered, Repository, load_formats, repositories

from .hosts import declare, hosting
from .press import factories
from .press.formats import Brief
from .press.models import Article, Journal, Thesis
from .press.oai import ArticleItem, brief, theses


def configure(settings, **options) -> None:
    settings.OAIPMH = options


# Registration


def test_the_repositories_of_the_press():
    assert {"oai": oai.default_repository, "theses": theses, "brief": brief}.items() <= repositories.items()


def test_a_name_is_taken_once():
    with hosting(), pytest.raises(AlreadyRegistered, match="'adhoc' already"):
        Repository("adhoc")


def test_a_model_is_registered_once_in_each_repository(repository):
    declare(repository)
    with pytest.raises(AlreadyRegistered, match=r"press\.Article is registered in the repository 'adhoc' already"):
        declare(repository)
    assert isinstance(oai.default_repository.item_for("press.Article"), ArticleItem)


def test_register_gives_the_class_back_and_takes_several_models(repository):
    class Both(oai.Item):
        pass

    assert oai.register(Article, Thesis, repository=repository)(Both) is Both
    assert [(type(item), item.model) for item in repository.items] == [(Both, Article), (Both, Thesis)]


def test_the_default_is_the_default_repository():
    class JournalItem(oai.Item):
        queryset = Journal.objects.none()

    try:
        oai.register(Journal)(JournalItem)
        assert oai.default_repository.item_for("press.journal").repository is oai.default_repository
    finally:
        oai.default_repository.unregister(Journal)
    assert oai.default_repository.item_for("press.Journal") is None


def test_unregister(repository):
    declare(repository)
    repository.unregister(Article)
    assert repository.items == []
    with pytest.raises(KeyError):
        repository.unregister(Article)


def test_names_of_sets_follow_what_is_registered(repository):
    assert repository.set_names == {}
    declare(repository, sets=[oai.Set("a", "A")])
    assert repository.set_names == {"a": "A"}
    repository.unregister(Article)
    assert repository.set_names == {}


def test_item_for_takes_labels_in_any_case(repository):
    item = declare(repository)
    assert repository.item_for("press.article") is repository.item_for("PRESS.Article") is item
    assert repository.item_for("press.Thesis") is None


def test_reprs_are_helpful(repository):
    assert repr(repository) == "<AdHocRepository 'adhoc'>"
    assert repr(declare(repository)) == "<AdHocItem for press.Article in 'adhoc'>"


# Identity


def test_the_repository_name_is_never_empty(settings):
    with hosting() as repository:
        configure(settings)
        assert repository.get_repository_name() == "adhoc"
        configure(settings, BASE_URL="https://press.example.org/oai")
        assert repository.get_repository_name() == "press.example.org"
        configure(settings, REPOSITORIES={"adhoc": {"REPOSITORY_NAME": "The press"}})
        assert repository.get_repository_name() == "The press"


def test_admin_emails(settings, repository):
    configure(settings)
    settings.ADMINS = ["a@press.example.org"]
    assert repository.get_admin_emails() == ["a@press.example.org"]
    configure(settings, ADMIN_EMAILS=("b@press.example.org",))
    assert repository.get_admin_emails() == ["b@press.example.org"]


@pytest.mark.parametrize(
    "options, namespace",
    [
        ({}, ""),
        ({"BASE_URL": "https://Press.Example.org:8443/oai"}, "press.example.org"),
        ({"BASE_URL": "https://press.example.org/oai", "NAMESPACE": "old.example.org"}, "old.example.org"),
        ({"REPOSITORIES": {"adhoc": {"BASE_URL": "https://own.example.org/oai"}}}, "own.example.org"),
    ],
)
def test_the_namespace(settings, repository, options, namespace):
    configure(settings, **options)
    assert repository.get_namespace() == namespace


def test_identifiers_are_of_the_namespace(settings, repository):
    configure(settings, BASE_URL="https://press.example.org/oai")
    item = declare(repository)
    assert item.get_identifier(Article(pk=5)) == "oai:press.example.org:article/5"
    assert repository.mints_identifiers
    repository.unregister(Article)
    declare(repository, identifier="doi_url")
    assert not repository.mints_identifiers


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", ["oai:x", "10.5555/1", "https://a.example/ä", "https://a.example/a b", "x:" + "a" * 999, "", "urn:a%2"]
)
def test_what_is_no_identifier_is_told_of_the_object(repository, text):
    from .hosts import describe

    item = declare(repository, get_identifier=lambda self, obj: text)
    if text == "oai:x":
        assert describe(item, factories.ArticleFactory())[0].identifier == text
        return
    with pytest.raises(ValueError, match=r"AdHocItem: .* is no OAI identifier"):
        describe(item, factories.ArticleFactory())


@pytest.mark.django_db
def test_the_identifier_is_a_source(repository):
    from .hosts import describe

    article = factories.ArticleFactory(doi="10.5555/1")
    (description,) = describe(declare(repository, identifier="doi_url"), article)
    assert description.identifier == "https://doi.org/10.5555/1"


def test_language(settings, repository):
    assert repository.get_language() == "en"
    configure(settings, LANGUAGE="de")
    assert repository.get_language() == "de"


# Base URL


def test_the_base_url_is_configured_or_below_the_origin_or_of_the_request(settings, repository):
    settings.ROOT_URLCONF = (path("adhoc/oai", repository.urls),)
    configure(settings, REPOSITORIES={"adhoc": {"BASE_URL": "https://own.example.org/oai"}})
    assert repository.get_base_url() == "https://own.example.org/oai"
    configure(settings, BASE_URL="https://press.example.org/oai")
    assert repository.get_base_url() == "https://press.example.org/adhoc/oai"
    configure(settings)
    request = RequestFactory().get("/adhoc/oai/", {"verb": "Identify"})
    with pytest.raises(
        ImproperlyConfigured, match=r"no base URL\. Set OAIPMH\['REPOSITORIES'\]\['adhoc'\]\['BASE_URL'\]"
    ):
        repository.get_base_url(request)
    settings.DEBUG = True
    assert repository.get_base_url(request) == "http://testserver/adhoc/oai"
    with pytest.raises(ImproperlyConfigured):
        repository.get_base_url()


SITES = """
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="x",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.sites", "django_oaipmh"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        SITE_ID=1,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    )
    django.setup()
    from django.contrib.contenttypes.models import ContentType
    from django.contrib.sites.models import Site
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import path
    import django_oaipmh as oai
    from django_oaipmh.checks import check_repositories

    item_class = type("ContentTypeItem", (oai.Item,), {"queryset": ContentType.objects.all()})
    oai.default_repository.register(ContentType, item_class)
    settings.ROOT_URLCONF = (path("oai", oai.default_repository.urls),)
    print([message.id for message in check_repositories()])  # before migrate
    call_command("migrate", verbosity=0)
    Site.objects.update(domain="sites.example.org")
    Site.objects.clear_cache()
    print(oai.default_repository.origin, oai.default_repository.get_namespace())
    with CaptureQueriesContext(connection) as captured:
        for number in range(10):
            oai.default_repository.items[0].get_identifier(ContentType(pk=number))
    print(len(captured))
    Site.objects.all().delete()
    Site.objects.clear_cache()
    print(repr(oai.default_repository.origin))
    settings.SITE_ID = None
    print(repr(oai.default_repository.origin))
"""


def test_without_a_base_url_the_sites_framework_tells_the_origin():
    """In a process of its own, as contrib.sites is not installed here; at no query for each identifier."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(SITES)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "['oaipmh.E004']",
        "https://sites.example.org sites.example.org",
        "0",
        "''",
        "''",
    ]


# URLs


def test_the_urls_of_the_press():
    assert reverse("oai:endpoint") == "/oai"
    assert reverse("theses:endpoint") == "/theses/oai"
    assert (oai.default_repository.path, theses.path, brief.path) == ("/oai", "/theses/oai", "/nodeletes/oai")


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/adhoc/oai", "/adhoc/oai/"])
def test_a_repository_answers_with_and_without_a_slash(client, settings, repository, url):
    settings.ROOT_URLCONF = (path("adhoc/oai", repository.urls),)
    response = client.get(url, {"verb": "Identify"})
    assert response.status_code == 503
    assert response.resolver_match.view_name == "adhoc:endpoint"


def test_a_repository_without_url_has_no_path(settings, repository):
    assert repository.path == ""
    settings.ROOT_URLCONF = (path("adhoc/oai", repository.urls),)
    assert repository.path == "/adhoc/oai"
    assert oai.default_repository.path == "", "another repository's URL"
    with pytest.raises(NoReverseMatch):
        reverse("oai:endpoint")


def test_the_default_repository_may_be_included_as_the_others_are(settings):
    settings.ROOT_URLCONF = (path("harvest", oai.default_repository.urls),)
    assert reverse("oai:endpoint") == "/harvest"
    settings.ROOT_URLCONF = (path("harvest", include("django_oaipmh.urls")),)
    assert reverse("oai:endpoint") == "/harvest"


# Formats


def test_formats_are_prefixes_dotted_paths_and_classes_in_their_order():
    found = load_formats(("tests.press.formats.Galley", "oai_dc", Brief))
    assert list(found) == ["galley", "oai_dc", "brief"]
    assert all(isinstance(one, oai.MetadataFormat) for one in found.values())


@pytest.mark.parametrize("name", ["marc", "tests.press.formats.Gone", "tests.press.formats", object])
def test_what_is_no_format(name):
    with pytest.raises(ImproperlyConfigured, match=r"OAIPMH\['FORMATS'\]: .*Shipped are: .*oai_dc"):
        load_formats((name,))


def test_a_request_is_not_needed_for_the_base_url():
    assert oai.default_repository.get_base_url(HttpRequest()) == "https://press.example.org/oai"
