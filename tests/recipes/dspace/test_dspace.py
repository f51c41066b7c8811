import datetime
import io
import re

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from tests.harvester import OAI, OAIClient, dublin_core, payload
from tests.invariants.clocks import Clock, headers

from .models import Author, Collection, Community, Item

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST, OPENAIRE, DRIVER = "/oai/request", "/oai/openaire", "/oai/driver"
ID = "oai:repository.example.org:123456789/{}".format

UTC = datetime.timezone.utc


class WholeClock(Clock):
    """The one clock of database, host and app: what ``Now()`` says moves with it."""

    def moment(self, seconds: int = 0) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.time + seconds, UTC)

    def wind(self, patch: pytest.MonkeyPatch) -> "WholeClock":
        def as_sql(expression, compiler, connection, **context):
            return "%s", [connection.ops.adapt_datetimefield_value(self.moment())]

        for vendor in ("sqlite", "postgresql", "mysql"):
            patch.setattr(Now, f"as_{vendor}", as_sql)
        patch.setattr(timezone, "now", self.moment)
        super().wind(patch)
        return self


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WholeClock:
    return WholeClock().wind(monkeypatch)


def make(number: int, *collections: Collection, authors: tuple[str, ...] = ("Doe, Jane",), **fields: object) -> Item:
    defaults = {"title": f"Item {number}", "type": "Article", "issued": datetime.date(2020, 5, number)}
    item = Item.objects.create(handle=f"123456789/{number}", **defaults | fields)
    item.collections.set(collections)
    for name in authors:
        Author.objects.create(item=item, name=name, orcid="0000-0002-1825-0097")
    item.subjects.create(label="Olives")
    return item


@pytest.fixture
def science() -> Community:
    return Community.objects.create(handle="123456789/100", name="Science")


@pytest.fixture
def physics(science: Community) -> Community:
    return Community.objects.create(handle="123456789/101", name="Physics", parent=science)


@pytest.fixture
def papers(physics: Community) -> Collection:
    return Collection.objects.create(
        handle="123456789/102", name="Papers", introduction="What was written.", community=physics
    )


@pytest.fixture
def items(clock: WholeClock, papers: Collection) -> list[Item]:
    made = [
        make(1, papers),
        make(2, papers, type="Thesis", authors=("Doe, Jane", "Roe, Richard")),
        make(3, papers, type="Dataset"),
        make(4, papers, rights="restrictedAccess"),
        make(5, papers, rights="restrictedAccess", grant_agreement="info:eu-repo/grantAgreement/EC/FP7/246686/"),
        make(6, papers, authors=()),
        make(7, papers, withdrawn=True),
        make(8, papers, in_archive=False),
    ]
    sync()
    return made


def sync(**options: object) -> None:
    call_command("oai_sync", **{"verbosity": 0, **options})


def live(path: str, prefix: str = "oai_dc", **arguments: str) -> set[int]:
    return {
        int(identifier.rpartition("/")[2])
        for identifier, header in headers(path, prefix, **arguments).items()
        if not header.deleted
    }


def test_the_host_has_nothing_that_checks_complain_about():
    call_command("check", fail_level="WARNING", stdout=io.StringIO(), stderr=io.StringIO())


@pytest.mark.parametrize(("path", "expected"), [(REQUEST, range(1, 7)), (OPENAIRE, [1, 2, 5]), (DRIVER, [1, 2])])
def test_each_context_has_a_filter_of_its_own_and_the_same_identifiers(path, expected, items):
    assert set(headers(path)) == {ID(number) for number in expected}


@pytest.mark.parametrize(
    ("path", "prefixes"),
    [
        (REQUEST, ["oai_dc", "qdc", "mets", "mods", "marc", "rdf", "etdms"]),
        (OPENAIRE, ["oai_dc", "mets", "oai_openaire"]),
        (DRIVER, ["oai_dc", "mets"]),
    ],
)
def test_each_context_has_formats_of_its_own_and_each_of_them_has_records(path, prefixes, items):
    client = OAIClient(path)
    assert client.get(verb="ListMetadataFormats").prefixes == prefixes
    for prefix in prefixes:
        assert client.records(prefix), prefix
    assert live(REQUEST, "etdms") == {2}, "a thesis"


@pytest.mark.parametrize(
    ("path", "type_", "rights"),
    [
        (REQUEST, "Article", "openAccess"),
        (OPENAIRE, "Article", "info:eu-repo/semantics/openAccess"),
        (DRIVER, "info:eu-repo/semantics/article", "info:eu-repo/semantics/openAccess"),
    ],
)
def test_each_context_has_values_of_its_own(path, type_, rights, items):
    values = dublin_core(OAIClient(path).record(ID(1)))
    assert values["type"] == [type_]
    assert values["rights"] == [rights]
    assert values["identifier"] == ["https://hdl.handle.net/123456789/1"]


def test_openaire_reads_its_own_format(items):
    record = payload(OAIClient(OPENAIRE).record(ID(5), "oai_openaire"))
    assert record.findtext("{*}resourceType") == "journal article"
    assert record.find("{*}rights").get("rightsURI") == "http://purl.org/coar/access_right/c_16ec"


@pytest.mark.parametrize(
    ("path", "name", "own"),
    [
        (REQUEST, "Example Repository", {}),
        (OPENAIRE, "Example Repository for OpenAIRE", {"openaire": "OpenAIRE"}),
        (DRIVER, "Example Repository for DRIVER", {"driver": "Open Access DRIVERset"}),
    ],
)
def test_each_context_has_an_identity_and_sets_of_its_own(path, name, own, items):
    client = OAIClient(path)
    identity = client.get(verb="Identify")
    assert identity.text("repositoryName") == name
    assert identity.text("baseURL") == f"https://repository.example.org{path}"
    assert identity.root.findtext(".//{*}sampleIdentifier") == ID(1)
    assert client.sets() == {
        "com_123456789_100": "Science",
        "com_123456789_101": "Physics",
        "col_123456789_102": "Papers",
        **own,
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (REQUEST, "Everything that everybody may read."),
        (OPENAIRE, "What follows the OpenAIRE Guidelines for Literature Repositories."),
        (DRIVER, "Textual resources in open access, by the DRIVER Guidelines."),
    ],
)
def test_each_context_describes_itself(path, words, items):
    root = OAIClient(path).get(verb="Identify").root
    assert root.findtext(".//{http://purl.org/dc/elements/1.1/}description") == words
    friends = [one.text for one in root.iter("{http://www.openarchives.org/OAI/2.0/friends/}baseURL")]
    assert bool(friends) == (path == REQUEST)


def test_a_collection_tells_its_introduction(items):
    listed = OAIClient(REQUEST).get(verb="ListSets").root
    (papers,) = (one for one in listed.iter(OAI + "set") if one.findtext(OAI + "setSpec") == "col_123456789_102")
    assert papers.findtext(".//{*}description") == "What was written."


def test_a_header_names_the_collections_and_all_their_communities(items, papers):
    arts = Community.objects.create(handle="123456789/200", name="Arts")
    essays = Collection.objects.create(handle="123456789/201", name="Essays", community=arts)
    items[0].collections.set([papers, essays])
    assert headers(REQUEST)[ID(1)].sets == (
        *("col_123456789_102", "col_123456789_201"),
        *("com_123456789_100", "com_123456789_101", "com_123456789_200"),
    )
    assert live(REQUEST, set="com_123456789_200") == live(REQUEST, set="col_123456789_201") == {1}
    assert live(REQUEST, set="com_123456789_100") == set(range(1, 7))


def test_moving_a_community_moves_all_items_below_it_and_no_others(items, physics, papers, clock):
    arts = Community.objects.create(handle="123456789/200", name="Arts")
    essays = Collection.objects.create(handle="123456789/201", name="Essays", community=arts)
    make(9, essays)
    with clock.moving((REQUEST, "oai_dc"), (DRIVER, "oai_dc")) as moved:
        physics.parent = arts
        physics.save()
    assert moved[REQUEST, "oai_dc"] == {ID(number) for number in range(1, 7)}
    assert moved[DRIVER, "oai_dc"] == {ID(1), ID(2)}
    assert headers(REQUEST)[ID(1)].sets == ("col_123456789_102", "com_123456789_101", "com_123456789_200")
    assert live(REQUEST, set="com_123456789_200") == {*range(1, 7), 9}
    assert not live(REQUEST, set="com_123456789_100")


def test_moving_a_collection_moves_its_items(items, papers, clock):
    arts = Community.objects.create(handle="123456789/200", name="Arts")
    with clock.moving((REQUEST, "oai_dc")) as moved:
        papers.community = arts
        papers.save()
    assert moved[REQUEST, "oai_dc"] == {ID(number) for number in range(1, 7)}
    assert headers(REQUEST)[ID(1)].sets == ("col_123456789_102", "com_123456789_200")


def test_another_name_of_a_community_moves_no_datestamp(items, science, clock):
    with clock.moving((REQUEST, "oai_dc")) as moved:
        science.name = "Sciences"
        science.save()
    assert not moved[REQUEST, "oai_dc"]
    assert OAIClient(REQUEST).sets()["com_123456789_100"] == "Sciences"


def test_an_embargoed_item_appears_on_its_date_and_vanishes_on_its_last(papers, clock):
    """Time alone changes it: nobody saves anything."""
    begins, ends = clock.moment(20), clock.moment(40)
    make(1, papers, open_from=begins, open_until=ends)
    make(2, papers)
    sync()
    everywhere = [(REQUEST, "oai_dc"), (REQUEST, "mods"), (OPENAIRE, "oai_openaire"), (DRIVER, "oai_dc")]
    for one in everywhere:
        assert set(headers(*one)) == {ID(2)}

    clock.tick(10)
    with clock.moving(*everywhere) as moved:
        sync(changed=True)
    assert not any(moved.values()), "not yet"

    clock.tick(9)
    with clock.moving(*everywhere) as moved:
        sync(changed=True)
    for one in everywhere:
        assert moved[one] == {ID(1)}
        header = headers(*one)[ID(1)]
        assert not header.deleted
        assert header.datestamp >= begins.strftime("%Y-%m-%dT%H:%M:%SZ")
        assert set(headers(*one, from_=header.datestamp)) == {ID(1)}

    clock.tick(20)
    with clock.moving(*everywhere) as moved:
        sync(changed=True)
    for one in everywhere:
        assert moved[one] == {ID(1)}
        assert headers(*one)[ID(1)].deleted
        assert not headers(*one)[ID(2)].deleted


def test_a_withdrawn_item_is_deleted_and_a_reinstated_one_returns(items, clock):
    with clock.moving((REQUEST, "oai_dc"), (DRIVER, "oai_dc")) as moved:
        items[0].withdrawn = True
        items[0].save()
    assert set.union(*moved.values()) == {ID(1)}
    assert all(headers(path)[ID(1)].deleted for path in (REQUEST, OPENAIRE, DRIVER))
    with clock.moving((REQUEST, "oai_dc"), (DRIVER, "oai_dc")) as moved:
        items[0].withdrawn = False
        items[0].save()
    assert set.union(*moved.values()) == {ID(1)}
    assert not any(headers(path)[ID(1)].deleted for path in (REQUEST, OPENAIRE, DRIVER))


def test_what_a_context_no_longer_selects_is_deleted_there_alone(items):
    items[0].rights = "restrictedAccess"
    items[0].save()
    assert [headers(path)[ID(1)].deleted for path in (REQUEST, OPENAIRE, DRIVER)] == [False, True, True]


def test_the_index_page_lists_the_contexts(items, client):
    page = client.get("/explore/").content.decode()
    for name, path in [("", REQUEST), (" for OpenAIRE", OPENAIRE), (" for DRIVER", DRIVER)]:
        assert f">Example Repository{name}</a>" in page
        assert f"<code>https://repository.example.org{path}</code>" in page
    assert "Textual resources in open access, by the DRIVER Guidelines." in page
    for link in re.findall(r'href="(/explore/[^"]+)"', page):
        assert client.get(link).status_code == 200
