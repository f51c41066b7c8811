"""``"FORMATS": ["oai_dc", "letters.formats.Letter", "letters.formats.Envelope", "letters.formats.Postcard"]``"""

from lxml import etree

import django_oaipmh as oai


class Letter(oai.MetadataFormat):
    """By ``templates/django_oaipmh/formats/letter.xml``, which Django finds as ``letters`` is an installed app."""

    prefix = "letter"
    namespace = "https://letters.example.org/ns/letter"
    schema = "https://letters.example.org/ns/letter.xsd"
    needs = ("title",)


class Envelope(oai.MetadataFormat):
    """By a function that returns an lxml element."""

    prefix = "envelope"
    namespace = "https://letters.example.org/ns/envelope"
    schema = "https://letters.example.org/ns/envelope.xsd"
    needs = ("creator",)
    pure = True

    def render(self, description):
        root = etree.Element(f"{{{self.namespace}}}envelope", nsmap={None: self.namespace})
        for person in description.metadata["creator"]:
            etree.SubElement(root, f"{{{self.namespace}}}from").text = str(person)
        return root


class Postcard(oai.XSLTFormat):
    """By a stylesheet of this package over ``Letter``."""

    prefix = "postcard"
    namespace = "https://letters.example.org/ns/postcard"
    schema = "https://letters.example.org/ns/postcard.xsd"
    source = "letters.formats.Letter"
    stylesheet = "stylesheets/postcard.xsl"
