"""Every requirement of OAI-PMH 2.0 has a test named after it."""

import re
from pathlib import Path

import pytest

#: chapter → number of requirements in it
REQUIREMENTS = {
    "ID": 12,  # Identify
    "RQ": 21,  # requests
    "ER": 12,  # errors
    "MF": 9,  # metadata formats
    "RC": 11,  # records
    "DT": 14,  # dates and selective harvesting
    "ST": 11,  # sets
    "DL": 8,  # deletions
    "RT": 18,  # resumption tokens
    "HT": 11,  # HTTP
    "XM": 18,  # XML
}
IDS = [f"{chapter}{number:02}" for chapter, last in REQUIREMENTS.items() for number in range(1, last + 1)]

TESTS = re.findall(
    r"^ *def test_([A-Z]{2}\d\d)_\w",
    "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.rglob("test_*.py"))),
    flags=re.MULTILINE,
)


@pytest.mark.parametrize("requirement", IDS)
def test_requirement_has_a_test(requirement):
    assert requirement in TESTS


def test_every_id_is_a_requirement():
    assert set(TESTS) <= set(IDS)
