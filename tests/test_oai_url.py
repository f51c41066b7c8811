"""``{% load oaipmh %}{% oai_url %}``: links to a repository on the pages of its site."""

import html
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

BASE = "https://press.example.org/oai"


def render(tag: str, **context: object) -> str:
    return Template("{% load oaipmh %}" + tag).render(Context(context))


@pytest.mark.parametrize(
    "tag, url",
    [
        ("{% oai_url %}", BASE),
        ('{% oai_url verb="Identify" %}', f"{BASE}?verb=Identify"),
        ('{% oai_url verb="ListRecords" set="a:b" %}', f"{BASE}?verb=ListRecords&amp;set=a:b"),
        ('{% oai_url verb="ListRecords" from="2026-01-01" %}', f"{BASE}?verb=ListRecords&amp;from=2026-01-01"),
        ('{% oai_url verb="ListRecords" until=nothing set="" %}', f"{BASE}?verb=ListRecords"),
        ('{% oai_url verb="Identify" as link %}<{{ link }}>', f"<{BASE}?verb=Identify>"),
        ('{% oai_url repository="theses" verb="Identify" %}', "https://press.example.org/theses/oai?verb=Identify"),
        ('{% oai_url repository="brief" %}', "https://data.example.org/nodeletes/oai"),
        ('{% autoescape off %}{% oai_url verb="A" set="b" %}{% endautoescape %}', f"{BASE}?verb=A&set=b"),
    ],
)
def test_links(tag, url):
    assert render(tag) == url


@pytest.mark.parametrize(
    "value", ["a b", "a&b=c", "a+b%41", "ä/ß", '"><script>', "oai:a.example.org:article/1", "#x", "?"]
)
def test_whatever_a_value_is_it_arrives(value):
    link = render("{% oai_url verb='GetRecord' identifier=value %}", value=value)
    assert not set(link) & set("\"'<> #")
    assert dict(parse_qsl(urlsplit(html.unescape(link)).query)) == {"verb": "GetRecord", "identifier": value}


def test_an_unknown_repository():
    with pytest.raises(TemplateSyntaxError, match=r"there is no repository 'nowhere'. There are: .*oai.*theses"):
        render('{% oai_url repository="nowhere" %}')


def test_an_unknown_argument():
    with pytest.raises(TemplateSyntaxError, match=r"OAI-PMH has no argument metadataprefix. There are: verb, "):
        render('{% oai_url metadataprefix="oai_dc" %}')


def test_where_nothing_tells_the_base_url(settings):
    settings.OAIPMH = settings.OAIPMH | {"BASE_URL": ""}
    request = RequestFactory().get("/communities/maps")
    assert render("{% oai_url %}", request=request) == "http://testserver/oai"
    with pytest.raises(ImproperlyConfigured):
        render("{% oai_url %}")
