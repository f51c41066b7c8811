"""The harvesters of the soak: copies that follow the protocol over HTTP, one of them with sickle, one from dumps."""

import gzip
import itertools
import json
import random
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from tests.copies import Kept
from tests.harvester import OAI


class Busy(Exception):
    """The repository asked to come again later."""


class Harvester:
    """One copy of ``oai_dc``, perhaps of a set, harvested from servers in turn, with pauses between the pages."""

    def __init__(self, name: str, servers: list[str], slowness: float, set_spec: str = "") -> None:
        self.name = name
        self.set_spec = set_spec
        self.servers = itertools.cycle(servers)
        self.slowness = slowness
        self.records: dict[str, Kept] = {}
        self.since = ""
        self.harvests = 0

    def __str__(self) -> str:
        return f"{self.name}: {self.harvests} harvests, {len(self.records)} records"

    def harvest(self, pause: float = 0.0) -> None:
        """Bring the copy up to date: first everything, then from the responseDate at which the last one began."""
        began, told = "", {}
        for root in self.pages(pause):
            began = began or root.findtext(OAI + "responseDate")
            for record in root.iter(OAI + "record"):
                told[record[0].findtext(OAI + "identifier")] = Kept.read(record)
        self.records.update(told)
        self.since = began
        self.harvests += 1

    def pages(self, pause: float) -> Iterator[etree._Element]:
        """Yield the responses of one list."""
        arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
        if self.set_spec:
            arguments["set"] = self.set_spec
        if self.since:
            arguments["from"] = self.since
        while arguments:
            root = self.ask(arguments)
            yield root
            token = root.findtext(f"{OAI}ListRecords/{OAI}resumptionToken")
            arguments = {"verb": "ListRecords", "resumptionToken": token} if token else {}
            time.sleep(pause * random.random())

    def ask(self, arguments: dict[str, str]) -> etree._Element:
        url = f"{next(self.servers)}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=60) as response:
                root = etree.fromstring(response.read())
        except urllib.error.HTTPError as error:
            if error.code == 503 and error.headers["Retry-After"]:
                raise Busy from error
            raise
        codes = [error.get("code") for error in root.findall(OAI + "error")]
        assert codes in ([], ["noRecordsMatch"]), (url, codes)
        return root


class SickleHarvester(Harvester):
    """The same with sickle, which keeps to one server and goes from page to page by itself."""

    def pages(self, pause: float) -> Iterator[etree._Element]:
        arguments = {"metadataPrefix": "oai_dc"} | ({"from": self.since} if self.since else {})
        responses: list[etree._Element] = []

        class Listening(Sickle):
            def harvest(self, **kwargs):  # type: ignore[no-untyped-def]
                response = super().harvest(**kwargs)
                responses.append(response.xml)
                return response

        try:
            for _ in Listening(next(self.servers), timeout=60, max_retries=3).ListRecords(**arguments):
                while responses:
                    yield responses.pop(0)
                    time.sleep(pause * random.random())
        except NoRecordsMatch:
            pass
        yield from responses


class DumpHarvester(Harvester):
    """One that begins with a dump, whose making is killed at random and run again; each fourth time it begins anew."""

    def __init__(self, name: str, servers: list[str], slowness: float, start: Callable[..., Any]) -> None:
        super().__init__(name, servers, slowness)
        self.start = start
        self.folder = Path(tempfile.mkdtemp())
        self.kills = 0

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.kills} dumps killed"

    def harvest(self, pause: float = 0.0) -> None:
        if self.harvests % 4 and self.since:
            return super().harvest(pause)
        while not self.dump():
            self.kills += 1
        manifest = json.loads((self.folder / "manifest.json").read_text())
        self.records = {
            record[0].findtext(OAI + "identifier"): Kept.read(record)
            for file in manifest["lists"][0]["files"]
            for record in etree.fromstring(gzip.decompress((self.folder / file["name"]).read_bytes())).iter(
                OAI + "record"
            )
        }
        self.since = manifest["responseDate"]
        self.harvests += 1

    def dump(self) -> bool:
        """Make a dump, or go on with one; return whether it was left to come to its end."""
        process = self.start("dump", str(self.folder), SOAK_READ="yes")
        try:
            status = process.wait(timeout=random.choice([1.0, 1.5, 2.0, 3.0, 60.0]))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
        assert not status, f"oai_export ended with {status}"
        return True


def follow(harvester: Harvester, stop: threading.Event, failures: list[str], report: Callable[[str], None]) -> None:
    """Harvest again and again until ``stop``. What goes wrong is a failure of the repository."""
    while not stop.is_set():
        try:
            harvester.harvest(harvester.slowness)
        except Busy:
            report(f"{harvester.name}: asked to come again")
        except Exception as error:
            failures.append(f"{harvester.name}: {type(error).__name__}: {error}")
        stop.wait(harvester.slowness)
