"""MARCXML: fixed fields that count, names and titles with their indicators, codes by vocabulary."""

import pytest
from hypothesis import given

from django_oaipmh.formats.marc_control import fixed_data, leader
from django_oaipmh.formats.marcxml import MARCXML
from django_oaipmh.metadata import (
    Citation,
    Concept,
    Degree,
    File,
    Identifier,
    Organisation,
    Person,
    Place,
    Text,
)

from .descriptions import describe, descriptions, normalised


def fields(metadata, tag=""):
    """The fields of a record as cataloguers write them: ``245 10 $a On harvests``."""
    told = MARCXML().get_context(describe({"title": ["On harvests"]} | metadata))["datafields"]
    return [
        f"{one.tag} {one.ind1}{one.ind2}".replace(" ", "#").replace("#", " ", 1)
        + "".join(f" ${code} {text}" for code, text in one.subfields)
        for one in told
        if one.tag.startswith(tag)
    ]


@given(description=descriptions())
def test_fixed_fields_have_their_lengths(description):
    assert len(leader(description.metadata)) == 24
    assert len(fixed_data(description.metadata)) == 40
    assert fixed_data(description.metadata).isascii()


@given(description=descriptions())
def test_fields_are_in_order_and_say_something(description):
    told = MARCXML().get_context(description)["datafields"]
    assert [one.tag for one in told] == sorted(one.tag for one in told)
    for one in told:
        assert one.says_something
        assert all(text == " ".join(text.split()) for _, text in one.subfields)


#: Fields that the format for bibliographic data does not repeat.
NOT_REPEATED = ("040", "042", "045", "100", "110", "245")


@given(description=descriptions())
def test_what_is_not_repeatable_is_there_once(description):
    tags = [one.tag for one in MARCXML().get_context(description)["datafields"]]
    assert [tag for tag in NOT_REPEATED if tags.count(tag) > 1] == []
    assert sum(tag.startswith("1") for tag in tags) <= 1


@pytest.mark.parametrize(
    ("metadata", "codes"),
    [
        ({}, "am"),
        ({"type": ["Text"]}, "am"),
        ({"type": ["map"]}, "em"),
        ({"type": ["StillImage"]}, "km"),
        ({"type": ["Dataset"]}, "mm"),
        ({"type": ["Collection"]}, "pc"),
        ({"type": ["journal"]}, "as"),
        ({"type": ["journal article"]}, "ab"),
        ({"type": ["book part"]}, "aa"),
        ({"bibliographicCitation": [Citation(title="Fields", isbn="9783161484100")]}, "aa"),
        ({"bibliographicCitation": [Citation(title="Fields", issn="0378-5955")]}, "ab"),
        ({"type": [Concept("carte", "http://purl.org/coar/resource_type/c_12cd")]}, "em"),
    ],
)
def test_type_of_record_and_bibliographic_level(metadata, codes):
    assert leader(normalised(metadata))[6:8] == codes


@pytest.mark.parametrize(
    ("metadata", "codes"),
    [
        ({}, "nuuuuuuuu"),
        ({"issued": ["1850"]}, "s1850    "),
        ({"issued": ["ca. 1850"]}, "s1850    "),
        ({"issued": ["1850-03"]}, "e185003  "),
        ({"issued": ["1850-03-04"]}, "e18500304"),
        ({"issued": ["1850"], "dateCopyrighted": ["1849"]}, "t18501849"),
        ({"issued": ["1850/1860"]}, "m18501860"),
        ({"issued": ["1850/.."]}, "m18509999"),
        ({"issued": ["185X"]}, "q18501859"),
        ({"issued": ["1850/1860"], "type": ["journal"]}, "d18501860"),
        ({"issued": ["1850/.."], "type": ["journal"]}, "c18509999"),
        ({"created": ["1850/1860"], "type": ["Collection"]}, "i18501860"),
        ({"created": ["44 BC"]}, "b        "),
        ({"issued": ["in spring"], "created": ["1850"]}, "s1850    "),
    ],
)
def test_dates_of_field_008(metadata, codes):
    assert fixed_data(normalised(metadata))[6:15] == codes


@pytest.mark.parametrize(
    ("metadata", "entered"),
    [
        ({}, "||||||"),
        ({"issued": ["2021"]}, "||||||"),
        ({"issued": ["2021-03-04"]}, "210304"),
        ({"issued": ["2021-03-04"], "available": ["2022-01-02T03:04:05Z"]}, "220102"),
    ],
)
def test_date_entered_is_never_the_present(metadata, entered):
    assert fixed_data(normalised(metadata))[:6] == entered


@pytest.mark.parametrize(
    ("languages", "code", "others"),
    [
        ([], "und", []),
        (["en"], "eng", []),
        (["de", "eng"], "ger", ["041 ## $a ger $a eng"]),
        (["pt_BR"], "por", ["041 #7 $a pt-BR $2 rfc5646"]),
        (["yue"], "und", ["041 #7 $a yue $2 rfc5646"]),
        (["Ancient Greek"], "und", ["546 ## $a Ancient Greek"]),
    ],
)
def test_languages(languages, code, others):
    assert fixed_data(normalised({"language": languages}))[35:38] == code
    assert fields({"language": languages}, "041") + fields({"language": languages}, "546") == others


@pytest.mark.parametrize(
    ("creator", "field"),
    [
        (Person(family="Roe", given="Richard"), "100 1# $a Roe, Richard $e creator $4 cre"),
        (Person(name="Richard Roe", family="Roe", given="Richard"), "100 1# $a Roe, Richard $e creator $4 cre"),
        (Person(family="Roe"), "100 1# $a Roe $e creator $4 cre"),
        (Person(given="Plato"), "100 0# $a Plato $e creator $4 cre"),
        (Person(name="Roe, Richard"), "100 1# $a Roe, Richard $e creator $4 cre"),
        (Person(name="Li Bai", birth="701", death="762"), "100 0# $a Li Bai $d 701-762 $e creator $4 cre"),
        (
            Person(name="Plato", birth="428 BC", death="348 BC"),
            "100 0# $a Plato $d 428 B.C.-348 B.C. $e creator $4 cre",
        ),
        (Person(name="Moe", birth="ca. 1850"), "100 0# $a Moe $d approximately 1850- $e creator $4 cre"),
        (Person(name="Moe", role="helping hand"), "100 0# $a Moe $e helping hand"),
        (
            Person(name="Moe", role="aut", uri="http://d-nb.info/gnd/118540238"),
            "100 0# $a Moe $e author $4 aut $0 http://d-nb.info/gnd/118540238",
        ),
        (
            Person(name="Moe", orcid="0000-0002-1825-0097", uri="https://orcid.org/0000-0002-1825-0097"),
            "100 0# $a Moe $e creator $4 cre $1 https://orcid.org/0000-0002-1825-0097",
        ),
        (Organisation("Example Press"), "110 2# $a Example Press $e creator $4 cre"),
        ("Sappho", "720 ## $a Sappho $e creator $4 cre"),
    ],
)
def test_names(creator, field):
    """A name of which the kind is not known is an uncontrolled one."""
    told = fields({"creator": [creator]})
    assert field in told
    assert any(one.startswith("245 00" if field.startswith("720") else "245 10") for one in told)


def test_only_the_first_creator_is_the_main_entry():
    told = fields({"creator": [Person(name="Moe"), Person(name="Doe"), "Sappho"], "contributor": [Person(name="Moe")]})
    assert [one[:3] for one in told if one[0] in "17"] == ["100", "700", "700", "720"]


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        ([Text("The fields", "en")], ["245 04 $a The fields"]),
        ([Text("The fields", "de")], ["245 00 $a The fields"]),
        (["The fields"], ["245 00 $a The fields"]),
        (["Fields : a study"], ["245 00 $a Fields : $b a study"]),
        (["Fields: a study"], ["245 00 $a Fields: a study"]),
        (["Fields", "Acres"], ["245 00 $a Fields", "246 33 $a Acres"]),
        ([Text("Fields", "en"), Text("Felder", "de")], ["245 00 $a Fields", "246 31 $a Felder"]),
    ],
)
def test_titles(titles, expected):
    assert fields({"title": titles}, "24") == expected


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("978-3-16-148410-0", ["020 ## $a 9783161484100"]),
        (Identifier("978-3-16-148410-1", "isbn"), ["020 ## $z 978-3-16-148410-1"]),
        ("0378-5955", ["022 ## $a 0378-5955"]),
        (Identifier("0378-5950", "ISSN"), ["022 ## $y 0378-5950"]),
        ("doi:10.5555/1", ["024 7# $a 10.5555/1 $2 doi", "856 40 $u https://doi.org/10.5555/1"]),
        (Identifier("US-123", "ISRC"), ["024 0# $a US-123"]),
        (Identifier("MS 12", "shelf mark"), ["024 8# $a MS 12 $q shelf mark"]),
        ("https://a.example/1", ["856 40 $u https://a.example/1"]),
        ("ftp://a.example/1", ["856 10 $u ftp://a.example/1"]),
    ],
)
def test_identifiers(identifier, expected):
    told = fields({"identifier": [identifier]})
    assert [one for one in told if one[0] in "08" and one[:3] != "042"] == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("harvests", "653 ## $a harvests"),
        (Concept("Harvesting"), "653 ## $a Harvesting"),
        (Concept("Harvesting", scheme="LCSH"), "650 #0 $a Harvesting"),
        (
            Concept("Crops", "http://id.nlm.nih.gov/mesh/D018556"),
            "650 #2 $a Crops $0 http://id.nlm.nih.gov/mesh/D018556",
        ),
        (Concept("Ernte", scheme="gnd"), "650 #7 $a Ernte $2 gnd"),
        (Concept("Ernte", "https://a.example/1", "Our list"), "650 #4 $a Ernte $0 https://a.example/1"),
        (Person(family="Roe", given="Richard"), "600 14 $a Roe, Richard"),
        (Organisation("Example Press"), "610 24 $a Example Press"),
        (Place("Lesbos"), "653 #5 $a Lesbos"),
        (
            Place("Lesbos", "http://d-nb.info/gnd/4035422-2"),
            "651 #7 $a Lesbos $2 gnd $0 http://d-nb.info/gnd/4035422-2",
        ),
    ],
)
def test_subjects(subject, expected):
    assert fields({"subject": [subject]}, "6") == [expected]


def test_the_host_is_told_once():
    citation = Citation(title="Journal of Harvests", volume="4", first_page="1", issn="0378-5955")
    parts = ["Journal of Harvests", Identifier("0378-5955", "issn"), "Another journal"]
    assert fields({"bibliographicCitation": [citation, "Roe 2021"], "isPartOf": parts}, "773") == [
        "773 0# $t Journal of Harvests $g vol. 4, pages 1 $x 0378-5955",
        "773 0# $t Another journal",
    ]
    assert fields({"bibliographicCitation": ["Roe 2021"]}, "524") == ["524 ## $a Roe 2021"]


@pytest.mark.parametrize(
    ("term", "value", "expected"),
    [
        ("created", "1850/1860", "046 ## $k 1850 $l 1860 $2 edtf"),
        ("created", "1850/1860", "264 #0 $c 1850/1860"),
        ("description", "On fields.", "520 ## $a On fields."),
        ("degree", Degree("PhD", grantor="University of Examples"), "502 ## $b PhD $c University of Examples"),
        ("accessRights", "closed on Mondays", "506 ## $a closed on Mondays"),
        ("license", "https://creativecommons.org/licenses/by-nc/4.0/", None),
        ("requires", "A scythe", "538 ## $a A scythe"),
        ("references", Identifier("978-3-16-148410-0"), "787 08 $i References $z 9783161484100"),
        ("file", File("https://a.example/1.pdf", size="many"), "856 40 $u https://a.example/1.pdf"),
        ("type", "StillImage", "655 #7 $a StillImage $2 dct"),
    ],
)
def test_other_fields(term, value, expected):
    cc = "540 ## $f CC BY-NC 4.0 $2 cc $u https://creativecommons.org/licenses/by-nc/4.0/"
    assert (expected or cc) in fields({term: [value]})


@pytest.mark.parametrize(
    ("temporal", "expected"),
    [
        (["1850"], ["045 0# $b d1850"]),
        (["1850-03-04"], ["045 0# $b d18500304"]),
        (["44 BC", "1850"], ["045 1# $b c0044 $b d1850"]),
        (["1850/1860"], ["045 2# $b d1850 $b d1860"]),
        (["1850/1860", "1850"], []),
        (["1850", "long ago"], []),
    ],
)
def test_time_periods_are_in_one_field(temporal, expected):
    assert fields({"temporal": temporal}, "045") == expected


@pytest.mark.parametrize(("rights", "status"), [("open access", "0"), ("embargoed access", "1"), ("ask us", "")])
def test_access_status(rights, status):
    told = fields({"accessRights": [rights], "identifier": ["https://a.example/1"]})
    assert "856 40 $u https://a.example/1" + (f" $7 {status}" if status else "") in told
    assert any(one.startswith(f"506 {status or '#'}# $a {rights}") for one in told)


def test_what_is_said_twice_is_one_field():
    assert fields({"identifier": ["10.5555/1", "https://doi.org/10.5555/1"]}, "856") == [
        "856 40 $u https://doi.org/10.5555/1"
    ]


def test_a_source_alone_is_no_field():
    assert fields({"file": ["not a URL"], "spatial": [Place("Lesbos", latitude="north", longitude="1")]}, "8") == []


@pytest.mark.parametrize(("latitude", "there"), [("90", True), ("-91", False), ("NaN", False), ("1e400", False)])
def test_coordinates_are_numbers_in_bounds(latitude, there):
    told = fields({"spatial": [Place("", latitude=latitude, longitude="-1.5")]}, "034")
    assert bool(told) == there
