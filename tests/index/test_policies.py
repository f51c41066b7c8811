"""Deletions: the policies ``persistent``, ``transient`` and ``no``, and the purge."""

import pytest
from django.core.management import CommandError, call_command

from django_oaipmh.models import Entry, IndexedItem, Record
from tests.copies import Copy, differences
from tests.harvester import OAIClient
from tests.invariants.clocks import Clock, headers
from tests.press.factories import DatasetFactory, ThesisFactory
from tests.press.models import Dataset

from .looks import deleted, identifier, live, sync

THESES, BRIEF = "/theses/oai", "/nodeletes/oai"
DAY = 86_400


def purge(days: int, **options: object) -> None:
    call_command("oai_purge", older_than=days, verbosity=0, **options)


@pytest.fixture
def old(monkeypatch):
    """Let so many days pass for the purge."""
    from django_oaipmh.index import purge as module

    now = module.clock.now

    def pass_days(days: int) -> None:
        monkeypatch.setattr(module.clock, "now", lambda using: now(using) + days * DAY)

    return pass_days


def test_transient_tombstones_stay_until_they_are_purged(transactional_db, old):
    thesis, other = ThesisFactory(), ThesisFactory()
    sync()
    name = identifier(thesis)
    thesis.delete()
    sync()
    assert deleted(THESES) == {name}
    purge(1)
    assert deleted(THESES) == {name}
    old(2)
    purge(3)
    assert deleted(THESES) == {name}
    purge(2)
    assert deleted(THESES) == set()
    assert live(THESES) == {identifier(other)}
    reply = OAIClient(THESES).get(verb="GetRecord", identifier=name, metadataPrefix="oai_dc")
    assert reply.codes == ["idDoesNotExist"]


def test_a_purge_leaves_nothing_behind(transactional_db, old):
    thesis = ThesisFactory()
    sync()
    thesis.delete()
    old(9)
    purge(1)
    assert not Record.objects.exists() and not Entry.objects.exists() and not IndexedItem.objects.exists()
    sync()
    assert OAIClient(THESES).get(verb="ListRecords", metadataPrefix="oai_dc").codes == ["noRecordsMatch"]


def test_what_was_purged_may_return(transactional_db, old, monkeypatch):
    thesis = ThesisFactory()
    sync()
    thesis.accepted = False
    thesis.save()
    old(9)
    purge(1)
    monkeypatch.undo()
    thesis.accepted = True
    thesis.save()
    assert live(THESES) == {identifier(thesis)}


def test_a_purge_forgets_what_is_lost_in_one_format_only(articles, settings, old):
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "transient"}
    articles[0].galley_xml = ""
    articles[0].save()
    assert deleted(prefix="galley") == {identifier(articles[0])}
    old(9)
    purge(1, repository="oai")
    assert deleted(prefix="galley") == set()
    assert identifier(articles[0]) in live()


def test_persistent_tombstones_are_never_purged(articles):
    articles[0].delete()
    with pytest.raises(CommandError, match="persistent"):
        purge(0, repository="oai")
    purge(0)
    assert len(deleted()) == 1


def test_a_negative_age(transactional_db):
    with pytest.raises(CommandError, match="older-than"):
        purge(-1)


@pytest.mark.parametrize("how", ["delete", "withdraw", "bulk"])
def test_no_account_of_deletions(how: str, transactional_db):
    dataset, other = DatasetFactory(doi="10.5555/1"), DatasetFactory(doi="10.5555/2")
    sync()
    if how == "delete":
        dataset.delete()
    elif how == "withdraw":
        dataset.listed = False
        dataset.save()
    else:
        Dataset.objects.filter(pk=dataset.pk).update(listed=False)
        sync()
    assert set(headers(BRIEF)) == {"https://doi.org/10.5555/2"}
    assert set(headers(BRIEF, "brief")) == {"https://doi.org/10.5555/2"}
    assert identifier(other) in live()
    assert not Record.objects.filter(item__repository="brief", deleted=True).exists()


def test_no_account_of_changed_identifiers(transactional_db):
    dataset = DatasetFactory(doi="10.5555/1")
    sync()
    dataset.doi = "10.5555/2"
    dataset.save()
    assert set(headers(BRIEF)) == {"https://doi.org/10.5555/2"}
    dataset.doi = "10.5555/1"
    dataset.save()
    assert set(headers(BRIEF)) == {"https://doi.org/10.5555/1"}


def test_a_policy_that_changes_to_no(articles, settings):
    articles[0].delete()
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "no"}
    assert not deleted()
    purge(0, repository="oai")
    assert not Record.objects.filter(item__repository="oai", deleted=True).exists()
    assert len(live()) == 2


def test_a_harvest_while_it_is_purged(clock: Clock, old, transactional_db):
    theses = [ThesisFactory() for _ in range(8)]
    sync()
    for thesis in theses[:4]:
        thesis.delete()
    copy = Copy(THESES)
    copy.page()
    old(9)
    purge(1)
    while copy.token:
        copy.page()
    copy.harvest()
    assert not differences(copy.live, Copy(THESES).harvest().live)
