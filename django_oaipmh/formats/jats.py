"""``jats``: articles in the Journal Article Tag Suite (ANSI/NISO Z39.96), as a journal keeps them; version 1.3."""

from .base import MetadataFormat


class JATS(MetadataFormat):
    """XML that items store. JATS has no namespace of its own; PubMed Central puts it into this one for harvesters.

    Its official schema is for articles without a namespace, and for one version; so no payload is said to be valid.
    """

    prefix = "jats"
    namespace = "https://jats.nlm.nih.gov/ns/archiving/1.3/"
    schema = "https://jats.nlm.nih.gov/archiving/1.3/xsd/JATS-archivearticle1-3.xsd"
    adopts = True
    validates = False
