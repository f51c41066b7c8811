"""One record as people see it: its header, its metadata in words, and its XML."""

import dataclasses
from functools import cached_property

from lxml import etree

from ..markup import pretty
from ..models import IndexedSet, Record, key_of

#: Bytes of the largest record whose XML is shown.
SHOWN = 500_000

DC = "{http://purl.org/dc/elements/1.1/}"


@dataclasses.dataclass(frozen=True)
class ShownRecord:
    """One record of a repository, read from database ``using``."""

    record: Record
    repository: str
    using: str

    @cached_property
    def header(self) -> etree._Element:
        """The header element, as harvesters get it."""
        return etree.fromstring(self.record.header)

    @property
    def datestamp(self) -> str:
        """The datestamp."""
        return self.header.findtext("datestamp") or ""

    @cached_property
    def sets(self) -> list[tuple[str, str]]:
        """setSpec and name of the sets in the header."""
        specs = [element.text or "" for element in self.header.findall("setSpec")]
        known = IndexedSet.objects.using(self.using).filter(key__in=[key_of(self.repository, one) for one in specs])
        names = dict(known.values_list("spec", "name"))
        return [(spec, names.get(spec, spec)) for spec in specs]

    @property
    def is_large(self) -> bool:
        """Whether it is too large to be shown."""
        return self.record.size > SHOWN

    @property
    def xml(self) -> str:
        """The metadata and about elements, indented; empty: there are none, or they are too large."""
        return "" if self.record.deleted or self.is_large else pretty(self.record.body)

    @cached_property
    def elements(self) -> list[tuple[str, list[str]]]:
        """Element and values, of a record in simple Dublin Core; else empty."""
        values: dict[str, list[str]] = {}
        if self.record.prefix == "oai_dc" and not self.record.deleted and not self.is_large:
            for element in etree.fromstring(f"<record>{self.record.body}</record>").iter(f"{DC}*"):
                values.setdefault(etree.QName(element).localname, []).append(element.text or "")
        return list(values.items())
