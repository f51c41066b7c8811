"""URLs of the default repository: ``path("oai", include("django_oaipmh.urls"))``."""

from django.apps import apps
from django.urls import URLPattern, re_path

from .repository import Repository, default_repository
from .views import OAIView


def patterns(repository: Repository) -> list[URLPattern]:
    """Return the one pattern of a repository, with or without a slash at its end and never a redirect; and those of
    keys, if there are any."""
    endpoint = re_path(r"^(?:/)?$", OAIView.as_view(repository=repository), name="endpoint")
    if not apps.is_installed("django_oaipmh.access"):
        return [endpoint]
    from .access.urls import patterns as patterns_for_keys

    return [endpoint, *patterns_for_keys(repository)]


app_name = "oai"
urlpatterns = patterns(default_repository)
