"""Nothing leaks: the item's queryset decides for all six verbs, for sets, tokens and the words of errors."""

from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from django.core.management import call_command

import django_oaipmh as oai
from tests.harvester import OAIClient, Reply
from tests.press.factories import (
    ArticleFactory,
    AuthorFactory,
    AuthorshipFactory,
    CollectionFactory,
    JournalFactory,
    SectionFactory,
)
from tests.press.models import Article

from .conftest import GALLEY
from .copies import NAMESPACE

SECRET = "Secret"


def identifier(article: Article) -> str:
    return f"oai:{NAMESPACE}:article/{article.pk}"


def secret_article(**fields: object) -> Article:
    """An article all of whose words are secret, those of its sets too."""
    journal = JournalFactory(code="secret-journal", name=f"{SECRET} journal", publisher=f"{SECRET} press")
    article = ArticleFactory(
        title=f"{SECRET} title",
        journal=journal,
        section=SectionFactory(journal=journal, slug="secret-section", name=f"{SECRET} section"),
        subjects=[f"{SECRET} subject"],
        collections=[CollectionFactory(slug="secret-collection", title=f"{SECRET} collection")],
        galley_xml=GALLEY.format(f"{SECRET} galley"),
        **fields,
    )
    AuthorshipFactory(article=article, author=AuthorFactory(family=f"{SECRET} author"))
    article.save()
    return article


def requests(article: Article, token: str = "") -> Iterator[dict[str, str]]:
    """Requests of every verb that might tell of an article."""
    yield {"verb": "Identify"}
    yield {"verb": "ListSets"}
    yield {"verb": "ListMetadataFormats"}
    yield {"verb": "ListMetadataFormats", "identifier": identifier(article)}
    for prefix in ("oai_dc", "galley"):
        yield {"verb": "GetRecord", "identifier": identifier(article), "metadataPrefix": prefix}
        for verb in ("ListRecords", "ListIdentifiers"):
            yield {"verb": verb, "metadataPrefix": prefix}
            for spec in ("secret-journal", "secret-journal:secret-section", "secret-collection", "en"):
                yield {"verb": verb, "metadataPrefix": prefix, "set": spec}


def replies(article: Article) -> list[Reply]:
    found = []
    for request in requests(article):
        reply = OAIClient().get(**request)
        found.append(reply)
        while reply.token_text:
            reply = OAIClient().get(verb=request["verb"], resumptionToken=reply.token_text)
            found.append(reply)
    return found


def told_of(reply: Reply) -> bytes:
    """A response without its echo of the request."""
    return reply.content.replace((reply.request.get("set") or "-").encode(), b"").replace(
        (reply.request.get("identifier") or "-").encode(), b""
    )


HIDDEN = {
    "draft": {"stage": "draft"},
    "retracted": {"stage": "retracted"},
    "embargoed": {"embargo_until": datetime(2999, 1, 1, tzinfo=timezone.utc)},
}


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("path", ["signals", "sync", "oai.sync"])
def test_what_was_never_visible_is_nowhere(how: str, path: str, articles: list[Article]):
    hidden = secret_article(**HIDDEN[how])
    if path == "sync":
        call_command("oai_sync", render_all=True, verbosity=0)
    elif path == "oai.sync":
        oai.sync(Article.objects.all())
    for reply in replies(hidden):
        assert SECRET.lower().encode() not in told_of(reply).lower(), reply.query
        assert identifier(hidden).encode() not in told_of(reply), reply.query


@pytest.mark.parametrize("how", HIDDEN)
def test_it_is_answered_as_what_does_not_exist(how: str, articles: list[Article]):
    hidden = secret_article(**HIDDEN[how])
    for request in requests(hidden):
        if "identifier" in request:
            reply = OAIClient().get(**request)
            nothing = OAIClient().get(**request | {"identifier": f"oai:{NAMESPACE}:article/0"})
            assert reply.errors == nothing.errors
        if request.get("set", "").startswith("secret"):
            reply = OAIClient().get(**request)
            nothing = OAIClient().get(**request | {"set": "no-such-set"})
            assert reply.errors == nothing.errors


@pytest.mark.parametrize("how", HIDDEN)
@pytest.mark.parametrize("bulk", [False, True], ids=["signals", "sync"])
def test_what_was_visible_is_a_header_only(how: str, bulk: bool, articles: list[Article]):
    article = secret_article()
    assert any(SECRET.encode() in reply.content for reply in replies(article))
    if bulk:
        Article.objects.filter(pk=article.pk).update(**HIDDEN[how])
        call_command("oai_sync", verbosity=0)
    else:
        for name, value in HIDDEN[how].items():
            setattr(article, name, value)
        article.save()
    for reply in replies(article):
        for record in reply.records:
            if record[0][0].text == identifier(article):
                assert [part.tag for part in record] == [record[0].tag]
                assert record[0].get("status") == "deleted"
        if reply.request.get("verb") != "ListSets":
            assert b"Secret title" not in reply.content and b"Secret galley" not in reply.content


def test_a_token_does_not_tell_what_is_withdrawn_meanwhile(articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    article = secret_article()
    reply = OAIClient().get(verb="ListRecords", metadataPrefix="oai_dc")
    article.stage = "draft"
    article.save()
    while reply.token_text:
        reply = OAIClient().get(verb="ListRecords", resumptionToken=reply.token_text)
        assert b"Secret title" not in reply.content


def test_what_is_edited_while_hidden_stays_hidden(articles: list[Article]):
    article = secret_article(stage="draft")
    article.title = "Secret title, edited"
    article.save()
    article.authors.first().save()
    article.journal.save()
    call_command("oai_sync", changed=True, verbosity=0)
    assert not any(SECRET.encode() in reply.content for reply in replies(article))


def test_sets_appear_with_their_first_visible_record(articles: list[Article]):
    article = secret_article(stage="draft")
    assert not any("secret" in spec for spec in OAIClient().sets())
    article.stage = "published"
    article.save()
    assert {"secret-journal", "secret-journal:secret-section", "secret-collection"} <= set(OAIClient().sets())


def test_other_repositories_do_not_tell_it(articles: list[Article]):
    for path in ("/theses/oai", "/nodeletes/oai"):
        reply = OAIClient(path).get(verb="GetRecord", identifier=identifier(articles[0]), metadataPrefix="oai_dc")
        assert reply.codes == ["idDoesNotExist"]
        assert articles[0].title.encode() not in b"".join(
            page.content for page in OAIClient(path).pages("ListRecords", metadataPrefix="oai_dc")
        )


def test_no_token_of_one_repository_opens_another(articles: list[Article], settings):
    settings.OAIPMH = settings.OAIPMH | {"PAGE_SIZE": 1}
    token = OAIClient().get(verb="ListRecords", metadataPrefix="oai_dc").token_text
    for path in ("/theses/oai", "/nodeletes/oai"):
        assert OAIClient(path).get(verb="ListRecords", resumptionToken=token).codes == ["badResumptionToken"]
