"""Metadata formats: what turns the description of an object into the XML of a record (section 3.4)."""

from .base import MetadataFormat

__all__ = ["SHIPPED", "MetadataFormat"]

#: The formats of this package: metadataPrefix → class. One module each.
SHIPPED = {
    "oai_dc": "django_oaipmh.formats.oai_dc.OAIDublinCore",
}
