from django.db.models import Value

import django_oaipmh as oai

from .models import Letter


@oai.register(Letter)
class LetterItem(oai.Item):
    queryset = Letter.objects.all()
    metadata = {
        "creator": "sender",
        "contributor": "recipient",
        "created": "written",
        "description": "summary",
        "type": Value("Letter"),
    }
