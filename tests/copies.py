"""What a harvester keeps, by the protocol."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from lxml import etree

from tests.harvester import OAI, OAIClient, Reply, payload

T = TypeVar("T")


class Kept(NamedTuple):
    """One record as a harvester keeps it. The datestamp is no part of it: it says when, not what."""

    sets: tuple[str, ...]
    deleted: bool
    metadata: bytes

    @classmethod
    def read(cls, record: etree._Element) -> Kept:
        root = payload(record)
        return cls(
            tuple(spec.text for spec in record[0].findall(OAI + "setSpec")),
            record[0].get("status") == "deleted",
            b"" if root is None else etree.tostring(root, method="c14n"),
        )


class Copy:
    """A harvester's copy of a list, brought up to date page by page.

    It follows the protocol: a full harvest first, then ``from`` = the responseDate of the first response of the last
    harvest that it completed. It may be left alone anywhere, and may give up and begin again.
    """

    def __init__(self, path: str = "/oai", prefix: str = "oai_dc") -> None:
        self.client = OAIClient(path)
        self.prefix = prefix
        self.days = path == "/theses/oai"
        self.records: dict[str, Kept] = {}
        self.since: str | None = None
        self.began = ""
        self.token = ""

    def page(self) -> Reply:
        """Ask for one page, and keep what it tells."""
        if self.token:
            reply = self.client.get(verb="ListRecords", resumptionToken=self.token)
        else:
            since = self.since and (self.since[:10] if self.days else self.since)
            reply = self.client.get(verb="ListRecords", metadataPrefix=self.prefix, from_=since)
            self.began = reply.response_date
        assert reply.codes in ([], ["noRecordsMatch"]), reply.errors
        for record in reply.records:
            self.records[record[0].findtext(OAI + "identifier")] = Kept.read(record)
        self.token = reply.token_text
        if not self.token:
            self.since = self.began
        return reply

    def give_up(self) -> None:
        """Forget where the list was; the next page begins it again."""
        self.token = ""

    def harvest(self) -> Copy:
        """Ask for pages until the list is complete."""
        self.page()
        while self.token:
            self.page()
        return self

    @property
    def live(self) -> dict[str, Kept]:
        return {identifier: kept for identifier, kept in self.records.items() if not kept.deleted}


def differences(copy: dict[str, T], fresh: dict[str, T]) -> dict[str, tuple[T | None, T | None]]:
    """What one side has, and the other has, of each identifier of which they have not the same."""
    return {
        identifier: (copy.get(identifier), fresh.get(identifier))
        for identifier in copy.keys() | fresh.keys()
        if copy.get(identifier) != fresh.get(identifier)
    }
