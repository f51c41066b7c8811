"""The app of the pages for people."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExplorerConfig(AppConfig):
    """``django_oaipmh.explorer``."""

    name = "django_oaipmh.explorer"
    label = "oaipmh_explorer"
    verbose_name = _("OAI-PMH pages")
