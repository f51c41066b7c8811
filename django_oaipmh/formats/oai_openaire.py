"""``oai_openaire``: the OpenAIRE Guidelines for Literature Repositories, version 4.

Their application profile is made of properties of DataCite's kernel 4.1, elements of Dublin Core, and some of its own.
The schema is that of the guidelines' chapter on OAI-PMH, ``4.0/openaire.xsd``. What stands under ``4.1`` has no root
element and is no schema of records.
"""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from ..metadata import Citation, File, Metadata
from ..standards.languages import alpha3, tag
from ..standards.resource_types import COAR, coar_type, datacite_type, dcmi_type
from .addresses import address_of, identified
from .datacite import PUBLISHED, DataCite, Event, Words

if TYPE_CHECKING:
    from ..items import Description


@dataclasses.dataclass(frozen=True)
class FullText:
    """A file of the resource: fulltext, dataset, software or other."""

    url: str
    mime_type: str
    object_type: str


#: Resource types of COAR that the schema does not have yet, or DataCite's types of them: what they are told as.
_BROADER = {
    **dict.fromkeys(("C53B-JCY5", "SB3Y-W4EH", "Z907-YMBB", "MW8G-3CR8"), "patent"),
    **dict.fromkeys(("c_2cd9", "c_2fe3", "QX5C-AR31"), "periodical"),
    "c_998f": "contribution to journal",
    "JournalArticle": "journal article",
    "PeerReview": "review",
    "Presentation": "conference output",
    **dict.fromkeys(("Text", "OutputManagementPlan", "Standard", "StudyRegistration"), "text"),
    "Dataset": "dataset",
    **dict.fromkeys(("Software", "ComputationalNotebook"), "software"),
}

#: The resource types of COAR that the schema knows.
_LIST = """
    c_1162 c_0640 c_6501 c_b239 c_7a1f c_86bc c_2f33 c_3248 c_ba08 c_7ad9 c_e9a0 c_f744 c_c94f c_5794 c_6670 c_3e5a
    c_beb9 c_ddb1 c_db06 c_c513 c_8544 c_0857 c_bdcc c_8a7e c_2659 c_545b c_1843 c_15cd c_816b c_93fc c_ba1f c_baaf
    c_efa0 c_5ce6 c_ecc8 c_71bd c_393c c_8042 c_46ec c_12cc c_12cd c_12ce c_18cc c_18cd c_18cf c_18cp c_18co c_18cw
    c_18ww c_18wz c_18wq c_186u c_18op c_18hj c_18ws c_18gh c_dcae04bc c_2df8fbb1
"""
RESOURCE_TYPES = frozenset(COAR + code for code in _LIST.split())
_OTHER = (f"{COAR}c_1843", "other")

#: DCMI type → resourceTypeGeneral.
_GENERAL = {"Text": "literature", "Dataset": "dataset", "Software": "software"}
#: resourceTypeGeneral → objectType of the files of such a resource.
_OBJECTS = {"literature": "fulltext", "dataset": "dataset", "software": "software"}
_OBJECT_TYPES = ("fulltext", "dataset", "software", "other")

#: The version types of COAR: label → the last part of the URI.
_VERSIONS = {
    "AO": "c_b1a7d7d4d402bcce",
    "SMUR": "c_71e4c1898caa6e32",
    "AM": "c_ab4af688f83e57aa",
    "P": "c_fa2ee174bc00049f",
    "VoR": "c_970fb48d4fbd8a85",
    "CVoR": "c_e19f295774971610",
    "EVoR": "c_dc82b40f9837b551",
    "NA": "c_be7fb7dd8ff6fe43",
}
_VERSION = "http://purl.org/coar/version/"
#: Other words for them, and those of info:eu-repo.
_VERSION_WORDS = {
    "authorsoriginal": "AO",
    "submittedmanuscriptunderreview": "SMUR",
    "submittedversion": "SMUR",
    "acceptedmanuscript": "AM",
    "acceptedversion": "AM",
    "postprint": "AM",
    "proof": "P",
    "versionofrecord": "VoR",
    "publishedversion": "VoR",
    "correctedversionofrecord": "CVoR",
    "enhancedversionofrecord": "EVoR",
}


class OpenAIRE(DataCite):
    """What OpenAIRE collects from repositories, whether a resource has a DOI or another identifier."""

    prefix = "oai_openaire"
    namespace = "http://namespace.openaire.eu/schema/oaire/"
    schema = "https://www.openaire.eu/schema/repo-lit/4.0/openaire.xsd"
    needs: ClassVar[tuple[str | tuple[str, ...], ...]] = ("identifier", "creator", "title", PUBLISHED, "type")

    primary_types: ClassVar[dict[str, str]] = {
        "doi": "DOI",
        "handle": "HANDLE",
        "urn": "URN",
        "ark": "ARK",
        "url": "URL",
    }
    contributor_types: ClassVar[tuple[str, ...]] = tuple(
        one for one in DataCite.contributor_types if one != "Translator"
    )
    identifier_types: ClassVar[tuple[str, ...]] = (
        *("ARK", "arXiv", "bibcode", "DOI", "EAN13", "EISSN", "Handle", "IGSN", "ISBN", "ISSN", "ISTC", "LISSN"),
        *("LSID", "PMID", "PURL", "UPC", "URL", "URN"),
    )
    #: Of an embargo, the start and the end; the date of publication is told by itself.
    date_types: ClassVar[dict[str, str]] = {"dateAccepted": "Accepted", "available": "Available"}
    relation_types: ClassVar[dict[str, str]] = {
        **{term: one for term, one in DataCite.relation_types.items() if one != "Other"},
        "replaces": "IsNewVersionOf",
        "isReplacedBy": "IsPreviousVersionOf",
    }
    published_in = "IsPartOf"

    def missing(self, description: "Description") -> list[str]:
        """Return what keeps ``description`` from having a record: a mandatory property without a value."""
        reasons = super().missing(description)
        if not any(self.access_right(description.metadata)):
            terms = _(" or ").join(("accessRights", "rights"))
            reasons.append(
                _("No value of %(terms)s is an access right of COAR, such as open access.") % {"terms": terms}
            )
        return reasons

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees: the properties of OpenAIRE's application profile."""
        metadata = description.metadata
        context = super().get_context(description)
        resource_type = context["resource_type"]
        return context | {
            "primary_type": self.primary_types[context["primary"].scheme],
            "languages": _languages(metadata),
            "publishers": [str(value) for value in metadata.get("publisher", ())],
            "sources": list(self.sources(metadata)),
            "coverage": [
                Words(str(value), lang=getattr(value, "lang", ""))
                for term in ("coverage", "temporal")
                for value in metadata.get(term, ())
            ],
            "access_right": self.access_right(metadata),
            "licence": next(self.rights(metadata, "license"), None),
            "version": _version(metadata),
            "files": list(_files(metadata, _OBJECTS.get(resource_type.type, "other"))),
            "citation": next((one for one in metadata.get("bibliographicCitation", ()) if _has_title(one)), None),
            "audience": metadata.get("audience", []),
        }

    def dates(self, metadata: Metadata) -> Iterator[Event]:
        """Yield the date of publication, then those of an embargo, all without the time of the day."""
        published = self.published(metadata)
        if published:
            issued = _day(published.w3cdtf) or published.year
            yield Event("Issued", issued, "" if _day(published.text) == issued else published.text)
        for event in super().dates(metadata):
            yield dataclasses.replace(event, value="/".join(map(_day, event.value.split("/"))))

    def resource_type(self, values: list[Any]) -> Words:
        """Return the resource type of COAR, or a broader one that the schema knows, and the resourceTypeGeneral."""
        about, label = coar_type(values) or _OTHER
        if about not in RESOURCE_TYPES:
            broader = _BROADER.get(about.removeprefix(COAR)) or _BROADER.get(datacite_type(values), "")
            about, label = coar_type([broader]) or _OTHER
        return Words(label, _GENERAL.get(dcmi_type([label]), "other research product"), uri=about)

    def sources(self, metadata: Metadata) -> Iterator[Words]:
        """Yield what the resource is derived from or appeared in, as far as it is told in words."""
        for value in metadata.get("source", ()):
            if not self.identifier_type(identified(value)):
                yield Words(str(value), lang=getattr(value, "lang", ""))
        for value in metadata.get("bibliographicCitation", ()):
            if not _has_title(value):
                yield Words(str(value), lang=getattr(value, "lang", ""))


def _languages(metadata: Metadata) -> list[str]:
    """Return the languages in ISO 639-3, which the guidelines call best practice, else in BCP 47."""
    written = (str(value) for value in metadata.get("language", ()))
    return list(dict.fromkeys(filter(None, (alpha3(one, bibliographic=False) or tag(one) for one in written))))


def _day(w3cdtf: str) -> str:
    return w3cdtf.partition("T")[0]


def _has_title(value: Any) -> bool:
    return isinstance(value, Citation) and bool(value.title)


def _version(metadata: Metadata) -> Words | None:
    """Return the version: a version type of COAR, or a number or word."""
    for value in metadata.get("version", ()):
        label = next(filter(None, map(_version_label, (getattr(value, "uri", ""), str(value)))), "")
        return Words(label or str(value), uri=_VERSION + _VERSIONS[label] if label else "")
    return None


def _version_label(text: str) -> str:
    if text in _VERSIONS:
        return text
    if text.startswith(_VERSION):
        return next((label for label, code in _VERSIONS.items() if text == _VERSION + code), "")
    return _VERSION_WORDS.get("".join(filter(str.isalpha, text.removeprefix("info:eu-repo/semantics/"))).lower(), "")


def _files(metadata: Metadata, object_type: str) -> Iterator[FullText]:
    for value in metadata.get("file", ()):
        if where := address_of(value):
            file = value if isinstance(value, File) else File()
            said = file.use if file.use in _OBJECT_TYPES else "other"
            yield FullText(where, file.media_type, said if file.use else object_type)
