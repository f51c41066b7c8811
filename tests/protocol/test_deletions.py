"""Deletions: DL01 to DL08."""

import pytest

from django_oaipmh.models import Entry
from django_oaipmh.testing import synced
from tests.harvester import OAI, OAIClient, Reply
from tests.press.data import Press
from tests.press.models import Article, Dataset
from tests.validation import rules


def deleted(client: OAIClient, prefix: str = "oai_dc") -> set[str]:
    return {header.identifier for header in client.headers(prefix) if header.deleted}


def sample(client: OAIClient) -> str | None:
    return client.get(verb="Identify").root.findtext(".//{*}sampleIdentifier")


def test_DL01_nothing_is_said_of_deletions(brief: OAIClient, press: Press):
    erased = next(identifier for identifier in press.never_seen if identifier.endswith("/erased"))
    assert erased not in {header.identifier for header in brief.headers()}
    assert not any(header.deleted for header in brief.headers())
    reply = brief.get(verb="GetRecord", identifier=erased, metadataPrefix="oai_dc")
    assert reply.codes == ["idDoesNotExist"]


def test_DL01_nothing_is_said_while_deleting(brief: OAIClient, press: Press):
    Dataset.objects.filter(title="Maps").update(listed=False)
    with synced():
        Dataset.objects.filter(title="Plates").delete()
        assert {header.identifier for header in brief.headers()} == {
            press.titled("Readings", "/nodeletes/oai"),
            press.titled("Counts", "/nodeletes/oai"),
        }


def test_DL01_a_repository_that_no_longer_tells(harvester: OAIClient, press: Press, settings):
    """The index still holds what was deleted under another policy."""
    assert deleted(harvester)
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "no"}
    assert harvester.get(verb="Identify").text("deletedRecord") == "no"
    headers = harvester.headers()
    assert {header.identifier for header in headers} == press.identifiers("/oai", deleted=False)
    pages = list(harvester.pages("ListRecords", metadataPrefix="oai_dc"))
    assert {page.token.get("completeListSize") for page in pages} == {str(len(headers))}
    for identifier in press.identifiers("/oai", deleted=True):
        reply = harvester.get(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
        assert reply.codes == ["idDoesNotExist"]


def test_DL01_Identify_gives_no_deleted_record_as_a_sample(harvester: OAIClient, press: Press, settings):
    Entry.objects.update(deleted=True)
    assert sample(harvester) in press.identifiers("/oai")
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "no"}
    assert sample(harvester) == "oai:press.example.org:1"


def test_DL02_a_deleted_record_is_a_header(harvester: OAIClient, press: Press):
    gone = press.identifiers("/oai", deleted=True)
    assert len(gone) == 3
    records = {record[0][0].text: record for record in harvester.records()}
    for identifier in gone:
        (header,) = records[identifier]
        assert header.get("status") == "deleted"
    assert deleted(harvester) == gone


def test_DL02_transient(theses: OAIClient, press: Press):
    assert deleted(theses) == press.identifiers("/theses/oai", deleted=True) != set()


def test_DL03_GetRecord_of_a_deleted_record(either: OAIClient, press: Press):
    for identifier in press.identifiers("/oai", deleted=True):
        reply = either.ask(verb="GetRecord", identifier=identifier, metadataPrefix="oai_dc")
        ((header,),) = reply.records
        assert header.get("status") == "deleted"
        assert header.findtext(OAI + "identifier") == identifier


@pytest.mark.parametrize("path", ["/oai", "/theses/oai"])
def test_DL04_deletions_are_harvested_by_date(path, press: Press):
    harvester = OAIClient(path)
    gone = [header for header in harvester.headers() if header.deleted]
    assert gone
    for header in gone:
        assert header in harvester.headers(from_=header.datestamp, until=header.datestamp)


def test_DL04_a_deletion_is_found_from_the_last_harvest(harvester: OAIClient, press: Press):
    before = next(harvester.pages("ListIdentifiers", metadataPrefix="oai_dc")).response_date
    with synced():
        Article.objects.get(title="In one second, 3").delete()
        changed = {header.identifier: header.deleted for header in harvester.headers(from_=before)}
    assert changed[press.titled("In one second, 3")] is True


def test_DL04_a_record_that_returns(harvester: OAIClient, press: Press):
    identifier = press.titled("Withdrawn later")
    before = harvester.get(verb="Identify").response_date
    article = Article.objects.get(title="Withdrawn later")
    with synced():
        article.stage = Article.Stage.PUBLISHED
        article.save()
        changed = {header.identifier: header.deleted for header in harvester.headers(from_=before)}
        assert changed[identifier] is False
        assert harvester.record(identifier).find(OAI + "metadata") is not None


def test_DL05_formats_of_a_deleted_item(anywhere: OAIClient, press: Press):
    for identifier in press.identifiers(anywhere.path, deleted=True):
        reply = anywhere.get(verb="ListMetadataFormats", identifier=identifier)
        assert reply.codes == ["noMetadataFormats"] or (not reply.codes and "oai_dc" in reply.prefixes)


def test_DL06_status_is_absent_or_deleted(replies: list[Reply]):
    assert any(reply.root.findall(f".//{OAI}header[@status]") for reply in replies)
    assert any(reply.root.xpath("//*[local-name()='header'][not(@status)]") for reply in replies)
    for reply in replies:
        rules["DL06"](reply)


def test_DL07_deleted_records_keep_their_sets(harvester: OAIClient, press: Press):
    identifier = press.titled("Deleted later")
    for spec in ("jhs", "jhs:research", "europe", "europe:france", "open", "fr"):
        assert {header.identifier: header.deleted for header in harvester.headers(set=spec)}[identifier] is True
    withdrawn = press.titled("Withdrawn later")
    assert {header.identifier: header.deleted for header in harvester.headers(set="asia")}[withdrawn] is True


def test_DL08_a_deleted_item_in_every_format(anywhere: OAIClient, press: Press):
    for identifier in press.identifiers(anywhere.path, deleted=True):
        for prefix in anywhere.get(verb="ListMetadataFormats").prefixes:
            reply = anywhere.get(verb="GetRecord", identifier=identifier, metadataPrefix=prefix)
            if prefix == "oai_dc":
                assert [header.deleted for header in reply.headers] == [True]
            else:
                assert reply.codes == ["cannotDisseminateFormat"] or [header.deleted for header in reply.headers] == [
                    True
                ]


def test_DL08_a_deleted_record_of_another_format(harvester: OAIClient, press: Press):
    """It was live in "galley"; a harvester of that format must learn that it is gone."""
    assert press.titled("Deleted later") in deleted(harvester, "galley")


def test_DL08_a_record_that_loses_one_format(harvester: OAIClient, press: Press):
    identifier = press.titled("In one second, 4")
    Article.objects.filter(title="In one second, 4").update(galley_xml="")
    with synced():
        assert identifier in deleted(harvester, "galley")
        assert identifier not in deleted(harvester)
