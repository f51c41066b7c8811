"""The XML Schemas that responses are validated against: always from files, never from the network.

The official ones are looked for in ``OAIPMH_SCHEMAS``, or in ``../shared/schemas`` beside the repository, stored under
their own URLs (``www.openarchives.org/OAI/2.0/OAI-PMH.xsd``). Those of the test host are in ``tests/schemas``, and
substitutes for those that could not be stored.
"""

import functools
import os
import re
from pathlib import Path

from lxml import etree

from django_oaipmh.schemas import Schemas

HERE = Path(__file__).resolve().parent
OFFICIAL = Path(os.environ.get("OAIPMH_SCHEMAS") or HERE.parent.parent / "shared" / "schemas")
XSD = "http://www.w3.org/2001/XMLSchema"
OAI = "http://www.openarchives.org/OAI/2.0/"
STATIC = OAI + "static-repository"

#: What may occur in a response: namespace → schema. A payload of another namespace cannot be validated.
LOCATIONS = {
    OAI: "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd",
    "http://www.openarchives.org/OAI/2.0/oai_dc/": "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
    "http://www.openarchives.org/OAI/2.0/oai-identifier": "http://www.openarchives.org/OAI/2.0/oai-identifier.xsd",
    "http://www.openarchives.org/OAI/2.0/friends/": "http://www.openarchives.org/OAI/2.0/friends.xsd",
    "http://www.openarchives.org/OAI/2.0/provenance": "http://www.openarchives.org/OAI/2.0/provenance.xsd",
    "http://www.openarchives.org/OAI/2.0/rights/": "http://www.openarchives.org/OAI/2.0/rightsManifest.xsd",
    "http://www.openarchives.org/OAI/2.0/branding/": "http://www.openarchives.org/OAI/2.0/branding.xsd",
    "http://www.openarchives.org/OAI/1.1/eprints": "http://www.openarchives.org/OAI/1.1/eprints.xsd",
    "http://oai.dlib.vt.edu/OAI/metadata/toolkit": "http://oai.dlib.vt.edu/OAI/metadata/toolkit.xsd",
    "https://press.example.org/ns/brief": "https://press.example.org/ns/brief.xsd",
    "https://press.example.org/ns/galley": "https://press.example.org/ns/galley.xsd",
}

MISSING = "schemas not found (OAIPMH_SCHEMAS names their folder)"

#: How many validations were made, and how many had to be left out: for the summary of the test run.
counts = {"made": 0, "skipped": 0}


def available() -> bool:
    return (OFFICIAL / "www.openarchives.org/OAI/2.0/OAI-PMH.xsd").is_file()


def report() -> str:
    if available():
        return f"schemas: {counts['made']} validations"
    return f"{MISSING}: {counts['skipped']} validations skipped"


STORED = Schemas(OFFICIAL, HERE / "schemas")


@functools.cache
def _schema(static: bool = False) -> etree.XMLSchema:
    """One schema that knows all of ``LOCATIONS``, for the strict wildcards of OAI-PMH.xsd.

    ``static``: that of static repositories, which redefines OAI-PMH.xsd, in its place.
    """
    locations = LOCATIONS
    if static:
        payloads = {name: url for name, url in LOCATIONS.items() if name != OAI}
        locations = {STATIC: STATIC + ".xsd"} | payloads
    imports = "".join(f'<import namespace="{name}" schemaLocation="{url}"/>' for name, url in locations.items())
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="{XSD}">{imports}</schema>', STORED.parser()))


def errors(root: etree._Element) -> list[str]:
    """Return what is invalid in a response; other payloads are tried by the schemas that they name."""
    return _errors(root, static=False)


def static_errors(root: etree._Element) -> list[str]:
    """Return what is invalid in a static repository."""
    return _errors(root, static=True)


def _errors(root: etree._Element, static: bool) -> list[str]:
    if not available():
        counts["skipped"] += 1
        return []
    counts["made"] += 1
    schema = _schema(static)
    if schema.validate(root):
        return []
    found = [f"line {error.line}: {error.message}" for error in schema.error_log if not _of_unknown_schema(error)]
    for metadata in root.iter(f"{{{OAI}}}metadata"):
        if etree.QName(metadata[0]).namespace not in LOCATIONS:
            found += STORED.errors(metadata[0]) or []
    return found


def _of_unknown_schema(error: etree._LogEntry) -> bool:
    namespace = re.match(r"Element '\{([^}]*)\}", error.message)
    return "strict wildcard" in error.message and namespace is not None and namespace[1] not in LOCATIONS
