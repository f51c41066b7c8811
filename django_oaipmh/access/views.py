"""A repository at a URL that ends in a key, and the page where keys are got."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.decorators import login_not_required
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.generic import FormView

from ..repository import Repository, default_repository
from ..scopes import Refused
from .admission import REGISTRATION, keep_rate
from .forms import RegistrationForm

if TYPE_CHECKING:
    Registration = FormView[RegistrationForm]
else:
    Registration = FormView


def with_key_in_path(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Return ``view`` for the URL ``/oai/KEY``, for harvesters that can be told a base URL and nothing else.

    The key is taken out of the request before anything else happens to it, so that no ``request`` element, log line or
    mail to the admins can tell it.
    """

    @wraps(view)
    @sensitive_variables()
    def keyed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        secret = request.path_info.rstrip("/").rpartition("/")[2]  # no argument: those may be told in errors
        take_out(request, secret)
        request.oai_secret = secret  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return keyed


@sensitive_variables()
def take_out(request: HttpRequest, secret: str) -> None:
    """Make of a request with a key in its path one without, for Django and for the server's access log."""
    request.path = _without(request.path, secret)
    request.path_info = _without(request.path_info, secret)
    request.META["PATH_INFO"] = _without(request.META.get("PATH_INFO", ""), secret)
    for name in ("RAW_URI", "REQUEST_URI"):  # of gunicorn and of uWSGI
        if name in request.META:
            request.META[name] = request.get_full_path()
    if isinstance(request, ASGIRequest):
        cast(dict[str, Any], request.scope).update(path=request.path, raw_path=request.path.encode())


def _without(path: str, secret: str) -> str:
    return path.rstrip("/").removesuffix(f"/{secret}")


@method_decorator([login_not_required, never_cache], name="dispatch")
class RegistrationView(Registration):
    """Gives a key to whoever says who he is: at once, or after approval in the admin."""

    repository: Repository = default_repository
    form_class = RegistrationForm
    template_name = "oaipmh_access/register.html"
    registered_template_name = "oaipmh_access/registered.html"

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the view, open to everybody."""
        return login_not_required(super().as_view(**initkwargs))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer only where registration is open."""
        if self.repository.setting("REGISTRATION") not in ("open", "approval"):
            raise Http404
        try:
            self.scope = self.repository.get_scope(request, **kwargs)
            return super().dispatch(request, *args, **kwargs)
        except Refused as refused:
            headers = dict(refused.headers)
            return HttpResponse(f"{refused}\n", "text/plain; charset=utf-8", status=refused.status, headers=headers)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Give a key, unless one address asks for too many."""
        keep_rate(request, self.repository, REGISTRATION)
        return super().post(request, *args, **kwargs)

    @sensitive_variables("secret")
    def form_valid(self, form: RegistrationForm) -> HttpResponse:
        """Show the key, this once."""
        secret = form.issue(self.repository)
        context = self.get_context_data(form=form, key=form.instance, secret=secret)
        return self.response_class(self.request, self.registered_template_name, context, using=self.template_engine)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the repository, its name and its base URL."""
        return super().get_context_data(
            repository=self.repository,
            repository_name=self.scope.get_repository_name(),
            base_url=self.scope.get_base_url(self.request),
            by_approval=self.repository.setting("REGISTRATION") == "approval",
            **kwargs,
        )
