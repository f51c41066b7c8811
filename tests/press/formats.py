"""Two formats of the host's own: one by a template, one of XML that the host already keeps."""

import django_oaipmh as oai


class Brief(oai.MetadataFormat):
    """By ``templates/django_oaipmh/formats/brief.xml``."""

    prefix = "brief"
    namespace = "https://press.example.org/ns/brief"
    schema = "https://press.example.org/ns/brief.xsd"


class Galley(oai.MetadataFormat):
    """Only for items that name a source for it in ``xml``."""

    prefix = "galley"
    namespace = "https://press.example.org/ns/galley"
    schema = "https://press.example.org/ns/galley.xsd"
