"""Metadata formats: MF01 to MF09."""

import re

import pytest

from tests.harvester import DC, OAI, OAI_DC, XSI, OAIClient, Reply, dublin_core, payload
from tests.press.data import Press
from tests.validation import UNRESERVED, rules

FORMATS = {
    "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
    "brief": ("https://press.example.org/ns/brief.xsd", "https://press.example.org/ns/brief"),
    "galley": ("https://press.example.org/ns/galley.xsd", "https://press.example.org/ns/galley"),
}
OFFERED = {
    "/oai": ["oai_dc", "galley"],
    "/theses/oai": ["oai_dc"],
    "/nodeletes/oai": ["oai_dc", "brief"],
}
ELEMENTS = {
    *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type"),
    *("format", "identifier", "source", "language", "relation", "coverage", "rights"),
}


def formats(reply: Reply) -> dict[str, tuple[str, str]]:
    return {
        one.findtext(OAI + "metadataPrefix"): (one.findtext(OAI + "schema"), one.findtext(OAI + "metadataNamespace"))
        for one in reply.answer.findall(OAI + "metadataFormat")
    }


def test_MF01_oai_dc_is_offered_by_every_repository(anywhere: OAIClient):
    assert formats(anywhere.get(verb="ListMetadataFormats"))["oai_dc"] == FORMATS["oai_dc"]


def test_MF02_prefix_schema_and_namespace(anywhere: OAIClient):
    reply = anywhere.get(verb="ListMetadataFormats")
    assert reply.prefixes == OFFERED[anywhere.path]
    assert all(re.fullmatch(f"{UNRESERVED}+", prefix) for prefix in reply.prefixes)
    assert formats(reply) == {prefix: FORMATS[prefix] for prefix in OFFERED[anywhere.path]}


def test_MF03_formats_of_an_item(anywhere: OAIClient):
    offered = formats(anywhere.get(verb="ListMetadataFormats"))
    for prefix in offered:
        for header in anywhere.headers(prefix):
            of_item = formats(anywhere.get(verb="ListMetadataFormats", identifier=header.identifier))
            assert of_item.items() <= offered.items()
            assert prefix in of_item


def test_MF04_payload_is_in_the_declared_namespace(anywhere: OAIClient):
    for prefix, (_, namespace) in formats(anywhere.get(verb="ListMetadataFormats")).items():
        payloads = [payload(record) for record in anywhere.records(prefix)]
        live = [one for one in payloads if one is not None]
        assert live
        assert {one.tag[1:].partition("}")[0] for one in live} == {namespace}


def test_MF05_payload_says_where_its_schema_is(replies: list[Reply]):
    for reply in replies:
        rules["MF05"](reply)


def test_MF05_stored_xml_that_does_not_say_it(harvester: OAIClient, press: Press):
    """The host's XML has no xsi:schemaLocation, which a harvester's validator needs."""
    root = payload(harvester.record(press.titled("In one second, 1"), "galley"))
    assert root.get(XSI + "schemaLocation").split() == list(reversed(FORMATS["galley"]))


def test_MF09_schema_is_the_one_listed(anywhere: OAIClient):
    for prefix, (schema, namespace) in formats(anywhere.get(verb="ListMetadataFormats")).items():
        for root in map(payload, anywhere.records(prefix)):
            if root is not None:
                locations = root.get(XSI + "schemaLocation").split()
                assert dict(zip(locations[::2], locations[1::2], strict=True))[namespace] == schema


def test_MF06_an_item_that_lacks_a_format(harvester: OAIClient, press: Press):
    listed = {header.identifier for header in harvester.headers("galley") if not header.deleted}
    assert listed == press.galleys
    lacking = press.identifiers("/oai", deleted=False) - press.galleys
    assert len(lacking) > 5
    for identifier in lacking:
        reply = harvester.get(verb="GetRecord", identifier=identifier, metadataPrefix="galley")
        assert reply.codes == ["cannotDisseminateFormat"]
        assert harvester.get(verb="ListMetadataFormats", identifier=identifier).prefixes == ["oai_dc"]


def test_MF07_what_is_listed_for_an_item_can_be_got(anywhere: OAIClient, press: Press):
    for identifier in press.identifiers(anywhere.path, deleted=False):
        of_item = anywhere.get(verb="ListMetadataFormats", identifier=identifier).prefixes
        for prefix in OFFERED[anywhere.path]:
            reply = anywhere.get(verb="GetRecord", identifier=identifier, metadataPrefix=prefix)
            assert reply.codes == ([] if prefix in of_item else ["cannotDisseminateFormat"])


def test_MF08_only_dublin_core_in_oai_dc(anywhere: OAIClient):
    for record in anywhere.records():
        root = payload(record)
        if root is not None:
            assert root.tag == OAI_DC + "dc"
            assert {child.tag for child in root} <= {DC + name for name in ELEMENTS}
            assert all((child.text or "").strip() and len(child) == 0 for child in root)


def test_MF08_what_one_article_says(harvester: OAIClient, press: Press):
    article = press.article
    values = dublin_core(harvester.record(press.titled("First of all")))
    assert values["creator"] == ["First, Phaenarete", "Second, Sappho"]
    values = {name: sorted(texts) for name, texts in values.items()}
    assert values == {
        "title": ["First of all"],
        "creator": ["First, Phaenarete", "Second, Sappho"],
        "subject": ["Harvesting", "Topic 0", "tagged & <marked>"],
        "description": ["On harvesting &amp; more"],  # tags stripped; the text is the host's
        "publisher": ["Journal jhs"],
        "contributor": ["Editor, Aspasia", "University of Athens"],
        "date": ["2019-12-31"],
        "type": ["journal article"],
        "identifier": [
            "978-3-16-148410-0",
            "Journal jhs, Research",
            "https://doi.org/10.5555/first(1)<2>",
            f"https://press.example.org/articles/{article.pk}/",
        ],
        "language": ["en"],
        "relation": ["Journal jhs"],
        "rights": ["Open access", "https://creativecommons.org/licenses/by/4.0/"],
    }


def test_MF08_an_empty_value_is_no_element(harvester: OAIClient, press: Press):
    values = dublin_core(harvester.record(press.titled("One second later")))
    assert "description" not in values and "date" not in values


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ('Ampers & "quotes" <tags> ]]>', 'Ampers & "quotes" <tags> ]]>'),
        ("Controls \x00\x0b\x1f \ufffe 𝄞 stay out", "Controls   𝄞 stay out"),
    ],
)
def test_MF08_characters(harvester: OAIClient, press: Press, title, told):
    (text,) = dublin_core(harvester.record(press.titled(title)))["title"]
    assert " ".join(text.split()) == " ".join(told.split())


def test_MF08_the_methods_of_an_item_speak(theses: OAIClient, press: Press):
    values = dublin_core(theses.record(press.titled("Of mornings", "/theses/oai")))
    assert values["type"] == ["thesis", "doctoral"]
