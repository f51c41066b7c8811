"""What the harvester of one set hears when a record leaves it: nothing untrue, or, if asked for, its removal."""

import pytest
from django.core.management import call_command

from django_oaipmh.models import Entry, Record
from tests.copies import Copy, Kept, differences
from tests.harvester import OAIClient, Reply
from tests.index.looks import identifier, sync
from tests.invariants.clocks import Clock, headers
from tests.invariants.copies import told, truth
from tests.press.factories import CollectionFactory, JournalFactory
from tests.press.models import Article, Collection


class SetCopy(Copy):
    """A harvester's copy of one set, kept by the protocol."""

    def __init__(self, spec: str, prefix: str = "oai_dc", path: str = "/oai") -> None:
        super().__init__(path, prefix)
        self.spec = spec

    def page(self) -> Reply:
        original = self.client.get

        def get(**arguments: str | None) -> Reply:
            return original(**arguments if "resumptionToken" in arguments else arguments | {"set": self.spec})

        self.client.get = get
        try:
            return super().page()
        finally:
            self.client.get = original


@pytest.fixture
def announcing(settings) -> None:
    settings.OAIPMH = settings.OAIPMH | {"LEFT_SETS": "deleted"}


@pytest.fixture
def copies(articles: list[Article]) -> dict[str, SetCopy]:
    """Complete copies of the sets that the articles are in, and of all."""
    copies = {spec: SetCopy(spec).harvest() for spec in ("jhs", "rmr", "europe", "europe:greece", "en")}
    return copies


def move(article: Article, clock: Clock, code: str = "rmr") -> str:
    """Let an article leave its journal's set for another; return its identifier."""
    clock.tick()
    article.journal = JournalFactory(code=code)
    article.save()
    return identifier(article)


def deleted_in(spec: str, prefix: str = "oai_dc") -> set[str]:
    return {name for name, header in headers("/oai", prefix, set=spec).items() if header.deleted}


# By default.


def test_by_default_nothing_is_said_of_it(copies, articles: list[Article], clock: Clock):
    name = move(articles[0], clock)
    assert name not in headers(set="jhs")
    assert not copies["jhs"].harvest().records[name].deleted, "the copy keeps what it had"
    assert not headers(set="rmr")[name].deleted
    assert headers()[name].sets == headers(set="rmr")[name].sets
    assert copies["rmr"].harvest().records[name].sets == tuple(headers()[name].sets)


# If asked for.


def test_the_removal_is_announced_in_that_set_alone(announcing, copies, articles, clock: Clock):
    name = move(articles[0], clock)
    assert copies["jhs"].harvest().records[name] == Kept((), True, b"")
    assert name in deleted_in("jhs")
    for spec in ("rmr", "en", "europe", "europe:greece"):
        assert not headers(set=spec)[name].deleted
    assert not headers()[name].deleted
    record = OAIClient().record(name)
    assert record[0].get("status") is None and "rmr" in headers()[name].sets
    moment = headers()[name].datestamp
    assert headers(set="jhs")[name].datestamp == moment
    assert told(Copy().harvest()) == truth()


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_the_header_names_no_sets(verb: str, announcing, copies, articles, clock: Clock):
    name = move(articles[0], clock)
    reply = OAIClient().get(verb=verb, metadataPrefix="oai_dc", set="jhs")
    (header,) = [header for header in reply.headers if header.identifier == name]
    assert header.deleted and not header.sets
    if verb == "ListRecords":
        (record,) = [record for record in reply.records if record[0][0].text == name]
        assert len(record) == 1


def test_every_format_of_it(announcing, copies, articles, clock: Clock):
    galley = SetCopy("jhs", "galley").harvest()
    name = move(articles[0], clock)
    assert galley.harvest().records[name].deleted
    assert name not in deleted_in("rmr", "galley")


def test_a_return(announcing, copies, articles, clock: Clock):
    name = move(articles[0], clock)
    copies["jhs"].harvest()
    move(articles[0], clock, "jhs")
    assert not copies["jhs"].harvest().records[name].deleted
    assert name not in deleted_in("jhs")
    assert name in deleted_in("rmr"), "which it was in for a while"
    assert copies["rmr"].harvest().records[name].deleted


def test_ancestors_that_it_stays_in(announcing, copies, articles, clock: Clock):
    name = identifier(articles[0])
    clock.tick()
    france = CollectionFactory(slug="france", parent=Collection.objects.get(slug="europe"))
    articles[0].collections.set([france])
    assert name in deleted_in("europe:greece")
    assert not headers(set="europe")[name].deleted
    assert not headers(set="europe:france")[name].deleted
    assert copies["europe:greece"].harvest().records[name].deleted
    assert not copies["europe"].harvest().records[name].deleted
    clock.tick()
    articles[0].collections.clear()
    assert copies["europe"].harvest().records[name].deleted


def test_changes_and_a_deletion_afterwards(announcing, copies, articles, clock: Clock):
    """Who did not come in between hears of the removal all the same."""
    name = move(articles[0], clock)
    clock.tick()
    articles[0].title = "Changed elsewhere"
    articles[0].save()
    assert name in deleted_in("jhs")
    clock.tick()
    articles[0].stage = "draft"
    articles[0].save()
    assert copies["jhs"].harvest().records[name].deleted
    for spec in ("jhs", "rmr", "en", ""):
        assert headers(set=spec or None)[name].deleted
    clock.tick()
    articles[0].stage = "published"
    articles[0].save()
    assert name in deleted_in("jhs") and name not in deleted_in("rmr")


def test_the_size_of_the_list_counts_it(announcing, copies, articles, clock: Clock, settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    move(articles[1], clock, "jhs")
    move(articles[2], clock, "jhs")
    pages = list(OAIClient().pages("ListRecords", metadataPrefix="oai_dc", set="rmr"))
    assert pages[0].token.get("completeListSize") == "2" == str(sum(len(page.records) for page in pages))
    assert set(OAIClient().sets()) >= {"rmr", "jhs"}


def test_nothing_that_was_never_listed_is_announced(announcing, transactional_db, clock: Clock):
    """Before the first harvest nobody knows of any set."""
    from tests.press.factories import ArticleFactory

    article = ArticleFactory()
    sync()
    move(article, clock)
    assert not deleted_in("rmr")
    assert not Entry.objects.filter(deleted=True).exists()


def test_without_deletions_nothing_is_announced(announcing, articles, clock: Clock, settings):
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "no"}
    name = move(articles[0], clock)
    assert name not in headers(set="jhs")
    assert not Entry.objects.filter(deleted=True).exists()


def test_a_purge_takes_all_of_a_deleted_record(announcing, copies, articles, clock: Clock, settings):
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "transient"}
    name = move(articles[0], clock)
    articles[0].delete()
    call_command("oai_purge", older_than=0, verbosity=0)
    assert name not in headers(set="jhs")
    assert name not in headers()
    assert set(Entry.objects.values_list("record_id")) <= set(Record.objects.values_list("id"))


def test_switched_off_again_nothing_untrue_is_left(announcing, copies, articles, clock: Clock, settings):
    name = move(articles[0], clock)
    settings.OAIPMH = settings.OAIPMH | {"LEFT_SETS": "silent"}
    assert name in deleted_in("jhs"), "what was announced stays"
    clock.tick()
    articles[0].title = "Changed elsewhere"
    articles[0].save()
    assert name not in headers(set="jhs"), "until the record changes"


def test_every_set_s_copy_is_what_the_set_is(announcing, copies, articles, clock: Clock):
    for turn, (article, code) in enumerate(
        [(0, "rmr"), (1, "jhs"), (2, "third"), (0, "jhs"), (1, "third"), (2, "rmr"), (0, "third")]
    ):
        move(articles[article], clock, code)
        if turn % 2:
            copies["rmr"].harvest()
        for spec in ("jhs", "rmr") if turn % 3 == 0 else ():
            copies[spec].harvest()
    for spec in ("jhs", "rmr", "en"):
        copy = copies[spec].harvest()
        assert not differences(copy.live, SetCopy(spec).harvest().live)
        assert set(copy.live) == {
            name for name, facts in truth().items() if any((one + ":").startswith(spec + ":") for one in facts.sets)
        }
