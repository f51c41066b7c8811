"""URLs of the default repository: ``path("oai", include("django_oaipmh.urls"))``."""

from django.urls import URLPattern, re_path

from .repository import Repository, default_repository
from .views import OAIView


def patterns(repository: Repository) -> list[URLPattern]:
    """Return the one pattern of a repository, with or without a slash at its end and never a redirect."""
    return [re_path(r"^(?:/)?$", OAIView.as_view(repository=repository), name="endpoint")]


app_name = "oai"
urlpatterns = patterns(default_repository)
