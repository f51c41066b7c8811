"""XML Schemas from a folder, to validate payloads in tests and previews; never from the network.

In the folder each schema is stored under its own URL without the scheme
(``www.openarchives.org/OAI/2.0/oai_dc.xsd``), and so is whatever it imports.
"""

import dataclasses
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

from .markup import SCHEMA_LOCATION

_SCHEME = re.compile(r"^https?://")


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a schema says of XML.

    Attributes:
        errors: what is invalid, one message each; empty: nothing.
        unknown: why it could not be told; empty: it could.
    """

    errors: tuple[str, ...] = ()
    unknown: str = ""


class Schemas:
    """The schemas of one or several folders, the first that has a file wins."""

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self.schema_at = lru_cache(maxsize=None)(self._compiled)

    @classmethod
    def of(cls, setting: Any) -> "Schemas | None":
        """Return the schemas of what the setting ``SCHEMAS`` may be, a path or several; ``None`` if it is empty."""
        folders = list(folders_of(setting))
        return cls(*folders) if folders else None

    def path_of(self, url: str) -> Path | None:
        """Return the file that ``url`` is stored in."""
        name = _SCHEME.sub("", url)
        return next((path for folder in self.folders if (path := folder / name).is_file()), None)

    def errors(self, root: etree._Element) -> list[str] | None:
        """Return what is invalid in ``root``, by the schema that it names for its namespace.

        Returns:
            one message an error; ``None`` if that schema is not stored.

        Raises:
            etree.LxmlError: the schema, or one that it imports, cannot be read.
        """
        url = schema_of(root)
        if not url or self.path_of(url) is None:
            return None
        schema = self.schema_at(url)
        if schema.validate(root):
            return []
        log: Any = schema.error_log
        return [f"line {error.line}: {error.message}" for error in log]

    def judge(self, root: etree._Element) -> Verdict:
        """Return the same with a reason where nothing can be said."""
        url = schema_of(root)
        if not url:
            return Verdict(unknown=f"<{root.tag}> names no schema for its namespace")
        try:
            errors = self.errors(root)
        except etree.LxmlError as error:
            return Verdict(unknown=f"the stored schema {url} cannot be read: {error}")
        return Verdict(unknown=f"{url} is not stored") if errors is None else Verdict(tuple(errors))

    def judge_record(self, text: str, *, payload: bool = True) -> Iterator[Verdict]:
        """Yield a verdict on each payload and about container of a record.

        Args:
            text: its metadata and about elements; errors count its lines.
            payload: whether the payload is to be judged, too.
        """
        root = etree.fromstring(f"<record>{text}</record>", etree.XMLParser(huge_tree=True))
        for container in root:
            if payload or container.tag != "metadata":
                yield self.judge(container[0])

    def parser(self) -> etree.XMLParser:
        """Return a parser that takes everything from the folders."""
        parser = etree.XMLParser(no_network=True)
        parser.resolvers.add(_Stored(self))
        return parser

    def _compiled(self, url: str) -> etree.XMLSchema:
        return etree.XMLSchema(etree.parse(str(self.path_of(url)), self.parser()))


def folders_of(setting: Any) -> Iterator[Path]:
    """Yield the folders that a path, or several, name."""
    several: Iterable[Any] = (setting,) if isinstance(setting, str | os.PathLike) else setting
    yield from (Path(one) for one in several if one != "")


def schema_of(root: etree._Element) -> str:
    """Return the URL of the schema that ``root`` names for its own namespace; empty if there is none."""
    locations = root.get(SCHEMA_LOCATION, "").split()
    return dict(zip(locations[::2], locations[1::2], strict=False)).get(etree.QName(root).namespace or "", "")


class _Stored(etree.Resolver):
    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        if not _SCHEME.match(system_url):
            return None
        path = self.schemas.path_of(system_url)
        if path is None:
            raise LookupError(f"There is no stored schema for {system_url}")
        resolver: Any = super()
        return resolver.resolve_filename(str(path), context)
