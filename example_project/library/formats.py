"""The library's own metadata format."""

from django.conf import settings

import django_oaipmh as oai


class Brief(oai.MetadataFormat):
    """One line of a catalogue: title, creators, date, address. Template: ``library/brief.xml``."""

    prefix = "brief"
    namespace = "https://library.example.org/ns/brief/"
    schema = f"{settings.SITE_URL}/static/library/brief.xsd"
    template_name = "library/brief.xml"
