"""Finding aids: what EAD 2002 and EAD3 share, which say the same in two spellings.

A finding aid is one document for a fonds and everything in it. The crosswalk follows that of the EAD Tag Library
(appendix B: Dublin Core and ISAD(G) to EAD).
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from ..metadata import Concept, Identifier, Metadata, Organisation, Person, Place, Structured
from ..standards.dates import read_date
from ..standards.identifiers import identify
from ..standards.languages import alpha3
from .addresses import address, address_of
from .agents import read_agent
from .base import MetadataFormat

if TYPE_CHECKING:
    from ..items import Description
    from ..parts import Part, PartList

#: The deepest nesting of components. Readers of XML refuse what is nested deeper than 256, and around and within a
#: component there are other elements.
DEEPEST = 200

#: What EAD calls levels; another one is told as ``otherlevel``.
LEVELS = frozenset(
    "class collection file fonds item otherlevel recordgrp series subfonds subgrp subseries".split()  # noqa: SIM905
)
_LEVELS_ALSO = {"recordgroup": "recordgrp", "subgroup": "subgrp"}

#: The languages of ISO 639-2 as of the schema of EAD 2002, in the bibliographic codes.
_LANGUAGES = """
    aar abk ace ach ada ady afa afh afr aka akk alb ale alg amh ang apa ara arc arg arm arn arp art arw asm ast ath
    aus ava ave awa aym aze bad bai bak bal bam ban baq bas bat bej bel bem ben ber bho bih bik bin bis bla bnt bos
    bra bre btk bua bug bul bur byn cad cai car cat cau ceb cel cha chb che chg chi chk chm chn cho chp chr chu chv
    chy cmc cop cor cos cpe cpf cpp cre crh crp csb cus cze dak dan dar day del den dgr din div doi dra dsb dua dum
    dut dyu dzo efi egy eka elx eng enm epo est ewe ewo fan fao fat fij fil fin fiu fon fre frm fro fry ful fur gaa
    gay gba gem geo ger gez gil gla gle glg glv gmh goh gon gor got grb grc gre grn guj gwi hai hat hau haw heb her
    hil him hin hit hmn hmo hrv hsb hun hup iba ibo ice ido iii ijo iku ile ilo ina inc ind ine inh ipk ira iro ita
    jav jbo jpn jpr jrb kaa kab kac kal kam kan kar kas kau kaw kaz kbd kha khi khm kho kik kin kir kmb kok kom kon
    kor kos kpe krc kro kru kua kum kur kut lad lah lam lao lat lav lez lim lin lit lol loz ltz lua lub lug lui lun
    luo lus mac mad mag mah mai mak mal man mao map mar mas may mdf mdr men mga mic min mis mkh mlg mlt mnc mni mno
    moh mol mon mos mul mun mus mwl mwr myn myv nah nai nap nau nav nbl nde ndo nds nep new nia nic niu nno nob nog
    non nor nso nub nwc nya nym nyn nyo nzi oci oji ori orm osa oss ota oto paa pag pal pam pan pap pau peo per phi
    phn pli pol pon por pra pro pus que raj rap rar roa roh rom rum run rus sad sag sah sai sal sam san sas sat scn
    sco sel sem sga sgn shn sid sin sio sit sla slo slv sma sme smi smj smn smo sms sna snd snk sog som son sot spa
    srd srp srr ssa ssw suk sun sus sux swa swe syr tah tai tam tat tel tem ter tet tgk tgl tha tib tig tir tiv tkl
    tlh tli tmh tog ton tpi tsi tsn tso tuk tum tup tur tut tvl twi tyv udm uga uig ukr umb und urd uzb vai ven vie
    vol vot wak wal war was wel wen wln wol xal xho yao yap yid yor ypk zap zen zha znd zul zun
"""
_KNOWN_LANGUAGES = frozenset(_LANGUAGES.split())

#: Terms of dates: term → what EAD calls the character of the date.
_DATES = {"created": "creation", "date": "creation", "issued": "publication", "temporal": "coverage"}

#: Elements of paragraphs, in their order: element → terms.
_NOTES = {
    "scopecontent": ("description", "tableOfContents"),
    "custodhist": ("provenance",),
    "accruals": ("accrualMethod", "accrualPeriodicity", "accrualPolicy"),
    "accessrestrict": ("accessRights",),
    "userestrict": ("rights", "license", "rightsHolder"),
    "altformavail": ("hasFormat",),
    "originalsloc": ("isFormatOf",),
    "relatedmaterial": (
        *("relation", "source", "conformsTo", "hasVersion", "isVersionOf", "references", "requires", "isRequiredBy"),
        *("replaces", "isReplacedBy"),
    ),
    "bibliography": ("isReferencedBy",),
    "prefercite": ("bibliographicCitation",),
}

_NORMAL_DATE = re.compile(r"-?[0-2]\d{3}(-\d\d(-\d\d)?)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_NO_TOKEN = re.compile(r"[^A-Za-z0-9._:-]+", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Phrase:
    """Words, the language they are in as ISO 639-2, and where they lead."""

    text: str
    lang: str = ""
    url: str = ""


@dataclasses.dataclass(frozen=True)
class UnitId:
    """An identifier of a unit, its type, and its machine-readable form."""

    text: str
    type: str
    url: str


@dataclasses.dataclass(frozen=True)
class UnitDate:
    """A date of a unit. ``start`` and ``end`` are ISO 8601, the same for a single date; empty: not known."""

    text: str
    character: str
    start: str
    end: str
    is_range: bool
    approximate: bool

    @property
    def normal(self) -> str:
        """The date, or the two ends of the range."""
        return f"{self.start}/{self.end}" if self.start != self.end else self.start

    @property
    def is_plain(self) -> bool:
        """Whether the text says no more than the dates do."""
        ends = {f"{self.start}{dash}{self.end}" for dash in "/-–—"}
        return bool(self.start) and (self.start == self.end or self.text.replace(" ", "") in ends)


@dataclasses.dataclass(frozen=True)
class AccessPoint:
    """A controlled name or term.

    Attributes:
        element: of EAD: ``persname``, ``corpname``, ``name``, ``geogname``, ``subject`` or ``genreform``.
        source: the vocabulary, if its name is one word.
    """

    element: str
    text: str
    lang: str = ""
    source: str = ""
    uri: str = ""
    role: str = ""
    coordinates: str = ""


@dataclasses.dataclass(frozen=True)
class DigitalObject:
    """A file that shows the unit."""

    url: str
    title: str
    use: str


@dataclasses.dataclass(frozen=True)
class Unit:
    """A unit of description, as both formats lay it out. ``level`` is one of ``LEVELS`` or empty."""

    level: str
    other_level: str
    other_level_token: str
    titles: list[Phrase]
    alternatives: list[Phrase]
    ids: list[UnitId]
    dates: list[UnitDate]
    extents: list[str]
    facets: list[str]
    repository: list[AccessPoint]
    originators: list[AccessPoint]
    languages: list[tuple[str, str]]
    abstracts: list[Phrase]
    files: list[DigitalObject]
    notes: list[tuple[str, list[Phrase]]]
    points: list[AccessPoint]

    @property
    def needs_title(self) -> bool:
        """Whether nothing would be in its ``did``, which must not be empty."""
        return not (
            *(self.ids or self.titles or self.alternatives or self.dates or self.extents or self.facets),
            *(self.repository or self.originators or self.languages or self.abstracts or self.files),
        )


@dataclasses.dataclass(frozen=True)
class Component:
    """A unit within the fonds, and how many components end after it, itself included."""

    unit: Unit
    ends: Sequence[int]


class Components:
    """The components of a finding aid, made one at a time while they are laid out."""

    def __init__(self, parts: "PartList") -> None:
        self.parts = parts
        self.number = len(parts)

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[Component]:
        for part, ends in nested(self.parts):
            yield Component(unit_of(part.metadata, part.level), range(ends))


class FindingAid(MetadataFormat):
    """A fonds with everything in it; only of items that say what they consist of."""

    pure = True
    uses_parts = True
    needs: ClassVar[tuple[str | tuple[str, ...], ...]] = ("title",)

    def missing(self, description: "Description") -> list[str]:
        """Return what keeps ``description`` from having a record in this format, in words; empty: nothing."""
        reasons = super().missing(description)
        if description.parts is None:
            reasons.append(_("This is no fonds: its item does not declare parts."))
        return reasons

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees."""
        assert description.parts is not None
        unit = unit_of(description.metadata, description.parts.level)
        return super().get_context(description) | {
            "unit": unit,
            "level": unit.level or "otherlevel",
            "url": next((one.url for one in unit.ids if one.type == "url"), ""),
            "publishers": [str(value) for value in description.metadata.get("publisher", [])],
            "agency": str(next(iter(_holders(description.metadata)), "")),
            "components": Components(description.parts),
        }


def nested(parts: "Iterable[Part]") -> "Iterator[tuple[Part, int]]":
    """Yield each part with the number of components that end after it, itself included.

    A part belongs to the nearest part before it whose depth is smaller.

    Raises:
        ValueError: the parts are nested deeper than ``DEEPEST``.
    """
    depths: list[int] = []
    waiting: Part | None = None
    for part in parts:
        ends = 0
        while depths and depths[-1] >= part.depth:
            depths.pop()
            ends += 1
        if waiting is not None:
            yield waiting, ends
        depths.append(part.depth)
        if len(depths) > DEEPEST:
            raise ValueError(f"The parts are nested deeper than {DEEPEST}, which readers of XML refuse.")
        waiting = part
    if waiting is not None:
        yield waiting, len(depths)


def unit_of(metadata: Metadata, level: str) -> Unit:
    """Return what ``metadata`` says, as EAD has places for it."""
    known, other = level_of(level)
    get = metadata.get
    return Unit(
        level=known,
        other_level=other,
        other_level_token=_NO_TOKEN.sub("-", other).strip("-"),
        titles=[_phrase(value) for value in get("title", [])],
        alternatives=[_phrase(value) for value in get("alternative", [])],
        ids=[_unit_id(value) for value in get("identifier", [])],
        dates=[_unit_date(str(value), character) for term, character in _DATES.items() for value in get(term, [])],
        extents=[str(value) for value in get("extent", [])],
        facets=[str(value) for term in ("medium", "format") for value in get(term, [])],
        repository=[_holder(value) for value in _holders(metadata)],
        originators=[_agent(value) for value in get("creator", [])],
        languages=[(language_code(str(value)), str(value)) for value in get("language", [])],
        abstracts=[_phrase(value) for value in get("abstract", [])],
        files=[_digital(value) for value in get("file", []) if web_address(str(value))],
        notes=[
            (element, phrases)
            for element, terms in _NOTES.items()
            if (phrases := [_phrase(value) for term in terms for value in get(term, [])])
        ],
        points=[
            *(_subject(value) for value in get("subject", [])),
            *(_place(value) for term in ("spatial", "coverage") for value in get(term, [])),
            *(_agent(value) for value in get("contributor", [])),
            *(_concept(value, "genreform") for value in get("type", [])),
        ],
    )


@lru_cache(maxsize=256)
def level_of(level: str) -> tuple[str, str]:
    """Return a level as EAD names it and, if it does not, ``otherlevel`` with its name."""
    words = " ".join(level.split())
    bare = re.sub("[ _-]", "", words).lower()
    known = _LEVELS_ALSO.get(bare, bare)
    if known in LEVELS or not words:
        return known, ""
    return "otherlevel", words


@lru_cache(maxsize=1024)
def language_code(language: str) -> str:
    """Return the code of ``language`` in ISO 639-2 as far as the schema of EAD 2002 knows it, else nothing."""
    code = alpha3(language)
    return code if code in _KNOWN_LANGUAGES else ""


def _holders(metadata: Metadata) -> list[str | Structured]:
    return metadata.get("dataProvider", []) or metadata.get("publisher", [])


def _phrase(value: str | Structured) -> Phrase:
    return Phrase(str(value), language_code(getattr(value, "lang", "")), web_address(value))


def web_address(value: str | Structured) -> str:
    """Return where a value leads; empty if nowhere on the web."""
    url = address_of(value)
    return url if url.startswith(("http://", "https://")) else ""


def _unit_id(value: str | Structured) -> UnitId:
    scheme = value.scheme if isinstance(value, Identifier) else ""
    known = identify(str(value), scheme)
    return UnitId(known.value, known.scheme, address(known.value, known.scheme) if known.url else "")


def _unit_date(text: str, character: str) -> UnitDate:
    date = read_date(text)
    start, end = date.start.partition("T")[0], date.end.partition("T")[0]
    if not (_NORMAL_DATE.fullmatch(start) and _NORMAL_DATE.fullmatch(end)):
        start = end = ""
    return UnitDate(date.text, character, start, end, bool(start) and date.is_range, date.approximate)


def _agent(value: str | Structured, otherwise: str = "name") -> AccessPoint:
    agent = read_agent(value)
    element = {"person": "persname", "organisation": "corpname"}.get(agent.kind, otherwise)
    text = ", ".join(part for part in (agent.name, agent.years) if part)
    known = next(iter(agent.identifiers), None)
    source, uri = (known.scheme, known.url) if known else ("", agent.uri)
    return AccessPoint(element, text, language_code(getattr(value, "lang", "")), source, uri, agent.role)


def _holder(value: str | Structured) -> AccessPoint:
    """Return who holds the unit. In EAD 2002 that is no person."""
    found = _agent(value, "corpname")
    return dataclasses.replace(found, element="name") if found.element == "persname" else found


def _subject(value: str | Structured) -> AccessPoint:
    if isinstance(value, Person | Organisation):
        return _agent(value)
    return _place(value) if isinstance(value, Place) else _concept(value, "subject")


def _concept(value: str | Structured, element: str) -> AccessPoint:
    lang = language_code(getattr(value, "lang", ""))
    if isinstance(value, Concept):
        source = value.scheme if _TOKEN.fullmatch(value.scheme) else ""
        return AccessPoint(element, str(value), lang, source, value.uri)
    return AccessPoint(element, str(value), lang)


def _place(value: str | Structured) -> AccessPoint:
    if not isinstance(value, Place):
        return _concept(value, "geogname")
    coordinates = f"{value.latitude}, {value.longitude}" if value.latitude and value.longitude else ""
    return AccessPoint("geogname", str(value), language_code(value.lang), "", value.uri, "", coordinates)


def _digital(value: str | Structured) -> DigitalObject:
    return DigitalObject(web_address(str(value)), getattr(value, "label", ""), getattr(value, "use", ""))
