"""Quarantine: what cannot be disseminated, and why; it is tried again, and forgotten when it succeeds."""

import io

import pytest
from django.core.management import call_command

import django_oaipmh as oai
from django_oaipmh.models import Quarantine
from tests.invariants.clocks import Clock, headers
from tests.press.factories import ArticleFactory, JournalFactory, NotationFactory
from tests.press.models import Article, Journal, Notation

from .conftest import Spare
from .looks import deleted, identifier, live, quarantined, sync, values

PATH = "/spare/oai"
GALLEY = '<article xmlns="https://press.example.org/ns/galley"><title>{}</title></article>'


@pytest.fixture
def failing(spare: Spare) -> Spare:
    """Items with a method that fails for what is labelled so."""

    @oai.register(Notation, repository=spare)
    class Failing(oai.Item):
        queryset = Notation.objects.all()
        metadata = {"title": "title_of"}

        def title_of(self, notation: Notation) -> str:
            if "fail" in notation.label:
                raise RuntimeError(f"out of the blue: {notation.label}")
            return notation.label

    spare.watch()
    sync()
    return spare


def name(code: str) -> str:
    return f"oai:spare.example.org:notation/{code}"


def test_one_bad_object_does_not_hold_up_others(failing: Spare):
    Notation.objects.bulk_create([Notation(code=f"N{n}", label="fail" if n == 3 else "fine") for n in range(6)])
    sync(repository="spare")
    assert live(PATH) == {name(f"N{n}") for n in range(6) if n != 3}
    assert quarantined() == {("N3", "object"): "RuntimeError: out of the blue: fail"}


def test_what_failed_keeps_the_record_that_it_had(failing: Spare, clock: Clock):
    notation = NotationFactory(code="N", label="fine")
    with clock.moving((PATH, "oai_dc")) as moved:
        notation.label = "fail"
        notation.save()
        sync(repository="spare")
    assert moved[PATH, "oai_dc"] == set()
    assert values(name("N"), path=PATH) == ["fine"]
    assert ("N", "object") in quarantined()


def test_a_repair_is_noticed_at_once(failing: Spare):
    notation = NotationFactory(code="N", label="fail")
    assert live(PATH) == set()
    notation.label = "repaired"
    notation.save()
    assert values(name("N"), path=PATH) == ["repaired"]
    assert not quarantined()


def test_a_repair_that_gives_the_old_record_is_noticed(failing: Spare):
    notation = NotationFactory(code="N", label="fine")
    for label in ("fail", "fine"):
        notation.label = label
        notation.save()
        assert bool(quarantined()) == (label == "fail")


def test_a_repair_of_the_code_is_noticed_by_a_sync(failing: Spare, monkeypatch):
    NotationFactory(code="N", label="fail")
    item = failing.item_for("press.Notation")
    sync(repository="spare")
    assert quarantined()
    monkeypatch.setattr(type(item), "title_of", lambda self, notation: "By new code")
    item.__dict__.pop("readers", None)
    sync(repository="spare")
    assert values(name("N"), path=PATH) == ["By new code"]
    assert not quarantined()


def test_what_heals_by_itself_does_not_wait_for_a_full_sync(failing: Spare):
    """As when a service that a method asks was away for a minute. Nothing of that is noted."""
    NotationFactory(code="N", label="fail")
    Notation.objects.update(label="back again")
    sync(repository="spare", changed=True)
    assert values(name("N"), path=PATH) == ["back again"]
    assert not quarantined()


def test_between_full_syncs_the_latest_are_tried(clock: Clock, failing: Spare, monkeypatch):
    monkeypatch.setattr("django_oaipmh.index.sync.RETRIED", 2)
    for code in "ABC":
        NotationFactory(code=code, label="fail")
        clock.tick(10)
    Notation.objects.update(label="back again")
    sync(repository="spare", changed=True)
    assert set(quarantined()) == {("A", "object")}
    sync(repository="spare", changed=True)
    assert not quarantined()


def test_what_fails_again_is_told_once(failing: Spare):
    notation = NotationFactory(code="N", label="fail")
    since = Quarantine.objects.get().since
    out = io.StringIO()
    Notation.objects.filter(pk=notation.pk).update(label="fail again")
    call_command("oai_sync", "--changed", repository="spare", stdout=out, stderr=out, no_color=True)
    assert "1 in quarantine" in out.getvalue()
    assert Quarantine.objects.get().since == since
    assert quarantined()["N", "object"].endswith("fail again")


def test_another_reason_replaces_the_first(failing: Spare):
    notation = NotationFactory(code="N", label="fail once")
    since = Quarantine.objects.get().since
    notation.label = "fail twice"
    notation.save()
    (row,) = Quarantine.objects.all()
    assert row.reason.endswith("fail twice")
    assert row.since == since


@pytest.mark.parametrize("how", ["delete", "withdraw"])
def test_what_is_gone_is_forgotten(how: str, articles: list[Article]):
    articles[0].galley_xml = "<broken"
    articles[0].save()
    assert quarantined()
    if how == "delete":
        articles[0].delete()
    else:
        articles[0].stage = "draft"
        articles[0].save()
    sync()
    assert not quarantined()


def test_what_never_got_in_is_forgotten_when_it_goes(failing: Spare):
    NotationFactory(code="N", label="fail").delete()
    sync(repository="spare")
    assert not quarantined()


def test_one_format_does_not_hold_up_another(articles: list[Article]):
    articles[0].title = "Seen"
    articles[0].galley_xml = "<broken"
    articles[0].save()
    assert values(articles[0]) == ["Seen"]
    assert set(quarantined()) == {(str(articles[0].pk), "galley")}
    assert identifier(articles[0]) in live(prefix="galley"), "the record that it had"
    articles[0].galley_xml = GALLEY.format("repaired")
    articles[0].save()
    assert not quarantined()


def test_a_format_that_never_succeeded_has_no_record(articles: list[Article]):
    article = ArticleFactory(galley_xml="<broken")
    assert identifier(article) in live()
    assert identifier(article) not in headers("/oai", "galley")


def test_a_deletion_of_what_is_quarantined_is_told(articles: list[Article]):
    articles[0].galley_xml = "<broken"
    articles[0].save()
    articles[0].stage = "draft"
    articles[0].save()
    assert identifier(articles[0]) in deleted() & deleted(prefix="galley")


def test_an_illegal_set_is_left_out_and_told(articles: list[Article]):
    journal = articles[0].journal
    Journal.objects.filter(pk=journal.pk).update(code="no legal spec")
    sync()
    header = headers()[identifier(articles[0])]
    assert not any("legal" in spec for spec in header.sets)
    reason = quarantined()[str(articles[0].pk), "sets"]
    assert "no legal spec" in reason and "ArticleItem" in reason
    Journal.objects.filter(pk=journal.pk).update(code="legal")
    sync()
    assert "legal" in headers()[identifier(articles[0])].sets
    assert not quarantined()


def test_oai_sync_lists_it(failing: Spare):
    NotationFactory(code="N", label="fail")
    out = io.StringIO()
    call_command("oai_sync", repository="spare", stdout=out, stderr=out, no_color=True)
    assert "press.Notation N" in out.getvalue()
    assert "out of the blue" in out.getvalue()


def test_oai_inspect_explains_it(failing: Spare):
    notation = NotationFactory(code="N", label="fine")
    out = io.StringIO()
    call_command("oai_inspect", "press.Notation", "N", repository="spare", stdout=out, no_color=True)
    assert "in step" in out.getvalue()
    notation.label = "fail"
    notation.save()
    out = io.StringIO()
    call_command("oai_inspect", "press.Notation", "N", repository="spare", stdout=out, no_color=True)
    assert "out of the blue" in out.getvalue()
    assert "quarantine" in out.getvalue()


def test_a_reason_may_hold_anything(failing: Spare):
    NotationFactory(code="N", label="fail \x07 \ufffe " + "x" * 150)
    ((_, reason),) = quarantined().items()
    assert "\x07" not in reason


def test_it_does_not_reach_harvesters(failing: Spare):
    from tests.harvester import OAIClient

    NotationFactory(code="N", label="fail secretly")
    client = OAIClient(PATH)
    for query in (
        {"verb": "ListRecords", "metadataPrefix": "oai_dc"},
        {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": name("N")},
        {"verb": "ListMetadataFormats", "identifier": name("N")},
    ):
        reply = client.get(**query)
        assert reply.codes and b"secretly" not in reply.content
    JournalFactory()
