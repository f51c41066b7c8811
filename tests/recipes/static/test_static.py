"""A small collection as one file for a gateway, and a dump that a web server gives to who harvests it all."""

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.core.management import call_command
from lxml import etree

from tests import schemas
from tests.harvester import OAI, OAIClient

from . import first_harvest
from .models import Letter

pytestmark = pytest.mark.django_db(transaction=True)


class Silent(http.server.SimpleHTTPRequestHandler):
    extensions_map = {".xml": "text/xml", ".gz": "application/gzip", ".json": "application/json"}

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def letters() -> list[Letter]:
    made = [
        Letter.objects.create(sender="Ada", recipient="Charles", written=f"1843-07-{day:02}", summary="The engine & I")
        for day in range(1, 8)
    ]
    call_command("oai_sync", verbosity=0)
    return made


@pytest.fixture
def published(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that a web server shows, and its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_static_repository(letters, published):
    folder, url = published
    address = ["--gateway", "http://gateway.example.org/oai", "--url", "http://society.example.org/letters.xml"]
    call_command("oai_export", "--static", str(folder / "letters.xml"), *address, verbosity=0)
    with urlopen(f"{url}/letters.xml") as response:
        assert response.headers.get_content_type() == "text/xml"
        root = etree.fromstring(response.read())
    assert not schemas.static_errors(root)
    assert root[0].findtext(OAI + "baseURL") == "http://gateway.example.org/oai/society.example.org/letters.xml"
    told = {one.text for one in root.iter(OAI + "identifier")}
    assert told == set(OAIClient().ask(verb="ListRecords", metadataPrefix="oai_dc").identifiers)
    assert len(told) == 7


@pytest.fixture
def live(settings, live_server) -> str:
    """The base URL, where the site really answers."""
    settings.OAIPMH = settings.OAIPMH | {"BASE_URL": f"{live_server.url}/oai", "NAMESPACE": "society.example.org"}
    return f"{live_server.url}/oai"


def test_a_first_harvest_from_the_dump(live, letters, published):
    folder, url = published
    call_command("oai_export", "--dump", str(folder / "dump"), "--records", "3", verbosity=0)
    assert len(list((folder / "dump").glob("records-oai_dc-*.xml.gz"))) == 3
    letters[0].delete()
    letters[1].summary = "Changed after the dump"
    letters[1].save()
    Letter.objects.create(sender="Charles", recipient="Ada", written="1843-08-01")
    copy = first_harvest.harvest(f"{url}/dump")
    fresh = {record[0][0].text: record for record in OAIClient().records() if len(record) > 1}
    assert copy.keys() == fresh.keys()
    assert len(copy) == 7
    for name, record in copy.items():
        assert list(record.itertext()) == list(fresh[name].itertext())


def test_the_script_as_it_is_run(live, letters, published):
    folder, url = published
    call_command("oai_export", "--dump", str(folder / "dump"), verbosity=0)
    command = [sys.executable, first_harvest.__file__, f"{url}/dump"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert len(said.split()) == 7


def test_a_file_that_is_damaged(live, letters, published):
    folder, url = published
    call_command("oai_export", "--dump", str(folder / "dump"), verbosity=0)
    (file,) = (folder / "dump").glob("records-*")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(SystemExit, match="damaged"):
        first_harvest.harvest(f"{url}/dump")
