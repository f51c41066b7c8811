"""The wrapper around DataCite's metadata."""

from lxml import etree

from django_oaipmh.formats.datacite import DataCite
from django_oaipmh.formats.oai_datacite import OAIDataCite

from .descriptions import RICH, describe


class Registered(OAIDataCite):
    datacentre_symbol = "EXAMPLE.PRESS & CO"


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n", exclusive=True)


def test_the_payload_is_the_record_of_datacite():
    """Of which the tests hold that it is valid: the wrapper's schema does not look into its payload."""
    wrapper = OAIDataCite().payload(describe(RICH))
    alone = DataCite().payload(describe(RICH))
    assert canonical(wrapper.find("{*}payload")[0]) == canonical(alone)


def test_it_is_there_exactly_if_datacite_is():
    assert OAIDataCite().missing(describe({})) == DataCite().missing(describe({}))


def test_the_symbol_is_empty_until_a_host_says_it():
    symbols = [
        format.payload(describe(RICH)).findtext("{*}datacentreSymbol") for format in (OAIDataCite(), Registered())
    ]
    assert symbols == ["", "EXAMPLE.PRESS & CO"]


def test_a_new_symbol_renders_all_records_again():
    assert Registered().purity().pure
    assert Registered().fingerprint() != OAIDataCite().fingerprint()
