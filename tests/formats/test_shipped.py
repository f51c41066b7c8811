"""What holds of every shipped format. ``GOLDEN=write`` writes the golden files anew, to be read by eye."""

import os
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
from django.utils.module_loading import import_string
from hypothesis import given
from lxml import etree

from django_oaipmh import formats, markup
from django_oaipmh.formats import ALIASES, SHIPPED, MetadataFormat
from django_oaipmh.items import Description

from .. import schemas
from .descriptions import MINIMAL, RICH, describe, descriptions

GOLDEN = Path(__file__).parent / "golden"
PAGES = Path(__file__).parents[2] / "docs" / "formats"
DESCRIPTIONS = {"rich": RICH, "minimal": MINIMAL}

#: Formats of which there is no official schema among those that tests use.
WITHOUT_SCHEMA: set[str] = {
    "etdms",  # NDLTD's is not among those that are stored: test_etdms.py says what it asks for
    "rdf",  # RDF/XML writes one graph in many ways, which no schema can tell; test_rdf.py reads it as RDF
}


@pytest.fixture(params=sorted(SHIPPED))
def prefix(request) -> str:
    return request.param


@pytest.fixture
def format(prefix) -> MetadataFormat:
    return import_string(SHIPPED[prefix])()


def payload(format: MetadataFormat, description: Description) -> etree._Element | None:
    root = format.payload(description)
    if root is None:
        return None
    return etree.fromstring(markup.embed(root))  # as harvesters read it


def errors(root: etree._Element) -> list[str]:
    """What its schema has against a payload; nothing where there are no schemas to ask."""
    if not schemas.available():
        return []
    found = schemas.STORED.errors(root)
    assert found is not None, f"no stored schema at {root.get(markup.SCHEMA_LOCATION)}"
    return found


def test_prefix_namespace_and_schema(format, prefix):
    assert format.prefix == format.offered_as == prefix
    assert format.namespace and format.schema


def test_shipped_are_all_that_there_are():
    assert list(SHIPPED) == sorted(SHIPPED)
    assert list(ALIASES) == sorted(ALIASES)
    modules = [import_module(f"{formats.__name__}.{one.name}") for one in pkgutil.iter_modules(formats.__path__)]
    classes = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    found = {one.prefix: f"{one.__module__}.{one.__name__}" for one in classes if issubclass(one, MetadataFormat)}
    assert {prefix: path for prefix, path in found.items() if prefix} == SHIPPED


def test_aliases_lead_to_shipped_formats():
    assert set(ALIASES.values()) <= set(SHIPPED)
    assert not set(ALIASES) & set(SHIPPED)


def test_a_template_and_nothing_but_the_description(format):
    """An unchanged object need not be rendered again."""
    assert format.purity().pure
    assert format.renders == bool(format.purity().sources)


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_golden(format, prefix, kind):
    """Equal to a file that was read by eye against the format's documentation."""
    root = payload(format, describe(DESCRIPTIONS[kind]))
    path = GOLDEN / f"{prefix}-{kind}.xml"
    if root is None:
        assert not path.exists()
        return
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode") + "\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
    if prefix not in WITHOUT_SCHEMA:
        assert errors(root) == []


def test_something_of_the_rich_description_is_in_every_format(format):
    if format.renders:
        assert payload(format, describe(RICH)) is not None


@given(description=descriptions())
def test_anything_in_any_field_gives_a_valid_record_or_none(format, prefix, description):
    """Invariant 5."""
    root = payload(format, description)
    if root is None:
        assert not format.renders or format.missing(description)
    elif prefix not in WITHOUT_SCHEMA:
        assert errors(root) == []


def test_what_is_missing_is_told_in_words(format):
    reasons = format.missing(describe({}))
    assert all(isinstance(reason, str) and len(reason.split()) > 1 for reason in reasons)


def test_a_page_of_the_documentation_with_the_crosswalk(prefix):
    text = (PAGES / f"{prefix}.rst").read_text(encoding="utf-8")
    assert "list-table" in text
