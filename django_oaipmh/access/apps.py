"""The app: hides keys in Django's own log lines."""

import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccessConfig(AppConfig):
    """``django_oaipmh.access``."""

    name = "django_oaipmh.access"
    label = "oaipmh_access"
    verbose_name = _("OAI-PMH: access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .secrets import HideKeys

        for name in ("django.request", "django.server"):
            logging.getLogger(name).addFilter(HideKeys())
