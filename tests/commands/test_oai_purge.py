"""``oai_purge``: forgetting deletions, where that was not promised otherwise."""

import io

import pytest
from django.core.management import CommandError, call_command

from django_oaipmh.models import Entry, IndexedItem, Record
from tests.harvester import OAIClient
from tests.press.factories import ThesisFactory
from tests.press.models import Thesis

pytestmark = pytest.mark.django_db


def purge(*arguments) -> str:
    out = io.StringIO()
    call_command("oai_purge", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def deleted() -> Thesis:
    """A thesis that is deleted, beside one that is not."""
    thesis, _ = ThesisFactory(), ThesisFactory()
    call_command("oai_sync", verbosity=0)
    OAIClient("/theses/oai").headers()
    Thesis.objects.filter(pk=thesis.pk).delete()
    call_command("oai_sync", verbosity=0)
    assert Record.objects.filter(deleted=True).count() == 1
    return thesis


def test_what_was_deleted_lately_is_kept(deleted):
    assert "theses: 0 forgotten" in purge("--older-than", "1")
    assert Record.objects.filter(deleted=True).exists()


def test_what_was_deleted_long_ago_is_forgotten(deleted):
    assert "theses: 1 forgotten" in purge("--older-than", "0")
    assert not Record.objects.filter(deleted=True).exists()
    assert not Entry.objects.filter(deleted=True).exists()
    assert IndexedItem.objects.filter(repository="theses").count() == 1
    headers = OAIClient("/theses/oai").headers()
    assert [header.deleted for header in headers] == [False]


def test_a_repository_that_promised_to_remember_does(deleted):
    with pytest.raises(CommandError, match="DELETED_RECORD"):
        purge("--older-than", "0", "--repository", "oai")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--older-than", "-1"], "number of days"),
        (["--older-than", "0", "--repository", "thesis"], "There is no repository 'thesis'"),
        ([], "--older-than"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises(CommandError, match=words):
        purge(*arguments)
