"""What people see is what harvesters get."""

import re
from itertools import chain
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from django_oaipmh.explorer import listing, offers, records, views
from django_oaipmh.models import RepositoryState
from django_oaipmh.repository import Repository
from django_oaipmh.scopes import Refused, Scope
from tests.harvester import OAIClient
from tests.press.factories import ArticleFactory
from tests.press.models import Article

RECORDS, RECORD = "/explore/oai/records/", "/explore/oai/record/"


def identifier(article: Article) -> str:
    return f"oai:press.example.org:article/{article.pk}"


def test_the_index_lists_every_repository_with_its_base_url(articles, reader):
    page = reader.see()
    assert {"Harvest Press & Sons", "Harvest Theses", "Harvest Data in Brief"} <= page.links.keys()
    for url in ("https://press.example.org/oai", "https://press.example.org/theses/oai"):
        assert url in [code.text for code in page.root.iter("code")]
    assert f"2 formats, {len(OAIClient('/oai').sets())} sets" in page.words


def test_every_link_leads_somewhere(articles, reader):
    pending, seen = ["/explore/"], set()
    while pending:
        path = pending.pop()
        seen.add(path)
        page = reader.see(*[path])
        assert page.status == 200, path
        for link in page.links.values():
            parts = urlsplit(link)
            if parts.netloc == "press.example.org" and parts.path == "/oai":
                assert not OAIClient("/oai").get(**{f"{n}_": v for n, v in parse_qsl(parts.query)}).codes, link
            elif not parts.scheme and not link.startswith("#"):
                target = f"{urlsplit(path).path}{link}" if link.startswith("?") else link
                if target not in seen:
                    pending.append(target)
    assert {urlsplit(path).path.split("/")[3] for path in seen if path.count("/") > 3} == {"sets", "records", "record"}


def test_a_repository_tells_its_identity_formats_sets_and_how_to_harvest(articles, reader, settings):
    settings.OAIPMH = settings.OAIPMH | {
        "FORMATS": ["oai_dc", {"format": "oai_dc", "prefix": "old_dc", "deprecated": "2099-01-31"}]
    }
    page = reader.see("/explore/oai/")
    assert "mailto:oai@press.example.org" in page.links.values()
    assert "Deleted records are told for ever." in page.words
    assert "exact to seconds" in page.words
    assert "Until 2099-01-31; the same as oai_dc" in page.words
    assert OAIClient("/oai").get(verb="Identify").text("earliestDatestamp") in page.words
    assert page.links[articles[0].journal.name] == "/explore/oai/records/?set=jhs"
    assert "https://press.example.org/oai?verb=ListRecords&metadataPrefix=oai_dc" in page.links.values()


def test_records_are_those_that_harvesters_get_the_latest_first(articles, reader, clock):
    clock.tick()
    articles[1].title = "Changed"
    articles[1].save()
    page = reader.see(RECORDS)
    assert page.identifiers[0] == identifier(articles[1])
    assert set(page.identifiers) == {header.identifier for header in OAIClient("/oai").headers()}
    assert "Changed" in page.links


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"set": "jhs"}, [0]),
        ({"set": "europe"}, [0, 1, 2]),
        ({"metadataPrefix": "galley"}, [0, 1, 2]),
        ({"metadataPrefix": "galley", "set": "rmr"}, [1, 2]),
        ({"until": "2001-01-01"}, []),
        ({"from_": "2001-01-01"}, [0, 1, 2]),
        ({"status": "deleted"}, []),
        ({"status": "live"}, [0, 1, 2]),
    ],
)
def test_records_by_format_set_and_day(asked, expected, articles, reader):
    assert sorted(reader.see(RECORDS, **asked).identifiers) == [identifier(articles[one]) for one in expected]


@pytest.mark.parametrize(
    "asked", [{"metadataPrefix": "nothing"}, {"set": "nowhere"}, {"from_": "yesterday"}, {"status": "undead"}]
)
def test_what_makes_no_sense_is_said(asked, articles, reader):
    page = reader.see(RECORDS, **asked)
    assert page.status == 200 and page.root.find_class("errorlist") and not page.identifiers


def test_deleted_records_say_so_and_show_nothing(articles, reader, clock):
    titles = [article.title for article in articles]
    clock.tick()
    name = identifier(articles[0])
    articles[0].delete()
    page = reader.see(RECORDS, status="deleted")
    assert page.identifiers == [name] and titles[0] not in page.words
    record = reader.see(RECORD, identifier=name)
    assert "This record was deleted." in record.words and titles[0] not in record.words
    assert identifier(articles[0]) not in reader.see(RECORDS, status="live").identifiers


def test_where_deletions_are_not_told_they_are_not_shown(articles, reader, settings, clock):
    settings.OAIPMH = settings.OAIPMH | {"DELETED_RECORD": "no"}
    clock.tick()
    name = identifier(articles[0])
    articles[0].delete()
    page = reader.see(RECORDS)
    assert name not in page.words and "State" not in [label.text for label in page.root.iter("label")]
    assert reader.see(RECORD, identifier=name).status == 404


def test_what_has_left_a_set_says_so(articles, reader, settings, clock):
    settings.OAIPMH = settings.OAIPMH | {"LEFT_SETS": "deleted"}
    clock.tick()
    articles[0].journal = articles[1].journal
    articles[0].save()
    page = reader.see(RECORDS, set="jhs")
    assert page.identifiers == [identifier(articles[0])] and "has left this set" in page.words


def test_a_record_is_shown_in_each_of_its_formats(articles, reader):
    name = identifier(articles[0])
    page = reader.see(RECORD, identifier=name)
    tabs = page.root.find_class("oai-tabs")[0]
    assert [link.text for link in tabs.iter("a")] == ["oai_dc", "galley"]
    assert tabs.find(".//a[@aria-current='page']").text == "oai_dc"
    assert "<dc:title" in page.root.find(".//pre").text_content()
    assert articles[0].title in page.words and "First" in page.words
    assert "/explore/oai/records/?set=jhs" in page.links.values()
    galley = reader.see(RECORD, identifier=name, metadataPrefix="galley")
    assert "press.example.org/ns/galley" in galley.root.find(".//pre").text_content()
    assert not galley.root.xpath("//h2[text()='In words']")


@pytest.mark.parametrize("asked", ["", "oai:press.example.org:article/0", "\x00", "é" * 3000])
def test_what_does_not_exist_is_not_found(asked, articles, reader):
    assert reader.see(RECORD, identifier=asked).status == 404
    assert reader.see("/explore/nothing/").status == 404


@pytest.mark.parametrize("prefix", ["", "nothing", "\x00", "mods"])
def test_a_format_that_a_record_is_not_in_is_another(prefix, articles, reader):
    page = reader.see(RECORD, identifier=identifier(articles[0]), metadataPrefix=prefix)
    assert page.root.find(".//a[@aria-current='page']").text == "oai_dc"


def test_a_large_record_is_told_and_not_shown(articles, reader, monkeypatch):
    monkeypatch.setattr(records, "SHOWN", 10)
    page = reader.see(RECORD, identifier=identifier(articles[0]))
    assert "too large to be shown" in page.words and page.root.find(".//pre") is None


def test_whatever_is_in_the_data_stays_data(articles, reader, clock):
    articles[0].title = "<script>alert(1)</script> & 'co'"
    articles[0].save()
    for page in (reader.see(RECORDS), reader.see(RECORD, identifier=identifier(articles[0]))):
        assert page.root.find(".//script") is None
        assert "<script>alert(1)</script> & 'co'" in page.words


# Paging


def follow(reader, **asked: str) -> list[list[str]]:
    pages = []
    url = RECORDS
    page = reader.see(url, **asked)
    while True:
        pages.append(page.identifiers)
        (more,) = page.root.xpath("//a[@rel='next']/@href") or [""]
        if not more:
            return pages
        page = reader.see(f"{RECORDS}{more}")


def test_pages_have_every_record_once(articles, reader, monkeypatch):
    monkeypatch.setattr(listing, "SIZE", 2)
    for article in [ArticleFactory() for _ in range(4)]:
        articles.append(article)
    assert [len(page) for page in follow(reader)] == [2, 2, 2, 1]
    assert sorted(chain.from_iterable(follow(reader))) == sorted(map(identifier, articles))
    assert [len(page) for page in follow(reader, set="europe", metadataPrefix="galley")] == [2, 1]


def test_for_the_few_that_are_deleted_no_page_looks_at_everything(articles, reader, monkeypatch, clock):
    monkeypatch.setattr(listing, "SIZE", 2)
    monkeypatch.setattr(listing, "LOOKED_AT", 3)
    name = identifier(articles[0])
    articles[0].delete()
    clock.tick()
    for _ in range(4):
        ArticleFactory()
    clock.tick()
    pages = follow(reader, status="deleted")
    assert len(pages) == 3 and list(chain.from_iterable(pages)) == [name]
    assert "none among the records that were looked at" in reader.see(RECORDS, status="deleted").words


@pytest.mark.parametrize("after", ["x", "-1-2", "9" * 30, "1-", ""])
def test_an_after_that_means_nothing_is_the_first_page(after, articles, reader):
    assert len(reader.see(RECORDS, after=after).identifiers) == 3


@pytest.mark.parametrize("path", ["/explore/", "/explore/oai/", "/explore/oai/sets/", RECORDS])
def test_a_page_costs_the_same_whatever_the_number_of_records(path, articles, reader):
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert reader.see(path).status == 200
        return [query["sql"] for query in captured]

    few = queries()
    for _ in range(8):
        ArticleFactory(collections=[articles[0].collections.get()])
    many = queries()
    assert len(many) == len(few) <= 16, "\n".join(many)
    for sql in many:
        assert not re.search(r"OFFSET|COUNT\(|press_", sql, re.IGNORECASE), sql


def test_sets_come_in_pages(articles, reader, monkeypatch):
    monkeypatch.setattr(views, "SETS", 3)
    found, url = [], "/explore/oai/sets/"
    while url:
        page = reader.see(url)
        found += [code.text for code in page.root.iter("code")]
        (more,) = page.root.xpath("//a[@rel='next']/@href") or [""]
        url = f"/explore/oai/sets/{more}" if more else ""
    assert found == list(OAIClient("/oai").sets())


def test_a_set_is_chosen_or_typed_where_there_are_too_many(articles, reader, monkeypatch):
    options = [one.get("value") for one in reader.see(RECORDS).root.xpath("//select[@name='set']/option")]
    assert options == ["", *OAIClient("/oai").sets()]
    monkeypatch.setattr(views, "SETS", 3)
    assert reader.see(RECORDS).root.xpath("//input[@name='set']")
    assert reader.see(RECORDS, set="jhs").identifiers == [identifier(articles[0])]


# What is not to be seen


@pytest.fixture
def with_keys(settings) -> None:
    settings.OAIPMH = settings.OAIPMH | {"KEYS": "required"}


def test_of_a_repository_that_needs_a_key_there_is_only_its_identity(articles, reader, with_keys):
    assert "An access key is needed." in reader.see().words
    page = reader.see("/explore/oai/")
    assert "mailto:oai@press.example.org" in page.links.values()
    for words in ("galley", "jhs", articles[0].title, "oai_dc"):
        assert words not in page.text
    for path in (RECORDS, f"{RECORD}?identifier={identifier(articles[0])}", "/explore/oai/sets/"):
        page = reader.see(path)
        assert page.status == 404 and articles[0].title not in page.text


@pytest.mark.parametrize(
    ("registration", "expected"),
    [
        ("", None),
        ("https://press.example.org/keys", "https://press.example.org/keys"),
        ("open", "https://press.example.org/oai/register"),
    ],
)
def test_people_are_told_where_to_get_a_key(registration, expected, articles, reader, with_keys, settings):
    settings.OAIPMH = settings.OAIPMH | {"REGISTRATION": registration}
    page = reader.see("/explore/oai/")
    assert page.links.get("Get a key") == expected
    assert ("Ask those who run it." in page.words) == (expected is None)


def test_a_scope_shows_its_part_only(articles, reader, monkeypatch):
    part = {"name": "Part", "sets": frozenset(["rmr"]), "formats": frozenset(["oai_dc"])}
    monkeypatch.setattr(Repository, "get_scope", lambda self, request, **kwargs: Scope(self, **part))
    assert set(reader.see(RECORDS, set="rmr").identifiers) == {identifier(one) for one in articles[1:]}
    assert reader.see(RECORDS).identifiers == reader.see(RECORDS, set="rmr").identifiers
    assert reader.see(RECORDS, set="jhs").identifiers == []
    assert reader.see(RECORD, identifier=identifier(articles[0])).status == 404
    assert "galley" not in reader.see(RECORD, identifier=identifier(articles[1])).text
    assert [code.text for code in reader.see("/explore/oai/sets/").root.iter("code")] == ["rmr"]


def test_what_is_refused_is_not_there(articles, reader, monkeypatch):
    """A host's own rules hold here, too, and break no page."""

    def closed(self, request, **kwargs):
        if self.name == "oai":
            raise Refused("Closed on Sundays.", 403, {})
        return Scope(self)

    monkeypatch.setattr(Repository, "get_scope", closed)
    assert "/explore/oai/" not in reader.see().links.values()
    assert reader.see("/explore/oai/").status == reader.see(RECORDS).status == 404


def test_where_the_base_url_has_arguments_the_pages_have_the_same(articles, reader, monkeypatch, settings):
    def get_scope(self, request, journal=""):
        return Scope(self, name=journal, sets=frozenset([journal])) if journal else Scope(self)

    monkeypatch.setattr(Repository, "get_scope", get_scope)
    settings.ROOT_URLCONF = "tests.explorer.urls"
    assert reader.see("/rmr/explore/").links["rmr"] == "/rmr/explore/oai/"
    assert "rmr" not in reader.see("/explore/").links and "/explore/oai/" in reader.see("/explore/").links.values()
    page = reader.see("/rmr/explore/oai/")
    records, sets = (page.links[text] for text in ("Look at the records", "All sets (1)"))
    assert (records, sets) == ("/rmr/explore/oai/records/", "/rmr/explore/oai/sets/")
    page = reader.see(records)
    assert set(page.identifiers) == {identifier(one) for one in articles[1:]}
    assert {link for link in page.links.values() if "/explore/" in link} == {
        link for link in page.links.values() if link.startswith("/rmr/explore/")
    }
    assert reader.see("/rmr/explore/oai/record/", identifier=identifier(articles[1])).status == 200


def test_in_development_the_base_url_is_that_of_this_site(articles, reader, settings):
    settings.OAIPMH = {key: value for key, value in settings.OAIPMH.items() if key != "BASE_URL"}
    settings.DEBUG = True
    assert "http://testserver/oai?verb=Identify" in reader.see("/explore/oai/").links.values()


def test_until_the_first_sync_people_are_told_to_wait(transactional_db, reader):
    assert "still being prepared" in reader.see().words
    page = reader.see("/explore/oai/")
    assert page.status == 200 and "is being prepared" in page.words
    for path in (RECORDS, RECORD, "/explore/oai/sets/"):
        assert reader.see(path).status == 503
    call_command("oai_sync", verbosity=0)
    assert "No record matches." in reader.see(RECORDS).words


def test_reading_is_no_harvest(transactional_db, reader):
    ArticleFactory()
    call_command("oai_sync", verbosity=0)
    for path in ("/explore/", "/explore/oai/", RECORDS):
        reader.see(path)
    assert RepositoryState.objects.get(pk="oai").harvested is None


def test_many_sets_are_not_counted(articles, reader, monkeypatch):
    monkeypatch.setattr(offers, "COUNTED", 2)
    assert "more than a thousand sets" in reader.see().words
    assert "All sets" in reader.see("/explore/oai/").links


def test_the_endpoint_has_no_page_for_people(articles):
    reply = OAIClient("/oai").raw("", accept="text/html")
    assert reply.http["content-type"].startswith("text/xml") and reply.codes == ["badVerb"]


# Templates


def test_a_host_puts_the_pages_into_its_own(articles, reader, settings, tmp_path):
    folder = tmp_path / "django_oaipmh" / "explorer"
    folder.mkdir(parents=True)
    (folder / "base.html").write_text(
        "<title>{% block title %}{% endblock %}</title><h9>{% block content %}{% endblock %}</h9>"
    )
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    assert "<h9>" in reader.see().text


def test_pages_are_in_the_language_of_who_reads(articles, reader, settings):
    page = reader.client.get("/explore/", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de"' in page
    with translation.override("ar"):
        assert 'dir="rtl"' in get_template("django_oaipmh/explorer/base.html").render({})


def test_every_page_can_be_read_by_everybody(articles, reader):
    """One heading of the first level, labels, a title, and no script."""
    for path in (
        "/explore/",
        "/explore/oai/",
        RECORDS,
        "/explore/oai/sets/",
        f"{RECORD}?identifier={identifier(articles[0])}",
    ):
        root = reader.see(path).root
        assert len(root.xpath("//h1")) == 1 and root.findtext(".//title").strip()
        assert not root.xpath("//script | //@onclick | //*[@style]")
        for field in root.xpath("//input | //select"):
            assert root.xpath(f"//label[@for='{field.get('id')}']"), path
        for table in root.xpath("//table"):
            assert all(cell.get("scope") for cell in table.iter("th"))
