"""Names as catalogues want them: what kind of name it is, inverted or direct, with dates, role and identifiers."""

import dataclasses

from ..metadata import Organisation, Person, Structured
from ..standards import relators
from ..standards.dates import read_date
from ..standards.identifiers import Known, identify, uri
from .addresses import address


@dataclasses.dataclass(frozen=True)
class Agent:
    """A person, an organisation, or a name of which nothing more is known.

    Attributes:
        kind: ``person``, ``organisation`` or empty.
        name: for people inverted, if the parts are known or it was said so.
        family, given: the parts of a person's name, as far as they are known.
        years: of birth and death (``1840-1902``, ``1971-``).
        code, role: the role's MARC relator code and its term; the code is empty if the term is not in the list.
        identifiers: ORCID, ROR and ISNI.
        uri: what else names it, in an authority file, for example.
        affiliation, affiliation_uri: of a person.
    """

    kind: str
    name: str
    family: str = ""
    given: str = ""
    years: str = ""
    code: str = ""
    role: str = ""
    identifiers: tuple[Known, ...] = ()
    uri: str = ""
    affiliation: str = ""
    affiliation_uri: str = ""

    @property
    def uris(self) -> list[str]:
        """Its URIs: that of an authority file first, then ORCID, ROR and ISNI."""
        return [one for one in (self.uri, *(known.url for known in self.identifiers)) if one]

    @property
    def is_inverted(self) -> bool:
        """Whether the name begins with the family name."""
        return bool(self.family) or "," in self.name


def read_agent(value: str | Structured, role: str = "") -> Agent:
    """Return what ``value`` says of a name; ``role`` is the relator code where it says none."""
    told = getattr(value, "role", "") or role
    code, term = relators.code(told), relators.term(told)
    if isinstance(value, Person):
        identifiers, other = _identified(value.uri, identify(value.orcid, "orcid"))
        return Agent(
            "person",
            ", ".join(part for part in (value.family, value.given) if part) if value.family else str(value),
            value.family,
            value.given,
            _years(value.birth, value.death),
            code,
            term,
            identifiers,
            other,
            value.affiliation,
            address(value.affiliation_uri, "ror"),
        )
    if isinstance(value, Organisation):
        identifiers, other = _identified(value.uri, identify(value.ror, "ror"))
        return Agent("organisation", str(value), code=code, role=term, identifiers=identifiers, uri=other)
    return Agent("", str(value), code=code, role=term)


def _identified(named: str, said: Known) -> tuple[tuple[Known, ...], str]:
    """Sort a URI and an identifier whose scheme is said into identifiers with a scheme, and the URI that is left."""
    other = identify(named)
    identifiers = tuple(dict.fromkeys(one for one in (said, other) if one.scheme in ("orcid", "ror", "isni")))
    return identifiers, "" if other in identifiers else uri(named)


def _years(birth: str, death: str) -> str:
    return f"{_year(birth)}-{_year(death)}" if birth or death else ""


def _year(text: str) -> str:
    date = read_date(text)
    written = date.single
    if not written:
        return date.text
    doubt = "approximately " if date.approximate else ""
    if written.startswith("-"):
        return f"{doubt}{int(written[1:5]) + 1} B.C."  # the year 0 is 1 BC
    return f"{doubt}{int(written[:4]) or '1 B.C.'}"
