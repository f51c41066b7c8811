"""Sets: ST01 to ST11."""

import pytest

from django_oaipmh.protocol import verbs
from django_oaipmh.testing import synced
from tests.harvester import OAI, OAIClient, Reply
from tests.press.data import Press, with_ancestors
from tests.press.factories import ArticleFactory, JournalFactory
from tests.press.models import Article, Collection
from tests.validation import SET_SPEC, rules

NAMES = {
    "jhs": "Journal jhs",
    "jhs:research": "Research",
    "jhs:reviews": "Reviews",
    "rmr": "Journal rmr",
    "rmr:notes": "Notes",
    "rmr:research": "Research",
    "europe": "Europe",
    "europe:france": "France",
    "europe:france:paris": "Paris",
    "europe:greece": "Greece",
    "asia": "Asia",
    "asia-minor": "Asia-Minor",
    "open": "Open access",
    "en": "English",
    "fr": "French",
    "el": "Greek",
}


def members(client: OAIClient, spec: str, **arguments: str) -> set[str]:
    return {header.identifier for header in client.headers(set=spec, **arguments)}


def test_ST01_sets_are_listed(anyhow: OAIClient):
    assert anyhow.sets() == NAMES


def test_ST01_sets_of_another_repository(brief: OAIClient):
    assert brief.sets() == {"data": "Data", "data:supplement": "Supplements to articles"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_ST01_no_sets(method):
    assert OAIClient("/theses/oai", method).ask(verb="ListSets").codes == ["noSetHierarchy"]


def test_ST01_long_lists_of_sets_come_in_pages(either: OAIClient):
    pages = list(either.pages("ListSets"))
    assert [len(page.sets) for page in pages] == [5, 5, 5, 1]


def test_ST01_so_many_sets_that_they_are_not_counted(either: OAIClient, monkeypatch):
    sizes = []
    for most in (len(NAMES), len(NAMES) - 1):
        monkeypatch.setattr(verbs, "COUNTED_SETS", most)
        sizes.append([page.token.get("completeListSize") for page in either.pages("ListSets")])
    assert sizes == [[str(len(NAMES))] * 4, [None] * 4]


def test_ST02_syntax(replies: list[Reply], harvester: OAIClient):
    for spec in harvester.sets():
        assert SET_SPEC.fullmatch(spec)
    for reply in replies:
        rules["ST02"](reply)


def test_ST03_sets_are_unique_and_have_a_name(harvester: OAIClient):
    listed = [one for page in harvester.pages("ListSets") for one in page.answer.findall(OAI + "set")]
    specs = [one.findtext(OAI + "setSpec") for one in listed]
    assert len(specs) == len(set(specs)) == len(NAMES)
    assert all(one.findtext(OAI + "setName").strip() for one in listed)


def test_ST03_sets_have_descriptions(harvester: OAIClient):
    described = {
        one.findtext(OAI + "setSpec"): "".join(one.find(OAI + "setDescription").itertext()).strip()
        for page in harvester.pages("ListSets")
        for one in page.answer.findall(OAI + "set")
        if one.find(OAI + "setDescription") is not None
    }
    assert described["europe:france"] == "Of france & around"
    assert described["open"] == "Free to <read> & share"
    assert "jhs" not in described


def test_ST03_sets_of_hidden_things_are_not_listed(harvester: OAIClient):
    """Only drafts are in the journal "drafts", and nothing in the collection "unread": neither name leaks."""
    assert "drafts" not in harvester.sets()
    assert "unread" not in harvester.sets()
    with synced():
        ArticleFactory(journal=JournalFactory(code="drafts"), language="fr")
        assert "drafts" in harvester.sets()


def test_ST04_ancestors_are_listed(anywhere: OAIClient):
    if anywhere.path != "/theses/oai":
        specs = set(anywhere.sets())
        assert with_ancestors(specs) == specs


def test_ST05_sets_of_headers_are_listed(anywhere: OAIClient):
    used = {spec for header in anywhere.headers() if not header.deleted for spec in header.sets}
    assert used <= (set(anywhere.sets()) if used else set())
    assert bool(used) == (anywhere.path != "/theses/oai")


def test_ST06_no_sets_in_headers_where_there_are_none(theses: OAIClient):
    assert {header.sets for header in theses.headers()} == {()}


@pytest.mark.parametrize("spec", NAMES)
def test_ST07_members_of_a_set_and_of_its_descendants(either: OAIClient, press: Press, spec):
    assert members(either, spec) == press.members(spec)
    assert members(either, spec) == {
        header.identifier for header in either.headers() if spec in with_ancestors(set(header.sets))
    }


def test_ST07_headers_name_the_sets_of_their_item(harvester: OAIClient, press: Press):
    for header in harvester.headers():
        assert with_ancestors(set(header.sets)) == press.records["/oai"][header.identifier].sets
        assert len(header.sets) == len(set(header.sets))


def test_ST07_a_record_that_moves(harvester: OAIClient, press: Press):
    article = Article.objects.get(title="In one second, 4")
    identifier = press.titled("In one second, 4")
    assert identifier in members(harvester, "asia")
    with synced():
        article.collections.set([Collection.objects.get(slug="paris")])
        assert identifier not in members(harvester, "asia")
        for spec in ("europe", "europe:france", "europe:france:paris"):
            assert identifier in members(harvester, spec)


@pytest.mark.parametrize("spec", NAMES)
def test_ST08_records_carry_the_set_asked_for(harvester: OAIClient, spec):
    headers = harvester.headers(set=spec)
    assert headers
    for header in headers:
        assert any(one == spec or one.startswith(spec + ":") for one in header.sets), header


@pytest.mark.parametrize("spec", ["jhs", "rmr:research", "europe", "open", "el"])
@pytest.mark.parametrize(
    ("start", "end"), [("2020-01-02", "2020-03-01"), ("2020-03-01", None), (None, "2020-03-01"), ("2021-06-30", None)]
)
def test_ST09_sets_and_dates_together(harvester: OAIClient, spec, start, end):
    everything = harvester.headers()
    expected = {
        header.identifier
        for header in everything
        if spec in with_ancestors(set(header.sets)) and (start or "") <= header.datestamp[:10] <= (end or "9999-12-31")
    }
    assert members(harvester, spec, from_=start, until=end) == expected


def test_ST10_GetRecord_names_the_same_sets(harvester: OAIClient):
    for header in harvester.headers():
        reply = harvester.get(verb="GetRecord", metadataPrefix="oai_dc", identifier=header.identifier)
        assert reply.headers[0].sets == header.sets


@pytest.mark.parametrize(
    "spec",
    ["j", "jh", "jhs:", "JHS", "Jhs", "jhs:re", "jhs:Research", "research", "euro", "asia-", "OPEN", "ope_", "%"],
)
def test_ST11_setSpec_is_matched_whole(either: OAIClient, spec):
    assert either.ask(verb="ListRecords", metadataPrefix="oai_dc", set=spec).codes in (
        ["noRecordsMatch"],
        ["badArgument"],
    )


def test_ST11_a_set_does_not_hold_those_that_begin_like_it(harvester: OAIClient, press: Press):
    assert press.titled("In one second, 5") in members(harvester, "asia-minor")
    assert press.titled("In one second, 5") not in members(harvester, "asia")
