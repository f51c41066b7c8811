"""Relators: codes, terms and URIs lead to each other; other words stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_oaipmh.standards.relators import NAMESPACE, RELATORS, code, term


def test_codes_are_three_letters_and_terms_are_told_apart():
    assert all(len(one) == 3 and one.isalpha() and one.islower() for one in RELATORS)
    assert len(set(RELATORS.values())) == len(RELATORS)
    assert all(word == " ".join(word.split()) and word for word in RELATORS.values())


@pytest.mark.parametrize("known", RELATORS)
def test_a_code_its_term_and_its_uri_are_the_same_role(known):
    for spelling in (known, known.upper(), RELATORS[known], RELATORS[known].title(), NAMESPACE + known):
        assert code(spelling) == known
        assert term(spelling) == RELATORS[known]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("editor", "edt"),
        ("Editor.", "edt"),
        (" thesis_advisor ", "ths"),
        ("ThesisAdvisor", "ths"),
        ("thesis\n advisor", "ths"),
        ("https://id.loc.gov/vocabulary/relators/trl", "trl"),
        ("Collaborator", "ctb"),
        ("voc", "sng"),
        ("DJ", "djo"),
    ],
)
def test_spellings(role, expected):
    assert code(role) == expected


@pytest.mark.parametrize("role", ["", " ", "helping hand", "zzz", "http://id.loc.gov/vocabulary/relators/zzz", "编辑"])
def test_unknown_roles_have_no_code_and_keep_their_words(role):
    assert code(role) == ""
    assert term(role) == role.strip()


def test_words_are_cleaned():
    assert term(" a  helping\nhand ") == "a helping hand"


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_anything_can_be_asked(role):
    known = code(role)
    assert known == "" or known in RELATORS
    assert term(role) == (RELATORS[known] if known else " ".join(role.split()))
