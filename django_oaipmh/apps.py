"""The app: finds every app's ``oai.py``, and watches the models that the items in them depend on."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class OAIPMHConfig(AppConfig):
    """``django_oaipmh``."""

    name = "django_oaipmh"
    verbose_name = _("OAI-PMH")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401
        from .access import checks as access_checks  # noqa: F401
        from .index import signals

        autodiscover_modules("oai")
        signals.connect_when_ready()
