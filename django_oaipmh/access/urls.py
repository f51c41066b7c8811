"""What a repository's URL has below it where keys are used: the key itself, and the page to register for one."""

from django.urls import URLPattern, re_path

from ..repository import Repository
from ..views import OAIView
from .secrets import IN_PATH
from .views import RegistrationView, with_key_in_path


def patterns(repository: Repository) -> list[URLPattern]:
    """Return the patterns of one repository."""
    keyed = with_key_in_path(OAIView.as_view(repository=repository))
    return [
        re_path(rf"^(?:/){IN_PATH}/?$", keyed, name="keyed"),
        re_path(r"^(?:/)register/?$", RegistrationView.as_view(repository=repository), name="register"),
    ]
