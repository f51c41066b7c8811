"""Names: what is known of them, whoever says it how."""

import pytest

from django_oaipmh.formats.agents import read_agent
from django_oaipmh.metadata import Organisation, Person, Text
from django_oaipmh.standards.identifiers import Known

ORCID = Known("orcid", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097")


@pytest.mark.parametrize(
    ("value", "kind", "name", "inverted"),
    [
        ("Sappho", "", "Sappho", False),
        (Text("Sappho", "en"), "", "Sappho", False),
        (Person(name="Sappho"), "person", "Sappho", False),
        (Person(name="Richard Roe", family="Roe", given="Richard"), "person", "Roe, Richard", True),
        (Person(name="Roe, Richard"), "person", "Roe, Richard", True),
        (Person(given="Plato"), "person", "Plato", False),
        (Organisation("Example Press"), "organisation", "Example Press", False),
    ],
)
def test_kinds_and_names(value, kind, name, inverted):
    agent = read_agent(value)
    assert (agent.kind, agent.name, agent.is_inverted) == (kind, name, inverted)


@pytest.mark.parametrize(
    ("person", "identifiers", "uri"),
    [
        (Person(name="Roe", orcid="0000-0002-1825-0097"), (ORCID,), ""),
        (Person(name="Roe", uri="https://orcid.org/0000-0002-1825-0097"), (ORCID,), ""),
        (Person(name="Roe", orcid="0000-0002-1825-0097", uri=ORCID.url), (ORCID,), ""),
        (Person(name="Roe", orcid="0000-0002-1825-0098", uri="http://viaf.org/viaf/1"), (), "http://viaf.org/viaf/1"),
        (Person(name="Roe", uri="http://["), (), ""),
    ],
)
def test_identifiers_of_a_person(person, identifiers, uri):
    agent = read_agent(person)
    assert (agent.identifiers, agent.uri) == (identifiers, uri)


@pytest.mark.parametrize(
    ("birth", "death", "years"),
    [
        ("", "", ""),
        ("1840", "1902-05-06", "1840-1902"),
        ("", "1902", "-1902"),
        ("0701", "", "701-"),
        ("44 BC", "0000", "44 B.C.-1 B.C."),
        ("ca. 1840", "in spring", "approximately 1840-in spring"),
    ],
)
def test_years(birth, death, years):
    assert read_agent(Person(name="Roe", birth=birth, death=death)).years == years


def test_a_role_of_its_own_comes_first():
    assert read_agent(Person(name="Roe", role="Editor"), "ctb").code == "edt"
    assert read_agent("Roe", "ctb").role == "contributor"
    assert read_agent(Person(name="Roe", role="helping hand"), "ctb").code == ""
