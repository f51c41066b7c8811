"""The example's data files: every promise a reader of the library relies on."""

import json
import re
from collections import Counter
from pathlib import Path

import archive
import library
import pytest
from library.languages import LANGUAGES
from library.models import Contribution, Work

DATA = Path(library.__file__).parent / "data"
ARCHIVES = Path(archive.__file__).parent / "data" / "archives.json"


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


WORKS = [row for path in sorted((DATA / "works").glob("*.json")) for row in read(path)]
PEOPLE = {row["slug"]: row for row in read(DATA / "people.json")}
COLLECTIONS = read(DATA / "collections.json")


def units(rows):
    for row in rows:
        yield row
        yield from units(row.get("units", []))


UNITS = [unit for country in read(ARCHIVES) for held in country["institutions"] for unit in units(held["fonds"])]


def test_there_are_at_least_two_hundred_works_in_many_languages():
    assert len(WORKS) >= 200
    assert len({row["language"] for row in WORKS}) >= 20


@pytest.mark.parametrize("rows", [WORKS, PEOPLE.values(), COLLECTIONS], ids=["works", "people", "collections"])
def test_slugs_are_unique(rows):
    assert [slug for slug, times in Counter(row["slug"] for row in rows).items() if times > 1] == []


def test_every_work_says_what_it_is():
    shelves = {each["slug"] for each in COLLECTIONS}
    for row in WORKS:
        assert re.fullmatch(r"[a-z0-9-]+", row["slug"]), row
        assert row["title"].strip() == row["title"] != "", row
        assert row["language"] in dict(LANGUAGES), row
        assert row["kind"] in Work.Kind.values, row
        assert ("year" in row) != ("date" in row), row
        assert row["description"].endswith((".", "?")), row
        assert row["collections"] and shelves >= set(row["collections"]), row
        assert row["subjects"] and "" not in row["subjects"], row


def test_every_contribution_names_a_person_and_a_role():
    for row in WORKS:
        for each in row.get("people", []):
            assert each["person"] in PEOPLE, row
            assert each["role"] in Contribution.Role.values, row


def test_everything_has_been_in_the_public_domain_for_long():
    assert max(row["year"] for row in WORKS if "year" in row) < 1930
    assert [row["name"] for row in PEOPLE.values() if not row.get("dates") and row.get("death", 9999) >= 1950] == []
    assert [row["name"] for row in PEOPLE.values() if row.get("birth", -9999) >= row.get("death", 9999)] == []


def test_every_person_has_a_work_and_dates():
    used = {each["person"] for row in WORKS for each in row.get("people", [])}
    assert set(PEOPLE) == used
    undated = [row for row in PEOPLE.values() if "dates" not in row and not {"birth", "death"} <= set(row)]
    assert undated == []


@pytest.mark.parametrize("rows", [list(PEOPLE.values()), read(DATA / "subjects.json")], ids=["people", "subjects"])
def test_identifiers_are_well_formed_and_name_one_each(rows):
    identifiers = [row["wikidata"] for row in rows if "wikidata" in row]
    assert [one for one in identifiers if not re.fullmatch(r"Q[1-9]\d*", one)] == []
    assert len(set(identifiers)) == len(identifiers)
    assert [row["viaf"] for row in rows if not re.fullmatch(r"\d*", row.get("viaf", ""))] == []


@pytest.mark.parametrize("catalogue", ["gutenberg", "wikipedia"])
def test_no_two_works_share_a_page_elsewhere(catalogue):
    values = [row[catalogue] for row in WORKS if catalogue in row]
    assert [value for value, times in Counter(values).items() if times > 1] == []


def test_a_collection_stands_after_its_parent():
    known = set()
    for row in COLLECTIONS:
        assert row.get("parent") is None or row["parent"] in known
        known.add(row["slug"])


def test_every_unit_of_the_archives_says_that_it_is_invented():
    assert 60 <= len(UNITS) <= 80
    assert [row["title"] for row in UNITS if "Sample data" not in row["description"]] == []
    assert [row["title"] for row in UNITS if row["begins"] > row["ends"]] == []


def test_withdrawals_name_works():
    assert {row["work"] for row in read(DATA / "withdrawals.json")} <= {row["slug"] for row in WORKS}
