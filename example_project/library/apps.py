"""The library app: works, the people who made them, and the collections they are in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    """Works, people, publishers, subjects, collections."""

    name = "library"
    verbose_name = _("library")
