"""System checks: a mistake in settings, repositories, formats or items, with its place and its remedy."""

import datetime
import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError
from django.db.models import CompositePrimaryKey
from django.template.exceptions import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.functional import Promise

from . import conf
from .dependencies import watches
from .formats import MetadataFormat
from .identifiers import is_namespace
from .items import Item
from .metadata import TERMS
from .paths import PathError, resolve
from .queries import Footprint
from .repository import Repository, repositories
from .sets import PART, Set, SetsBy
from .sources import First, Of, bind

Messages = Iterator[CheckMessage]

#: What a value has to be: a sentence for the message, and the test.
_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "REPOSITORY_NAME": ("a text", lambda value: isinstance(value, str | Promise)),
    "BASE_URL": ("an absolute http(s) URL without query", lambda value: value == "" or _is_base_url(value)),
    "NAMESPACE": ("a domain name such as library.example.org", lambda value: value == "" or _is_namespace(value)),
    "DELETED_RECORD": (
        '"persistent", "transient" or "no"',
        lambda value: value in ("persistent", "transient", "no"),
    ),
    "GRANULARITY": (f'"{conf.SECONDS}" or "{conf.DAYS}"', lambda value: value in (conf.SECONDS, conf.DAYS)),
    "FORMATS": ("a list that is not empty", lambda value: isinstance(value, list | tuple) and bool(value)),
    "PAGE_SIZE": ("a whole number from 1", lambda value: _is_count(value)),
    "PAGE_BYTES": ("a whole number from 1", lambda value: _is_count(value)),
    "TOKEN_LIFETIME": ("seconds, a whole number from 1", lambda value: _is_count(value)),
    "MASS_CHANGE": ("a share between 0 and 1", lambda value: isinstance(value, int | float) and 0 <= value <= 1),
    "ADMIN_EMAILS": (
        "a list of e-mail addresses",
        lambda value: value is None or (isinstance(value, list | tuple) and all(map(_is_email, value))),
    ),
    "LANGUAGE": ("a language code", lambda value: value is None or isinstance(value, str)),
    "GZIP": ("True or False", lambda value: isinstance(value, bool)),
    "SIGNALS": ("True or False", lambda value: isinstance(value, bool)),
    "REPOSITORIES": ("a dict: name of a repository → its settings", lambda value: isinstance(value, dict)),
}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_base_url(value: Any) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.query and not parts.fragment


def _is_namespace(value: Any) -> bool:
    return isinstance(value, str) and is_namespace(value)


def _is_email(value: Any) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True


@register("django_oaipmh")
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the ``OAIPMH`` setting."""
    declared: Any = getattr(settings, "OAIPMH", {})
    if not isinstance(declared, dict):
        return [Error("OAIPMH has to be a dict.", id="oaipmh.E001")]
    messages = list(_check_keys("OAIPMH", declared))
    inner = declared.get("REPOSITORIES", {})
    for name, values in inner.items() if isinstance(inner, dict) else ():
        place = f"OAIPMH['REPOSITORIES'][{name!r}]"
        if not isinstance(values, dict):
            messages.append(Error(f"{place} is {values!r}; it has to be a dict.", id="oaipmh.E002"))
            continue
        messages += _check_keys(place, values)
        if apps.ready and name not in repositories:
            hint = f"There are: {', '.join(sorted(repositories))}."
            messages.append(Error(f"{place}: there is no repository of this name.", hint=hint, id="oaipmh.E003"))
    return messages


def _check_keys(place: str, values: dict[Any, Any]) -> Messages:
    for key, value in values.items():
        if key not in conf.DEFAULTS:
            close = difflib.get_close_matches(str(key), conf.DEFAULTS, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(sorted(conf.DEFAULTS))}."
            yield Error(f"{place} has no key {key!r}.", hint=hint, id="oaipmh.E001")
        elif not _VALUES[key][1](value):
            yield Error(f"{place}[{key!r}] is {value!r}; it has to be {_VALUES[key][0]}.", id="oaipmh.E002")


@register("django_oaipmh")
def check_repositories(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check every repository that has items, and the items."""
    if check_settings():
        return []  # what follows reads the settings
    messages: list[CheckMessage] = []
    for repository in repositories.values():
        if repository.items:
            messages += _check_identity(repository)
            messages += _check_url(repository)
            messages += _check_formats(repository)
            messages += _check_clashes(repository)
            for item in repository.items:
                messages += check_item(item)
    return messages


def _check_identity(repository: Repository) -> Messages:
    emails = repository.get_admin_emails()
    if not emails or not all(map(_is_email, emails)):
        yield Error(
            f"The repository {repository.name!r} has no adminEmail, or one that is no address.",
            hint="Set OAIPMH['ADMIN_EMAILS'], or ADMINS.",
            id="oaipmh.E004",
        )
    mints = any(item.mints_identifiers for item in repository.items)
    try:
        namespace = repository.get_namespace()
    except DatabaseError:  # of django.contrib.sites, before migrate
        return
    if mints and namespace and not _is_namespace(namespace):
        yield Error(
            f"The namespace {namespace!r} of the repository {repository.name!r} is no domain name, as OAI identifiers "
            f"need one.",
            hint="Set OAIPMH['NAMESPACE'] to a domain name of yours; it never changes again.",
            id="oaipmh.E005",
        )
    try:
        repository.get_base_url()
    except ImproperlyConfigured as error:
        if not settings.DEBUG:
            yield Error(str(error), id="oaipmh.E006")
    if settings.DEBUG and not repository.origin:
        yield Warning(
            f"The repository {repository.name!r} does not know its site: URLs in its records stay relative.",
            hint="Set OAIPMH['BASE_URL'], here too.",
            id="oaipmh.W006",
        )


def _check_url(repository: Repository) -> Messages:
    """Check that the URL which harvesters are given is one that answers, without a redirect."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return
    paths = set()
    for language, _name in settings.LANGUAGES if settings.USE_I18N else [(settings.LANGUAGE_CODE, "")]:
        with translation.override(language):
            paths.add(repository.path)
    if "" in paths:
        yield Warning(
            f"No URL leads to the repository {repository.name!r}.",
            hint='Add path("oai", include("django_oaipmh.urls")) to the URLs.'
            if repository.name == conf.DEFAULT_REPOSITORY
            else f'Add path("{repository.name}/oai", {repository.name}.urls) to the URLs.',
            id="oaipmh.W007",
        )
        return
    if len(paths) > 1:
        yield Warning(
            f"The URL of the repository {repository.name!r} depends on the visitor's language.",
            hint="Include it outside of i18n_patterns().",
            id="oaipmh.W008",
        )
    configured = urlsplit(str(repository.setting("BASE_URL"))).path
    path = min(paths, key=len)
    if configured and not settings.FORCE_SCRIPT_NAME and configured.rstrip("/") != path.rstrip("/"):
        yield Warning(
            f"The base URL of the repository {repository.name!r} has the path {configured!r}, the site answers at "
            f"{path!r}.",
            hint="Correct OAIPMH['BASE_URL'] or the URLs, unless a proxy rewrites the path.",
            id="oaipmh.W009",
        )
    elif path.endswith("/") and path != "/" and not configured.endswith("/"):
        yield Warning(
            f"The repository {repository.name!r} answers at {path!r} only: without the slash there is a redirect, "
            f"which harvesters do not follow by POST.",
            hint='Write path("oai", …) instead of path("oai/", …); then both answer.',
            id="oaipmh.W010",
        )


def _check_formats(repository: Repository) -> Messages:
    try:
        formats = repository.metadata_formats
    except ImproperlyConfigured as error:
        yield Error(str(error), id="oaipmh.E011")
        return
    if "oai_dc" not in formats:
        yield Error(
            f"The repository {repository.name!r} does not have the format oai_dc, which OAI-PMH demands.",
            hint="Add 'oai_dc' to OAIPMH['FORMATS'].",
            id="oaipmh.E012",
        )
    if len({prefix.lower() for prefix in formats}) < len(repository.setting("FORMATS")):
        yield Error(
            f"Two formats of the repository {repository.name!r} have the same prefix, but for case perhaps.",
            id="oaipmh.E013",
        )
    stored = {prefix for item in repository.items for prefix in item.xml}
    for format in formats.values():
        yield from _check_format(format, stored)
    for prefix in sorted(stored - formats.keys()):
        yield Error(
            f"An item of the repository {repository.name!r} has xml[{prefix!r}], but there is no such format.",
            hint="Declare it as a MetadataFormat with this prefix, and add it to OAIPMH['FORMATS'].",
            id="oaipmh.E014",
        )


def _check_format(format: MetadataFormat, stored: set[str]) -> Messages:
    name = type(format).__name__
    if PART.fullmatch(format.prefix) is None or not format.namespace or not format.schema:
        yield Error(
            f"{name} needs a prefix of letters, digits and -_.!~*'(), a namespace and a schema.", id="oaipmh.E015"
        )
        return
    for term in format.needs:
        if term not in TERMS:
            yield _unknown_term(f"{name}.needs", term)
    try:
        if format.renders:
            get_template(format.get_template_name())
        elif format.prefix not in stored:
            yield Warning(
                f"{name} has nothing to disseminate: there is no template {format.get_template_name()!r}, and no item "
                f"has xml[{format.prefix!r}].",
                id="oaipmh.W016",
            )
    except TemplateDoesNotExist:
        if type(format).render is MetadataFormat.render:
            yield Error(f"{name}: there is no template {format.get_template_name()!r}.", id="oaipmh.E016")
    except TemplateSyntaxError as error:
        yield Error(f"{name}: the template {format.get_template_name()!r}: {error}", id="oaipmh.E016")


def _check_clashes(repository: Repository) -> Messages:
    """Check that no two items of a repository mint the same identifiers."""
    minting: dict[str, Item] = {}
    for item in repository.items:
        if not item.mints_identifiers:
            continue
        name = str(item.model._meta.model_name)
        other = minting.setdefault(name, item)
        if other is not item:
            yield Error(
                f"{item.label} and {other.label} would have the same OAI identifiers, oai:…:{name}/<key>.",
                hint=f"Override get_identifier() in {type(item).__name__}.",
                id="oaipmh.E017",
            )


def check_item(item: Item) -> Messages:
    """Check one item class for one model."""
    name = type(item).__name__
    if isinstance(item.model._meta.pk, CompositePrimaryKey):
        yield Error(f"{name}: {item.label} has a composite primary key, which is not supported.", id="oaipmh.E020")
        return
    try:
        queryset = item.get_queryset()
    except NotImplementedError:
        yield Error(
            f"{name} says nowhere which objects are disseminated.",
            hint=f"Give it queryset = {item.model.__name__}.objects.filter(…), or get_queryset().",
            id="oaipmh.E021",
        )
        return
    if queryset.model is None or not issubclass(queryset.model, item.model):
        yield Error(f"{name}.queryset is of another model than {item.label}.", id="oaipmh.E022")
        return
    if queryset.query.is_sliced or queryset.query.combinator:
        yield Error(
            f"{name}.queryset is sliced or combined, so nothing can be looked up in it.",
            hint="Use filter() instead of slices, union() and the like.",
            id="oaipmh.E022",
        )
        return
    yield from _check_time(item)
    problems = [*_check_metadata(item), *_check_sources(item), *_check_sets(item)]
    yield from problems
    if not problems:
        yield from _check_dependencies(item)


def _check_time(item: Item) -> Messages:
    """Check that the present time in a queryset is the present time, and that its passing is noticed."""
    name = type(item).__name__
    footprint = Footprint(item.get_queryset())
    today = timezone.now()
    for moment in footprint.moments:
        if _is_about_now(moment, today):
            yield Error(
                f"{name}.queryset compares with {moment}: the time at which Python read the file, not the present.",
                hint="Use django.db.models.functions.Now(), and name the field in changes_at.",
                id="oaipmh.E030",
            )
    if footprint.uses_now and not item.changes_at:
        yield Warning(
            f"{name}.queryset depends on the present time, but what time alone changes is not noticed.",
            hint=f'Name the fields with the moments: changes_at = ["…"] in {name}.',
            id="oaipmh.W031",
        )


def _is_about_now(moment: datetime.date, now: datetime.datetime) -> bool:
    if not isinstance(moment, datetime.datetime):
        return moment in (now.date(), timezone.localdate(now))
    aware = moment if moment.tzinfo else moment.astimezone()
    return abs((aware - now).total_seconds()) < 3600


def _unknown_term(place: str, term: str) -> Error:
    close = difflib.get_close_matches(term, TERMS, 1)
    hint = f"Did you mean {close[0]!r}?" if close else "See the list of the DCMI Metadata Terms."
    return Error(f"{place}: {term!r} is no DCMI metadata term.", hint=hint, id="oaipmh.E023")


def _check_metadata(item: Item) -> Messages:
    name = type(item).__name__
    for term, source in item.metadata.items():
        if term not in TERMS:
            yield _unknown_term(f"{name}.metadata", term)
        else:
            for message in _check_source(item, f"{name}.metadata[{term!r}]", source):
                if constant := next((text for text in _texts(source) if f": {text!r}: " in message.msg), ""):
                    message.hint = f'If {constant!r} is meant as it stands: Value("{constant}").'
                yield message


def _check_source(item: Item, place: str, source: Any) -> Messages:
    try:
        bind(source, item)
    except (PathError, FieldError, TypeError) as error:
        yield Error(f"{place}: {error}", id="oaipmh.E024")


def _texts(source: Any) -> Iterator[str]:
    """Yield every text in ``source`` that may have been meant as a constant."""
    if isinstance(source, str):
        yield source
    elif isinstance(source, Of | First | list | tuple):
        inner: Any = source.fields.values() if isinstance(source, Of) else getattr(source, "sources", source)
        for one in inner:
            yield from _texts(one)


def _check_path(item: Item, place: str, text: str) -> Messages:
    try:
        resolve(item.model, text)
    except PathError as error:
        yield Error(f"{place}: {error}", id="oaipmh.E024")


def _check_sources(item: Item) -> Messages:
    """Check the sources besides metadata."""
    name = type(item).__name__
    if item.identifier is not None:
        yield from _check_source(item, f"{name}.identifier", item.identifier)
    for prefix, source in item.xml.items():
        yield from _check_source(item, f"{name}.xml[{prefix!r}]", source)
    if item.initial_datestamp:
        yield from _check_path(item, f"{name}.initial_datestamp", item.initial_datestamp)
    for text in item.changes_at:
        yield from _check_path(item, f"{name}.changes_at", text)


def _check_sets(item: Item) -> Messages:
    everything: Iterable[Any] = (*item.repository.sets, *item.sets)
    for declared in everything:
        place = f"{type(item).__name__}.sets"
        if isinstance(declared, SetsBy):
            place += f": SetsBy({declared.source!r})"
        if isinstance(declared, Set) and not all(map(PART.fullmatch, declared.spec.split(":"))):
            yield Error(
                f"{place}: {declared.spec!r} is no setSpec.",
                hint="Letters, digits and -_.!~*'() only; parts separated by colons, none empty.",
                id="oaipmh.E025",
            )
        elif not isinstance(declared, Set | SetsBy):
            yield Error(f"{place}: {declared!r} is neither Set nor SetsBy.", id="oaipmh.E026")
        else:
            try:
                declared.bind(item)
            except (PathError, TypeError, ValueError, LookupError) as error:
                yield Error(f"{place}: {error}", id="oaipmh.E026")
            except Exception as error:  # a FieldError of a filter
                yield Error(f"{place}: {type(error).__name__}: {error}", id="oaipmh.E026")


def _check_dependencies(item: Item) -> Messages:
    """Check that everything the item depends on can be watched."""
    name = type(item).__name__
    try:
        watched = {watch.sender for watch in watches(item)}
    except PathError as error:
        yield Error(f"{name}: {error}", hint="See the paths in @oai.uses(…).", id="oaipmh.E027")
        return
    for model in sorted(item.footprint.subqueries - watched, key=lambda model: model._meta.label):
        yield Warning(
            f"{name}.queryset reads {model._meta.label} in a subquery; a change there is noticed by oai_sync only.",
            hint=f"Declare it: depends_on = [oai.Dependency({model.__name__}, lambda changed: …)].",
            id="oaipmh.W032",
        )


@register(Tags.database, deploy=True)
def check_synced(app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that every repository has been synced. Runs with ``check --deploy --database default``."""
    from .index.store import database
    from .models import RepositoryState

    if not databases or database() not in databases:
        return []
    try:
        opened = set(RepositoryState.objects.using(database()).exclude(opened=None).values_list("name", flat=True))
    except DatabaseError:  # before migrate
        return []
    return [
        Warning(
            f"The repository {name!r} has never been synced; harvesters get 503.",
            hint="Run: manage.py oai_sync",
            id="oaipmh.W040",
        )
        for name, repository in repositories.items()
        if repository.items and name not in opened
    ]
