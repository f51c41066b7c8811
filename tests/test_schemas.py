"""XML Schemas from folders: what they say of XML, and why they say nothing."""

from pathlib import Path

import pytest
from lxml import etree

from django_oaipmh.schemas import Schemas, Verdict

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
OTHER = '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b"><element name="b"/></schema>'
SCHEMA = """<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a" xmlns:b="urn:b">
  <import namespace="urn:b" schemaLocation="http://example.org/b.xsd"/>
  <element name="a"><complexType><sequence><element ref="b:b" minOccurs="0"/></sequence></complexType></element>
</schema>"""


def root(content: str = "", url: str = "https://example.org/a.xsd") -> etree._Element:
    return etree.fromstring(f'<a xmlns="urn:a" {XSI} xsi:schemaLocation="urn:b no urn:a {url}">{content}</a>')


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "example.org").mkdir()
    (tmp_path / "example.org/a.xsd").write_text(SCHEMA)
    (tmp_path / "example.org/b.xsd").write_text(OTHER)
    return tmp_path


def test_by_the_schema_that_the_root_names(folder):
    schemas = Schemas(folder)
    assert schemas.judge(root('<b xmlns="urn:b"/>')) == Verdict()
    (error,) = schemas.judge(root("\n<c/>")).errors
    assert error.startswith("line 2: Element '{urn:a}c': This element is not expected.")


@pytest.mark.parametrize(
    "xml, reason",
    [
        (root(url="http://example.org/c.xsd"), "http://example.org/c.xsd is not stored"),
        (etree.fromstring("<a/>"), "<a> names no schema for its namespace"),
        (
            etree.fromstring(f'<a xmlns="urn:x" {XSI} xsi:schemaLocation="urn:a http://example.org/a.xsd"/>'),
            "<{urn:x}a>",
        ),
    ],
)
def test_nothing_can_be_said(folder, xml, reason):
    verdict = Schemas(folder).judge(xml)
    assert verdict.unknown.startswith(reason)
    assert verdict.errors == ()


def test_what_a_schema_imports_is_never_fetched(folder):
    (folder / "example.org/b.xsd").unlink()
    assert "cannot be read" in Schemas(folder).judge(root()).unknown


def test_a_schema_that_is_none(folder):
    (folder / "example.org/a.xsd").write_text("<schema")
    assert "cannot be read" in Schemas(folder).judge(root()).unknown


def test_the_first_folder_wins(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "example.org").mkdir()
    (other / "example.org/a.xsd").write_text(OTHER.replace("urn:b", "urn:a"))
    assert Schemas(folder, other).judge(root()) == Verdict()
    assert Schemas(other, folder).judge(root()).errors


def test_each_container_of_a_record(folder):
    a = etree.tostring(root("<c/>"), encoding="unicode")
    text = f"<metadata>\n{a}\n</metadata>\n<about>{a}</about>"
    first, second = Schemas(folder).judge_record(text)
    assert first.errors[0].startswith("line 2: ") and second.errors[0].startswith("line 4: ")
    assert [verdict.errors for verdict in Schemas(folder).judge_record(text, payload=False)] == [second.errors]


@pytest.mark.parametrize("setting, number", [("", 0), ((), 0), ([""], 0), ("x", 1), (Path("x"), 1), (["x", "y"], 2)])
def test_what_the_setting_may_be(setting, number):
    schemas = Schemas.of(setting)
    assert (len(schemas.folders) if schemas else 0) == number
