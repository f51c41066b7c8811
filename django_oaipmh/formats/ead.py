"""``ead``: Encoded Archival Description 2002, of the Society of American Archivists and the Library of Congress.

The schema is the W3C schema of 2008.
"""

from .finding_aids import FindingAid


class EAD2002(FindingAid):
    """A finding aid in EAD 2002. Components are unnumbered: numbered ones end at the twelfth level."""

    prefix = "ead"
    namespace = "urn:isbn:1-931666-22-9"
    schema = "http://www.loc.gov/ead/ead.xsd"
