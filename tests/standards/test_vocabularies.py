"""Vocabularies are told by code, name or URI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_oaipmh.standards.vocabularies import source_code


@pytest.mark.parametrize(
    ("scheme", "uri", "code"),
    [
        ("lcsh", "", "lcsh"),
        ("LCSH", "", "lcsh"),
        ("Library of Congress Subject Headings", "", "lcsh"),
        ("http://d-nb.info/gnd/", "", "gnd"),
        ("https://d-nb.info/gnd", "", "gnd"),
        ("", "https://d-nb.info/gnd/4015286-8", "gnd"),
        ("Getty", "http://vocab.getty.edu/aat/300015650", "aat"),
        ("gtt", "", "gtt"),
        ("", "", ""),
        ("Our own list", "", ""),
        ("Keywords", "https://library.example.org/keywords/1", ""),
        ("http://d-nb.info/gndx/1", "", ""),
    ],
)
def test_codes(scheme, uri, code):
    assert source_code(scheme, uri) == code


anything = st.text(st.characters(exclude_categories=()), max_size=40)


@given(anything, anything)
def test_a_code_has_no_white_space(scheme, uri):
    assert source_code(scheme, uri).isascii()
    assert len(source_code(scheme, uri).split()) <= 1
