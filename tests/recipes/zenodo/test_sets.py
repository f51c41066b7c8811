"""Sets of communities: they appear, are renamed and disappear with the community."""

import pytest
from django.core.management import call_command
from django.test import Client

from .conftest import headers, name
from .models import Community


@pytest.fixture
def community(transactional_db) -> Community:
    return Community.objects.create(slug="maps", title="Maps & atlases", description="Old ones")


def test_a_set_appears_with_the_first_record_of_its_community(harvester, deposit, community):
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]
    record = deposit("Atlas", community)
    assert harvester.get(verb="ListSets").sets == {"user-maps": "Maps & atlases"}
    assert list(headers(harvester, set="user-maps")) == [name(record)]


def test_another_title_re_dates_no_record(harvester, deposit, community):
    record = deposit("Atlas", community)
    before = headers(harvester)[name(record)]
    community.title = "Maps"
    community.save()
    assert harvester.get(verb="ListSets").sets == {"user-maps": "Maps"}
    assert headers(harvester)[name(record)] == before


def test_another_slug_is_another_set(harvester, deposit, community):
    record = deposit("Atlas", community)
    community.slug = "atlases"
    community.save()
    assert harvester.get(verb="ListSets").sets == {"user-atlases": "Maps & atlases"}
    assert headers(harvester)[name(record)].sets == ("user-atlases",)
    assert harvester.get(verb="ListRecords", metadataPrefix="oai_dc", set="user-maps").codes == ["noRecordsMatch"]


def test_a_set_disappears_with_its_community(harvester, deposit, community):
    record = deposit("Atlas", community)
    community.delete()
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]
    assert headers(harvester)[name(record)].sets == ()


def test_its_withdrawn_records_keep_it_no_longer_than_to_the_hourly_sync(harvester, deposit, community):
    """They still say where they belonged, and who asks for the set by name is told that they are deleted."""
    withdrawn, living = deposit("Atlas", community), deposit("Map", community)
    withdrawn.withdrawn = True
    withdrawn.save()
    assert harvester.get(verb="ListSets").sets == {"user-maps": "Maps & atlases"}
    community.delete()
    call_command("oai_sync", verbosity=0)
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]
    assert headers(harvester)[name(withdrawn)].deleted
    assert headers(harvester)[name(living)].sets == ()
    (left,) = headers(harvester, set="user-maps").values()
    assert (left.identifier, left.deleted, left.sets) == (name(withdrawn), True, ("user-maps",))


def test_a_community_without_any_other_record_goes_too(harvester, deposit, community):
    record = deposit("Atlas", community)
    record.withdrawn = True
    record.save()
    call_command("oai_sync", verbosity=0)
    assert harvester.get(verb="ListSets").sets == {"user-maps": "Maps & atlases"}
    community.delete()
    call_command("oai_sync", verbosity=0)
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]


def test_a_set_comes_back_with_its_community(harvester, deposit, community):
    record = deposit("Atlas", community)
    community.delete()
    assert harvester.get(verb="ListSets").codes == ["noSetHierarchy"]
    record.communities.add(Community.objects.create(slug="maps", title="Maps again"))
    assert harvester.get(verb="ListSets").sets == {"user-maps": "Maps again"}


def test_a_page_of_the_community_tells_its_link(harvester, community):
    page = Client().get("/communities/maps").content.decode()
    link = "https://zenodo.org/oai2d?verb=ListRecords&amp;metadataPrefix=oai_dc&amp;set=user-maps"
    assert f'<a href="{link}">' in page
    assert "from https://zenodo.org/oai2d\n" in page
