"""Foreign keys that point to another column than the key (``to_field``): what changes behind them is noticed, too."""

from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

import django_oaipmh as oai
from django_oaipmh import dependencies
from tests.harvester import OAIClient

from .conftest import Spare
from .looks import sync, values


class Host:
    """Shelves in a tree, volumes on them and with marks: nothing points to a key."""

    def __init__(self) -> None:
        class Shelf(models.Model):
            code = models.SlugField(unique=True)
            name = models.CharField(max_length=100)
            parent = models.ForeignKey("self", models.CASCADE, null=True, to_field="code", related_name="shelves")

            class Meta:
                app_label = "press"

            def __str__(self) -> str:
                return self.name

        class Mark(models.Model):
            code = models.SlugField(unique=True)
            name = models.CharField(max_length=100)

            class Meta:
                app_label = "press"

            def __str__(self) -> str:
                return self.name

        class Volume(models.Model):
            number = models.SlugField(unique=True)
            shelf = models.ForeignKey(Shelf, models.CASCADE, to_field="code", related_name="volumes")
            marks = models.ManyToManyField(Mark, through="Marking", related_name="volumes")

            class Meta:
                app_label = "press"

            def __str__(self) -> str:
                return self.number

        class Marking(models.Model):
            volume = models.ForeignKey(Volume, models.CASCADE, to_field="number")
            mark = models.ForeignKey(Mark, models.CASCADE, to_field="code")

            class Meta:
                app_label = "press"

            def __str__(self) -> str:
                return f"{self.volume_id} {self.mark_id}"

        self.models = (Shelf, Mark, Volume, Marking)
        self.Shelf, self.Mark, self.Volume, self.Marking = self.models


@pytest.fixture
def host(spare: Spare) -> Iterator[Host]:
    """Gone before ``spare`` is, which then has the site watched again."""
    with isolate_apps("tests.press") as registry, pytest.MonkeyPatch.context() as patch:
        host = Host()
        patch.setattr(dependencies, "apps", registry)
        with connection.schema_editor() as editor:
            for model in host.models:
                editor.create_model(model)
        try:
            yield host
        finally:
            with connection.schema_editor() as editor:
                for model in reversed(host.models):
                    editor.delete_model(model)


@pytest.fixture
def volume(host: Host, spare: Spare) -> models.Model:
    """A volume with a mark, on a shelf of a room. No key is what points to it."""
    host.Shelf.objects.create(code="unused", name="Unused")
    host.Mark.objects.create(code="unused", name="Unused")
    host.Mark.objects.create(code="unused-too", name="Unused")
    room = host.Shelf.objects.create(code="room", name="Room")
    shelf = host.Shelf.objects.create(code="shelf", name="Shelf", parent=room)
    volume = host.Volume.objects.create(number="volume", shelf=shelf)
    host.Marking.objects.create(volume=volume, mark=host.Mark.objects.create(code="mark", name="Mark"))

    class VolumeItem(oai.Item):
        queryset = host.Volume.objects.all()
        metadata = {"title": "shelf__name", "subject": "marks__name"}
        sets = [oai.SetsBy("shelf", spec="code", name="name", parent="parent")]

    spare.register(host.Volume, VolumeItem)
    spare.watch()
    sync()
    assert seen("title") == ["Shelf"]
    assert seen("subject") == ["Mark"]
    return volume


def seen(element: str) -> list[str]:
    return values("oai:spare.example.org:volume/1", element, "/spare/oai")


def test_a_change_behind_a_foreign_key(host: Host, volume):
    shelf = host.Shelf.objects.get(code="shelf")
    shelf.name = "Another name"
    shelf.save()
    assert seen("title") == ["Another name"]


def test_a_change_behind_a_many_to_many_relation(host: Host, volume):
    mark = host.Mark.objects.get(code="mark")
    mark.name = "Another name"
    mark.save()
    assert seen("subject") == ["Another name"]


def test_a_row_between_them_comes_and_goes(host: Host, volume):
    mark = host.Mark.objects.get(code="unused")
    marking = host.Marking.objects.create(volume=volume, mark=mark)
    assert sorted(seen("subject")) == ["Mark", "Unused"]
    marking.delete()
    assert seen("subject") == ["Mark"]


@pytest.mark.parametrize("manager", ["volume.marks", "mark.volumes"])
def test_managers(host: Host, volume, manager):
    mark = host.Mark.objects.get(code="unused")
    near, other = (volume.marks, mark) if manager == "volume.marks" else (mark.volumes, volume)
    near.add(other)
    assert sorted(seen("subject")) == ["Mark", "Unused"]
    near.remove(other)
    assert seen("subject") == ["Mark"]
    near.add(other)
    near.clear()
    assert "Unused" not in seen("subject")


def test_a_tree_of_sets(host: Host, volume):
    (header,) = OAIClient("/spare/oai").headers()
    assert header.sets == ("room:shelf",)
    room = host.Shelf.objects.get(code="room")
    room.parent_id = "unused"
    room.save()
    (header,) = OAIClient("/spare/oai").headers()
    assert header.sets == ("unused:room:shelf",)
