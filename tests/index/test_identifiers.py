"""Identifiers: one item has one, for ever; two never share one; what has none that is legal is quarantined."""

import dataclasses
import io

import pytest
from django.core.management import call_command
from django.db import transaction

import django_oaipmh as oai
from django_oaipmh.index import store
from django_oaipmh.index.examine import Renderer, examine
from django_oaipmh.models import IndexedItem
from tests.harvester import OAIClient
from tests.invariants.clocks import Clock, headers
from tests.press.factories import DatasetFactory, NotationFactory
from tests.press.models import Dataset, Notation

from .conftest import Spare
from .looks import deleted, live, quarantined, sync, values

PATH = "/spare/oai"


@pytest.fixture
def by_doi(spare: Spare) -> Spare:
    """Items that are called by a field of theirs."""

    @oai.register(Dataset, repository=spare)
    class ByDOI(oai.Item):
        queryset = Dataset.objects.filter(listed=True)
        metadata = {"title": "title"}
        identifier = "doi"

    spare.watch()
    sync()
    return spare


def test_two_objects_that_mint_one_identifier(by_doi: Spare):
    first = DatasetFactory(doi="doi:10.5555/same", title="First")
    second = DatasetFactory(doi="doi:10.5555/same", title="Second")
    assert values("doi:10.5555/same", path=PATH) == ["First"]
    reason = quarantined()[str(second.pk), "object"]
    assert "doi:10.5555/same" in reason and str(first.pk) in reason and "press.Dataset" in reason
    sync(repository="spare")
    assert values("doi:10.5555/same", path=PATH) == ["First"], "it does not change hands by itself"
    first.delete()
    sync(changed=True)
    assert values("doi:10.5555/same", path=PATH) == ["Second"]
    assert not quarantined()


def test_two_new_objects_in_one_batch_that_mint_one_identifier(by_doi: Spare):
    Dataset.objects.bulk_create([DatasetFactory.build(doi="doi:10.5555/same") for _ in range(2)])
    sync(repository="spare")
    assert live(PATH) == {"doi:10.5555/same"}
    assert len(quarantined()) == 1


def test_two_models_that_mint_one_identifier(by_doi: Spare):
    @oai.register(Notation, repository=by_doi)
    class Clashing(oai.Item):
        queryset = Notation.objects.all()
        metadata = {"title": "label"}
        identifier = "label"

    DatasetFactory(doi="doi:10.5555/same", title="Dataset")
    NotationFactory(label="doi:10.5555/same")
    sync(repository="spare")
    assert values("doi:10.5555/same", path=PATH) == ["Dataset"]
    assert "press.Dataset" in "".join(quarantined().values())


def test_a_changed_identifier_is_a_deletion_and_a_new_record(clock: Clock, by_doi: Spare):
    dataset = DatasetFactory(doi="doi:10.5555/old")
    headers(PATH)
    with clock.moving((PATH, "oai_dc")) as moved:
        dataset.doi = "doi:10.5555/new"
        dataset.save()
    assert (live(PATH), deleted(PATH)) == ({"doi:10.5555/new"}, {"doi:10.5555/old"})
    assert moved[PATH, "oai_dc"] == {"doi:10.5555/new", "doi:10.5555/old"}


def test_a_returning_identifier_is_the_record_that_it_was(clock: Clock, by_doi: Spare):
    dataset = DatasetFactory(doi="doi:10.5555/old")
    dataset.doi = "doi:10.5555/new"
    dataset.save()
    with clock.moving((PATH, "oai_dc")) as moved:
        dataset.doi = "doi:10.5555/old"
        dataset.save()
    assert (live(PATH), deleted(PATH)) == ({"doi:10.5555/old"}, {"doi:10.5555/new"})
    assert moved[PATH, "oai_dc"] == {"doi:10.5555/new", "doi:10.5555/old"}
    assert IndexedItem.objects.filter(repository="spare").count() == 2


def test_the_identifier_of_a_deleted_object_may_be_given_to_another(by_doi: Spare):
    DatasetFactory(doi="doi:10.5555/same", title="Before").delete()
    assert deleted(PATH) == {"doi:10.5555/same"}
    DatasetFactory(doi="doi:10.5555/same", title="After")
    assert values("doi:10.5555/same", path=PATH) == ["After"]
    assert IndexedItem.objects.filter(repository="spare").count() == 1


def test_an_identifier_is_handed_over_in_one_transaction(by_doi: Spare):
    """As an import does that deletes an object and makes it anew."""
    old = DatasetFactory(doi="doi:10.5555/same", title="Before")
    with transaction.atomic():
        DatasetFactory(doi="doi:10.5555/same", title="After")
        old.delete()
    assert not quarantined()
    assert values("doi:10.5555/same", path=PATH) == ["After"]


@pytest.mark.parametrize("heir_first", [True, False])
def test_an_identifier_is_handed_from_model_to_model_in_one_sync(spare: Spare, heir_first: bool):
    class Named(oai.Item):
        def get_queryset(self):
            return self.model.objects.all()

        def get_identifier(self, obj: Notation | Dataset) -> str:
            return obj.code if isinstance(obj, Notation) else obj.doi

    for model in (Notation, Dataset) if heir_first else (Dataset, Notation):
        spare.register(model, Named)
    dataset = DatasetFactory(doi="doi:10.5555/same", title="Dataset")
    sync(repository="spare")
    assert values("doi:10.5555/same", path=PATH) == ["Dataset"]
    Notation.objects.bulk_create([NotationFactory.build(code="doi:10.5555/same", label="Notation")])
    Dataset.objects.filter(pk=dataset.pk).delete()
    out = io.StringIO()
    call_command("oai_sync", repository="spare", allow_mass_change=True, stdout=out)
    assert "0 in quarantine" in out.getvalue()
    assert values("doi:10.5555/same", path=PATH) == ["doi:10.5555/same Notation"]
    assert not quarantined()


def test_two_objects_swap_their_identifiers(by_doi: Spare):
    first = DatasetFactory(doi="doi:10.5555/1", title="First")
    second = DatasetFactory(doi="doi:10.5555/2", title="Second")
    with transaction.atomic():
        first.doi, second.doi = second.doi, first.doi
        first.save()
        second.save()
    assert not quarantined()
    assert values("doi:10.5555/1", path=PATH) == ["Second"]
    assert values("doi:10.5555/2", path=PATH) == ["First"]


def test_who_mints_the_identifier_of_another_keeps_its_own_record(by_doi: Spare):
    """A slip of the pen in one object is not the deletion of its record."""
    DatasetFactory(doi="doi:10.5555/1", title="First")
    second = DatasetFactory(doi="doi:10.5555/2", title="Second")
    second.doi = "doi:10.5555/1"
    second.save()
    assert quarantined()
    assert live(PATH) == {"doi:10.5555/1", "doi:10.5555/2"}
    second.doi = "doi:10.5555/2"
    second.save()
    assert not quarantined()
    assert live(PATH) == {"doi:10.5555/1", "doi:10.5555/2"}


@pytest.mark.parametrize(
    "name", ["", "no scheme", "doi:with space", "doi:ü", "a:b#c#d", "a:[1]", "doi:" + "x" * 1100, "1:x", "doi:\x00x"]
)
def test_an_illegal_identifier_is_quarantined(name: str, spare: Spare):
    @oai.register(Notation, repository=spare)
    class Illegal(oai.Item):
        queryset = Notation.objects.all()
        metadata = {"title": "label"}

        def get_identifier(self, obj: Notation) -> str:
            return name if obj.code == "bad" else super().get_identifier(obj)

    NotationFactory(code="bad")
    NotationFactory(code="good")
    sync(repository="spare")
    assert live(PATH) == {"oai:spare.example.org:notation/good"}
    assert set(quarantined()) == {("bad", "object")}
    assert "Illegal" in quarantined()["bad", "object"]


def test_identifiers_are_compared_exactly(by_doi: Spare):
    """Collations ignore case, accents and spaces at the end; identifiers do not."""
    names = {"doi:10.5555/a", "doi:10.5555/A", "doi:10.5555/a.", "doi:10.5555/%41"}
    for name in names:
        DatasetFactory(doi=name)
    assert live(PATH) == names
    for name in names:
        assert len(values(name, path=PATH)) == 1
    assert not quarantined()


def test_a_local_identifier_is_the_last_part(spare: Spare):
    @oai.register(Dataset, repository=spare)
    class ByHandle(oai.Item):
        queryset = Dataset.objects.all()
        metadata = {"title": "title"}
        local_identifier = "doi"

    DatasetFactory(doi="123456789/1")
    nameless = DatasetFactory(doi="")
    sync(repository="spare")
    assert live(PATH) == {"oai:spare.example.org:123456789/1"}
    assert (str(nameless.pk), "object") in quarantined()
    description = OAIClient(PATH).get(verb="Identify").root.find(".//{*}oai-identifier")
    assert description.findtext("{*}sampleIdentifier") == "oai:spare.example.org:123456789/1"


def test_an_item_that_another_writer_has_just_made_is_overtaken_and_no_clash(by_doi: Spare, monkeypatch):
    """The other's commit lies between two statements of this writer's transaction."""
    dataset = DatasetFactory(doi="doi:10.5555/1")
    assert live(PATH) == {"doi:10.5555/1"}
    (change,) = examine(by_doi.items[0], [dataset.pk], Renderer.of(by_doi), render_all=True)
    change = dataclasses.replace(change, version=None)  # as it was read before
    original = store._Batch._locked

    def locked(self, field, keys):
        return {} if field == "source_key" else original(self, field, keys)

    monkeypatch.setattr(store._Batch, "_locked", locked)
    counts, overtaken = store.write(by_doi, [change])
    assert (counts, overtaken) == (store.Counts(), [change])
    assert not quarantined()
