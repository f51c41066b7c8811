"""What time makes visible, or hides: when it is told, and that nothing tells of it before, or once withdrawn."""

import datetime
import re

import pytest
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import django_oaipmh as oai
from django_oaipmh.models import Dirty
from tests.copies import Copy
from tests.harvester import OAIClient, Reply
from tests.index.conftest import Spare
from tests.index.looks import deleted, identifier, live, sync
from tests.invariants.clocks import headers
from tests.invariants.copies import told, truth
from tests.invariants.test_3_nothing_leaks import HIDDEN, replies, secret_article, told_of
from tests.press.factories import ArticleFactory
from tests.press.models import Article

HOUR = datetime.timedelta(hours=1)
UNKNOWN = "oai:press.example.org:article/0"


def let_pass(article: Article) -> None:
    """Let the moment of an embargo come. No signal tells of time."""
    Article.objects.filter(pk=article.pk).update(embargo_until=timezone.now() - datetime.timedelta(seconds=1))


# The lag.


def test_the_end_of_an_embargo_is_told_by_the_next_changed(articles: list[Article]):
    hidden = secret_article(embargo_until=timezone.now() + HOUR)
    copy = Copy().harvest()
    let_pass(hidden)
    sync(repository="oai")  # a sync of any kind, and nothing before it
    assert identifier(hidden) in live()
    assert identifier(hidden) in copy.harvest().live


def test_until_then_it_stays_hidden_for_every_verb(articles: list[Article]):
    hidden = secret_article(embargo_until=timezone.now() + HOUR)
    let_pass(hidden)
    assert not any(b"secret" in told_of(reply).lower() for reply in replies(hidden))
    sync(changed=True)
    assert any(b"secret" in told_of(reply).lower() for reply in replies(hidden))
    assert any(identifier(hidden) in reply.identifiers for reply in replies(hidden))


def test_a_visit_that_is_over_stays_until_the_next_changed(spare: Spare):
    """The other way round the lag shows what should be hidden: for as long as ``--changed`` has not run."""

    @oai.register(Article, repository=spare)
    class Until(oai.Item):
        queryset = Article.objects.filter(Q(embargo_until=None) | Q(embargo_until__gt=Now()))
        metadata = {"title": "title"}
        changes_at = ["embargo_until"]

    article = ArticleFactory(embargo_until=timezone.now() + HOUR)
    sync(repository="spare")
    let_pass(article)
    name = f"oai:spare.example.org:article/{article.pk}"
    assert name in live("/spare/oai")
    sync(repository="spare", changed=True)
    assert name in deleted("/spare/oai")


def test_a_save_at_the_wrong_side_of_the_moment_is_put_right(articles: list[Article]):
    """Saved a moment before, when it was hidden still, and looked at by ``--changed`` a moment after."""
    hidden = secret_article(embargo_until=timezone.now() + HOUR)
    hidden.title = "Secret, saved again"
    hidden.save()
    assert identifier(hidden) not in headers()
    let_pass(hidden)
    for _ in range(2):
        sync(changed=True)
        assert identifier(hidden) in live()


# Nothing tells of it.


TELLS_THE_TIME = re.compile(
    rb"<responseDate>.*?</responseDate>|<request.*?</request>|expirationDate=\".*?\"|>[^<]*</resumptionToken>"
)


def words(reply: Reply) -> bytes:
    """A response without its time, its token and the echo of the request."""
    return TELLS_THE_TIME.sub(b"", reply.content)


def everything() -> list[bytes]:
    """What every verb says, page by page, with its sizes and cursors."""
    client = OAIClient()
    found = [words(client.get(verb=verb)) for verb in ("Identify", "ListMetadataFormats")]
    found += [words(page) for page in client.pages("ListSets")]
    for verb in ("ListRecords", "ListIdentifiers"):
        for prefix in ("oai_dc", "galley"):
            for spec in (None, "en", "jhs"):
                found += [words(page) for page in client.pages(verb, metadataPrefix=prefix, set=spec)]
    return found


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("how", HIDDEN)
def test_no_answer_is_another_for_what_was_never_visible(how: str, size: int, articles: list[Article], settings):
    """No size, no cursor, no number of pages, no earliest datestamp: byte for byte the same."""
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": size}
    before = everything()
    hidden = secret_article(**HIDDEN[how])
    sync()
    assert everything() == before
    hidden.delete()
    assert everything() == before


def statements(**arguments: str) -> list[str]:
    client = OAIClient()
    client.get(**arguments)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(**arguments)
    return [query["sql"].split("WHERE")[0] for query in queries]


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize(
    "request_",
    [
        {"verb": "GetRecord", "metadataPrefix": "oai_dc"},
        {"verb": "GetRecord", "metadataPrefix": "galley"},
        {"verb": "GetRecord", "metadataPrefix": "none"},
        {"verb": "ListMetadataFormats"},
    ],
    ids=lambda request: "-".join(request.values()),
)
def test_asking_for_it_costs_what_asking_for_nothing_costs(how: str, request_, articles: list[Article]):
    """The same statements, and none of them reads the host's tables: their time tells nothing."""
    hidden = secret_article(**HIDDEN[how])
    sync()
    found = statements(**request_, identifier=identifier(hidden))
    assert found == statements(**request_, identifier=UNKNOWN)
    assert found and not any("press_" in sql for sql in found)


@pytest.mark.parametrize("spec", ["secret-journal", "secret-journal:secret-section", "secret-collection"])
def test_asking_for_its_sets_costs_what_asking_for_no_set_costs(spec: str, articles: list[Article]):
    secret_article(**HIDDEN["embargoed"])
    sync()
    request = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    assert statements(**request, set=spec) == statements(**request, set="no-such-set")


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("paging", [False, True], ids=["asked anew", "in the middle of a list"])
def test_once_it_is_withdrawn_nothing_tells_its_words(how: str, paging: bool, articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    article = secret_article()
    assert any(b"secret title" in reply.content.lower() for reply in replies(article))
    client = OAIClient()
    reply = client.get(verb="ListRecords", metadataPrefix="oai_dc")
    for name, value in HIDDEN[how].items():
        setattr(article, name, value)
    article.save()
    assert not Dirty.objects.exists()
    if paging:
        while reply.token_text:
            reply = client.get(verb="ListRecords", resumptionToken=reply.token_text)
            assert b"secret title" not in reply.content.lower()
    else:
        for one in replies(article):
            assert b"secret title" not in one.content.lower()
            assert b"secret author" not in one.content.lower()
    assert told(Copy().harvest()) == truth()
