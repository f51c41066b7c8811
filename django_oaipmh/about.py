"""What may be declared in ``Item.about``: the about containers of records (section 2.5).

A declaration is made of sources. Bound to an item it is a reader like any other, which gives XML: so what it needs is
read ahead, and a change there re-dates the record.
"""

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Value
from django.utils import timezone
from lxml import etree

from .containers import (
    GUIDELINES,
    OAI_DC,
    RIGHTS,
    Problem,
    add,
    ignore,
    is_datestamp,
    put_statement,
    root,
    statements,
)
from .identifiers import is_uri
from .metadata import TERMS, Structured, normalise, plain
from .sources import AllReader, Map, Reader, Source, bind

if TYPE_CHECKING:
    from .items import Item

PROVENANCE = f"{GUIDELINES}provenance"


class About:
    """One kind of about container, declared.

    Attributes:
        formats: the metadataPrefixes of the records that have it; none: all.
        sources: every source that was given, to tell mistakes in them.
    """

    formats: Sequence[str] = ()
    sources: Sequence[Source] = ()

    def bind(self, item: "Item") -> "AboutReader":
        """Return the reader for ``item``.

        Raises:
            PathError: a path or name leads nowhere.
            TypeError: this is no source.
            ValueError: a name that the container does not know.
        """
        raise NotImplementedError


class Rights(About):
    """What may be done with the *metadata* (guideline on rights expressions): by reference, or said on the spot.

    Args:
        uri: the source of the URI of a statement or licence (of a ``Concept`` its ``uri``). One container for each.
        formats: the metadataPrefixes it holds for; none: all.
        terms: sources by DCMI metadata term, such as ``description``: what is said in Dublin Core if there is no URI.
    """

    def __init__(self, uri: Source = None, /, *, formats: Sequence[str] = (), **terms: Source) -> None:
        self.uri = uri
        self.formats = formats
        self.terms = terms
        self.sources = [*([] if uri is None else [uri]), *terms.values()]

    def __repr__(self) -> str:
        return f"Rights({', '.join(map(repr, self.sources))})"

    def bind(self, item: "Item") -> "AboutReader":
        return RightsReader(self, item)


class Provenance(About):
    """Where a record was harvested that is published here again (guideline on provenance).

    Without an identifier there is no container: not everything was harvested.

    Args:
        relation: a path to the origins, the latest harvest first: each is told within the one before it. Left out: the
            fields are those of the object itself, which has one origin.
        where: a ``Q`` that origins meet, spelled from the item's model.
        order_by: paths to sort by, spelled from the item's model; a leading ``-`` reverses.
        base_url: the source of the base URL of the repository that it was harvested from.
        identifier: the source of the identifier there.
        datestamp: the source of the datestamp there: a date or a moment.
        harvested: the source of the moment of the harvest.
        namespace: the source of the namespace of the metadata format there; left out: that of ``oai_dc``.
        altered: the source of whether the metadata were altered since; left out: yes.
        formats: the metadataPrefixes of the records that have it; none: all.
    """

    def __init__(
        self,
        relation: str = "",
        /,
        *,
        base_url: Source,
        identifier: Source,
        datestamp: Source,
        harvested: Source,
        namespace: Source = Value(OAI_DC),  # noqa: B008
        altered: Source = Value(True),  # noqa: B008
        where: Any = None,
        order_by: str | Iterable[str] = (),
        formats: Sequence[str] = (),
    ) -> None:
        self.formats = formats
        self.sources = [base_url, identifier, datestamp, harvested, namespace, altered]
        self.relation = relation
        self.origins = Origin.of(
            relation,
            where=where,
            order_by=order_by,
            base_url=base_url,
            identifier=identifier,
            datestamp=Map(datestamp, aware),
            harvested=Map(harvested, aware),
            namespace=namespace,
            altered=altered,
        )

    def __repr__(self) -> str:
        return f"Provenance({self.relation!r})" if self.relation else "Provenance()"

    def bind(self, item: "Item") -> "AboutReader":
        return ProvenanceReader(self, item)


@dataclasses.dataclass(frozen=True)
class Origin(Structured):
    """One ``originDescription``."""

    base_url: str = ""
    identifier: str = ""
    datestamp: str = ""
    harvested: str = ""
    namespace: str = ""
    altered: str = ""

    def problems(self) -> Iterator[str]:
        """Yield what provenance.xsd does not permit."""
        for name, (good, expected) in _EXPECTED.items():
            if not good(value := getattr(self, name)):
                yield f"{name} is {value!r}; it has to be {expected}"


_EXPECTED: dict[str, tuple[Callable[[str], bool], str]] = {
    "base_url": (is_uri, "a URI"),
    "identifier": (is_uri, "a URI"),
    "datestamp": (is_datestamp, "a date, or a moment in UTC with whole seconds"),
    "harvested": (is_datestamp, "a date, or a moment in UTC with whole seconds"),
    "namespace": (is_uri, "a URI"),
    "altered": (("true", "false", "").__contains__, "true or false"),
}


@dataclasses.dataclass(frozen=True)
class Told:
    """What stands in one about container, and the formats of the records that have it; none: all."""

    xml: str
    formats: Sequence[str] = ()

    def holds_for(self, prefix: str) -> bool:
        """Return whether the record of this format has it."""
        return not self.formats or prefix in self.formats


class AboutReader(AllReader):
    """A declaration of ``Item.about`` bound to an item: its values are containers."""

    def __init__(self, declared: About, item: "Item", readers: list[Reader]) -> None:
        super().__init__(readers)
        self.label = f"{type(item).__name__}.about: {declared!r}"
        self.formats = declared.formats

    def containers(self, obj: Any, problem: Problem) -> Iterator[etree._Element]:
        """Yield what stands in the about containers of ``obj``, without what a schema does not permit."""
        raise NotImplementedError

    def read(self, obj: Any) -> list[Told]:
        return self.tell(obj, ignore)

    def tell(self, obj: Any, problem: Problem) -> list[Told]:
        """Return what stands in the about containers of ``obj``; what had to be left out is told to ``problem``."""
        elements = self.containers(obj, lambda text: problem(f"{self.label}: {text}"))
        return [Told(etree.tostring(element, encoding="unicode"), self.formats) for element in elements]


class RightsReader(AboutReader):
    """``Rights``."""

    def __init__(self, declared: Rights, item: "Item") -> None:
        for term in declared.terms:
            if term not in TERMS:
                raise ValueError(f"{term!r} is no DCMI metadata term")
        if not declared.sources:
            raise ValueError("there is neither the source of a URI nor one of a statement")
        self.terms = {term: bind(source, item) for term, source in declared.terms.items()}
        self.uris = [] if declared.uri is None else [bind(declared.uri, item)]
        super().__init__(declared, item, [*self.uris, *self.terms.values()])

    def containers(self, obj: Any, problem: Problem) -> Iterator[etree._Element]:
        values = [value for reader in self.uris for value in normalise(iter(reader.read(obj)))]
        uris = [getattr(value, "uri", value) for value in values]  # of a licence that is a Concept
        definition = {term: iter(reader.read(obj)) for term, reader in self.terms.items()}
        for statement in statements(uris, definition, problem):
            rights = root("rights", RIGHTS, f"{GUIDELINES}rights.xsd")
            put_statement(rights, statement)
            yield rights


class ProvenanceReader(AboutReader):
    """``Provenance``."""

    def __init__(self, declared: Provenance, item: "Item") -> None:
        super().__init__(declared, item, [bind(declared.origins, item)])

    def containers(self, obj: Any, problem: Problem) -> Iterator[etree._Element]:
        provenance = root("provenance", PROVENANCE, f"{PROVENANCE}.xsd")
        outer = provenance
        for told in self.readers[0].read(obj):
            origin = Origin(**{name: plain(value) for name, value in vars(told).items()})
            problems = list(origin.problems()) if origin.identifier else []
            for one in problems:
                problem(one)
            if problems or not origin.identifier:
                break  # what lies behind a gap would seem to be the origin of what stands before it
            outer = put_origin(outer, origin)
        if len(provenance):
            yield provenance


def put_origin(outer: etree._Element, origin: Origin) -> etree._Element:
    """Append an ``originDescription``, and return it."""
    told = add(outer, "originDescription", harvestDate=origin.harvested, altered=origin.altered or "true")
    add(told, "baseURL", origin.base_url)
    add(told, "identifier", origin.identifier)
    add(told, "datestamp", origin.datestamp)
    add(told, "metadataNamespace", origin.namespace)
    return told


def aware(value: Any) -> Any:
    """Return a moment without a time zone as one in the site's; anything else as it is."""
    return timezone.make_aware(value) if isinstance(value, datetime.datetime) and value.tzinfo is None else value
