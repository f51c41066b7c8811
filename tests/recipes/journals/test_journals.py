"""A press and its journals: one repository, and a scope for each journal by its host name or path."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sickle import Sickle

from tests.copies import Copy, differences
from tests.harvester import OAIClient, dublin_core

from .models import Article, Journal, Section

GALLEY = "<article><front><article-meta><title-group><article-title>%s</article-title></title-group>" + (
    "</article-meta></front></article>"
)

pytestmark = pytest.mark.django_db(transaction=True)


class ByHost(OAIClient):
    """A harvester that knows a journal by its host name."""

    def __init__(self, host: str) -> None:
        super().__init__("/oai")
        self.client = Client(headers={"host": host})


def journal(code: str, *sections: str, domain: str = "") -> Journal:
    made = Journal.objects.create(
        code=code, name=f"Journal of {code.upper()}", domain=domain, contact=f"{code}@press.example.org"
    )
    for one in sections:
        made.sections.create(code=one, name=one.title())
    return made


def publish(section: Section, title: str = "An article") -> Article:
    return section.articles.create(title=title, author="Doe, Jane", published="2026-01-02", galley=GALLEY % title)


def name_of(article: Article) -> str:
    return f"oai:press.example.org:article/{article.pk}"


@pytest.fixture
def press() -> Iterator[dict[str, Section]]:
    """Two journals, synced: sections by setSpec."""
    joss = journal("joss", "articles", "letters", domain="joss.example.org")
    jhs = journal("jhs", "articles")
    call_command("oai_sync", verbosity=0)
    sections = {f"{one.journal.code}:{one.code}": one for one in Section.objects.select_related("journal")}
    assert sections.keys() == {"joss:articles", "joss:letters", "jhs:articles"} and joss.pk and jhs.pk
    return sections


@pytest.fixture
def whole() -> OAIClient:
    return OAIClient("/oai")


@pytest.fixture
def joss(press: dict[str, Section]) -> OAIClient:
    return ByHost("joss.example.org")


@pytest.fixture
def jhs(press: dict[str, Section]) -> OAIClient:
    return OAIClient("/jhs/oai")


def test_a_journal_has_its_own_name_address_and_contact(whole: OAIClient, joss: OAIClient, jhs: OAIClient):
    told = [
        (one.text("repositoryName"), one.text("baseURL"), one.text("adminEmail"), one.request.text)
        for one in (client.get(verb="Identify") for client in (whole, joss, jhs))
    ]
    assert told == [
        ("Example Press", "https://press.example.org/oai", "oai@press.example.org", "https://press.example.org/oai"),
        ("Journal of JOSS", "https://joss.example.org/oai", "joss@press.example.org", "https://joss.example.org/oai"),
        (
            "Journal of JHS",
            "https://press.example.org/jhs/oai",
            "jhs@press.example.org",
            "https://press.example.org/jhs/oai",
        ),
    ]


@pytest.mark.parametrize("host", ["JOSS.Example.org", "joss.example.org:8443", "joss.example.org."])
def test_a_host_name_may_be_written_otherwise(press, host):
    """A cache in front may take it for the same."""
    assert ByHost(host).get(verb="Identify").text("repositoryName") == "Journal of JOSS"


@pytest.mark.parametrize("host", ["", "."])
def test_no_host_name_is_no_journal(press, host):
    """A journal without a domain is not that of requests without one."""
    assert Client().get("/oai?verb=Identify", headers={"host": host}).status_code == 400


def test_it_is_there_as_soon_as_the_journal_is(press):
    Journal.objects.create(code="new", name="New", contact="new@press.example.org")
    Journal.objects.create(code="old", name="Old", contact="old@press.example.org", domain="old.example.org")
    for name, client in (("New", OAIClient("/new/oai")), ("Old", ByHost("old.example.org"))):
        assert client.get(verb="Identify").text("repositoryName") == name
        assert client.get(verb="ListRecords", metadataPrefix="oai_dc").codes == ["noRecordsMatch"]
        assert client.get(verb="ListSets").codes == ["noSetHierarchy"]


def test_no_journal_no_repository(press):
    response = Client().get("/nothing/oai?verb=Identify")
    assert response.status_code == 404
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text == "There is no repository at this URL.\n"


def test_each_shows_its_own(press, whole: OAIClient, joss: OAIClient, jhs: OAIClient):
    a, b, c = (publish(press[spec]) for spec in ("joss:articles", "joss:letters", "jhs:articles"))
    assert {one.identifier for one in whole.headers()} == {name_of(a), name_of(b), name_of(c)}
    assert {one.identifier for one in joss.headers()} == {name_of(a), name_of(b)}
    assert {one.identifier for one in jhs.headers("jats")} == {name_of(c)}
    assert {one.identifier for one in joss.headers(set="joss:letters")} == {name_of(b)}
    assert joss.sets() == {"joss": "Journal of JOSS", "joss:articles": "Articles", "joss:letters": "Letters"}
    assert jhs.sets() == {"jhs": "Journal of JHS", "jhs:articles": "Articles"}
    assert whole.sets() == joss.sets() | jhs.sets()
    assert joss.get(verb="ListRecords", metadataPrefix="oai_dc", set="jhs").codes == ["noRecordsMatch"]


def test_no_verb_gives_another_journals_article_away(press, joss: OAIClient):
    other = name_of(publish(press["jhs:articles"]))
    publish(press["joss:articles"])
    assert joss.get(verb="GetRecord", identifier=other, metadataPrefix="oai_dc").codes == ["idDoesNotExist"]
    assert joss.get(verb="ListMetadataFormats", identifier=other).codes == ["idDoesNotExist"]
    assert (
        b"article/%d" % Article.objects.get(section=press["jhs:articles"]).pk not in joss.get(verb="Identify").content
    )


def test_stored_xml_beside_dublin_core(press, joss: OAIClient):
    article = publish(press["joss:articles"], "On JATS")
    assert joss.get(verb="ListMetadataFormats", identifier=name_of(article)).prefixes == ["oai_dc", "jats"]
    assert dublin_core(joss.record(name_of(article)))["title"] == ["On JATS"]
    assert joss.record(name_of(article), "jats").findtext(".//{*}article-title") == "On JATS"


def test_an_article_that_moves_is_deleted_in_the_one_and_new_in_the_other(press, whole, joss, jhs):
    article, stays = publish(press["joss:articles"]), publish(press["jhs:articles"])
    before = [copy.harvest() for copy in (copy_of(whole), copy_of(joss), copy_of(jhs))]
    article.section = press["jhs:articles"]
    article.save()
    in_joss = joss.get(verb="GetRecord", identifier=name_of(article), metadataPrefix="oai_dc")
    assert in_joss.headers[0].deleted and in_joss.headers[0].sets == ()
    assert not jhs.get(verb="GetRecord", identifier=name_of(article), metadataPrefix="oai_dc").headers[0].deleted
    for copy in before:
        copy.harvest()
    assert [{name for name, kept in copy.records.items() if not kept.deleted} for copy in before] == [
        {name_of(article), name_of(stays)},
        set(),
        {name_of(article), name_of(stays)},
    ]
    assert before[1].records[name_of(article)].deleted


def test_a_token_is_of_one_journal(press, settings, joss: OAIClient, jhs: OAIClient):
    settings.OAIPMH = {"REPOSITORIES": {"press": settings.OAIPMH["REPOSITORIES"]["press"] | {"PAGE_SIZE": 1}}}
    for _ in range(3):
        publish(press["joss:articles"])
        publish(press["jhs:articles"])
    token = joss.get(verb="ListRecords", metadataPrefix="oai_dc").token_text
    assert jhs.get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]
    assert OAIClient("/oai").get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]
    assert joss.get(verb="ListRecords", resumptionToken=token).codes == []
    assert len(joss.headers()) == 3


def test_a_harvester_that_people_run(press, live_server):
    expected = [name_of(publish(press["jhs:articles"], f"No. {number}")) for number in range(3)]
    publish(press["joss:articles"])
    found = Sickle(f"{live_server.url}/jhs/oai").ListRecords(metadataPrefix="oai_dc")
    assert sorted(record.header.identifier for record in found) == expected


def copy_of(client: OAIClient) -> Copy:
    copy = Copy()
    copy.client = client
    return copy


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["joss:articles", "joss:letters", "jhs:articles", "withdraw", "harvest"]),
        ),
        max_size=12,
    )
)
def test_who_harvests_a_journal_keeps_a_true_copy(press, joss, jhs, steps):
    Article.objects.all().delete()
    articles = [publish(press["joss:articles"], f"No. {number}") for number in range(4)]
    copies = {"joss": copy_of(joss).harvest(), "jhs": copy_of(jhs).harvest()}
    for number, step in steps:
        if step == "harvest":
            for copy in copies.values():
                copy.harvest()
            continue
        articles[number].published = None if step == "withdraw" else "2026-01-02"
        articles[number].section = press.get(step, articles[number].section)
        articles[number].save()
    for code, copy in copies.items():
        live = {name for name, kept in copy.harvest().records.items() if not kept.deleted}
        true = Article.objects.filter(published__isnull=False, section__journal__code=code)
        assert live == {name_of(one) for one in true}
        assert not differences(copy.records, copy_of(copy.client).harvest().records)
