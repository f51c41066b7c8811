"""Access keys and rate limits: an app of its own, for sites that do not answer everybody, or not at any rate.

Limits by address need no more than the settings; keys need ``"django_oaipmh.access"`` in ``INSTALLED_APPS``.
"""
