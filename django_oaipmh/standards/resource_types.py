"""Types of resources: the vocabularies of DCMI, COAR and DataCite, and what a value of the term ``type`` is in each.

A value says its type by the URI of a concept of DCMI or COAR, or by a word: a label of COAR, a term of DCMI, DataCite,
schema.org or info:eu-repo, or what repositories commonly write. Case, spaces and hyphens do not matter.
"""

import dataclasses
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

COAR = "http://purl.org/coar/resource_type/"

#: The DCMI Type Vocabulary.
DCMI_TYPES = (
    "Collection",
    "Dataset",
    "Event",
    "Image",
    "InteractiveResource",
    "MovingImage",
    "PhysicalObject",
    "Service",
    "Software",
    "Sound",
    "StillImage",
    "Text",
)


@dataclasses.dataclass(frozen=True)
class ResourceType:
    """A type of resource in the vocabularies that know it.

    Attributes:
        coar: the last part of its URI at COAR; empty: COAR has no such type.
        label: COAR's English label, else a name.
        dcmi: the type of DCMI that includes it; empty: there is none.
        datacite: the resourceTypeGeneral of DataCite's kernel 4.7 that includes it.
    """

    coar: str
    label: str
    dcmi: str
    datacite: str


#: The resource types of COAR 3.0 and those that it deprecated: dcmi, datacite → {URI's last part: label}.
_COAR: dict[tuple[str, str], dict[str, str]] = {
    ("Text", "Text"): {
        "c_18cf": "text",
        "c_1162": "annotation",
        "c_86bc": "bibliography",
        "c_6947": "blog post",
        "c_ba08": "book review",
        "c_7877": "clinical study",
        "D97F-VB57": "commentary",
        "c_c94f": "conference output",
        "c_3e5a": "contribution to journal",
        "C53B-JCY5": "design patent",
        "H41Y-FW7B": "laboratory notebook",
        "c_8544": "lecture",
        "c_0857": "letter",
        "c_2cd9": "magazine",
        "c_0040": "manuscript",
        "c_18wz": "memorandum",
        "c_2fe3": "newspaper",
        "c_998f": "newspaper article",
        "QX5C-AR31": "other periodical",
        "c_15cd": "patent",
        "SB3Y-W4EH": "PCT application",
        "Z907-YMBB": "plant patent",
        "GPQ7-G5VE": "plant variety protection",
        "c_2659": "periodical",
        "c_baaf": "research proposal",
        "YZ1N-ZFT9": "research protocol",
        "c_efa0": "review",
        "MW8G-3CR8": "software patent",
        "c_71bd": "technical documentation",
        "6NC7-GK9S": "transcription",
        "9DKX-KSAF": "utility model",
        "c_8042": "working paper",
    },
    ("Text", "Book"): {"c_2f33": "book"},
    ("Text", "BookChapter"): {"c_3248": "book part"},
    ("Text", "ConferencePaper"): {
        "c_5794": "conference paper",
        "c_18cp": "conference paper not in proceedings",
    },
    ("Text", "ConferenceProceeding"): {"c_f744": "conference proceedings"},
    ("Text", "DataPaper"): {"c_beb9": "data paper"},
    ("Text", "Dissertation"): {
        "c_46ec": "thesis",
        "c_7a1f": "bachelor thesis",
        "c_bdcc": "master thesis",
        "c_db06": "doctoral thesis",
    },
    ("Text", "Journal"): {"c_0640": "journal"},
    ("Text", "JournalArticle"): {
        "c_6501": "journal article",
        "c_7acd": "corrigendum",
        "c_b239": "editorial",
        "c_545b": "letter to the editor",
        "c_2df8fbb1": "research article",
        "c_dcae04bc": "review article",
        "c_7bab": "software paper",
    },
    ("Text", "OutputManagementPlan"): {"c_ab20": "data management plan"},
    ("Text", "PeerReview"): {"H9BQ-739P": "peer review"},
    ("Text", "Poster"): {
        "c_6670": "conference poster",
        "c_18co": "conference poster not in proceedings",
    },
    ("Text", "Preprint"): {"c_816b": "preprint"},
    ("Text", "Presentation"): {"R60J-J5BD": "conference presentation"},
    ("Text", "Report"): {
        "c_93fc": "report",
        "c_18ww": "internal report",
        "c_18wq": "other type of report",
        "c_186u": "policy report",
        "c_18op": "project deliverable",
        "c_ba1f": "report part",
        "c_18hj": "report to funding agency",
        "c_18ws": "research report",
        "c_18gh": "technical report",
    },
    ("Dataset", "Dataset"): {
        "c_ddb1": "dataset",
        "ACF7-8YT9": "aggregated data",
        "c_cb28": "clinical trial data",
        "FXF3-D3G7": "compiled data",
        "AM6W-6QAW": "encoded data",
        "63NG-B465": "experimental data",
        "A8F1-NPV9": "genomic data",
        "2H0M-X761": "geospatial data",
        "DD58-GFSX": "measurement and test data",
        "FF4C-28RK": "observational data",
        "CQMR-7K63": "recorded data",
        "W2XT-7017": "simulation data",
        "NHD0-W6SY": "survey data",
    },
    ("Image", "Image"): {
        "c_c513": "image",
        "c_12cc": "cartographic material",
        "c_18cw": "musical notation",
    },
    ("StillImage", "Image"): {"c_ecc8": "still image", "c_12cd": "map"},
    ("MovingImage", "Audiovisual"): {"c_8a7e": "moving image", "c_12ce": "video"},
    ("Sound", "Sound"): {"c_18cc": "sound", "c_18cd": "musical composition"},
    ("Software", "Software"): {
        "c_5ce6": "software",
        "c_c950": "research software",
        "QH80-2R4E": "source code",
    },
    ("InteractiveResource", "InteractiveResource"): {
        "c_e9a0": "interactive resource",
        "c_7ad9": "website",
    },
    ("", "Workflow"): {"c_393c": "workflow"},
    ("", "Other"): {
        "c_1843": "other",
        "542X-3S04": "design",
        "JBNF-DYAD": "industrial design",
        "BW7T-YM2G": "layout design",
        "c_e059": "learning object",
        "H6QP-SC1X": "trademark",
    },
}

#: Types of DCMI and DataCite that COAR does not have: name → dcmi, datacite.
_OTHERS = {
    "award": ("", "Award"),
    "collection": ("Collection", "Collection"),
    "computational notebook": ("Software", "ComputationalNotebook"),
    "event": ("Event", "Event"),
    "instrument": ("PhysicalObject", "Instrument"),
    "model": ("", "Model"),
    "physical object": ("PhysicalObject", "PhysicalObject"),
    "project": ("", "Project"),
    "service": ("Service", "Service"),
    "standard": ("Text", "Standard"),
    "study registration": ("Text", "StudyRegistration"),
}

#: Other words for the labels above.
_SYNONYMS = {
    "book": "monograph ebook",
    "book part": "chapter book-chapter book-item book-section",
    "conference output": "conference-object conference-item conference-contribution",
    "conference paper": "proceedings-article",
    "conference poster": "poster",
    "conference presentation": "presentation slides",
    "conference proceedings": "proceedings conference-proceeding",
    "contribution to journal": "contribution-to-periodical",
    "data management plan": "output-management-plan",
    "dataset": "data research-data data-set",
    "doctoral thesis": "phd-thesis phd doctoral-dissertation doctorate",
    "interactive resource": "interactive",
    "journal article": "article scholarly-article",
    "learning object": "learning-resource learning-material teaching-resource",
    "master thesis": "masters-thesis",
    "bachelor thesis": "bachelors-thesis",
    "moving image": "audiovisual film movie motion-picture",
    "musical notation": "score musical-score sheet-music notated-music",
    "newspaper article": "news-article",
    "patent": "patent-application",
    "physical object": "artifact artefact museum-object",
    "software": "computer-program computer-software software-application",
    "sound": "audio sound-recording audio-recording audio-object",
    "source code": "software-source-code",
    "still image": "photograph photo painting drawing print picture engraving image-object",
    "thesis": "dissertation theses thesis-or-dissertation electronic-thesis-or-dissertation etd",
    "video": "video-object video-recording",
    "website": "web-page web-site",
}

#: How the terms of vocabularies are written as URIs.
_PREFIXES = (
    "http://purl.org/dc/dcmitype/",
    "dcmitype:",
    "info:eu-repo/semantics/",
    "http://schema.org/",
    "schema:",
    "doc-type:",
    "http://purl.org/ontology/bibo/",
    "http://purl.org/spar/fabio/",
)

#: From the broadest on: beside a type that is not among these, or is later, it says nothing more.
_BROAD = ("c_1843", "c_18cf", "c_c513", "c_c94f", "c_93fc", "c_46ec", "c_ddb1", "c_5ce6", "c_18cc", "c_ecc8", "c_8a7e")

_THESES = frozenset(("c_46ec", "c_7a1f", "c_bdcc", "c_db06"))


def _key(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


TYPES = tuple(
    [
        ResourceType(coar, label, dcmi, datacite)
        for (dcmi, datacite), labels in _COAR.items()
        for coar, label in labels.items()
    ]
    + [ResourceType("", label, dcmi, datacite) for label, (dcmi, datacite) in _OTHERS.items()]
)
_BY_COAR = {one.coar.lower(): one for one in TYPES if one.coar}
_BY_WORD = {_key(one.label): one for one in TYPES}
_BY_WORD |= {_key(word): _BY_WORD[_key(label)] for label, words in _SYNONYMS.items() for word in words.split()}
_DCMI_BY_WORD = {_key(one): one for one in DCMI_TYPES}


def dcmi_type(values: Iterable[Any]) -> str:
    """Return the term of the DCMI Type Vocabulary for what ``type`` says: ``Text``, ``StillImage`` …; empty: it cannot
    be told. A value that is such a term comes first."""
    values = list(values)
    said = (_DCMI_BY_WORD.get(_key(_term(text))) for value in values for text in _texts(value))
    return next(filter(None, said), "") or next((one.dcmi for one in _known(values) if one.dcmi), "")


def coar_type(values: Iterable[Any]) -> tuple[str, str] | None:
    """Return the URI and the English label of COAR for what ``type`` says, the narrowest that is known."""
    return next(((COAR + one.coar, one.label) for one in _known(values) if one.coar), None)


def coar_code(values: Iterable[Any]) -> str:
    """Return the last part of the URI that COAR has for what ``type`` says; empty: it cannot be told."""
    found = coar_type(values)
    return found[0].removeprefix(COAR) if found else ""


def datacite_type(values: Iterable[Any]) -> str:
    """Return DataCite's resourceTypeGeneral for what ``type`` says; empty: it cannot be told."""
    return next((one.datacite for one in _known(values)), "")


def is_thesis(values: Iterable[Any]) -> bool:
    """Return whether the resource is a thesis or dissertation of any degree."""
    return any(one.coar in _THESES for one in _known(values))


def _known(values: Iterable[Any]) -> list[ResourceType]:
    """Return the types that are recognised, the narrow ones before the broad."""
    found = [one for value in values for text in _texts(value) if (one := _read(text))]
    return sorted(
        dict.fromkeys(found), key=lambda one: -_BROAD.index(one.coar) if one.coar in _BROAD else -len(_BROAD)
    )


def _texts(value: Any) -> tuple[str, ...]:
    uri = getattr(value, "uri", "")
    return (uri, str(value)) if uri else (str(value),)


@lru_cache(maxsize=1024)
def _read(text: str) -> ResourceType | None:
    term = _term(text)
    if term.startswith(COAR):
        return _BY_COAR.get(term[len(COAR) :].lower())
    key = _key(term)
    return _BY_WORD.get(key) or _BY_WORD.get(key.removesuffix("s"))


def _term(text: str) -> str:
    """Return what a URI of a known vocabulary calls its term; anything else as it is."""
    text = text.strip().rstrip("/")
    if text.startswith("https://"):
        text = "http://" + text[len("https://") :]
    prefix = next((one for one in _PREFIXES if text.startswith(one)), "")
    return text[len(prefix) :]
