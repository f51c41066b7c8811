"""Custom sets, which a curator makes by a saved filter in the admin."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import Permission, User
from django.core.checks import run_checks
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from django_oaipmh.curated import Curated
from django_oaipmh.curated.models import CuratedSet
from django_oaipmh.index import outbox, sync
from django_oaipmh.models import Dirty
from django_oaipmh.repository import Repository, default_repository, repositories
from django_oaipmh.sets import SetDeclaration

from .conftest import headers, name
from .filters import RecordFilter
from .models import Community, Creator, Record

ADD = "/admin/oaipmh_curated/curatedset/add/"


@pytest.fixture
def curate(harvester):
    """Make a curated set."""

    def curated(filter: str = "type=software", spec: str = "software", **values) -> CuratedSet:
        known = {"repository": "oai", "model": "zenodo.Record", "name": "Software"} | values
        return CuratedSet.objects.create(spec=spec, filter=filter, **known)

    return curated


@contextmanager
def hosting(*sets: SetDeclaration) -> Iterator[None]:
    """Have another repository of the same records, in these sets."""
    repository = Repository("other")
    try:
        repository.register(Record, type("OtherItem", (type(default_repository.items[0]),), {"sets": sets}))
        yield
    finally:
        del repositories["other"]


def members(harvester, spec: str = "software") -> set[str]:
    if spec not in harvester.sets():
        return set()
    listed = {one.identifier for one in headers(harvester, set=spec).values() if not one.deleted}
    assert listed == {one.identifier for one in headers(harvester).values() if spec in one.sets}
    return listed


@pytest.fixture
def a_second_later(monkeypatch):
    """Let every write have another datestamp than those before."""
    from django_oaipmh import clock

    later = [0]
    now = clock.now

    def tick() -> None:
        later[0] += 1

    monkeypatch.setattr(clock, "now", lambda using: now(using) + later[0])
    return tick


# Memberships


def test_a_saved_filter_is_a_set(harvester, deposit, curate):
    software, _ = deposit("Code", type="software"), deposit("Data")
    curate(description="Things that run")
    assert members(harvester) == {name(software)}
    reply = harvester.get(verb="ListSets")
    assert reply.sets == {"software": "Software"}
    assert b"Things that run" in reply.content


def test_saving_re_dates_exactly_whose_membership_changes(harvester, deposit, curate, a_second_later):
    code, data, text = deposit("A", type="software"), deposit("B"), deposit("C", type="journal article")
    curated = curate()
    before = headers(harvester)
    a_second_later()
    curated.filter = "type=dataset"
    curated.save()
    after = headers(harvester)
    assert members(harvester) == {name(data)}
    changed = {one for one in before if before[one].datestamp != after[one].datestamp}
    assert changed == {name(code), name(data)}
    assert after[name(text)] == before[name(text)]
    curated.save()
    assert headers(harvester) == after


def test_another_name_re_dates_nothing(harvester, deposit, curate, a_second_later):
    deposit("A", type="software")
    curated = curate()
    before = headers(harvester)
    a_second_later()
    curated.name = "Programs"
    curated.save()
    assert harvester.get(verb="ListSets").sets == {"software": "Programs"}
    assert headers(harvester) == before


def test_another_spec_re_dates_its_members_only(harvester, deposit, curate, a_second_later):
    code, data = deposit("A", type="software"), deposit("B")
    curated = curate()
    before = headers(harvester)
    a_second_later()
    curated.spec = "code"
    curated.save()
    after = headers(harvester)
    assert (after[name(code)].sets, after[name(data)]) == (("code",), before[name(data)])
    assert after[name(code)].datestamp > before[name(code)].datestamp
    assert harvester.get(verb="ListSets").sets == {"code": "Software"}


@pytest.mark.parametrize("at_once", ["one by one", "as a queryset"])
def test_deleting_one_re_dates_its_members_only(harvester, deposit, curate, at_once, a_second_later):
    code, data = deposit("A", type="software"), deposit("B")
    curated = curate()
    before = headers(harvester)
    a_second_later()
    _ = curated.delete() if at_once == "one by one" else CuratedSet.objects.all().delete()
    after = headers(harvester)
    assert (after[name(code)].sets, after[name(data)]) == ((), before[name(data)])
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]


def test_a_large_set_is_left_to_the_outbox(harvester, deposit, curate, monkeypatch):
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    records = [deposit(str(number), type="software") for number in range(3)]
    curated = curate()
    assert members(harvester) == set()
    assert Dirty.objects.count() == 1
    call_command("oai_sync", "--changed", verbosity=0)
    assert members(harvester) == {name(record) for record in records}
    curated.delete()
    assert len(members(harvester)) == 3
    call_command("oai_sync", "--changed", verbosity=0)
    assert members(harvester) == set()


def test_a_large_set_is_no_mistake_to_be_refused(harvester, deposit, curate, monkeypatch):
    """What was noted is worked off before a full sync asks whether too much would change."""
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    monkeypatch.setattr(sync, "SMALL", 1)
    records = [deposit(str(number), type="software") for number in range(3)]
    curate()
    call_command("oai_sync", verbosity=0)
    assert members(harvester) == {name(record) for record in records}


@pytest.mark.parametrize(
    "filter, change",
    [
        ("type=software", lambda record: Record.objects.get(pk=record.pk).save()),
        ("downloads__gte=5", lambda record: setattr(record, "downloads", 7)),
        ("published_on_after=2026-06-01", lambda record: setattr(record, "published_on", datetime.date(2026, 7, 1))),
        ("q=Engine", lambda record: setattr(record, "description", "Of the analytical engine")),
        ("creator=babbage", lambda record: Creator.objects.create(record=record, name="Babbage, Charles")),
        ("creator=babbage", lambda record: record.creators.all()[0].__class__.objects.get().rename("Babbage")),
    ],
)
def test_what_a_filter_looks_at_is_followed_at_once(harvester, deposit, curate, filter, change, monkeypatch):
    def rename(creator: Creator, name: str) -> None:
        creator.name = name
        creator.save()

    monkeypatch.setattr(Creator, "rename", rename, raising=False)
    record = deposit("Data")
    if filter == "type=software":
        record.type = "software"
    curate(filter)
    change(record)
    record.save()
    assert members(harvester) == {name(record)}


def test_a_community_is_followed_at_once(harvester, deposit, curate):
    community = Community.objects.create(slug="maps", title="Maps")
    record = deposit("Atlas")
    curate(f"communities={community.pk}")
    record.communities.add(community)
    assert members(harvester) == {name(record)}
    record.communities.clear()
    assert members(harvester) == set()


def test_what_is_written_past_the_models_is_found_by_the_hourly_sync(harvester, deposit, curate):
    record = deposit("Data")
    curated = curate()
    Record.objects.update(type="software")
    assert members(harvester) == set()
    call_command("oai_sync", verbosity=0)
    assert members(harvester) == {name(record)}
    CuratedSet.objects.filter(pk=curated.pk).update(filter="type=dataset")
    call_command("oai_sync", verbosity=0)
    assert members(harvester) == set()


def test_a_withdrawn_record_is_deleted_in_the_set_too(harvester, deposit, curate):
    record = deposit("Code", type="software")
    curate()
    record.withdrawn = True
    record.save()
    assert headers(harvester, set="software")[name(record)].deleted


def test_sets_above_it(harvester, deposit, curate):
    record = deposit("Code", type="software")
    curate(spec="kinds:software")
    assert harvester.get(verb="ListSets").sets == {"kinds": "kinds", "kinds:software": "Software"}
    assert list(headers(harvester, set="kinds")) == [name(record)]


@pytest.mark.parametrize("filter", ["colour=red", "type=nonsense", "communities=77", "", "order=downloads"])
def test_a_filter_that_means_nothing_any_more_changes_nothing(harvester, deposit, curate, filter, caplog):
    """django-filter would leave the condition out, and so put every record into the set."""
    code, data = deposit("Code", type="software"), deposit("Data")
    curated = curate()
    CuratedSet.objects.filter(pk=curated.pk).update(filter=filter)
    call_command("oai_sync", verbosity=0)
    code.title = "Better code"
    code.save()
    assert members(harvester) == {name(code)}
    assert "The filter of the set software is unusable" in caplog.text
    found = run_checks(tags=["database"], databases=["default"])
    assert [message.id for message in found if message.id.startswith("oaipmh.")] == ["oaipmh.W042"]
    curated.delete()
    assert members(harvester) == set()
    assert headers(harvester)[name(data)].sets == ()


def test_a_method_that_fails_changes_nothing(harvester, deposit, curate, monkeypatch):
    record = deposit("Engine")
    curate("q=Engine")
    monkeypatch.setattr(RecordFilter, "search", lambda *args: 1 / 0)
    call_command("oai_sync", verbosity=0)
    assert members(harvester) == {name(record)}


def test_an_index_that_is_left_to_sync(harvester, deposit, curate, settings):
    from django_oaipmh.index import signals

    settings.OAIPMH = settings.OAIPMH | {"INDEX": "sync"}
    signals.connect()
    try:
        record = deposit("Code", type="software")
        curate()
        assert Dirty.objects.count() == 0
        call_command("oai_sync", verbosity=0)
        assert members(harvester) == {name(record)}
    finally:
        del settings.OAIPMH
        signals.connect()


# Nonsense


@pytest.mark.parametrize(
    "values, field, words",
    [
        ({"filter": ""}, "filter", "at least one condition"),
        ({"filter": "order=downloads"}, "filter", "at least one condition"),
        ({"filter": "type="}, "filter", "at least one condition"),
        ({"filter": "colour=red"}, "filter", "There is no condition “colour”."),
        ({"filter": "type=nonsense"}, "filter", "Select a valid choice"),
        ({"filter": "published_on_after=1.6.2026"}, "filter", "Enter a valid date."),
        ({"model": "zenodo.Community"}, "filter", "No item of zenodo.Community in the repository oai"),
        ({"repository": "none"}, "filter", "No item of zenodo.Record in the repository none"),
        ({"spec": "a b"}, "spec", "Letters, digits"),
        ({"spec": "a::b"}, "spec", "Letters, digits"),
        ({"spec": "user-maps"}, "spec", "There is such a set already."),
        ({"spec": "mine"}, "spec", "There is such a set already."),
    ],
)
def test_nonsense_is_refused(harvester, deposit, curate, values, field, words):
    deposit("Atlas", Community.objects.create(slug="maps", title="Maps"))
    curate(spec="mine")
    known = {"repository": "oai", "model": "zenodo.Record", "spec": "new", "name": "New", "filter": "type=software"}
    with pytest.raises(ValidationError) as raised:
        CuratedSet(**known | values).full_clean()
    assert words in " ".join(raised.value.message_dict[field])


# The admin


@pytest.fixture
def curator(transactional_db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("curator"))
    return client


def test_a_curator_fills_in_the_form_of_the_filter(harvester, deposit, curator):
    code, _ = deposit("Code", type="software"), deposit("Old code", type="software", published_on="2020-01-01")
    page = curator.get(ADD).content.decode()
    for field in ("filter_q", "filter_communities", "filter_creator", "filter_type", "filter_downloads__gte"):
        assert f'name="{field}"' in page
    assert '<input type="date" name="filter_published_on_after"' in page
    assert "filter_order" not in page
    form = {"filter_type": "software", "filter_published_on_after": "2026-01-01"}
    reply = curator.post(ADD, form | {"name": "New software", "spec": "new"}, follow=True)
    assert "1 object matches." in reply.content.decode()
    saved = CuratedSet.objects.get()
    assert (saved.repository, saved.model) == ("oai", "zenodo.Record")
    assert saved.filter == "type=software&published_on_after=2026-01-01"
    assert members(harvester, "new") == {name(code)}
    listed = curator.get("/admin/oaipmh_curated/curatedset/").content.decode()
    assert "Type: Software" in listed and "2026-01-01" in listed
    assert '<td class="field-matching">1</td>' in listed


def test_what_was_saved_is_in_the_form_again(harvester, deposit, curator, curate):
    maps = Community.objects.create(slug="maps", title="Maps")
    saved = curate(f"type=software&communities={maps.pk}&published_on_before=2026-12-31&q=%26")
    url = f"/admin/oaipmh_curated/curatedset/{saved.pk}/change/"
    form = curator.get(url).context["adminform"].form
    assert form.initial["filter_type"] == "software"
    page = curator.get(url).content.decode()
    assert f'<option value="{maps.pk}" selected>Maps</option>' in page
    assert '<input type="date" name="filter_published_on_before" value="2026-12-31"' in page
    assert 'name="filter_q" value="&amp;"' in page
    posted = {"name": "Code", "spec": "software", "filter_type": "software", "filter_communities": maps.pk}
    assert curator.post(url, posted).status_code == 302
    saved.refresh_from_db()
    assert (saved.name, saved.filter) == ("Code", f"type=software&communities={maps.pk}")


@pytest.mark.parametrize(
    "posted, words",
    [
        ({}, "Say at least one condition: without any, every record would be in the set."),
        ({"filter_downloads__gte": "many"}, "Enter a number."),
        ({"filter_type": "nonsense"}, "Select a valid choice."),
        ({"filter_published_on_after": "31.12.2026"}, "Enter a valid date."),
        ({"filter_colour": "red"}, "There is no condition “colour”."),
        ({"filter_type": "software", "spec": "a b"}, "Letters, digits and -_.!~*&#x27;() only"),
        ({"filter_type": "software", "spec": "mine"}, "There is such a set already."),
    ],
)
def test_nonsense_is_refused_with_words(harvester, curator, curate, posted, words):
    curate(spec="mine")
    page = curator.post(ADD, {"name": "New", "spec": "new"} | posted).content.decode()
    assert page.count(words) == 1
    assert CuratedSet.objects.count() == 1


def test_a_set_of_nothing_is_warned_of(harvester, curator):
    page = curator.post(ADD, {"name": "New", "spec": "new", "filter_type": "software"}, follow=True).content.decode()
    assert '<li class="warning">0 objects match.</li>' in page


def test_who_may_only_look_reads_the_filter_in_words(harvester, curate):
    saved = curate("type=software&downloads__gte=5")
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_curatedset"))
    client = Client()
    client.force_login(reader)
    page = client.get(f"/admin/oaipmh_curated/curatedset/{saved.pk}/change/").content.decode()
    assert "Type: Software" in page and ": 5" in page
    assert "<select" not in page
    assert client.get(ADD).status_code == 403


def test_an_unusable_filter_is_told(harvester, curator, curate):
    saved = curate()
    CuratedSet.objects.update(filter="colour=red")
    assert "There is no condition “colour”." in curator.get("/admin/oaipmh_curated/curatedset/").content.decode()
    url = f"/admin/oaipmh_curated/curatedset/{saved.pk}/change/"
    assert "There is no condition “colour”." in curator.get(url).content.decode()
    CuratedSet.objects.update(model="zenodo.Nothing")
    assert "No item of zenodo.Nothing" in curator.get(url).content.decode()
    assert curator.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 302


def test_of_several_kinds_one_is_chosen_first(harvester, curator):
    with hosting(Curated(RecordFilter)):
        page = curator.get(ADD).content.decode()
        assert '<a href="?of=other%3Azenodo.Record">Records (' in page
        assert "filter_type" not in page
        assert 'name="filter_type"' in curator.get(f"{ADD}?of=other:zenodo.Record").content.decode()
        curator.post(f"{ADD}?of=other:zenodo.Record", {"name": "New", "spec": "new", "filter_type": "software"})
        assert CuratedSet.objects.get().repository == "other"


# Checks


def declared(*sets) -> list[str]:
    with hosting(*sets):
        return [f"{one.id} {one.msg}" for one in run_checks(tags=["django_oaipmh"]) if "'other'" not in one.msg]


def test_E091_more_than_one():
    assert declared(Curated(RecordFilter), Curated(RecordFilter)) == [
        "oaipmh.E091 OtherItem.sets has more than one Curated."
    ]


def test_E092_templates(settings):
    settings.INSTALLED_APPS = [one for one in settings.INSTALLED_APPS if one != "django_filters"]
    assert any(one.startswith("oaipmh.E092 ") for one in declared())


def test_E026_no_filterset():
    assert declared(Curated(Record)) == [
        f"oaipmh.E026 OtherItem.sets: Curated({Record!r}): this is no FilterSet class"
    ]


def test_E026_of_another_model():
    class OtherFilter(RecordFilter):
        class Meta:
            model = Community
            fields = ["title"]

    assert declared(Curated(OtherFilter)) == [
        "oaipmh.E026 OtherItem.sets: OtherFilter is for zenodo.Community, not for zenodo.Record"
    ]
