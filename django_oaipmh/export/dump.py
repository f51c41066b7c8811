"""A dump: ListRecords as files, for harvesters whose first harvest would be long.

Each file is a ListRecords response, compressed. ``manifest.json`` tells the files of a complete dump and the
responseDate that its reader goes on harvesting from, as after any list of the protocol (section 2.7.1). It is taken
before the first page is read, so that nothing is lost, whatever is written meanwhile.

While a dump is made, ``unfinished.json`` tells how far it is. A dump that was interrupted goes on behind its last
whole file, with the responseDate that it began with. The files of the dump before stay until the new one is complete.
"""

import gzip
import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.files import locks
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from ..protocol.datestamps import format_datestamp, parse_datestamp
from ..protocol.lists import Key
from ..protocol.responses import ENVELOPE, RECORDS, record_elements, render
from ..protocol.verbs import Page, look
from ..scopes import Scope
from . import ExportError
from .files import Measured, replacing
from .lists import Listed, listed, prefixes_of

VERSION = 1
MANIFEST, UNFINISHED, LOCK = "manifest.json", "unfinished.json", ".lock"

#: A harvester decompresses often, the dump compresses once; yet beyond this level it takes longer than all the rest.
LEVEL = 4

Manifest = dict[str, Any]
Report = Callable[[Path, int], None]


class Dump:
    """Dumps what a scope sees into a folder, which is the dump's own.

    Attributes:
        folder: where the files are; made if need be.
        scope: what is dumped.
        prefixes: the formats.
        set_spec: only the records of this set; empty: all.
        deleted: whether deleted records are among them, if the repository tells any.
        records, bytes: how many records, and bytes before compression, end a file.
        report: called with each file that is complete, and how many records it has.
    """

    def __init__(
        self,
        folder: Path,
        scope: Scope,
        *,
        prefixes: Sequence[str] = (),
        set_spec: str = "",
        deleted: bool = False,
        records: int = 10_000,
        bytes: int = 100_000_000,
        report: Report = lambda path, records: None,
    ) -> None:
        self.folder = folder
        self.scope = scope
        self.prefixes = prefixes_of(scope, prefixes)
        self.set_spec = set_spec
        self.deleted = deleted
        self.records = records
        self.bytes = bytes
        self.report = report

    def make(self) -> Manifest:
        """Make the dump, or go on with one that was interrupted, and return its manifest.

        Raises:
            ExportError: the folder is in use, there is no such set, or the index was made anew meanwhile.
            OAIErrors: there is no such format, or there are no sets.
            NotReady: the repository cannot answer yet.
            OSError: a file cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("w") as lock:
            if not locks.lock(lock, locks.LOCK_EX | locks.LOCK_NB):
                raise ExportError(_("Another dump is being written to %(folder)s.") % {"folder": self.folder})
            return self._make()

    def _make(self) -> Manifest:
        lists = [listed(self.scope, prefix, self.set_spec, deleted=self.deleted) for prefix in self.prefixes]
        if self.set_spec and all(one.range is None for one in lists):
            raise ExportError(_("There is no set %(spec)s.") % {"spec": self.set_spec})
        began = self._begin(lists)
        manifest = self._interrupted(began)
        if manifest is None:
            manifest = began
            self._remove_all_but(self._read(MANIFEST))
        self._save(UNFINISHED, manifest)
        for one, told in zip(lists, manifest["lists"], strict=True):
            self._write_list(one, told, manifest)
        if look(self.scope).generation != manifest["generation"]:
            raise ExportError(_("The index was made anew meanwhile. Run this again, and the dump begins anew, too."))
        manifest["complete"] = True
        self._save(MANIFEST, manifest)
        (self.folder / UNFINISHED).unlink()
        self._remove_all_but(manifest)
        return manifest

    # The manifest.

    def _begin(self, lists: Sequence[Listed]) -> Manifest:
        """Return the manifest of a dump of which nothing is written."""
        formats = self.scope.metadata_formats
        return {
            "version": VERSION,
            "dump": secrets.token_hex(4),
            "repositoryName": self.scope.get_repository_name(),
            "baseURL": self.scope.get_base_url(),
            "generation": lists[0].present.generation,
            "responseDate": format_datestamp(lists[0].present.response_date),
            "granularity": self.scope.setting("GRANULARITY"),
            "set": self.set_spec,
            "deleted": self.deleted,
            "complete": False,
            "lists": [
                {
                    "metadataPrefix": one.prefix,
                    "schema": formats[one.prefix].schema,
                    "metadataNamespace": formats[one.prefix].namespace,
                    "complete": False,
                    "records": 0,
                    "files": [],
                }
                for one in lists
            ],
        }

    def _interrupted(self, began: Manifest) -> Manifest | None:
        """Return the manifest of a dump that was interrupted, if it can become the one that ``began``."""
        manifest = self._read(UNFINISHED)
        if manifest is None:
            return None
        same = ("version", "baseURL", "generation", "granularity", "set", "deleted")
        if any(manifest.get(key) != began[key] for key in same) or prefixes(manifest) != prefixes(began):
            return None
        if any(size_of(self.folder / file["name"]) != file["bytes"] for file in files(manifest)):
            return None
        return manifest

    def _read(self, name: str) -> Manifest | None:
        try:
            manifest: Manifest = json.loads((self.folder / name).read_text())
        except FileNotFoundError:
            return None
        return manifest

    def _save(self, name: str, manifest: Manifest) -> None:
        with replacing(self.folder / name) as file:
            file.write(json.dumps(manifest, indent=2, ensure_ascii=False).encode())

    def _remove_all_but(self, manifest: Manifest | None) -> None:
        """Remove the files of other dumps."""
        kept = {file["name"] for file in files(manifest)} if manifest else set()
        for pattern in ("records-*.xml.gz", f".{MANIFEST}.part", f".{UNFINISHED}.part", ".records-*.xml.gz.part"):
            for path in self.folder.glob(pattern):
                if path.name not in kept:
                    path.unlink()

    # The files.

    def _write_list(self, one: Listed, told: Manifest, manifest: Manifest) -> None:
        """Write what is not yet written of a list."""
        before, after = self._envelope(one, manifest).split(RECORDS)
        while not told["complete"]:
            last = tuple(told["files"][-1]["last"]) if told["files"] else None
            page = one.read(last, self.records, self.bytes)
            if page.rows:
                number = len(told["files"]) + 1
                path = self.folder / f"records-{one.prefix}-{manifest['dump']}-{number:05}.xml.gz"
                file, page = self._write_file(path, one, page, before.encode(), after.encode())
                told["files"].append(file)
                told["records"] += file["records"]
                self.report(path, file["records"])
            told["complete"] = not page.more
            self._save(UNFINISHED, manifest)

    def _write_file(self, path: Path, one: Listed, page: Page, before: bytes, after: bytes) -> tuple[Manifest, Page]:
        """Write a file from ``page`` on; return what the manifest tells of it, and its last page."""
        records = size = 0
        with replacing(path) as file:
            measured = Measured(file)
            with gzip.GzipFile("", "wb", LEVEL, measured, 0) as compressed:
                compressed.write(before)
                while True:
                    elements = "".join(record_elements(page.rows, self.scope.setting("GRANULARITY"))).encode()
                    compressed.write(elements)
                    records += len(page.rows)
                    size += len(elements)
                    last: Key = page.last
                    if not page.more or records >= self.records or size >= self.bytes:
                        break
                    page = one.read(last, self.records - records, self.bytes - size)
                    if not page.rows:
                        break
                compressed.write(after)
        told = {"name": path.name, "records": records, "bytes": measured.bytes, "sha256": measured.sha256}
        return told | {"last": last}, page

    def _envelope(self, one: Listed, manifest: Manifest) -> str:
        """Return a response with ``RECORDS`` in the place of its records."""
        date, _written = parse_datestamp(manifest["responseDate"])
        given = [("verb", one.arguments.verb), *one.arguments.given.items()]
        context = {"verb": one.arguments.verb, "records": mark_safe(RECORDS), "resumption": ""}
        return render(ENVELOPE, context, date, given, manifest["baseURL"])


def prefixes(manifest: Manifest) -> list[str]:
    """Return the formats of a dump."""
    return [one["metadataPrefix"] for one in manifest["lists"]]


def files(manifest: Manifest) -> list[Manifest]:
    """Return what a manifest tells of each file."""
    return [file for one in manifest["lists"] for file in one["files"]]


def size_of(path: Path) -> int:
    """Return the bytes of a file; -1 where there is none."""
    return path.stat().st_size if path.is_file() else -1
