from django.db.models import Value

import django_oaipmh as oai
from django_oaipmh.curated import Curated

from .filters import RecordFilter
from .models import Record

CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


@oai.register(Record)
class RecordItem(oai.Item):
    queryset = Record.objects.filter(withdrawn=False)
    identifier = "oai_identifier"
    metadata = {
        "title": "title",
        "creator": oai.Person.of("creators", name="name", orcid="orcid"),
        "abstract": "description",
        "issued": "published_on",
        "type": "type",
        "publisher": Value("Zenodo"),
        "identifier": oai.Identifier.of(value="doi", scheme=Value("doi")),
        "license": "licence",
    }
    about = [oai.Rights(Value(CC0))]
    sets = [
        oai.SetsBy("communities", spec="oai_spec", name="title", description="description"),
        Curated(RecordFilter),
    ]

    def oai_identifier(self, record):
        return f"oai:zenodo.org:{record.pk}"
