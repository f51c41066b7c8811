"""Metadata formats: templates and other ways to XML, what they need, and when they have to be rendered again."""

import pytest
from django.template import TemplateDoesNotExist
from lxml import etree

import django_oaipmh as oai
from django_oaipmh import markup
from django_oaipmh.formats import MetadataFormat
from django_oaipmh.formats.purity import Purity, examine
from django_oaipmh.index.examine import Renderer
from django_oaipmh.items import Description
from django_oaipmh.metadata import Metadata, Person, Text
from django_oaipmh.testing import synced

from .harvester import OAIClient
from .hosts import declare, format_of, with_templates
from .press.factories import ArticleFactory, DatasetFactory
from .press.models import Article

NAMESPACE = "https://press.example.org/ns/adhoc"
METADATA = Metadata({"title": [Text("Of <harvests> & more", "en")], "creator": [Person("Sappho")]})


class Chapbook:
    title = "Of the object"


DESCRIPTION = Description(Chapbook(), "oai:press.example.org:chapbook/1", METADATA)


def describe(**changes) -> Description:
    return Description(**vars(DESCRIPTION) | changes)


def written(root: etree._Element | None) -> str:
    assert root is not None
    return etree.tostring(root, encoding="unicode")


@pytest.fixture
def template(settings):
    """Set the template of the format ``adhoc`` (or others, by name)."""

    def change(text: str = "", **others: str) -> None:
        templates = {"django_oaipmh/formats/adhoc.xml": text, **{f"{name}.xml": one for name, one in others.items()}}
        settings.TEMPLATES = with_templates(templates)

    return change


# Rendering


def test_a_format_in_five_lines(template):
    template(f'<a xmlns="{NAMESPACE}">{{{{ metadata.title.0 }}}} {{{{ identifier }}}} {{{{ object.title }}}}</a>')

    class AdHoc(oai.MetadataFormat):
        prefix = "adhoc"
        namespace = "https://press.example.org/ns/adhoc"
        schema = "https://press.example.org/ns/adhoc.xsd"

    root = AdHoc().payload(DESCRIPTION)
    assert root.text == "Of <harvests> & more oai:press.example.org:chapbook/1 Of the object"
    assert root.get(markup.SCHEMA_LOCATION) == f"{NAMESPACE} {NAMESPACE}.xsd"


def test_a_template_sees_simple_Dublin_Core(template):
    template(f'<a xmlns="{NAMESPACE}">{{% for e, v in dc.items %}}{{{{ e }}}}={{{{ v.0 }}}};{{% endfor %}}</a>')
    assert format_of()().payload(DESCRIPTION).text == "title=Of <harvests> & more;creator=Sappho;"


def test_a_template_of_another_name(template):
    template(other=f'<a xmlns="{NAMESPACE}">other</a>')
    assert format_of(template_name="other.xml")().payload(DESCRIPTION).text == "other"


@pytest.mark.parametrize(
    "text, words",
    [
        ("<a>", "line 1"),
        ("", "empty"),
        ("<a/>", "the root element is of the namespace ''; adhoc has 'https://press.example.org/ns/adhoc'"),
        (f'<a xmlns="{NAMESPACE}/2"/>', "ns/adhoc/2'; adhoc has"),
        (f'<a xmlns="{NAMESPACE}"/><b/>', "Extra content"),
    ],
)
def test_what_cannot_be_disseminated_is_not(template, text, words):
    template(text)
    with pytest.raises(markup.IllFormed) as caught:
        format_of()().payload(DESCRIPTION)
    assert words in str(caught.value)


def test_a_schema_location_of_the_template_stays(template):
    xsi = f'xmlns:xsi="{markup.XSI}" xsi:schemaLocation'
    template(f'<a xmlns="{NAMESPACE}" {xsi}="{NAMESPACE} https://mirror.example/a.xsd"/>')
    assert format_of()().payload(DESCRIPTION).get(markup.SCHEMA_LOCATION).endswith("mirror.example/a.xsd")
    template(f'<a xmlns="{NAMESPACE}" {xsi}="urn:x https://x.example/"/>')
    location = format_of()().payload(DESCRIPTION).get(markup.SCHEMA_LOCATION)
    assert location == f"{NAMESPACE} {NAMESPACE}.xsd urn:x https://x.example/"


def test_render_may_return_an_element():
    def render(self, description):
        root = etree.Element(f"{{{NAMESPACE}}}a", nsmap={None: NAMESPACE})
        root.text = str(description.metadata["title"][0])
        return root

    one = format_of(render=render)()
    assert one.payload(DESCRIPTION).text == "Of <harvests> & more"
    assert one.renders
    assert not one.purity().pure


def test_render_may_return_bytes_and_text():
    for xml in (f'<?xml version="1.0"?><a xmlns="{NAMESPACE}">é</a>', f'<a xmlns="{NAMESPACE}">é</a>'.encode()):
        assert format_of(render=lambda self, description, xml=xml: xml)().payload(DESCRIPTION).text == "é"


def test_an_element_that_is_used_again_stays_as_it_is():
    element = etree.fromstring(f'<x xmlns="urn:x"><a xmlns="{NAMESPACE}"/>tail</x>')
    one = format_of(render=lambda self, description: element[0])()
    assert "tail" not in written(one.payload(DESCRIPTION))
    assert element[0].get(markup.SCHEMA_LOCATION) is None


def test_stored_xml_comes_before_the_template(template):
    template(f'<a xmlns="{NAMESPACE}">rendered</a>')
    one = format_of()()
    assert one.payload(describe(xml={"adhoc": f'<a xmlns="{NAMESPACE}"> stored <b/> </a>'}))[0].tail == " "
    assert one.payload(describe(xml={"adhoc": ""})) is None
    assert one.payload(describe(xml={"adhoc": None})) is None
    assert one.payload(describe(xml={"other": None})).text == "rendered"


def test_a_format_without_template_is_of_stored_xml_only():
    one = format_of()()
    assert not one.renders
    assert one.purity() == Purity(True, ())
    assert one.payload(DESCRIPTION) is None


def test_a_template_that_is_named_has_to_be_there():
    with pytest.raises(TemplateDoesNotExist):
        format_of(template_name="gone.xml")().payload(DESCRIPTION)


def test_needs(template):
    template(f'<a xmlns="{NAMESPACE}"/>')
    one = format_of(needs=("title", "issued"))()
    assert one.payload(DESCRIPTION) is None
    assert one.payload(describe(metadata=Metadata(METADATA | {"issued": ["2020"]}))) is not None


@pytest.mark.django_db
def test_needs_and_has_format_decide_what_is_disseminated(repository, settings, template):
    template(f'<a xmlns="{NAMESPACE}"/>')
    options = {"FORMATS": ["oai_dc", "tests.press.formats.Galley", format_of(needs=("abstract",))]}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": settings.OAIPMH["REPOSITORIES"] | {"oai": options}}
    told, silent = ArticleFactory(abstract="<p>Words</p>"), ArticleFactory()
    dataset = DatasetFactory()
    client = OAIClient("/oai")
    with synced():
        (record,) = client.get(verb="ListRecords", metadataPrefix="adhoc").headers
        assert record.identifier.endswith(f"article/{told.pk}")
        for obj in (silent, dataset):
            identifier = f"oai:press.example.org:{obj._meta.model_name}/{obj.pk}"
            reply = client.ask(verb="GetRecord", metadataPrefix="adhoc", identifier=identifier)
            assert reply.codes == ["cannotDisseminateFormat"]
            assert client.get(verb="ListMetadataFormats", identifier=identifier).prefixes == ["oai_dc"]


@pytest.mark.django_db
def test_a_host_overrides_the_template_of_oai_dc(settings):
    article = ArticleFactory(title="Of harvests")
    client = OAIClient("/oai")
    query = {
        "verb": "GetRecord",
        "metadataPrefix": "oai_dc",
        "identifier": f"oai:press.example.org:article/{article.pk}",
    }
    with synced():
        assert b"Of harvests" in client.get(**query).content
        text = (
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            "<dc:title>The host: {{ metadata.title.0 }}</dc:title></oai_dc:dc>"
        )
        settings.TEMPLATES = with_templates({"django_oaipmh/formats/oai_dc.xml": text})
        content = client.get(**query).content
        assert b"The host: Of harvests" in content
        assert b"http://www.openarchives.org/OAI/2.0/oai_dc.xsd" in content


# Purity


def purity(settings, text: str, **others: str):
    settings.TEMPLATES = with_templates({"a.xml": text, **{f"{name}.xml": one for name, one in others.items()}})
    return examine("a.xml")


def test_the_shipped_formats_are_pure():
    for name in ("django_oaipmh/formats/oai_dc.xml", "django_oaipmh/formats/brief.xml"):
        assert examine(name).pure


PURE = [
    "<a/>",
    "{{ request.path }}",  # which nobody gives it
    "{{ metadata.title.0 }}{{ dc.title.0 }}{{ identifier }}",
    "{% if metadata.title and not metadata.creator == 'x' %}{{ metadata.title|length }}{% endif %}",
    "{% for one in metadata.title %}{{ forloop.counter }}{{ one|upper|default:identifier }}{% empty %}x{% endfor %}",
    "{% for name, values in dc.items %}{% for value in values %}{{ name }}{{ value.lang }}{% endfor %}{% endfor %}",
    "{% with one=metadata.title.0 %}{{ one }}{% endwith %}",
    "{% autoescape off %}{% spaceless %}{% firstof metadata.title.0 'x' %}{% endspaceless %}{% endautoescape %}",
    "{% comment %}{{ object }}{% endcomment %}{% verbatim %}{{ object }}{% endverbatim %}{# {{ object }} #}",
    "{% if metadata.title %}a{% elif metadata.creator %}b{% else %}c{% endif %}",
]
IMPURE = [
    "{{ object.title }}",
    "{{ object }}",
    "{{ metadata.title.0|default:object }}",
    "{% now 'Y' %}",
    "{% lorem %}",
    "{% debug %}",
    "{% csrf_token %}",
    "{% if object.title %}{% endif %}",
    "{% if metadata.title and object.title %}{% endif %}",
    "{% if metadata.title %}{% else %}{{ object }}{% endif %}",
    "{% for one in object.chapters %}{% endfor %}",
    "{% for one in metadata.title %}{% if one %}{{ object }}{% endif %}{% endfor %}",
    "{% with one=object.title %}{% endwith %}",
    "{% with object=object.title %}{{ object }}{% endwith %}",
    "{% for object in object.chapters %}{{ object }}{% endfor %}",
    "{% block one %}{{ object }}{% endblock %}",
    "{% load static %}{% static 'a' %}",
    "{% load i18n %}{% blocktranslate %}{{ object }}{% endblocktranslate %}",
    "{% load tz %}{% localtime on %}{% endlocaltime %}",
    "{% load adhoc_tags %}{% adhoc_simple %}",
    "{% load adhoc_tags %}{% adhoc_block %}x{% endadhoc_block %}",
    "{% load adhoc_tags %}{% adhoc_inclusion %}",
    "{% load adhoc_tags %}{{ metadata.title.0|adhoc_filter }}",
    "{{ metadata.title|random }}",
    "{{ metadata.issued.0|timesince }}",
    "{{ metadata.issued.0|timeuntil }}",
    "{% url 'oai:endpoint' object.pk %}",
]


@pytest.mark.parametrize("text", PURE)
def test_pure_templates(settings, text):
    assert purity(settings, text).pure


@pytest.mark.parametrize("text", IMPURE)
def test_impure_templates(settings, text):
    (engine,) = with_templates({"a.xml": text, "p.xml": "p"})
    engine["OPTIONS"]["libraries"] = {"adhoc_tags": "tests.templatetags"}
    settings.TEMPLATES = [engine]
    assert not examine("a.xml").pure


def test_included_and_extended_templates(settings):
    found = purity(
        settings,
        '{% extends "b.xml" %}{% block x %}1{% include "c.xml" %}{% endblock %}',
        b="2{% block x %}{% endblock %}",
        c="3",
    )
    assert found.pure
    assert len(found.sources) == 3
    assert not purity(settings, '{% include "b.xml" %}', b="{{ object }}").pure
    assert not purity(settings, '{% extends "b.xml" %}', b="{{ object }}").pure
    assert not purity(settings, "{% include metadata.title.0 %}").pure
    assert not purity(settings, "{% extends metadata.title.0 %}").pure
    assert purity(settings, '{% include "b.xml" with one=metadata.title.0 %}', b="{{ one }}").pure
    assert not purity(settings, '{% include "b.xml" with object=object only %}', b="{{ object }}").pure


def test_a_template_that_is_included_once_with_another_object_is_impure(settings):
    text = '{% include "b.xml" with object=metadata %}{% include "b.xml" %}'
    assert not purity(settings, text, b="{{ object.title }}").pure


def test_a_template_that_includes_itself_is_judged(settings):
    assert purity(settings, '{% if metadata.title %}{% include "a.xml" %}{% endif %}').pure


# Fingerprints


def test_the_fingerprint_follows_template_class_and_schema(template):
    template("one {% include 'part.xml' %}", part="part")
    fingerprints = {format_of()().fingerprint()}
    assert format_of()().fingerprint() in fingerprints
    template("two {% include 'part.xml' %}", part="part")
    fingerprints.add(format_of()().fingerprint())
    template("two {% include 'part.xml' %}", part="other")
    fingerprints.add(format_of()().fingerprint())
    fingerprints.add(format_of(schema="https://press.example.org/2.xsd")().fingerprint())
    fingerprints.add(format_of(namespace="urn:x")().fingerprint())
    fingerprints.add(Other().fingerprint())
    fingerprints.add(Another().fingerprint())
    assert len(fingerprints) == 7


class Other(MetadataFormat):
    prefix = "adhoc"

    def missing(self, description):
        return []


class Another(MetadataFormat):
    prefix = "adhoc"

    def missing(self, description):
        return ["all"]


@pytest.mark.django_db
def test_the_renderer_follows_formats_language_and_origin(repository, settings):
    declare(repository)

    def renderer(**options):
        settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": {"adhoc": options}}
        return Renderer.of(repository)

    url = "https://a.example.org/oai"
    found = [
        renderer(),
        renderer(LANGUAGE="de"),
        renderer(BASE_URL=url),
        renderer(FORMATS=["oai_dc", "tests.press.formats.Brief"]),
    ]
    assert len({one.fingerprint for one in found}) == 4
    assert renderer(BASE_URL=url).fingerprint == found[2].fingerprint
    assert all(one.pure for one in found)
    assert not renderer(FORMATS=["oai_dc", format_of(render=lambda self, description: "")]).pure


@pytest.mark.django_db
def test_an_impure_format_is_rendered_by_every_sync(settings):
    """What the template reads of the object is no metadata, and still it is not missed."""
    dc = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    text = f"<oai_dc:dc {dc}><dc:title>{{{{ object.doi }}}}</dc:title></oai_dc:dc>"
    settings.TEMPLATES = with_templates({"django_oaipmh/formats/oai_dc.xml": text})
    article = ArticleFactory(doi="10.5555/one")
    client = OAIClient("/oai")
    with synced():
        assert b"10.5555/one" in client.get(verb="ListRecords", metadataPrefix="oai_dc").content
        Article.objects.filter(pk=article.pk).update(doi="10.5555/two")
        assert b"10.5555/two" in client.get(verb="ListRecords", metadataPrefix="oai_dc").content
