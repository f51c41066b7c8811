"""EAD3: what is its own."""

import pytest

from django_oaipmh.formats.ead3 import EAD3
from django_oaipmh.metadata import Organisation, Place, Text

from .descriptions import MINIMAL, GivenParts, describe
from .test_shipped import errors, payload


def ead3(metadata, **attributes):
    root = payload(EAD3(), describe(metadata, **attributes))
    assert errors(root) == []
    return root


def test_it_has_to_be_known_who_keeps_it():
    description = describe({"title": ["A fonds"]})
    assert EAD3().missing(description) == ["There is no dataProvider or publisher."]
    assert EAD3().payload(description) is None


def test_the_agency_is_who_holds_the_fonds_before_who_publishes_it():
    root = ead3(MINIMAL | {"dataProvider": [Organisation("Archives")]})
    assert root.findtext(".//{*}agencyname") == "Archives"
    assert ead3(MINIMAL).findtext(".//{*}agencyname") == "Example Press"


def test_no_date_of_the_making_is_in_the_document():
    """It would differ each time, and re-date the record."""
    event = ead3(MINIMAL).find(".//{*}maintenanceevent")
    assert not event.xpath(".//@standarddatetime")
    assert not any(character.isdigit() for character in "".join(event.itertext()))


@pytest.mark.parametrize(
    ("said", "elements"),
    [
        ("1850", [("datesingle", "1850", "1850")]),
        ("1850-1860", [("fromdate", "1850", "1850"), ("todate", "1860", "1860")]),
        ("1850-03/1851-04", [("fromdate", "1850-03", "1850-03"), ("todate", "1851-04", "1851-04")]),
        ("long ago", []),
    ],
)
def test_structured_dates(said, elements):
    root = ead3({"title": ["A"], "publisher": ["B"], "date": [said]}, parts=GivenParts([]))
    found = [
        (name, one.text, one.get("standarddate"))
        for name in ("datesingle", "fromdate", "todate")
        for one in root.iter(f"{{*}}{name}")
    ]
    assert found == elements
    assert [one.text for one in root.iter("{*}unitdate")] == ([] if elements else [said])


def test_a_range_that_says_more_than_its_ends_keeps_its_words():
    pytest.importorskip("edtf")
    root = ead3({"title": ["A"], "publisher": ["B"], "date": ["185X"]}, parts=GivenParts([]))
    (date,) = root.iter("{*}unitdate")
    assert (date.text, date.get("normal")) == ("185X", "1850/1859")


def test_languages_on_words_and_coordinates_of_places():
    pytest.importorskip("langcodes")
    metadata = {"abstract": [Text("Was bleibt.", "de")], "spatial": [Place("Lesbos", "", "39.21", "26.28", "en")]}
    root = ead3(MINIMAL | metadata)
    assert root.find(".//{*}abstract").get("lang") == "ger"
    (place,) = root.iter("{*}geogname")
    assert (place.get("lang"), place.findtext("{*}part")) == ("eng", "Lesbos")
    assert place.findtext("{*}geographiccoordinates") == "39.21, 26.28"
