"""Dumps as their readers use them: loaded into a copy, which goes on harvesting from their date."""

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from lxml import etree

from tests import schemas
from tests.copies import Copy, Kept
from tests.harvester import OAI


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def names(folder: Path) -> list[str]:
    """The files of a dump, as they are in the folder."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def responses(folder: Path, prefix: str = "oai_dc") -> list[etree._Element]:
    """The ListRecords responses of one format, each of which is as its manifest says."""
    manifest = manifest_of(folder)
    assert manifest["complete"]
    (told,) = (one for one in manifest["lists"] if one["metadataPrefix"] == prefix)
    assert told["complete"]
    found = []
    for file in told["files"]:
        content = (folder / file["name"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])
        root = etree.fromstring(gzip.decompress(content))
        assert not schemas.errors(root)
        assert root.findtext(OAI + "responseDate") == manifest["responseDate"]
        request = root.find(OAI + "request")
        assert request.text == manifest["baseURL"]
        asked = {"verb": "ListRecords", "metadataPrefix": prefix}
        assert dict(request.attrib) == asked | ({"set": manifest["set"]} if manifest["set"] else {})
        assert len(root.findall(f"{OAI}ListRecords/{OAI}record")) == file["records"] > 0
        found.append(root)
    assert sum(file["records"] for file in told["files"]) == told["records"]
    return found


class DumpCopy(Copy):
    """A copy that begins with a dump."""

    def load(self, folder: Path) -> "DumpCopy":
        for root in responses(folder, self.prefix):
            for record in root.iter(OAI + "record"):
                self.records[record[0].findtext(OAI + "identifier")] = Kept.read(record)
        self.since = manifest_of(folder)["responseDate"]
        return self
