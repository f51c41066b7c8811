"""Sets that curators make in the admin, by saved filters. An app of its own: put ``django_oaipmh.curated`` and
``django_filters`` into ``INSTALLED_APPS``, and ``Curated(BookFilter)`` into the ``sets`` of an item."""

from .sets import Curated

__all__ = ["Curated"]
