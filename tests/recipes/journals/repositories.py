from django.http.request import split_domain_port
from django.shortcuts import get_object_or_404

import django_oaipmh as oai

from .models import Journal


class Press(oai.Repository):
    repository_name = "Example Press"

    def get_scope(self, request, code=""):
        if code:  # press.example.org/joss/oai
            journal = get_object_or_404(Journal, code=code)
        else:  # joss.example.org/oai, or that of the whole press
            domain, _port = split_domain_port(request.get_host())  # in lower case
            journal = Journal.objects.filter(domain=domain).first()
        if journal is None:
            return oai.Scope(self)
        return oai.Scope(
            self, journal.code, name=journal.name, base_url=journal.oai_url(), admin_emails=[journal.contact]
        )


press = Press("press")
