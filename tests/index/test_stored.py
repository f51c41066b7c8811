"""Stored XML: whatever an item keeps it in, what of it harvesters get, and when a record counts as changed."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.db import models
from django.db.models.fields.files import FieldFile
from django.test.utils import isolate_apps
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.formats.jats import JATS
from django_oaipmh.items import Description
from django_oaipmh.models import Quarantine
from django_oaipmh.repository import Repository
from tests.harvester import payload
from tests.hosts import declare
from tests.invariants.clocks import Clock, OAIClient
from tests.press.factories import ArticleFactory
from tests.press.models import Article, Journal

from .conftest import Spare
from .looks import live, quarantined, sync

PATH = "/spare/oai"
XML = '<?xml version="1.0"?><!DOCTYPE article><article><front>{}</front></article>'
FORMATS = ["oai_dc", "jats"]


class Shelf(InMemoryStorage):
    """A storage that is not a folder, as those of object stores; it counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def _open(self, name: str, mode: str = "rb") -> Any:
        self.reads.append(name)
        return super()._open(name, mode)

    def put(self, name: str, text: str) -> None:
        self.delete(name)
        self.save(name, ContentFile(text.encode()))


SHELF = Shelf()


def in_file(article: Article) -> FieldFile:
    """What a ``FileField`` of the article would be; the name of the file is in its abstract."""
    field = models.FileField(storage=SHELF)
    field.name = "galley"
    return FieldFile(article, field, article.abstract)


@pytest.fixture
def keep(spare: Spare, settings):
    """Say where articles keep their XML, and sync."""
    configured = settings.OAIPMH["REPOSITORIES"] | {"spare": {"FORMATS": FORMATS}}
    settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": configured}
    SHELF.reads.clear()

    def declared(source: Any, **attributes: Any) -> Spare:
        declare(spare, queryset=Article.objects.order_by("pk"), xml={"jats": source}, **attributes)
        spare.watch()
        sync(repository="spare")
        return spare

    return declared


def served() -> list[str]:
    """The text of each record in jats."""
    return ["".join(payload(record).itertext()) for record in OAIClient(PATH).records("jats") if len(record) > 1]


@pytest.mark.parametrize(
    "source",
    [
        "galley_xml",
        ["abstract", "galley_xml"],  # the first that is not empty
        oai.First("abstract", "galley_xml"),
        "parsed",
        lambda article: article.galley_xml.encode(),
        lambda article: memoryview(article.galley_xml.encode()),
        lambda article: article.galley_xml.replace("?>", ' encoding="utf-16"?>').encode("utf-16"),
        lambda article: etree.fromstring(article.galley_xml),
        lambda article: etree.ElementTree(etree.fromstring(article.galley_xml)),
        lambda article: io.StringIO(article.galley_xml),
        lambda article: ContentFile(article.galley_xml.encode()),
    ],
)
def test_wherever_it_is_kept(keep, source):
    ArticleFactory(galley_xml=XML.format("é"), abstract="")
    keep(source, parsed=lambda self, article: etree.fromstring(article.galley_xml))
    assert served() == ["é"]
    assert not quarantined()


@isolate_apps("tests.press")
def test_fields_of_files_and_of_bytes(repository: Repository):
    class Galley(models.Model):
        article = models.ForeignKey(Journal, models.CASCADE)
        file = models.FileField(storage=SHELF)
        data = models.BinaryField()

        class Meta:
            app_label = "press"

        def __str__(self) -> str:
            return str(self.pk)

    SHELF.put("a.xml", "<article>of a file</article>")

    def stored(source: Any, **fields: Any) -> str | None:
        repository._registry.clear()
        item = declare(repository, Galley, xml={"jats": source}, metadata={"title": "pk"})
        (description,) = item.describe([Galley(pk=1, **fields)], ([], []))
        assert isinstance(description, Description), description
        root = JATS().payload(description)
        return None if root is None else root.text

    assert stored("file", file="a.xml") == "of a file"
    assert stored("file", file="") is None
    assert stored("file", file=None) is None
    assert stored("data", data=b"<article>of bytes</article>") == "of bytes"
    assert stored("data", data=memoryview(b"<article>of memory</article>")) == "of memory"
    assert stored("data", data=b"") is None
    for several in (["file", "data"], oai.First("file", "data")):
        assert stored(several, data=b"<article>the second</article>") == "the second"
        assert stored(several, file="a.xml", data=b"<article/>") == "of a file"
    assert stored(oai.Map("file", lambda file: file.open("rb")), file="a.xml") == "of a file"
    with pytest.raises(FileNotFoundError, match=r"gone\.xml"):
        stored("file", file="gone.xml")


def test_a_file_is_read_once_by_each_sync(keep):
    SHELF.put("a.xml", XML.format("one"))
    ArticleFactory(abstract="a.xml")
    ArticleFactory(abstract="")
    keep(in_file)
    assert served() == ["one"]
    assert SHELF.reads == ["a.xml"]
    sync(repository="spare")
    assert SHELF.reads == ["a.xml", "a.xml"]


def test_a_file_that_is_not_needed_is_not_read(keep):
    """Where the object is not in the format, nobody asks for the file; that it is missing is no matter."""
    ArticleFactory(abstract="gone.xml")
    keep(in_file, has_format=lambda self, article, prefix: prefix != "jats")
    assert SHELF.reads == []
    assert not quarantined()


def test_another_file_of_the_same_name_is_noticed(keep, clock: Clock):
    SHELF.put("a.xml", XML.format("one"))
    SHELF.put("b.xml", XML.format("b"))
    ArticleFactory(abstract="a.xml")
    ArticleFactory(abstract="b.xml")
    keep(in_file)
    OAIClient(PATH).headers()
    with clock.moving((PATH, "jats"), (PATH, "oai_dc")) as moved:
        SHELF.put("a.xml", XML.format("two"))
        sync(repository="spare")
    assert [len(moved[PATH, prefix]) for prefix in ("jats", "oai_dc")] == [1, 0]
    assert served() == ["b", "two"]
    with clock.moving((PATH, "jats")) as moved:
        sync(repository="spare")
    assert moved[PATH, "jats"] == set()


def test_a_file_that_is_missing_concerns_its_format_alone(keep):
    article = ArticleFactory(abstract="gone.xml", title="Seen")
    keep(in_file)
    assert len(live(PATH)) == 1 and live(PATH, "jats") == set()
    ((key, reason),) = quarantined().items()
    assert key == (str(article.pk), "jats")
    assert "gone.xml" in reason
    SHELF.put("gone.xml", XML.format("found"))
    sync(repository="spare")
    assert served() == ["found"]
    assert not quarantined()
    SHELF.delete("gone.xml")
    sync(repository="spare")
    assert served() == ["found"], "what harvesters were told stays"
    assert quarantined()


def test_a_storage_that_fails_concerns_its_format_alone(keep, monkeypatch):
    def fail(name: str, mode: str = "rb") -> Any:
        raise TimeoutError("the store does not answer")

    ArticleFactory(abstract="a.xml")
    monkeypatch.setattr(SHELF, "_open", fail)
    keep(in_file)
    assert [row.reason for row in Quarantine.objects.all()] == ["TimeoutError: the store does not answer"]
    assert len(live(PATH)) == 1


def test_a_method_that_fails_concerns_its_format_alone(keep):
    def broken(article: Article) -> str:
        raise LookupError("where is it")

    ArticleFactory()
    keep(broken)
    assert [(row.part, row.reason) for row in Quarantine.objects.all()] == [("jats", "LookupError: where is it")]
    assert len(live(PATH)) == 1


def test_what_holds_no_xml_is_told(keep):
    ArticleFactory()
    keep("published_on", get_queryset=lambda self: Article.objects.all())
    assert not quarantined()
    Article.objects.update(published_on="2020-01-01")
    sync(repository="spare")
    assert "TypeError: date holds no XML" in str(quarantined())


def test_a_path_of_a_file(keep, tmp_path: Path):
    article = ArticleFactory()
    (tmp_path / f"{article.pk}.xml").write_bytes(XML.format("é").encode())
    keep(lambda article: tmp_path / f"{article.pk}.xml")
    assert served() == ["é"]


def test_elements_that_are_the_same_are_no_change(keep, clock: Clock):
    ArticleFactory(galley_xml=XML.format("one"))
    keep(lambda article: etree.fromstring(article.galley_xml))
    OAIClient(PATH).headers()
    with clock.moving((PATH, "jats")) as moved:
        sync(repository="spare")
        Article.objects.update(galley_xml=XML.format("one").replace("<front>", "<front  >"))
        sync(repository="spare")
    assert moved[PATH, "jats"] == set()
    with clock.moving((PATH, "jats")) as moved:
        Article.objects.update(galley_xml=XML.format("two"))
        sync(repository="spare")
    assert len(moved[PATH, "jats"]) == 1
