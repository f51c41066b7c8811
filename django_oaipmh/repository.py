"""``Repository``: what harvesters see at one base URL; and ``register()``, which puts items into it."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, reverse

from . import conf
from .descriptions import Declared
from .formats import ALIASES, MetadataFormat, format_class
from .identifiers import is_namespace
from .items import Item
from .scopes import Scope
from .sets import Set, SetDeclaration

I = TypeVar("I", bound=type[Item])  # noqa: E741

#: Every repository of the site by name.
repositories: dict[str, "Repository"] = {}


class AlreadyRegistered(Exception):
    """A model was registered twice in one repository, or a repository's name was taken."""


class Repository:
    """What harvesters see at one base URL: identity, formats, sets, registered items.

    Subclass it to say more than settings can; instances are made once, at import. The settings of the same name in
    capitals win over class attributes, as they differ by deployment.

    Attributes:
        repository_name, base_url, admin_emails, namespace, deleted_record, granularity, language: see the settings.
        formats: metadata formats: shipped prefixes, dotted paths, ``MetadataFormat`` classes, or dicts for aliases.
        sets: ``Set``, ``SetsBy`` and other declarations that hold for every item.
        descriptions: what else Identify tells of the repository (section 4.2): declarations of
            ``django_oaipmh.descriptions``, or XML.
    """

    repository_name: ClassVar[str | None] = None
    base_url: ClassVar[str | None] = None
    admin_emails: ClassVar[Sequence[str] | None] = None
    namespace: ClassVar[str | None] = None
    deleted_record: ClassVar[str | None] = None
    granularity: ClassVar[str | None] = None
    language: ClassVar[str | None] = None
    formats: ClassVar[Sequence[str | type[MetadataFormat] | dict[str, Any]] | None] = None
    sets: ClassVar[Sequence[SetDeclaration]] = ()
    descriptions: ClassVar[Sequence[Declared] | None] = None

    def __init__(self, name: str = conf.DEFAULT_REPOSITORY) -> None:
        if name in repositories:
            raise AlreadyRegistered(f"There is a repository {name!r} already; give this one another name.")
        self.name = name
        self._registry: dict[type[Model], Item] = {}
        repositories[name] = self

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    # Registration.

    def register(self, model: type[Model], item_class: type[Item]) -> None:
        """Make the objects of ``model`` items of this repository.

        Raises:
            AlreadyRegistered: the model has an item here already.
        """
        if model in self._registry:
            raise AlreadyRegistered(f"{model._meta.label} is registered in the repository {self.name!r} already.")
        self._registry[model] = item_class(model, self)

    def unregister(self, model: type[Model]) -> None:
        """Forget the item of ``model``; the next sync deletes its records."""
        del self._registry[model]

    @property
    def items(self) -> list[Item]:
        """The registered items."""
        return list(self._registry.values())

    def item_for(self, label: str) -> Item | None:
        """Return the item of the model ``app_label.ModelName``."""
        return next((item for item in self._registry.values() if item.label.lower() == label.lower()), None)

    # Settings.

    def setting(self, key: str) -> Any:
        """Return the setting ``key`` for this repository: what the settings say, else the class, else the default."""
        return conf.lookup(self.name, key, getattr(self, key.lower(), None))

    def place_of(self, key: str) -> str:
        """Return where the setting ``key`` is said or, if it is said nowhere, where to say it; for messages."""
        if key in conf.configured().get("REPOSITORIES", {}).get(self.name, {}):
            return f"OAIPMH['REPOSITORIES'][{self.name!r}][{key!r}]"
        said = key in conf.configured() and self.name == conf.DEFAULT_REPOSITORY
        if not said and getattr(self, key.lower(), None) is not None:
            return f"{type(self).__name__}.{key.lower()}"
        return f"OAIPMH[{key!r}]"

    def get_repository_name(self) -> str:
        """Return the repositoryName (section 4.2), never empty."""
        return str(self.setting("REPOSITORY_NAME")) or self.get_namespace() or self.name

    def get_admin_emails(self) -> list[str]:
        """Return the addresses of the adminEmail elements (section 4.2)."""
        emails = self.setting("ADMIN_EMAILS")
        if emails is None:
            emails = [admin if isinstance(admin, str) else admin[1] for admin in settings.ADMINS]
        return list(emails)

    def get_namespace(self) -> str:
        """Return the namespace of the OAI identifiers; empty if nothing tells it."""
        return str(self.setting("NAMESPACE")) or urlsplit(self.origin).hostname or ""

    def get_language(self) -> str:
        """Return the language that everything is rendered in."""
        return str(self.setting("LANGUAGE") or settings.LANGUAGE_CODE)

    @property
    def origin(self) -> str:
        """Scheme and host of the site, to make URLs absolute with; empty if nothing tells it."""
        parts = urlsplit(str(self.setting("BASE_URL") or conf.configured().get("BASE_URL", "")))
        if parts.netloc:
            return f"{parts.scheme}://{parts.netloc}"
        if apps.is_installed("django.contrib.sites") and apps.models_ready:
            from django.contrib.sites.models import Site

            try:
                return f"https://{Site.objects.get_current().domain}"  # which is read but once
            except (ImproperlyConfigured, Site.DoesNotExist):
                return ""
        return ""

    def get_base_url(self, request: HttpRequest | None = None) -> str:
        """Return the baseURL (section 4.2): configured, or below the site's origin, or under DEBUG the request's.

        Raises:
            ImproperlyConfigured: nothing tells it.
        """
        if configured := self.setting("BASE_URL"):
            return str(configured)
        if self.origin and (path := self.path):
            return self.origin + path
        if settings.DEBUG and request is not None:
            return request.build_absolute_uri(request.path.rstrip("/"))
        raise ImproperlyConfigured(
            f"The repository {self.name!r} has no base URL. "
            f"Set {conf.place(self.name, 'BASE_URL')} to the URL for harvesters."
        )

    @property
    def path(self) -> str:
        """The path of this repository's URL; empty where the site does not include it."""
        try:
            return reverse(f"{self.name}:endpoint")
        except NoReverseMatch:
            return ""

    def get_scope(self, request: HttpRequest, **kwargs: Any) -> Scope:
        """Return what ``request`` may see: the whole repository, unless this is overridden.

        Args:
            request: any request to the repository.
            kwargs: what the URL pattern captured.

        Raises:
            Http404: there is nothing at this URL.
        """
        return Scope(self)

    # Formats and sets.

    @property
    def metadata_formats(self) -> dict[str, MetadataFormat]:
        """metadataPrefix → format, in the configured order. Aliases are among them."""
        place = self.place_of("FORMATS")
        return load_formats(tuple(_hashable(entry, place) for entry in self.setting("FORMATS")), place)

    @property
    def record_formats(self) -> dict[str, MetadataFormat]:
        """The prefix that records are kept under → format: each format once, whatever prefixes offer it."""
        return {format.prefix: format for format in self.metadata_formats.values()}

    @property
    def declares_sets(self) -> bool:
        """Whether any set is declared (section 2.6)."""
        return bool(self.sets) or any(item.sets for item in self.items)

    @property
    def declares_scopes(self) -> bool:
        """Whether any item has scopes."""
        return any(item.scopes for item in self.items)

    @property
    def set_names(self) -> dict[str, str]:
        """setSpec → name, perhaps still to be translated, of every set that is declared with a fixed spec."""
        declared: Iterable[SetDeclaration] = (*self.sets, *(one for item in self.items for one in item.sets))
        return {one.spec: one.name for one in declared if isinstance(one, Set)}

    @property
    def mints_identifiers(self) -> bool:
        """Whether all OAI identifiers follow the scheme of the oai-identifier guideline in this namespace."""
        return all(item.mints_identifiers for item in self.items) and is_namespace(self.get_namespace())

    # URLs, as those of Django's admin site.

    def get_urls(self) -> list[URLPattern]:
        """Return the URL patterns: one, with or without a slash at its end."""
        from .urls import patterns

        return patterns(self)

    @property
    def urls(self) -> tuple[list[URLPattern], str, str]:
        """What ``path("press/oai", press.urls)`` takes."""
        return self.get_urls(), self.name, self.name


def _hashable(entry: Any, place: str) -> Any:
    """Return an entry of ``FORMATS``; a dict as its pairs."""
    try:
        pairs = tuple(sorted(entry.items())) if isinstance(entry, dict) else entry
        hash(pairs)
        if isinstance(entry, tuple):
            raise TypeError("an entry is one name, one class or one dict")
    except TypeError as error:
        raise ImproperlyConfigured(f"{place}: {entry!r} is no format.") from error
    return pairs


@lru_cache(maxsize=64)
def load_formats(entries: tuple[Any, ...], place: str = "OAIPMH['FORMATS']") -> dict[str, MetadataFormat]:
    """Return metadataPrefix → format.

    Args:
        entries: each a shipped prefix, a dotted path or a class; or the pairs of a dict of ``format`` (one of these),
            ``prefix`` and perhaps ``deprecated``, for a format under another prefix.
        place: where they are said, for messages.

    Raises:
        ImproperlyConfigured: an entry leads to no format.
    """
    formats: dict[str, MetadataFormat] = {}
    for entry in entries:
        options: dict[str, Any] = dict(entry) if isinstance(entry, tuple) else {"format": entry}
        if unknown := options.keys() - {"format", "prefix", "deprecated"}:
            raise ImproperlyConfigured(
                f"{place}: {', '.join(sorted(map(str, unknown)))} is not known there. "
                f"There are: format, prefix, deprecated."
            )
        name = options.get("format")
        try:
            format = format_class(name)(
                str(options.get("prefix", name if name in ALIASES else "")), str(options.get("deprecated", ""))
            )
        except LookupError as error:
            raise ImproperlyConfigured(f"{place}: {error}") from error
        formats[format.offered_as] = format
    for format in formats.values():
        same = [one.offered_as for one in formats.values() if one.prefix == format.prefix]
        first = format.prefix if format.prefix in same else same[0]
        format.same_as = "" if format.offered_as == first else first
    return formats


#: The default repository, which ``include("django_oaipmh.urls")`` serves.
default_repository = Repository()


def register(*models: type[Model], repository: Repository = default_repository) -> Callable[[I], I]:
    """Register the decorated ``Item`` class for ``models``, in the default or another repository."""

    def decorate(item_class: I) -> I:
        for model in models:
            repository.register(model, item_class)
        return item_class

    return decorate
