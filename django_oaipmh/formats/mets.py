"""``mets``: the Metadata Encoding and Transmission Standard (METS) 1, by the Library of Congress.

A description of the resource in MODS, its rights, its files and how they belong together. The groups of files are
named as in the METS application profile for digitised media of the DFG Viewer.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.safestring import mark_safe

from .. import markup
from ..metadata import File, Metadata, Organisation, Person
from ..standards.media_types import media_type
from ..standards.resource_types import coar_type
from .addresses import address, identified
from .base import MetadataFormat
from .mods import MODS
from .oai_qdc import Statement, statements
from .purity import Purity

if TYPE_CHECKING:
    from ..items import Description


@dataclasses.dataclass(frozen=True)
class Agent:
    """Somebody who has to do with the object: ``role`` and ``type`` in the words of METS; an empty type: not known."""

    role: str
    type: str
    name: str


@dataclasses.dataclass(frozen=True)
class FileEntry:
    """A file as METS tells it; what is not known or not valid is empty. ``id`` follows from its position."""

    id: str
    url: str
    media_type: str = ""
    size: str = ""
    checksum: str = ""
    checksum_type: str = ""
    label: str = ""


@dataclasses.dataclass(frozen=True)
class FileGroup:
    """The files of one use."""

    use: str
    files: tuple[FileEntry, ...]


class METS(MetadataFormat):
    """METS 1.12.

    Attributes:
        described_by: the format that the resource is described in.
        mdtype: what METS calls that format (``MDTYPE``).
    """

    prefix = "mets"
    namespace = "http://www.loc.gov/METS/"
    schema = "http://www.loc.gov/standards/mets/mets.xsd"
    pure = True
    described_by: ClassVar[type[MetadataFormat]] = MODS
    mdtype: ClassVar[str] = "MODS"

    def missing(self, description: "Description") -> list[str]:
        """Add what keeps the resource from being described."""
        return [*super().missing(description), *self.described_by().missing(description)]

    def purity(self) -> Purity:
        """Return what this template and that of the description read."""
        own, other = super().purity(), self.described_by()
        return Purity(own.pure and other.purity().pure, (*own.sources, other.fingerprint()))

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Add the ``key`` of the record's XML identifiers, the ``described`` resource as XML and its ``mdtype``, the
        ``agents``, the ``rights``, the ``groups`` of files, and of the division that they make up its ``label``,
        ``type``, ``content_ids``, ``parts`` and files of ``others`` uses."""
        metadata = description.metadata
        groups = tuple(file_groups(metadata))
        return super().get_context(description) | {
            "key": _key(description.identifier),
            "mdtype": self.mdtype,
            "described": self._described(description),
            "agents": tuple(_agents(metadata)),
            "rights": _rights(metadata),
            "groups": groups,
            "parts": tuple(file for group in groups if group.use == DEFAULT for file in group.files),
            "others": tuple(file for group in groups if group.use != DEFAULT for file in group.files),
            "label": next((str(value) for value in metadata.get("title", ())), ""),
            "type": _type(metadata),
            "content_ids": " ".join(dict.fromkeys(_content_ids(metadata))),
        }

    def _described(self, description: "Description") -> str:
        root = self.described_by().payload(dataclasses.replace(description, xml={}))
        return "" if root is None else mark_safe(markup.embed(root))


def _key(identifier: str) -> str:
    """Return what makes XML identifiers unique in a page of records, too, as it is one document."""
    return hashlib.blake2b(identifier.encode(), digest_size=8).hexdigest()


def _agents(metadata: Metadata) -> Iterator[Agent]:
    for term, role in (("dataProvider", "CUSTODIAN"), ("rightsHolder", "IPOWNER")):
        for value in metadata.get(term, ()):
            yield Agent(role, _AGENT_TYPES.get(type(value), ""), str(value))


_AGENT_TYPES: dict[type, str] = {Person: "INDIVIDUAL", Organisation: "ORGANIZATION"}

_RIGHTS = frozenset(("dc:rights", "dcterms:accessRights", "dcterms:license", "dcterms:rightsHolder"))


def _rights(metadata: Metadata) -> tuple[Statement, ...]:
    """Return the rights in Dublin Core, without encoding schemes, which need DCMI's schema to be understood."""
    return tuple(one._replace(scheme="") for one in statements(metadata) if one.name in _RIGHTS)


def _type(metadata: Metadata) -> str:
    """Return the type in the words of COAR, else as it is told first."""
    values = metadata.get("type", [])
    known = coar_type(values)
    return known[1] if known else next(map(str, values), "")


def _content_ids(metadata: Metadata) -> Iterator[str]:
    for value in metadata.get("identifier", ()):
        if uri := identified(value).uri:
            yield uri


#: The group of the files that are the resource itself.
DEFAULT = "DEFAULT"
_USES = {"": DEFAULT, "thumbnail": "THUMBS", "text": "FULLTEXT"}
_CHECKSUM_TYPES = {
    name.replace("-", "").lower(): name
    for name in (
        *("Adler-32", "CRC32", "HAVAL", "MD5", "MNP", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "TIGER", "WHIRLPOOL"),
    )
}
_SIZE = re.compile(r"\d{1,18}", re.ASCII)
_CHECKSUM = re.compile(r"\S+")


def file_groups(metadata: Metadata) -> Iterator[FileGroup]:
    """Yield the files by what they are used for, in the order in which the uses come up first."""
    groups: dict[str, list[FileEntry]] = {}
    for position, value in enumerate(metadata.get("file", ()), 1):
        file = value if isinstance(value, File) else File(str(value))
        if url := address(file.url):
            use = " ".join(file.use.split())
            groups.setdefault(_USES.get(use.lower(), use.upper()), []).append(_entry(f"FILE{position}", url, file))
    for use, files in groups.items():
        yield FileGroup(use, tuple(files))


def _entry(id: str, url: str, file: File) -> FileEntry:
    checksum_type = _CHECKSUM_TYPES.get(file.checksum_type.replace("-", "").lower(), "")
    is_known = checksum_type and _CHECKSUM.fullmatch(file.checksum)
    return FileEntry(
        id,
        url,
        media_type(file.media_type),
        file.size if _SIZE.fullmatch(file.size) else "",
        file.checksum if is_known else "",
        checksum_type if is_known else "",
        file.label,
    )
