"""``Repository``: what harvesters see at one base URL; and ``register()``, which puts items into it."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.module_loading import import_string

from . import conf
from .formats import SHIPPED, MetadataFormat
from .identifiers import is_namespace
from .items import Item
from .sets import Set, SetsBy

if TYPE_CHECKING:
    from lxml import etree

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
        formats: metadata formats: shipped prefixes, dotted paths, or ``MetadataFormat`` classes.
        sets: ``Set`` and ``SetsBy`` declarations that hold for every item.
        descriptions: XML for further description containers of Identify (section 4.2).
    """

    repository_name: ClassVar[str | None] = None
    base_url: ClassVar[str | None] = None
    admin_emails: ClassVar[Sequence[str] | None] = None
    namespace: ClassVar[str | None] = None
    deleted_record: ClassVar[str | None] = None
    granularity: ClassVar[str | None] = None
    language: ClassVar[str | None] = None
    formats: ClassVar[Sequence[str | type[MetadataFormat]] | None] = None
    sets: ClassVar[Sequence[Set | SetsBy]] = ()
    descriptions: "ClassVar[Sequence[str | bytes | etree._Element]]" = ()

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
        try:
            return conf.lookup(self.name, key)
        except KeyError:
            declared = getattr(self, key.lower(), None)
            return conf.inherited(key) if declared is None else declared

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
            f"The repository {self.name!r} has no base URL. Set OAIPMH['BASE_URL'] to the URL for harvesters."
        )

    @property
    def path(self) -> str:
        """The path of this repository's URL; empty where the site does not include it."""
        try:
            return reverse(f"{self.name}:endpoint")
        except NoReverseMatch:
            return ""

    # Formats and sets.

    @property
    def metadata_formats(self) -> dict[str, MetadataFormat]:
        """metadataPrefix → format, in the configured order."""
        return load_formats(tuple(self.setting("FORMATS")))

    @property
    def declares_sets(self) -> bool:
        """Whether any set is declared (section 2.6)."""
        return bool(self.sets) or any(item.sets for item in self.items)

    @property
    def set_names(self) -> dict[str, str]:
        """setSpec → name, perhaps still to be translated, of every set that is declared with a fixed spec."""
        declared: Iterable[Set | SetsBy] = (*self.sets, *(one for item in self.items for one in item.sets))
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


@lru_cache(maxsize=64)
def load_formats(names: tuple[str | type[MetadataFormat], ...]) -> dict[str, MetadataFormat]:
    """Return metadataPrefix → format for shipped prefixes, dotted paths or classes.

    Raises:
        ImproperlyConfigured: a name leads to no format.
    """
    formats = {}
    for name in names:
        try:
            found = import_string(SHIPPED.get(name, name)) if isinstance(name, str) else name
        except ImportError as error:
            raise ImproperlyConfigured(
                f"OAIPMH['FORMATS']: there is no format {name!r}. Shipped are: {', '.join(sorted(SHIPPED))}."
            ) from error
        if not (isinstance(found, type) and issubclass(found, MetadataFormat)):
            raise ImproperlyConfigured(
                f"OAIPMH['FORMATS']: {name!r} is no MetadataFormat class. Shipped are: {', '.join(sorted(SHIPPED))}."
            )
        formats[found.prefix] = found()
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
