"""Dates of XML Schema, media types and coordinates: what formats may put where they ask for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from django_oaipmh.standards.coordinates import coordinates
from django_oaipmh.standards.dates import schema_date
from django_oaipmh.standards.media_types import media_type

VALID = etree.XMLSchema(
    etree.fromstring("""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="date">
    <xs:simpleType><xs:union memberTypes="xs:gYear xs:gYearMonth xs:date xs:dateTime"/></xs:simpleType>
  </xs:element>
</xs:schema>
""")
)


def is_valid(kind: str, text: str) -> bool:
    element = etree.Element(kind)
    element.text = text
    return VALID.validate(element)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021", "2021"),
        ("2021-05", "2021-05"),
        ("2021-05-06", "2021-05-06"),
        ("2021-05-06T07:08:09Z", "2021-05-06T07:08:09Z"),
        ("2021-05-06T07:08:09.5+02:00", "2021-05-06T07:08:09.5+02:00"),
        ("2021-02-30", ""),
        ("2021-05-06T07:08:09", ""),
        ("2021-05-06T07:08Z", ""),
        ("2021-05-06T27:08:09Z", ""),
        ("2021-05-06T07:08:09+15:00", ""),
        ("-0044", ""),
        ("0000", ""),
        ("ca. 1850", ""),
        ("", ""),
    ],
)
def test_dates_of_xml_schema(value, expected):
    assert schema_date(value) == expected
    assert not expected or is_valid("date", expected)


@given(st.from_regex(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", fullmatch=True))
def test_what_is_told_as_a_date_is_one_for_xml_schema(value):
    assert schema_date(value) == "" or is_valid("date", schema_date(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("application/pdf", "application/pdf"),
        ("Text/HTML; charset=utf-8", "text/html"),
        ("image/svg+xml", "image/svg+xml"),
        ("PDF", ""),
        ("paper/A4", ""),
        ("text/", ""),
        ("text/a b", ""),
        ("", ""),
    ],
)
def test_media_types(value, expected):
    assert media_type(value) == expected


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("39.21", "26.28", ("39.21", "26.28")),
        ("-90", "+180", ("-90", "180")),
        ("91", "0", None),
        ("0", "180.1", None),
        ("1e1", "0", None),
        ("NaN", "0", None),
        ("39,21", "26,28", None),
        ("39.21", "", None),
    ],
)
def test_coordinates(latitude, longitude, expected):
    assert coordinates(latitude, longitude) == expected
