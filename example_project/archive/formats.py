"""The archive's own metadata format."""

from django.conf import settings

import django_oaipmh as oai


class Finding(oai.MetadataFormat):
    """What a finding aid says of one unit, in a few elements. Template: ``archive/finding.xml``."""

    prefix = "finding"
    namespace = "https://library.example.org/ns/finding/"
    schema = f"{settings.SITE_URL}/static/archive/finding.xsd"
    template_name = "archive/finding.xml"
