"""The app: hides keys in the log lines of Django and of app servers."""

import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

#: Loggers that tell of requests that no view of this app has seen, too: redirects, pages that there are not.
LOGGERS = (
    "django.request",
    "django.security.DisallowedHost",
    "django.server",
    "gunicorn.access",
    "gunicorn.error",
    "uvicorn.access",
)


class AccessConfig(AppConfig):
    """``django_oaipmh.access``."""

    name = "django_oaipmh.access"
    label = "oaipmh_access"
    verbose_name = _("OAI-PMH: access")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .secrets import HideKeys

        for name in LOGGERS:
            logging.getLogger(name).addFilter(HideKeys())
