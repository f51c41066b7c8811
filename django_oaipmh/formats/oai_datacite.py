"""``oai_datacite``: DataCite's metadata in the wrapper that DataCite made for OAI-PMH, version 1.1."""

from typing import TYPE_CHECKING, Any, ClassVar

from .datacite import DataCite

if TYPE_CHECKING:
    from ..items import Description


class OAIDataCite(DataCite):
    """The record of ``datacite``, with its version and the symbol of who registered its DOI.

    Attributes:
        datacentre_symbol: the identifier of the repository's account at DataCite, such as ``CERN.ZENODO``. The wrapper
            demands the element and lets it be empty, as it is where nobody says it.
        schema_version: the version of DataCite's schema that records adhere to.
    """

    prefix = "oai_datacite"
    namespace = "http://schema.datacite.org/oai/oai-1.1/"
    schema = "http://schema.datacite.org/oai/oai-1.1/oai.xsd"

    datacentre_symbol: ClassVar[str] = ""
    schema_version: ClassVar[str] = "4.7"

    def get_context(self, description: "Description") -> dict[str, Any]:
        """Return what the template sees: that of ``datacite``, the symbol and the version."""
        return super().get_context(description) | {
            "datacentre_symbol": self.datacentre_symbol,
            "schema_version": self.schema_version,
        }
