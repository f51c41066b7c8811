"""What a repository's URL has below it where keys are used: the key itself, and the page to register for one."""

from django.urls import URLPattern, re_path

from ..repository import Repository
from .secrets import IN_PATH
from .views import KeyInPathView, RegistrationView


def patterns(repository: Repository) -> list[URLPattern]:
    """Return the patterns of one repository."""
    return [
        re_path(rf"^(?:/)(?P<secret>{IN_PATH})/?$", KeyInPathView.as_view(repository=repository), name="keyed"),
        re_path(r"^(?:/)register/?$", RegistrationView.as_view(repository=repository), name="register"),
    ]
