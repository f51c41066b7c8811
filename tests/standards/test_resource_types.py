"""Types of resources: what a value of ``type`` is in the vocabularies of DCMI, COAR and DataCite."""

import re

import pytest
from hypothesis import given

from django_oaipmh.metadata import Concept, Text
from django_oaipmh.standards.resource_types import (
    COAR,
    DCMI_TYPES,
    TYPES,
    coar_type,
    datacite_type,
    dcmi_type,
    is_thesis,
)

from .. import schemas
from ..formats.descriptions import WORDS, structured

ARTICLE = (f"{COAR}c_6501", "journal article")
STILL = (f"{COAR}c_ecc8", "still image")


@pytest.mark.parametrize(
    "values, dcmi, coar, datacite",
    [
        (["Text"], "Text", (f"{COAR}c_18cf", "text"), "Text"),
        (["journal article"], "Text", ARTICLE, "JournalArticle"),
        (["JournalArticle"], "Text", ARTICLE, "JournalArticle"),
        (["Journal-Articles"], "Text", ARTICLE, "JournalArticle"),
        (["info:eu-repo/semantics/article"], "Text", ARTICLE, "JournalArticle"),
        (["https://schema.org/ScholarlyArticle"], "Text", ARTICLE, "JournalArticle"),
        (["http://purl.org/coar/resource_type/c_6501"], "Text", ARTICLE, "JournalArticle"),
        (["https://purl.org/coar/resource_type/c_6501/"], "Text", ARTICLE, "JournalArticle"),
        ([Concept("Aufsatz", f"{COAR}c_6501", lang="de")], "Text", ARTICLE, "JournalArticle"),
        ([Concept("Article", "https://vocabulary.example.org/1")], "Text", ARTICLE, "JournalArticle"),
        ([Text("Photograph", "en")], "StillImage", STILL, "Image"),
        (["http://purl.org/dc/dcmitype/StillImage"], "StillImage", STILL, "Image"),
        (["Dataset"], "Dataset", (f"{COAR}c_ddb1", "dataset"), "Dataset"),
        (["Film"], "MovingImage", (f"{COAR}c_8a7e", "moving image"), "Audiovisual"),
        (["Physical Object"], "PhysicalObject", None, "PhysicalObject"),
        (["Collection"], "Collection", None, "Collection"),
        (["Computational Notebook"], "Software", None, "ComputationalNotebook"),
        (["workflow"], "", (f"{COAR}c_393c", "workflow"), "Workflow"),
        (["other"], "", (f"{COAR}c_1843", "other"), "Other"),
        # the narrowest
        (["Text", "journal article"], "Text", ARTICLE, "JournalArticle"),
        (["other", "Text"], "Text", (f"{COAR}c_18cf", "text"), "Text"),
        (["Text", "thesis", "doctoral thesis"], "Text", (f"{COAR}c_db06", "doctoral thesis"), "Dissertation"),
        (["Text", "Thesis"], "Text", (f"{COAR}c_46ec", "thesis"), "Dissertation"),
        # a term of DCMI comes first for DCMI
        (["map", "Image"], "Image", (f"{COAR}c_12cd", "map"), "Image"),
        # what cannot be told
        ([], "", None, ""),
        (["thingamabob", "s", "", f"{COAR}c_0"], "", None, ""),
    ],
)
def test_what_a_value_is_in_each_vocabulary(values, dcmi, coar, datacite):
    assert (dcmi_type(values), coar_type(values), datacite_type(values)) == (dcmi, coar, datacite)


@pytest.mark.parametrize(
    "value", ["thesis", "Dissertation", "PhD thesis", "Master's thesis", "doctoralThesis", f"{COAR}c_7a1f", "ETD"]
)
def test_theses(value):
    assert is_thesis(["Text", value])


@pytest.mark.parametrize("value", ["Text", "article", "A thesis on theses", ""])
def test_what_is_no_thesis(value):
    assert not is_thesis([value])


def test_every_term_of_dcmi_is_itself():
    assert [dcmi_type([term]) for term in DCMI_TYPES] == list(DCMI_TYPES)


@pytest.mark.skipif(not schemas.available(), reason=schemas.MISSING)
def test_every_type_is_one_of_the_official_schemas():
    def listed(url: str) -> set[str]:
        path = schemas.STORED.path_of(url)
        assert path is not None
        return set(re.findall(r'enumeration value="([^"]+)"', path.read_text(encoding="utf-8")))

    openaire = listed("http://www.openaire.eu/schema/repo-lit/4.1/oaire-resourceType-v4.1.xsd")
    datacite = listed("http://schema.datacite.org/meta/kernel-4.7/include/datacite-resourceType-v4.xsd")
    assert {COAR + one.coar for one in TYPES if one.coar} == openaire
    assert {one.datacite for one in TYPES} == datacite
    assert {one.dcmi for one in TYPES} <= {"", *DCMI_TYPES}
    assert [datacite_type([term]) for term in sorted(datacite)] == sorted(datacite)


@given(value=WORDS | structured())
def test_anything_may_be_a_type(value):
    assert dcmi_type([value]) in ("", *DCMI_TYPES)
    assert datacite_type([value]) in {"", *(one.datacite for one in TYPES)}
    assert coar_type([value]) is None or coar_type([value])[0].startswith(COAR)
