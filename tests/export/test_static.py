"""``oai_export --static``: the file keeps every rule of the specification, and has every record of the repository."""

import datetime
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from django_oaipmh.export import lists, static
from django_oaipmh.export.static import gateway_base_url
from django_oaipmh.management.commands import oai_export
from tests import schemas
from tests.harvester import DC, OAI, OAIClient, dublin_core
from tests.invariants.clocks import headers
from tests.press.factories import ArticleFactory
from tests.press.models import Article

STATIC = "{http://www.openarchives.org/OAI/2.0/static-repository}"
GATEWAY = "http://gateway.example.org/oai"
URL = "http://press.example.org/files/press.xml"


def export(file: Path | str, *arguments: str, gateway: str = GATEWAY, url: str = URL) -> tuple[str, str]:
    """What the command says, and what it warns of."""
    out, err = io.StringIO(), io.StringIO()
    call_command(
        "oai_export", "--static", str(file), "--gateway", gateway, "--url", url, *arguments, stdout=out, stderr=err
    )
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "press.xml"


def read(file: Path) -> etree._Element:
    """The root of a static repository that conforms to section 3.2 of the specification."""
    content = file.read_bytes()
    assert content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    root = etree.fromstring(content)
    assert not schemas.static_errors(root)
    assert [etree.QName(part).localname for part in root][:2] == ["Identify", "ListMetadataFormats"]
    assert {part.tag for part in root[2:]} == {STATIC + "ListRecords"}
    for name in ("setSpec", "compression", "resumptionToken"):
        assert not list(root.iter(OAI + name)), name
    assert root[0].findtext(OAI + "deletedRecord") == "no"
    assert root[0].findtext(OAI + "granularity") == "YYYY-MM-DD"
    earliest = datetime.date.fromisoformat(root[0].findtext(OAI + "earliestDatestamp"))
    for header in root.iter(OAI + "header"):
        assert not header.attrib
        assert datetime.date.fromisoformat(header.findtext(OAI + "datestamp")) >= earliest
    assert prefixes(root) == [part.get("metadataPrefix") for part in root[2:]]
    for one in root[2:]:
        identifiers = [element.text for element in one.iter(OAI + "identifier")]
        assert len(set(identifiers)) == len(identifiers)
    return root


def prefixes(root: etree._Element) -> list[str]:
    return [element.text for element in root[1].iter(OAI + "metadataPrefix")]


def records(root: etree._Element, prefix: str = "oai_dc") -> dict[str, etree._Element]:
    (one,) = (part for part in root[2:] if part.get("metadataPrefix") == prefix)
    return {record[0].findtext(OAI + "identifier"): record for record in one}


def test_it_is_the_repository_in_one_file(articles, file):
    said, warned = export(file)
    root = read(file)
    assert prefixes(root) == ["oai_dc", "galley"]
    assert records(root).keys() == headers().keys()
    assert records(root, "galley").keys() == headers(prefix="galley").keys()
    for record in OAIClient().records():
        assert dublin_core(records(root)[record[0][0].text]) == dublin_core(record)
    assert said == "http://gateway.example.org/oai/press.example.org/files/press.xml: 3 oai_dc, 3 galley\n"
    assert not warned


def test_it_says_who_and_where(articles, file):
    export(file)
    identify = read(file)[0]
    assert identify.findtext(OAI + "repositoryName") == "Harvest Press & Sons"
    assert identify.findtext(OAI + "baseURL") == f"{GATEWAY}/press.example.org/files/press.xml"
    emails = [one.text for one in identify.iter(OAI + "adminEmail")]
    assert emails == ["oai@press.example.org", "library@press.example.org"]
    (identifiers,) = identify.iter("{*}oai-identifier")
    assert identifiers.findtext("{*}repositoryIdentifier") == "press.example.org"


def test_it_tells_of_no_deletion(articles, file):
    articles[0].delete()
    assert len(headers()) == 3
    export(file)
    assert len(records(read(file))) == 2


def test_a_format_without_records_is_left_out(articles, file):
    Article.objects.update(galley_xml="")
    call_command("oai_sync", "--allow-mass-change", verbosity=0)
    export(file)
    assert prefixes(read(file)) == ["oai_dc"]


def test_one_format_and_one_set(articles, file):
    export(file, "--format", "galley", "--set", "rmr")
    root = read(file)
    assert prefixes(root) == ["galley"]
    assert records(root, "galley").keys() == headers(prefix="galley", set="rmr").keys()


def test_dates_are_days(articles, file, settings):
    export(file)
    in_seconds = file.read_bytes()
    settings.OAIPMH = settings.OAIPMH | {"GRANULARITY": "YYYY-MM-DD"}
    export(file)
    assert file.read_bytes() == in_seconds
    assert read(file) is not None


def test_a_record_that_changes_meanwhile_is_there_once(articles, file, clock, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 1)
    original, changed = lists.Listed.read, iter(articles)

    def read_and_change(self, *arguments):
        page = original(self, *arguments)
        if article := next(changed, None):
            clock.tick()
            article.title = "Later"
            article.save()
        return page

    monkeypatch.setattr(lists.Listed, "read", read_and_change)
    export(file)
    assert len(records(read(file))) == 3


def test_more_records_than_it_is_meant_for(articles, file, monkeypatch):
    monkeypatch.setattr(oai_export, "MOST", 2)
    _, warned = export(file)
    assert "oai_dc: 3 records" in warned
    assert "2 at most" in warned
    assert len(records(read(file))) == 3


def test_the_standard_output(articles, file, capfdbinary):
    export("-")
    said = capfdbinary.readouterr().out
    file.write_bytes(said)
    assert len(records(read(file))) == 3


@pytest.mark.parametrize(
    "gateway, url, base_url",
    [
        ("http://gateway.institution.org/oai", "http://an.oai.org/ma/mini.xml", "/oai/an.oai.org/ma/mini.xml"),
        ("http://gateway.institution.org/oai/", "http://an.oai.org/ma/mini.xml", "/oai/an.oai.org/ma/mini.xml"),
        ("http://gateway.institution.org/oai", "http://loca.org:8080/data", "/oai/loca.org%3A8080/data"),
    ],
)
def test_the_base_url_is_made_as_the_specification_shows(gateway, url, base_url):
    assert gateway_base_url(gateway, url) == "http://gateway.institution.org" + base_url


@pytest.mark.parametrize(
    "gateway, url",
    [
        ("gateway.example.org", URL),
        ("ftp://gateway.example.org/oai", URL),
        ("http://gateway.example.org/oai?x=y", URL),
        (GATEWAY, "https://press.example.org/press.xml"),
        (GATEWAY, "press.xml"),
        (GATEWAY, "http://press.example.org/"),
        (GATEWAY, "http://press.example.org/press.xml?version=2"),
        (GATEWAY, "http://press.example.org/press.xml#top"),
    ],
)
def test_urls_that_the_specification_does_not_have(articles, file, gateway, url):
    with pytest.raises(CommandError, match="is no URL of a"):
        export(file, gateway=gateway, url=url)
    assert not file.exists()


def test_without_urls_there_is_no_static_repository(db, file):
    with pytest.raises(CommandError, match="--gateway and --url"):
        call_command("oai_export", "--static", str(file))


def test_without_records_there_is_no_static_repository(transactional_db, file):
    call_command("oai_sync", verbosity=0)
    with pytest.raises(CommandError, match="at least one record"):
        export(file)
    assert not file.exists()


def test_what_fails_leaves_the_old_file(articles, file, monkeypatch):
    export(file)
    before = file.read_bytes()
    ArticleFactory()

    def fail(*arguments: object) -> bytes:
        raise OSError("No space left on device")

    monkeypatch.setattr(static, "record_elements", fail)
    with pytest.raises(CommandError, match="No space left"):
        export(file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--format", "marc21"], "no format marc21"),
        (["--repository", "thesis"], "There is no repository 'thesis'"),
    ],
)
def test_wrong_arguments(articles, file, arguments, words):
    with pytest.raises(CommandError, match=words):
        export(file, *arguments)


def test_before_the_first_sync(transactional_db, file):
    with pytest.raises(CommandError, match="being prepared"):
        export(file)


def test_everything_that_may_be_in_a_title(articles, file):
    articles[0].title = "<b>&amp;</b> ]]>\x0b Ðelos <!--records--> </identifier>"
    articles[0].save()
    export(file)
    titles = [element.text for element in read(file).iter(DC + "title")]
    assert "<b>&amp;</b> ]]> Ðelos <!--records--> </identifier>" in titles
