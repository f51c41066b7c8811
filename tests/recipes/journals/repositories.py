from django.shortcuts import get_object_or_404

import django_oaipmh as oai

from .models import Journal


class Press(oai.Repository):
    repository_name = "Example Press"

    def get_scope(self, request, code=""):
        if code:  # press.example.org/joss/oai
            journal = get_object_or_404(Journal, code=code)
        else:  # joss.example.org/oai, or that of the whole press
            journal = Journal.objects.filter(domain=request.get_host()).first()
        if journal is None:
            return oai.Scope(self)
        return oai.Scope(
            self, journal.code, name=journal.name, base_url=journal.oai_url(), admin_emails=[journal.contact]
        )


press = Press("press")
