"""What django_oaipmh is told about works."""

from django.db.models import Q

import django_oaipmh as oai

from .models import Work


@oai.register(Work)
class WorkItem(oai.Item):
    queryset = Work.objects.all()
    metadata = {
        "title": "title",
        "creator": "authors__name",
        "subject": "subjects__label",
        "abstract": "abstract",
        "issued": "issued",
        "identifier": ["doi", "get_absolute_url"],
        "language": "language",
        "license": "license",
    }
    sets = [
        oai.SetsBy("collections", spec="code", name="name"),
        oai.Set("open", "Open access", filter=Q(open_access=True)),
    ]
