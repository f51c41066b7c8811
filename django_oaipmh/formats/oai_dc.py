"""``oai_dc``: simple Dublin Core, the format that every repository has to offer (section 3.4)."""

from .base import MetadataFormat


class OAIDublinCore(MetadataFormat):
    """Simple Dublin Core; what it cannot say is told by the element that the term refines."""

    prefix = "oai_dc"
    namespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"
    schema = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
