"""The archive app: invented fonds, described as archives describe theirs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ArchiveConfig(AppConfig):
    """Countries, institutions, units of description."""

    name = "archive"
    verbose_name = _("archive")
