"""System checks: a mistake in settings, repositories, formats or items, with its place and its remedy."""

import datetime
import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldError, ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import DatabaseError
from django.db.models import CompositePrimaryKey, QuerySet
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.urls import get_resolver
from django.utils import timezone, translation
from django.utils.functional import Promise
from lxml import etree

from . import conf, markup
from .about import About
from .access.addresses import Trusted
from .dependencies import watches
from .descriptions import to_xml
from .formats import MetadataFormat
from .formats.purity import variables
from .identifiers import LONGEST_PREFIX, LONGEST_SET_SPEC, is_namespace, is_prefix, is_set_spec
from .items import Item
from .metadata import TERMS
from .parts import Parts
from .paths import PathError, resolve
from .protocol.errors import CODES
from .queries import Footprint
from .rendering import rendering
from .repository import Repository, repositories
from .schemas import folders_of
from .sets import Set, SetDeclaration, SetsBy, described
from .sources import First, Of, bind

Messages = Iterator[CheckMessage]

#: What a value has to be: a sentence for the message, and the test.
_VALUES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "REPOSITORY_NAME": ("a text", lambda value: isinstance(value, str | Promise)),
    "BASE_URL": ("an absolute http(s) URL without query", lambda value: value == "" or _is_base_url(value)),
    "NAMESPACE": ("a domain name such as library.example.org", lambda value: value == "" or _is_namespace(value)),
    "DESCRIPTIONS": ("a list", lambda value: isinstance(value, list | tuple)),
    "DEFAULT_VERB": (
        f"empty, or one of {', '.join(sorted(conf.VERBS))}",
        lambda value: value == "" or value in conf.VERBS,
    ),
    "ERROR_STATUS": (
        '200 or a status from 400 to 499, or a dict: code of an error → status, such as {"badResumptionToken": 422}',
        lambda value: _is_status(value) or (isinstance(value, dict) and all(map(_is_status_of_error, value.items()))),
    ),
    "DELETED_RECORD": (
        '"persistent", "transient" or "no"',
        lambda value: value in ("persistent", "transient", "no"),
    ),
    "LEFT_SETS": ('"silent" or "deleted"', lambda value: value in ("silent", "deleted")),
    "GRANULARITY": (f'"{conf.SECONDS}" or "{conf.DAYS}"', lambda value: value in (conf.SECONDS, conf.DAYS)),
    "FORMATS": ("a list that is not empty", lambda value: isinstance(value, list | tuple) and bool(value)),
    "PAGE_SIZE": (
        "a whole number from 1, or a dict: setSpec → number",
        lambda value: _is_count(value) or (isinstance(value, dict) and all(map(_is_size_of_set, value.items()))),
    ),
    "PAGE_BYTES": ("a whole number from 1", lambda value: _is_count(value)),
    "MAX_RECORD_BYTES": ("a whole number from 1", lambda value: _is_count(value)),
    "TOKEN_LIFETIME": ("seconds, a whole number from 1", lambda value: _is_count(value)),
    "MASS_CHANGE": ("a share between 0 and 1", lambda value: isinstance(value, int | float) and 0 <= value <= 1),
    "ADMIN_EMAILS": (
        "a list of e-mail addresses",
        lambda value: value is None or (isinstance(value, list | tuple) and all(map(_is_email, value))),
    ),
    "LANGUAGE": ("a language code", lambda value: value is None or isinstance(value, str)),
    "CACHE_AGE": (
        'seconds, or a dict: verb → seconds or, of a list, {"open": seconds, "past": seconds}',
        lambda value: _is_age(value) or (isinstance(value, dict) and all(map(_is_age_of_verb, value.items()))),
    ),
    "GZIP": ("True or False", lambda value: isinstance(value, bool)),
    "INDEX": ('"commit", "task", "outbox" or "sync"', lambda value: value in ("commit", "task", "outbox", "sync")),
    "KEYS": ('"", "optional" or "required"', lambda value: value in ("", "optional", "required")),
    "KEY_STATUS": ("401 or 403", lambda value: value in (401, 403)),
    "REGISTRATION": (
        '"", "open", "approval", or an absolute http(s) URL',
        lambda value: value in ("", "open", "approval") or _is_url(value),
    ),
    "RATES": ('a dict: name → rate, such as "100/minute"', lambda value: _are_texts(value)),
    "TRUSTED_PROXIES": (
        'a list of networks, such as "10.0.0.0/8", and "unix"',
        lambda value: isinstance(value, list | tuple) and all(map(_is_proxy, value)),
    ),
    "SCHEMAS": ("a path, or a list of paths", lambda value: _is_path(value) or _are_paths(value)),
    "REPOSITORIES": ("a dict: name of a repository → its settings", lambda value: isinstance(value, dict)),
}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_age(value: Any) -> bool:
    return value == 0 or _is_count(value)


def _is_age_of_verb(entry: tuple[Any, Any]) -> bool:
    verb, age = entry
    if isinstance(age, dict):
        dated = verb in ("ListIdentifiers", "ListRecords")
        return dated and age.keys() <= {"open", "past"} and all(map(_is_age, age.values()))
    return verb in conf.VERBS and _is_age(age)


def _is_size_of_set(entry: tuple[Any, Any]) -> bool:
    spec, size = entry
    return (spec == "" or _is_set_spec(spec)) and _is_count(size)


def _is_status(value: Any) -> bool:
    return _is_count(value) and (value == 200 or 400 <= value < 500)


def _is_status_of_error(entry: tuple[Any, Any]) -> bool:
    code, status = entry
    return code in CODES and _is_status(status)


def _is_path(value: Any) -> bool:
    return isinstance(value, str | os.PathLike)


def _are_paths(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_path, value))


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for entry in value.items() for text in entry)


def _is_proxy(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(Trusted([value]))
    except ValueError:
        return False


def _is_url(value: Any) -> bool:
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    return parts.scheme in ("http", "https") and bool(parts.netloc)


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
        if "REPOSITORIES" in values:
            messages.append(Error(f"{place} has no key 'REPOSITORIES': it is for OAIPMH itself.", id="oaipmh.E001"))
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
def check_schemas(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the folders of XML Schemas are there."""
    if check_settings():
        return []
    declared = conf.configured()
    places = {conf.place(conf.DEFAULT_REPOSITORY, "SCHEMAS"): declared.get("SCHEMAS", ())}
    for name, values in declared.get("REPOSITORIES", {}).items():
        places[f"OAIPMH['REPOSITORIES'][{name!r}]['SCHEMAS']"] = values.get("SCHEMAS", ())
    return [
        Warning(
            f"{place}: there is no folder {folder}.",
            hint="It is where oai_preview and tests look for XML Schemas, stored under their own URLs.",
            id="oaipmh.W033",
        )
        for place, folders in places.items()
        for folder in folders_of(folders)
        if not folder.is_dir()
    ]


@register("django_oaipmh")
def check_tasks(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that there are tasks where indexing is left to them."""
    if check_settings() or not any(one.items and one.setting("INDEX") == "task" for one in repositories.values()):
        return []
    try:
        from .tasks import task_backends
    except ImportError:
        return [
            Error(
                "OAIPMH['INDEX'] is \"task\", but this Django has no Tasks framework.",
                hint="Install the package django-tasks, or Django 6.0 or newer.",
                id="oaipmh.E071",
            )
        ]
    backend = type(task_backends["default"]).__name__
    if backend not in ("ImmediateBackend", "DummyBackend"):
        return []
    return [
        Warning(
            f"OAIPMH['INDEX'] is \"task\", but TASKS['default'] is {backend}: "
            + ("it works in the process that saves." if backend == "ImmediateBackend" else "nobody will do the work."),
            hint='Configure a backend that has workers, or leave INDEX at "commit".',
            id="oaipmh.W071",
        )
    ]


@register("django_oaipmh")
def check_repositories(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check every repository that has items, and the items."""
    if check_settings():
        return []  # what follows reads the settings
    messages: list[CheckMessage] = []
    if apps.ready and not any(repository.items for repository in repositories.values()):
        messages.append(
            Warning(
                "Nothing is disseminated: no installed app registers an item.",
                hint="Write an oai.py in one of your apps, with an Item class below @oai.register(Model).",
                id="oaipmh.W034",
            )
        )
    for repository in repositories.values():
        if repository.items:
            messages += _check_identity(repository)
            messages += _check_url(repository)
            messages += _check_formats(repository)
            messages += _check_clashes(repository)
            messages += _check_descriptions(repository)
            messages += _check_attributes(type(repository), map(str.lower, conf.DEFAULTS))
            for item in repository.items:  # the repository's sets are theirs in common
                messages += [message for message in check_item(item) if message not in messages]
    return messages


def _check_attributes(declared: type, also: Iterable[str] = ()) -> Messages:
    """Check that no attribute of a host's class is a misspelt one of this app; Python does not mind."""
    bases = [cls for cls in declared.__mro__ if cls.__module__.startswith("django_oaipmh.")]
    known = {name for cls in bases for name in _attributes(cls)}.union(also)
    for cls in declared.__mro__:
        for name in () if cls in bases else _attributes(cls):
            close = [] if name in known else difflib.get_close_matches(name, known, 1, cutoff=0.8)
            if close:
                yield Warning(
                    f"{cls.__name__}.{name} has no meaning here.", hint=f"Did you mean {close[0]!r}?", id="oaipmh.W035"
                )


def _attributes(cls: type) -> list[str]:
    """Return the names of the public attributes that ``cls`` itself has, but for methods and the like."""
    return [
        name
        for name, value in vars(cls).items()
        if not name.startswith("_") and not callable(value) and not hasattr(value, "__get__")
    ]


def _check_identity(repository: Repository) -> Messages:
    emails = repository.get_admin_emails()
    if not emails or not all(map(_is_email, emails)):
        yield Error(
            f"The repository {repository.name!r} has no adminEmail, or one that is no address.",
            hint=f"Set {conf.place(repository.name, 'ADMIN_EMAILS')}, or ADMINS.",
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
            hint=f"Set {conf.place(repository.name, 'NAMESPACE')} to a domain name of yours, as that of the live "
            f"site, whatever the base URL is here; it never changes again.",
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
            hint=f"Set {conf.place(repository.name, 'BASE_URL')}, here too.",
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
        if repository.name in get_resolver().namespace_dict:
            return  # its URL has arguments
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
            hint=f"Correct {conf.place(repository.name, 'BASE_URL')} or the URLs, unless a proxy rewrites the path.",
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
            hint=f"Add 'oai_dc' to {repository.place_of('FORMATS')}.",
            id="oaipmh.E012",
        )
    classes = {(format.prefix.lower(), type(format)) for format in formats.values()}
    if len({prefix.lower() for prefix in formats}) < len(repository.setting("FORMATS")) or len(
        {prefix for prefix, _ in classes}
    ) < len(classes):
        yield Error(
            f"Two formats of the repository {repository.name!r} have the same prefix, but for case perhaps.",
            hint="Give each format class a prefix of its own, and each alias another one.",
            id="oaipmh.E013",
        )
    for prefix in _without_parts(repository):
        yield Warning(
            f"No item of the repository {repository.name!r} declares parts; there will be no record in {prefix}.",
            hint="Give the item of the wholes parts = …, or take the format out of OAIPMH['FORMATS'].",
            id="oaipmh.W061",
        )
    stored = {prefix for item in repository.items for prefix in item.xml}
    for format in formats.values():
        yield from _check_format(format, stored)
    known = {prefix for format in formats.values() if not format.problems() for prefix in format.kept}
    for prefix in sorted(stored - repository.record_formats.keys() - known):
        names = ", ".join(type(item).__name__ for item in repository.items if prefix in item.xml)
        yield Error(
            f"{names}.xml: the repository {repository.name!r} has no format {prefix!r}.",
            hint=f"Write xml[{formats[prefix].prefix!r}], whatever other prefixes the format has."
            if prefix in formats
            else f"Declare it as a MetadataFormat with this prefix, and add it to {repository.place_of('FORMATS')}.",
            id="oaipmh.E014",
        )


def _without_parts(repository: Repository) -> list[str]:
    """Return the formats that tell parts, if no item has any."""
    if any(item.parts is not None for item in repository.items):
        return []
    telling = [prefix for prefix, format in repository.record_formats.items() if format.reads_parts]
    return [prefix for prefix in telling if not any(prefix in item.xml for item in repository.items)]


def _check_format(format: MetadataFormat, stored: set[str]) -> Messages:
    name = type(format).__name__
    yield from _check_attributes(type(format))
    complete = bool(format.prefix and format.namespace and format.schema)
    if not complete or not all(map(is_prefix, (format.prefix, format.offered_as))):
        yield Error(
            f"{name} needs a prefix of up to {LONGEST_PREFIX} letters, digits and -_.!~*'(), a namespace and a schema."
            + (f" Its prefix is {format.offered_as!r}." if complete else ""),
            id="oaipmh.E015",
        )
        return
    yield from _check_deprecated(format)
    for need in format.needs:
        for term in (need,) if isinstance(need, str) else need:
            if term not in TERMS:
                yield _unknown_term(f"{name}.needs", term)
    problems = format.problems()
    for problem in problems:
        yield Error(f"{name}: {problem}", id="oaipmh.E016")
    if not problems and format.renders:
        yield from _check_template(format)
    if not problems and format.only_stored and not stored & set(format.kept):
        yield Warning(
            f"{name} has nothing to disseminate: there is no template {format.get_template_name()!r}, and no item "
            f"has xml[{format.kept[-1]!r}].",
            id="oaipmh.W016",
        )


def _check_template(format: MetadataFormat) -> Messages:
    """Check that the template asks the metadata for terms that there are; Django renders others as nothing."""
    cls, base = type(format), MetadataFormat
    if cls.render is not base.render or cls.get_context is not base.get_context:
        return
    place = f"{cls.__name__}: the template {format.get_template_name()!r}"
    try:
        read = variables(format.get_template_name())
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:  # of what it includes
        yield Error(f"{place}: {type(error).__name__}: {error}", id="oaipmh.E016")
        return
    terms = {lookups[1] for lookups in read if lookups[0] == "metadata" and len(lookups) > 1}
    for term in sorted(terms - TERMS.keys() - set(dir(dict))):
        yield _unknown_term(f"{place}: metadata.{term}", term)


def _check_deprecated(format: MetadataFormat) -> Messages:
    """Check that the last day of a format is a date, and not past."""
    if not format.deprecated:
        return
    try:
        last = datetime.datetime.strptime(format.deprecated, "%Y-%m-%d").date()
    except ValueError:
        yield Error(
            f"{format.offered_as}: deprecated is {format.deprecated!r}; it has to be a date such as 2027-06-30.",
            id="oaipmh.E029",
        )
        return
    if last < timezone.now().date():
        yield Warning(
            f"{format.offered_as} was to be offered until {last}, and still is.",
            hint="Take it out of FORMATS, or give it a later day.",
            id="oaipmh.W029",
        )


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


def _check_descriptions(repository: Repository) -> Messages:
    for number, declared in enumerate(repository.setting("DESCRIPTIONS")):
        place = f"The repository {repository.name!r}: descriptions[{number}]"
        problems: list[str] = []
        try:
            with rendering(repository):
                xml = to_xml([declared], problems.append)
        except (markup.IllFormed, TypeError) as error:
            yield Error(
                f"{place} is neither a description nor well-formed XML: {error}",
                hint="Take one of django_oaipmh.descriptions.",
                id="oaipmh.E018",
            )
            continue
        except DatabaseError:  # of django.contrib.sites, before migrate
            return
        for problem in problems:
            yield Error(f"{place}: {type(declared).__name__}: {problem}.", id="oaipmh.E019")
        if not all(map(_locates_its_schema, xml)):
            yield Error(f"{place} has no namespace of its own, or no xsi:schemaLocation for it.", id="oaipmh.E018")


def _locates_its_schema(xml: str) -> bool:
    root = markup.parse(xml)
    namespace = etree.QName(root).namespace
    return namespace is not None and namespace in root.get(markup.SCHEMA_LOCATION, "").split()[::2]


def check_item(item: Item) -> Messages:
    """Check one item class for one model."""
    name = type(item).__name__
    if isinstance(item.model._meta.pk, CompositePrimaryKey):
        yield Error(f"{name}: {item.label} has a composite primary key, which is not supported.", id="oaipmh.E020")
        return
    try:
        queryset: Any = _queryset(item)
    except NotImplementedError:
        yield Error(
            f"{name} says nowhere which objects are disseminated.",
            hint=f"Give it queryset = {item.model.__name__}.objects.filter(…), or get_queryset().",
            id="oaipmh.E021",
        )
        return
    if not isinstance(queryset, QuerySet):
        yield Error(
            f"{name}.queryset is no queryset, but {type(queryset).__name__}.",
            hint=f"{item.model.__name__}.objects.filter(…) is one.",
            id="oaipmh.E022",
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
    yield from _check_attributes(type(item))
    yield from _check_time(item)
    problems = [*_check_metadata(item), *_check_sources(item)]
    problems += _check_sets(item, f"{type(item.repository).__name__}.sets", item.repository.sets)
    problems += _check_sets(item, f"{name}.sets", item.sets)
    problems += _check_sets(item, f"{name}.scopes", item.scopes)
    problems += _check_parts(item)
    yield from problems
    if not problems:
        yield from _check_dependencies(item)


def _queryset(item: Item) -> Any:
    """Return what the item gives for a queryset; of an attribute that is none, that."""
    declared: Any = item.queryset
    return item.get_queryset() if declared is None or hasattr(declared, "all") else declared


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
    days = (now.date(), timezone.localdate(now))
    if not isinstance(moment, datetime.datetime):
        return moment in days
    aware = moment if moment.tzinfo else moment.astimezone()
    local = timezone.localtime(aware)
    is_today = local.time() == datetime.time.min and local.date() in days  # Django makes midnight of a date
    return is_today or abs((aware - now).total_seconds()) < 3600


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
                message.hint = _constant_hint(source, message.msg)
                yield message


def _constant_hint(source: Any, told: str) -> str | None:
    """Return a hint if a text in ``source``, of which ``told`` speaks, may have been meant as a constant."""
    constant = next((text for text in _texts(source) if f"{text!r}: " in told and "__" not in text), "")
    return f'If {constant!r} is meant as it stands: Value("{constant}").' if constant else None


def _check_source(item: Item, place: str, source: Any) -> Messages:
    try:
        bind(source, item)
    except (PathError, FieldError, TypeError) as error:
        yield Error(f"{place}: {error}", id="oaipmh.E024")


def _check_about(item: Item) -> Messages:
    name = type(item).__name__
    if not isinstance(item.about, list | tuple):
        yield Error(f"{name}.about has to be a list.", id="oaipmh.E028")
        return
    for declared in item.about:
        place = f"{name}.about: {declared!r}"
        if not isinstance(declared, About):
            yield Error(f"{place} is neither Rights nor Provenance.", id="oaipmh.E028")
            continue
        if not isinstance(declared.formats, list | tuple):
            yield Error(f"{place}: formats is {declared.formats!r}; it has to be a list.", id="oaipmh.E028")
        for prefix in _unknown_formats(item.repository, declared.formats):
            yield Error(f"{place}: the repository has no format {prefix!r}.", id="oaipmh.E028")
        try:
            declared.bind(item)
        except (PathError, FieldError, TypeError) as error:
            yield Error(f"{place}: {error}", hint=_constant_hint(declared.sources, str(error)), id="oaipmh.E024")
        except ValueError as error:
            yield Error(f"{place}: {error}.", id="oaipmh.E028")


def _unknown_formats(repository: Repository, prefixes: Any) -> list[Any]:
    try:
        known = repository.metadata_formats
    except ImproperlyConfigured:  # which is told elsewhere
        return []
    return [one for one in prefixes if one not in known] if isinstance(prefixes, list | tuple) else []


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
    for attribute in ("identifier", "local_identifier"):
        if getattr(item, attribute) is not None:
            yield from _check_source(item, f"{name}.{attribute}", getattr(item, attribute))
    if item.identifier is not None and item.local_identifier is not None:
        yield Error(
            f"{name} has both identifier and local_identifier.",
            hint="local_identifier is the last part of oai:<namespace>:…; leave out the other.",
            id="oaipmh.E036",
        )
    for prefix, source in item.xml.items():
        yield from _check_source(item, f"{name}.xml[{prefix!r}]", source)
    yield from _check_about(item)
    if item.initial_datestamp:
        yield from _check_path(item, f"{name}.initial_datestamp", item.initial_datestamp)
    for text in item.changes_at:
        yield from _check_path(item, f"{name}.changes_at", text)


def _check_sets(item: Item, owner: str, declarations: Iterable[Any]) -> Messages:
    for declared in declarations:
        place = owner
        if isinstance(declared, SetsBy):
            place += f": SetsBy({declared.source!r})"
        if isinstance(declared, Set) and not _is_set_spec(declared.spec):
            yield Error(
                f"{place}: {declared.spec!r} is no setSpec.",
                hint=f"Up to {LONGEST_SET_SPEC} letters, digits and -_.!~*'(); parts separated by colons, none empty.",
                id="oaipmh.E025",
            )
        elif not isinstance(declared, SetDeclaration):
            yield Error(f"{place}: {declared!r} is neither Set nor SetsBy.", id="oaipmh.E026")
        else:
            try:
                declared.bind(item)
                if isinstance(declared, Set):
                    yield from _check_set_description(item, f"{place}: Set({declared.spec!r})", declared)
            except (PathError, TypeError, ValueError, LookupError) as error:
                told = str(error).removeprefix(f"{place}: ")  # which some say themselves
                yield Error(f"{place}: {told}", id="oaipmh.E026")
            except Exception as error:  # a FieldError of a filter
                yield Error(f"{place}: {type(error).__name__}: {error}", id="oaipmh.E026")


def _check_parts(item: Item) -> Messages:
    """Check what the item says of its objects' parts."""
    if item.parts is None:
        return
    name = f"{type(item).__name__}.parts"
    declared: Any = item.parts
    if not (isinstance(declared, type) and issubclass(declared, Parts)):
        yield Error(
            f"{name} is no class of parts.",
            hint="Write a subclass of oai.Parts, and name the class, not an instance of it.",
            id="oaipmh.E060",
        )
        return
    try:
        parts = item.bound_parts
    except NotImplementedError:
        yield Error(
            f"{declared.__name__} says nowhere which parts are disseminated.",
            hint="Give it queryset = ….objects.order_by(…), or get_queryset().",
            id="oaipmh.E061",
        )
        return
    assert parts is not None
    yield from _check_attributes(declared)
    yield from _check_place(parts)
    yield from _check_time(parts)
    yield from _check_metadata(parts)
    yield from _check_sources(parts)
    yield from _check_source(item, f"{declared.__name__}.root_level", parts.root_level)
    if parts.level is not None:
        yield from _check_source(parts, f"{declared.__name__}.level", parts.level)


def _check_place(parts: Parts) -> Messages:
    """Check that it can be told where a part belongs."""
    name = type(parts).__name__
    if not parts.finds_roots:
        try:
            _ = parts.pointer
        except ValueError as error:
            yield Error(
                f"{name}.root: {error}.",
                hint="Name the foreign key from each part to its root, or override get_parts() and get_roots().",
                id="oaipmh.E062",
            )
    if parts.depth is None:
        yield Error(
            f"{name} says nowhere how deep in the tree a part is.",
            hint="Give it depth = … (a field, a method), or Value(1) if parts have no parts.",
            id="oaipmh.E063",
        )
    else:
        yield from _check_source(parts, f"{name}.depth", parts.depth)
    if not parts.finds_roots and not parts.get_queryset().ordered:
        yield Warning(
            f"{name}.queryset has no order; parts have to come in document order.",
            hint="Add order_by(…): what belongs to a part comes right after it.",
            id="oaipmh.W060",
        )


def _check_set_description(item: Item, place: str, declared: Set) -> Messages:
    problems: list[str] = []
    with suppress(DatabaseError), rendering(item.repository):  # of django.contrib.sites, before migrate
        described(declared.description, problems.append)
    for problem in problems:
        yield Error(f"{place}.description: {problem}.", id="oaipmh.E019")


def _is_set_spec(value: Any) -> bool:
    return isinstance(value, str) and is_set_spec(value)


def _check_dependencies(item: Item) -> Messages:
    """Check that everything the item depends on can be watched."""
    name = type(item).__name__
    try:
        watched = {watch.sender for watch in watches(item)}
    except PathError as error:
        yield Error(f"{name}: {error}", hint="See the paths in @oai.uses(…).", id="oaipmh.E027")
        return
    except ImproperlyConfigured:  # of the formats, which is told there
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
