"""``ead3``: Encoded Archival Description, version EAD3 (1.1.1), of the Society of American Archivists."""

from .finding_aids import FindingAid


class EAD3(FindingAid):
    """A finding aid in EAD3. It has to name the agency that keeps it: who holds the fonds, else its publisher."""

    prefix = "ead3"
    namespace = "http://ead3.archivists.org/schema/"
    schema = "http://www.loc.gov/ead/ead3.xsd"
    needs = ("title", ("dataProvider", "publisher"))
