"""The app of the sets that curators make."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CuratedConfig(AppConfig):
    """``django_oaipmh.curated``."""

    name = "django_oaipmh.curated"
    label = "oaipmh_curated"
    verbose_name = _("OAI-PMH: curated sets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401
