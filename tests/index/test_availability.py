"""Availability: which objects are in a format, and what harvesters are told when one leaves it or comes back."""

import pytest

import django_oaipmh as oai
from django_oaipmh.formats import MetadataFormat
from tests.harvester import OAIClient
from tests.hosts import declare, format_of
from tests.invariants.clocks import Clock, headers
from tests.press.factories import ArticleFactory
from tests.press.models import Article

from .conftest import Spare
from .looks import identifier, quarantined, sync

PATH = "/spare/oai"
CLIENT = OAIClient(PATH)
BRIEF = {"template_name": "django_oaipmh/formats/brief.xml", "namespace": "https://press.example.org/ns/brief"}
GALLEY = '<article xmlns="https://press.example.org/ns/galley"><title>{}</title></article>'


class Undrafted(MetadataFormat):
    """Availability by a method of the format's own."""

    prefix = "undrafted"
    namespace = BRIEF["namespace"]
    schema = "https://press.example.org/ns/brief.xsd"
    template_name = BRIEF["template_name"]

    def missing(self, description):
        return ["It is a draft."] if "draft" in description.metadata["title"] else super().missing(description)


class Letters(oai.XSLTFormat):
    """By that of the format that it is made of."""

    prefix = "letters"
    namespace = "urn:letters"
    schema = "https://press.example.org/ns/letters.xsd"
    source = "tests.press.formats.Galley"
    stylesheet = "letters.xsl"


#: How an article leaves a format and comes back: prefix, format, and the fields of an article in and out of it.
WAYS = {
    "needs": (format_of("brief", needs=("abstract",), **BRIEF), {"abstract": "Words"}, {"abstract": " "}),
    "one of needs": (
        format_of("brief", needs=(("issued", "abstract"),), **BRIEF),
        {"abstract": "Words"},
        {"abstract": ""},
    ),
    "missing": (Undrafted, {"title": "On harvests"}, {"title": "draft"}),
    "has_format": (format_of("brief", **BRIEF), {"doi": "10.5555/1"}, {"doi": None}),
    "render gives none": (
        format_of(
            "loud",
            render=lambda self, description: (
                f'<a xmlns="{self.namespace}"/>' if "abstract" in description.metadata else None
            ),
        ),
        {"abstract": "Words"},
        {"abstract": ""},
    ),
    "stored": ("tests.press.formats.Galley", {"galley_xml": GALLEY.format("a")}, {"galley_xml": ""}),
    "stored blanks": ("tests.press.formats.Galley", {"galley_xml": GALLEY.format("a")}, {"galley_xml": " \n"}),
    "stylesheet": (Letters, {"galley_xml": GALLEY.format("a")}, {"galley_xml": ""}),
}


class Lettered(oai.Item):
    queryset = Article.objects.order_by("pk")
    metadata = {"title": "title", "abstract": "abstract", "issued": "published_on"}

    def has_format(self, obj, prefix):
        return prefix == "oai_dc" or self.repository.way != "has_format" or bool(obj.doi)


@pytest.fixture(params=sorted(WAYS))
def way(request, spare: Spare, settings, clock: Clock):
    """A format of the repository, how to be in it and how not to be."""
    format, inside, outside = WAYS[request.param]
    xml = {"galley": "galley_xml"} if request.param.startswith(("stored", "stylesheet")) else {}
    spare.way = request.param
    formats = ["oai_dc", format] + ([Letters.source] if format is Letters else [])
    configured = settings.OAIPMH["REPOSITORIES"] | {"spare": {"FORMATS": formats}}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": configured}
    spare.register(Article, type("WayItem", (Lettered,), {"xml": xml}))
    spare.watch()
    prefix = list(spare.metadata_formats)[1]
    return prefix, inside, outside


def change(article: Article, fields: dict[str, object]) -> None:
    for name, value in fields.items():
        setattr(article, name, value)
    article.save()


def offered(article: Article, prefix: str) -> bool:
    """Whether the article is offered in a format, besides oai_dc."""
    reply = CLIENT.get(verb="ListMetadataFormats", identifier=identifier(article, "spare.example.org"))
    assert "oai_dc" in reply.prefixes
    return prefix in reply.prefixes


def test_what_was_never_in_a_format(way):
    """It is in no list of it, not offered, and cannot be got; nobody is told of a deletion."""
    prefix, inside, outside = way
    there, lacking = ArticleFactory(), ArticleFactory()
    change(there, inside)
    change(lacking, outside)
    sync(repository="spare")
    assert set(headers(PATH, prefix)) == {identifier(there, "spare.example.org")}
    assert len(CLIENT.records(prefix)) == 1
    assert offered(there, prefix)
    assert not offered(lacking, prefix)
    for article, codes in ((there, []), (lacking, ["cannotDisseminateFormat"])):
        name = identifier(article, "spare.example.org")
        assert CLIENT.get(verb="GetRecord", identifier=name, metadataPrefix=prefix).codes == codes
        assert CLIENT.get(verb="GetRecord", identifier=name, metadataPrefix="oai_dc").codes == []
    assert not quarantined()


def test_what_leaves_a_format_is_deleted_in_that_alone_and_may_come_back(way, clock: Clock):
    prefix, inside, outside = way
    title = {} if "title" in inside else {"title": "On harvests"}
    article, other = ArticleFactory(**title), ArticleFactory()
    name = identifier(article, "spare.example.org")
    change(article, inside)
    change(other, {key: f"10.5555/{other.pk}" if key == "doi" else value for key, value in inside.items()})
    sync(repository="spare")
    CLIENT.headers()
    for fields, deleted in ((outside, True), (inside, False)):
        before = headers(PATH, prefix)[name]
        with clock.moving((PATH, prefix)) as moved:
            change(article, fields)
        assert moved[PATH, prefix] == {name}
        after = headers(PATH, prefix)[name]
        assert after.deleted is deleted
        assert after.datestamp > before.datestamp
        assert headers(PATH, prefix, from_=after.datestamp) == {name: after}
        assert not headers(PATH)[name].deleted
        record = CLIENT.record(name, prefix)
        assert (record[0].get("status") == "deleted") is deleted
        assert len(record) == (1 if deleted else 2)
        assert offered(article, prefix), "it can still be asked for, and is told to be deleted"
    with clock.moving((PATH, prefix), (PATH, "oai_dc")) as moved:
        sync(repository="spare")
    assert moved == {(PATH, prefix): set(), (PATH, "oai_dc"): set()}
    assert not quarantined()


def test_only_theses(spare: Spare, settings):
    """``has_format`` in an item for several models."""
    configured = settings.OAIPMH["REPOSITORIES"] | {"spare": {"FORMATS": ["oai_dc", format_of("brief", **BRIEF)]}}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": configured}
    declare(spare, has_format=lambda self, obj, prefix: prefix != "brief" or "thesis" in obj.title)
    articles = [ArticleFactory(title=title) for title in ("A thesis", "An article")]
    sync(repository="spare")
    assert set(headers(PATH, "brief")) == {identifier(articles[0], "spare.example.org")}
    assert len(headers(PATH)) == 2
