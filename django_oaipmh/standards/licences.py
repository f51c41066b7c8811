"""Licences and rights statements: Creative Commons, RightsStatements.org, and the names of the SPDX License List."""

import re
from functools import lru_cache
from typing import NamedTuple

_CONDITIONS = ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")

#: Version of the Creative Commons licences → the jurisdictions that they were ported to; version 2.1 has only ports.
_PORTS = {
    "1.0": "fi il nl",
    "2.0": "au at be br ca cl hr uk fr de it jp nl pl kr es tw",
    "2.1": "au es jp",
    "2.5": "ar au br bg ca cn co hr dk hu in il it mk my mt mx nl pe pl pt scotland si za es se ch tw",
    "3.0": "au at br cl cn cr hr cz ec eg ee fr de gr gt hk igo ie it lu nl nz no ph pl pt pr ro rs sg za es ch tw th "
    "ug us ve vn",
    "4.0": "",
}

_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/([a-z-]+)|publicdomain/(zero|mark))/(\d\.\d)"
    r"(?:/(?!deed|legalcode|rdf)([a-z]+))?(?:/(?:(?:deed|legalcode|rdf)[\w.\-]*)?)?(?:[?#]\S*)?",
    re.IGNORECASE | re.ASCII,
)
_CREATIVE_COMMONS_NAME = re.compile(r"CC[ -](BY(?:[ -](?:NC|ND|SA)){0,2})[ -](\d\.\d)", re.ASCII | re.IGNORECASE)

#: The statements of RightsStatements.org that Europeana takes.
_STATEMENTS = ("CNE", "InC", "InC-EDU", "InC-OW-EU", "NoC-NC", "NoC-OKLR")
_RIGHTS_STATEMENTS = re.compile(
    r"https?://(?:www\.)?rightsstatements\.org/(?:vocab|page|data)/([A-Za-z-]+)/1\.0(?:/(?:[?#]\S*)?)?",
    re.IGNORECASE | re.ASCII,
)

#: Of the licences of Creative Commons for one country, those that SPDX has.
_PORTED = frozenset(
    (
        "CC-BY-2.5-AU",
        "CC-BY-3.0-AT",
        "CC-BY-3.0-AU",
        "CC-BY-3.0-DE",
        "CC-BY-3.0-IGO",
        "CC-BY-3.0-NL",
        "CC-BY-3.0-US",
        "CC-BY-NC-3.0-DE",
        "CC-BY-NC-ND-3.0-DE",
        "CC-BY-NC-ND-3.0-IGO",
        "CC-BY-NC-SA-2.0-DE",
        "CC-BY-NC-SA-2.0-FR",
        "CC-BY-NC-SA-2.0-UK",
        "CC-BY-NC-SA-3.0-DE",
        "CC-BY-NC-SA-3.0-IGO",
        "CC-BY-ND-3.0-DE",
        "CC-BY-SA-2.0-UK",
        "CC-BY-SA-2.1-JP",
        "CC-BY-SA-3.0-AT",
        "CC-BY-SA-3.0-DE",
        "CC-BY-SA-3.0-IGO",
    )
)
#: URLs of other licences, without what they begin with: SPDX.
_OTHERS = {
    "apache.org/licenses/license-2.0": "Apache-2.0",
    "opendatacommons.org/licenses/by/1-0": "ODC-By-1.0",
    "opendatacommons.org/licenses/odbl/1-0": "ODbL-1.0",
    "opendatacommons.org/licenses/pddl/1-0": "PDDL-1.0",
    **{
        f"opensource.org/{folder}/{name.lower().replace('.', mark)}": name
        for folder in ("license", "licenses")
        for mark in ".-"
        for name in ("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0")
    },
}
_SPDX = re.compile(r"https?://spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html|\.json)?/?", re.ASCII)


class CreativeCommons(NamedTuple):
    """A licence or public domain tool of Creative Commons.

    Attributes:
        kind: its conditions as its URI has them (``by-nc-sa``), or ``zero`` or ``mark``.
        version: such as ``4.0``.
        port: the jurisdiction that it was ported to (``de``, ``igo``); empty: it is for all.
    """

    kind: str
    version: str
    port: str = ""

    @property
    def exists(self) -> bool:
        """Whether Creative Commons has published it."""
        if self.kind in ("zero", "mark"):
            return self.version == "1.0" and not self.port
        if self.kind not in _CONDITIONS and self[:2] != ("by-nd-nc", "1.0"):
            return False
        ports = _PORTS.get(self.version, "").split()
        return self.port in ports if self.port else self.version in _PORTS and self.version != "2.1"

    @property
    def uri(self) -> str:
        """Its URI, as linked data writes it."""
        folder = "publicdomain" if self.kind in ("zero", "mark") else "licenses"
        parts = (folder, self.kind, self.version, *([self.port] if self.port else []))
        return f"http://creativecommons.org/{'/'.join(parts)}/"

    @property
    def name(self) -> str:
        """How people call it: ``CC BY-NC-SA 4.0``, ``CC0 1.0``; empty: it is no licence but a mark."""
        kinds = {"zero": "CC0", "mark": ""}
        name = kinds.get(self.kind, f"CC {self.kind.upper()}")
        return f"{name} {self.version}" if name else ""

    @property
    def spdx(self) -> str:
        """Its SPDX identifier; empty: the list does not have it."""
        if self.kind in ("zero", "mark"):
            return "CC0-1.0" if self.kind == "zero" else ""
        conditions = "-".join(sorted(self.kind.split("-"))).upper()
        name = "-".join(filter(None, ("CC", conditions, self.version, self.port.upper())))
        return name if not self.port or name in _PORTED else ""


@lru_cache(maxsize=1024)
def creative_commons(uri: str) -> CreativeCommons | None:
    """Return the licence or public domain tool of Creative Commons that a URI is of; ``None``: of none that exists.

    Args:
        uri: as people copy it: with ``https``, ``legalcode`` or ``deed.en`` at its end.
    """
    found = _CREATIVE_COMMONS.fullmatch(uri.strip())
    if not found:
        return None
    licence, tool, version, port = (part.lower() if part else "" for part in found.groups())
    one = CreativeCommons(licence or tool, version, port)
    return one if one.exists else None


@lru_cache(maxsize=1024)
def rights_statement(uri: str) -> str:
    """Return a licence or rights statement as Europeana's controlled values for ``edm:rights`` write it; else nothing.

    Args:
        uri: that of a Creative Commons licence or public domain tool, or of a statement of RightsStatements.org, as
            people copy it, also that of the page for people.
    """
    if licence := creative_commons(uri):
        return licence.uri
    if found := _RIGHTS_STATEMENTS.fullmatch(uri.strip()):
        code = next((one for one in _STATEMENTS if one.lower() == found[1].lower()), "")
        return f"http://rightsstatements.org/vocab/{code}/1.0/" if code else ""
    return ""


@lru_cache(maxsize=1024)
def spdx(licence: str) -> str:
    """Return the SPDX identifier of a licence told by its URL or name (``CC-BY-4.0``, ``MIT``); empty: not known."""
    licence = licence.strip()
    if one := creative_commons(licence):
        return one.spdx
    if found := _CREATIVE_COMMONS_NAME.fullmatch(licence):
        conditions = "-".join(sorted(found[1].lower().replace(" ", "-").split("-")))
        one = CreativeCommons(conditions, found[2])
        return one.spdx if one.exists else ""
    if found := _SPDX.fullmatch(licence):
        return found[1]
    bare = re.sub(r"^https?://(www\.)?", "", licence.lower()).rstrip("/")
    return _OTHERS.get(bare, "")
