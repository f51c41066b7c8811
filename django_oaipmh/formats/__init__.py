"""Metadata formats: what turns the description of an object into the XML of a record (section 3.4).

One module for each shipped format, named by its prefix; ``base``, ``xslt`` and ``purity`` for all formats, hosts' too;
and what several of the shipped formats share, by subject: ``addresses``, ``agents``, ``citations``, ``titles``,
``linked_data`` and ``marc_control``. What identifiers, dates and vocabularies are by their own standards is in the
package ``standards``.
"""

from typing import Any

from django.utils.module_loading import import_string

from .base import MetadataFormat
from .xslt import XSLTFormat

__all__ = ["ALIASES", "SHIPPED", "MetadataFormat", "XSLTFormat", "format_class"]

#: The formats of this package: metadataPrefix → class. One module each.
SHIPPED = {
    "datacite": "django_oaipmh.formats.datacite.DataCite",
    "ead": "django_oaipmh.formats.ead.EAD2002",
    "ead3": "django_oaipmh.formats.ead3.EAD3",
    "edm": "django_oaipmh.formats.edm.EuropeanaDataModel",
    "etdms": "django_oaipmh.formats.etdms.ETDMS",
    "jats": "django_oaipmh.formats.jats.JATS",
    "marcxml": "django_oaipmh.formats.marcxml.MARCXML",
    "mets": "django_oaipmh.formats.mets.METS",
    "mods": "django_oaipmh.formats.mods.MODS",
    "oai_datacite": "django_oaipmh.formats.oai_datacite.OAIDataCite",
    "oai_dc": "django_oaipmh.formats.oai_dc.OAIDublinCore",
    "oai_openaire": "django_oaipmh.formats.oai_openaire.OpenAIRE",
    "oai_qdc": "django_oaipmh.formats.oai_qdc.QualifiedDublinCore",
    "rdf": "django_oaipmh.formats.rdf.LinkedData",
}

#: Other prefixes that harvesters know shipped formats by: metadataPrefix → the one above.
ALIASES: dict[str, str] = {
    "datacite4": "datacite",
    "marc21": "marcxml",
    "oai_datacite4": "oai_datacite",
    "oai_etdms": "etdms",
    "qdc": "oai_qdc",
}


def format_class(name: Any) -> type[MetadataFormat]:
    """Return the format that ``name`` means: a shipped prefix, one of ``ALIASES``, a dotted path, or the class itself.

    Raises:
        LookupError: it means none; the message says why.
    """
    shipped = f"Shipped are: {', '.join(sorted([*SHIPPED, *ALIASES]))}."
    if not isinstance(name, str):
        found = name
    else:
        path = SHIPPED.get(ALIASES.get(name, name), name)
        if "." not in path:
            raise LookupError(f"there is no format {name!r}. {shipped}")
        try:
            found = import_string(path)
        except Exception as error:  # whatever its module raises while it is read
            raise LookupError(f"there is no format {name!r} ({type(error).__name__}: {error}). {shipped}") from error
    if not (isinstance(found, type) and issubclass(found, MetadataFormat)):
        raise LookupError(f"{name!r} is no MetadataFormat class. {shipped}")
    return found
