"""Description containers: of Identify and of sets, as they are declared and as harvesters get them."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.descriptions import Branding, DublinCore, Eprints, Friends, HarvestAgain, RightsManifest, Toolkit
from django_oaipmh.repository import Repository
from django_oaipmh.testing import synced

from .harvester import DC, OAI, XSI, OAIClient
from .hosts import AdHocRepository, declare, describe, hosting, statements
from .press import factories
from .press.models import Article, Collection
from .urls import urlpatterns

EPRINTS = "{http://www.openarchives.org/OAI/1.1/eprints}"
FRIENDS = "{http://www.openarchives.org/OAI/2.0/friends/}"
BRANDING = "{http://www.openarchives.org/OAI/2.0/branding/}"
RIGHTS = "{http://www.openarchives.org/OAI/2.0/rights/}"
TOOLKIT = "{http://oai.dlib.vt.edu/OAI/metadata/toolkit}"
XML = "{http://www.w3.org/XML/1998/namespace}"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"

text = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from(
        ["https://example.org/ é", "http://[", "https://example.org/?a=b&c=d", "/logo.png", "]]>", "<!--"]
    ),
)
texts = st.one_of(text, st.lists(text, max_size=3))
number = st.one_of(st.none(), st.integers(), text)
containers = st.one_of(
    st.builds(
        Eprints, metadata_policy=texts, data_policy=texts, content=texts, submission_policy=texts, comment=texts
    ),
    st.builds(Friends, texts),
    st.builds(
        Branding,
        text,
        link=text,
        title=text,
        width=number,
        height=number,
        stylesheets=st.dictionaries(text, text, max_size=2),
    ),
    st.lists(st.one_of(text, st.dictionaries(st.sampled_from(["title", "license", "x"]), texts)), max_size=3).map(
        lambda rights: RightsManifest(*rights)
    ),
    st.builds(HarvestAgain, months=number),
    st.builds(Toolkit, text, version=text, url=text, icon=text, author=text, email=text, institution=text),
    st.dictionaries(st.sampled_from(["title", "abstract", "audience", "x"]), texts).map(lambda all: DublinCore(**all)),
)


class Described(AdHocRepository):
    """Its descriptions are those of the test."""


@pytest.fixture
def repository(db: None, settings) -> Iterator[Repository]:
    """A repository that answers at /adhoc/oai."""
    Described.descriptions = None
    with hosting(Described) as repository:
        settings.ROOT_URLCONF = (*urlpatterns, path("adhoc/oai", repository.urls))
        declare(repository)
        with synced(repository):
            pass
        yield repository


def identify(*declared: Any) -> list[etree._Element]:
    """What stands in the description containers of Identify. (The client sees to it that they are valid.)"""
    Described.descriptions = declared
    answer = OAIClient("/adhoc/oai").get(verb="Identify").answer
    found = [description[0] for description in answer.findall(OAI + "description")]
    assert etree.QName(found[0]).localname == "oai-identifier"
    return found[1:]


def told(element: etree._Element) -> list[tuple[str, str | None]]:
    return [(etree.QName(child).localname, child.text) for child in element]


# Identify


def test_eprints(repository):
    (eprints,) = identify(
        Eprints(
            content=["Articles in English & French", "https://example.org/about"],
            metadata_policy="Free <for> all",
            data_policy="https://example.org/data?a=1&b=2",
            comment=["First", "Second"],
        )
    )
    assert eprints.tag == EPRINTS + "eprints"
    assert [(etree.QName(child).localname, child.text, told(child)) for child in eprints] == [
        ("content", None, [("text", "Articles in English & French"), ("URL", "https://example.org/about")]),
        ("metadataPolicy", None, [("text", "Free <for> all")]),
        ("dataPolicy", None, [("URL", "https://example.org/data?a=1&b=2")]),
        ("comment", "First", []),
        ("comment", "Second", []),
    ]


def test_friends(repository):
    (friends,) = identify(Friends(["https://a.example.org/oai", "nowhere", "ftp://b.example.org/oai"]))
    assert friends.tag == FRIENDS + "friends"
    assert told(friends) == [("baseURL", "https://a.example.org/oai")]
    assert told(*identify(Friends("https://a.example.org/oai"))) == told(friends)
    assert identify(Friends([])) == identify(Friends(["nowhere"])) == []


def test_branding(repository):
    (branding,) = identify(
        Branding(
            "/static/icon.png",
            link="https://example.org/é",
            title="Press & Sons",
            width=88,
            height=31,
            stylesheets={
                "http://www.openarchives.org/OAI/2.0/oai_dc/": "/static/dc.xsl",
                "https://example.org/ns": "https://example.org/ns.CSS",
            },
        )
    )
    icon, xsl, css = branding
    assert branding.tag == BRANDING + "branding"
    assert told(icon) == [
        ("url", "https://press.example.org/static/icon.png"),
        ("link", "https://example.org/%C3%A9"),
        ("title", "Press & Sons"),
        ("width", "88"),
        ("height", "31"),
    ]
    assert [(one.text, one.get("metadataNamespace"), one.get("mimeType")) for one in (xsl, css)] == [
        (
            "https://press.example.org/static/dc.xsl",
            "http://www.openarchives.org/OAI/2.0/oai_dc/",
            "text/xsl",
        ),
        ("https://example.org/ns.CSS", "https://example.org/ns", "text/css"),
    ]
    assert identify(Branding(), Branding(title="An icon's title"), Branding("http://[")) == []


def test_rights_manifest(repository):
    (manifest,) = identify(RightsManifest(CC0, {"title": "Terms", "rights": oai.Text("Frei", "de")}, "CC BY"))
    assert manifest.tag == RIGHTS + "rightsManifest"
    assert manifest.get("appliesTo") == "http://www.openarchives.org/OAI/2.0/entity#metadata"
    assert manifest.get(XSI + "schemaLocation").split()[1].endswith("/rightsManifest.xsd")
    (reference,), ((dublin_core,),) = manifest
    assert (reference.tag, reference.get("ref")) == (RIGHTS + "rightsReference", CC0)
    assert told(dublin_core) == [("title", "Terms"), ("rights", "Frei")]
    assert dublin_core[1].get(XML + "lang") == "de"
    assert identify(RightsManifest(), RightsManifest("CC BY"), RightsManifest({"title": ""})) == []


def test_toolkit_is_this_software_unless_another_is_named(repository):
    (toolkit,) = identify(Toolkit())
    assert toolkit.tag == TOOLKIT + "toolkit"
    assert [name for name, _ in told(toolkit)] == ["title", "author", "version"]
    assert toolkit.findtext(TOOLKIT + "title") == "django_oaipmh"
    assert toolkit.findtext(TOOLKIT + "version") == oai.__version__
    (other,) = identify(
        Toolkit(
            "Press",
            url="/about/",
            icon="/icon.png",
            author="Press",
            email="oai@press.example.org",
            institution="University",
        )
    )
    assert told(other[1]) == [("name", "Press"), ("email", "oai@press.example.org"), ("institution", "University")]
    assert [name for name, _ in told(other)] == ["title", "author", "toolkitIcon", "URL"]
    assert other.findtext(TOOLKIT + "URL") == "https://press.example.org/about/"


def test_dublin_core(repository):
    (dublin_core,) = identify(DublinCore(title="Press", abstract=["One", "Two"], audience="nobody"))
    assert told(dublin_core) == [("title", "Press"), ("description", "One"), ("description", "Two")]
    assert identify(DublinCore(title="")) == []


def test_advice_to_harvest_again(repository):
    (advice,) = identify(HarvestAgain(months=6))
    words = "Deleted records are not told here. Harvest everything again every 6 months."
    assert told(advice) == [("description", words)]
    (advice,) = identify(HarvestAgain(months=1))
    assert told(advice)[0][1].endswith("every month.")
    assert identify(HarvestAgain(months=0), HarvestAgain(months="six")) == []


def test_XML_of_any_kind_is_told_as_before(repository):
    xml = (
        f'<friends xmlns="{FRIENDS[1:-1]}" xmlns:xsi="{XSI[1:-1]}" xsi:schemaLocation="{FRIENDS[1:-1]} '
        f'http://www.openarchives.org/OAI/2.0/friends.xsd"><baseURL>https://a.example.org/oai</baseURL></friends>'
    )
    found = identify(xml, xml.encode(), etree.fromstring(xml), Toolkit())
    assert [told(one) for one in found[:3]] == [[("baseURL", "https://a.example.org/oai")]] * 3
    assert found[3].tag == TOOLKIT + "toolkit"


def test_words_are_in_the_language_of_the_repository(repository, settings):
    settings.OAIPMH = settings.OAIPMH | {"LANGUAGE": "de"}
    declared = Eprints(metadata_policy=gettext_lazy("Monday"), data_policy="", comment=[gettext_lazy("Friday")])
    with translation.override("fr"):
        (eprints,) = identify(declared)
    assert "".join(eprints.itertext()) == "MontagFreitag"


@settings(max_examples=100)
@given(st.lists(containers, max_size=3))
def test_Identify_is_valid_whatever_is_declared(repository, declared):
    identify(*declared)


def test_they_can_be_settings(repository, settings):
    Described.descriptions = [Toolkit()]
    own = {"adhoc": {"DESCRIPTIONS": [Friends(["https://a.example.org/oai"])]}}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": settings.OAIPMH["REPOSITORIES"] | own}
    (friends,) = OAIClient("/adhoc/oai").get(verb="Identify").answer.findall(OAI + "description")[1:]
    assert friends[0].tag == FRIENDS + "friends"


def test_those_of_the_default_repository_are_not_inherited(repository, settings):
    settings.OAIPMH = settings.OAIPMH | {"DESCRIPTIONS": [Toolkit()]}
    assert repository.setting("DESCRIPTIONS") == ()
    assert oai.default_repository.setting("DESCRIPTIONS") == settings.OAIPMH["DESCRIPTIONS"]


def test_settings_may_import_them(tmp_path):
    (tmp_path / "site_settings.py").write_text(
        "from django.utils.translation import gettext_lazy as _\n"
        "from django_oaipmh.descriptions import Eprints, Friends\n"
        "SECRET_KEY = 'x'\n"
        "INSTALLED_APPS = ['django.contrib.contenttypes', 'django_oaipmh']\n"
        "OAIPMH = {'DESCRIPTIONS': [Friends(['https://a.example.org/oai']),\n"
        "                           Eprints(metadata_policy=_('Free'), data_policy=_('Free'))]}\n"
    )
    code = (
        "import django, django_oaipmh as oai\n"
        "django.setup()\n"
        "from django.core.checks import run_checks\n"
        "assert [one.id for one in run_checks(tags=['django_oaipmh'])] == ['oaipmh.W034']\n"  # there are no items
        "assert len(oai.default_repository.setting('DESCRIPTIONS')) == 2\n"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "site_settings", "PYTHONPATH": f"{tmp_path}:."}
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


# Sets


def sets(repository: Repository, model: Any = Article, **attributes: Any) -> dict[str, list[etree._Element]]:
    """setSpec → what stands in its setDescription containers."""
    repository.unregister(model)
    declare(repository, model, **attributes)
    with synced(repository):
        found = [one for page in OAIClient("/adhoc/oai").pages("ListSets") for one in page.answer.findall(OAI + "set")]
    return {
        one.findtext(OAI + "setSpec"): [container[0] for container in one.findall(OAI + "setDescription")]
        for one in found
    }


def test_sets_can_be_described_in_dublin_core(repository):
    factories.ArticleFactory()
    described = {"abstract": "All & sundry", "creator": ["A", "B"], "rights": oai.Text("Libre", "fr")}
    found = sets(repository, sets=[oai.Set("all", "All", description=described), oai.Set("none", "None")])
    (dublin_core,) = found["all"]
    assert told(dublin_core) == [
        ("creator", "A"),
        ("creator", "B"),
        ("description", "All & sundry"),
        ("rights", "Libre"),
    ]
    assert dublin_core.find(DC + "rights").get(XML + "lang") == "fr"
    assert found["none"] == []


def test_sets_can_have_the_descriptions_that_repositories_have(repository):
    factories.ArticleFactory()
    described = ["In words", Branding("/icon.png"), RightsManifest(CC0)]
    found = sets(repository, sets=[oai.Set("all", "All", description=described)])
    assert [etree.QName(one).localname for one in found["all"]] == ["dc", "branding", "rightsManifest"]


def test_sets_of_objects_can_be_described_in_dublin_core(repository):
    collection = factories.CollectionFactory(slug="greece", title="Greece", description="Letters <and> papers")
    factories.ArticleFactory(collections=[collection, factories.CollectionFactory(slug="asia")])
    described = {
        "description": oai.Text.of(value="description", lang=Value("en")),
        "title": "title",
        "alternative": oai.Map("slug", str.upper),
        "contributor": "parent__title",
    }
    found = sets(repository, sets=[oai.SetsBy("collections", spec="slug", description=described)])
    (dublin_core,) = found["greece"]
    assert told(dublin_core) == [
        ("title", "Greece"),
        ("title", "GREECE"),
        ("description", "Letters <and> papers"),
    ]
    assert dublin_core.find(DC + "description").get(XML + "lang") == "en"
    assert told(found["asia"][0])[0] == ("title", "Asia")


def test_what_describes_a_set_is_watched(repository):
    repository.unregister(Article)
    described = {"contributor": "parent__title", "abstract": "description"}
    item = declare(repository, sets=[oai.SetsBy("collections", spec="slug", description=described)])
    paths = {path.text for path in item.paths}
    assert {"collections__parent__title", "collections__description"} <= paths


def test_what_describes_a_set_is_read_ahead(repository):
    repository.unregister(Article)
    described = {"contributor": "parent__title"}
    item = declare(repository, sets=[oai.SetsBy("collections", spec="slug", description=described)])

    def queries(number: int) -> int:
        found = []
        for _ in range(number):
            collection = factories.CollectionFactory(parent=factories.CollectionFactory())
            found.append(factories.ArticleFactory(collections=[collection]))
        with CaptureQueriesContext(connection) as captured:
            assert all("dc:contributor" in one.memberships[0][0].description for one in describe(item, *found))
        return len(statements(captured))

    assert queries(5) == queries(1)


@settings(max_examples=40)
@given(written=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), declared=text)
def test_ListSets_is_valid_whatever_describes_a_set(repository, written, declared):
    if not Article.objects.exists():
        factories.ArticleFactory(collections=[factories.CollectionFactory(slug="greece")])
    Collection.objects.update(description=written)
    by_collection = oai.SetsBy("collections", spec="slug", description={"abstract": ["description", "title"]})
    found = sets(repository, sets=[by_collection, oai.Set("all", "All", description=declared)])
    assert len(found["greece"]) == 1


def test_a_set_description_of_nothing_that_there_is(repository):
    with pytest.raises(ValueError, match=r"'descripton' is no DCMI metadata term"):
        oai.SetsBy("collections", description={"descripton": "title"}).bind(repository.items[0])
    with pytest.raises(ValueError, match=r"spec, name, description and parent need a source that ends in a relation"):
        oai.SetsBy("language", description="title").bind(repository.items[0])
