"""System checks of keys and rates. They run in every site, as it may have settings for keys and not the app."""

import difflib
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, router

from ..checks import check_settings
from ..repository import Repository, repositories
from .addresses import SOCKET
from .admission import ANONYMOUS, KEYS, REGISTRATION
from .counting import alias


@register("django_oaipmh")
def check_access(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check what the settings say of keys and rates."""
    if check_settings():
        return []
    messages = [message for one in repositories.values() if one.items for message in (*_keys(one), *_rates(one))]
    return [message for at, message in enumerate(messages) if message not in messages[:at]]  # most are inherited


def _keys(repository: Repository) -> Iterator[CheckMessage]:
    if repository.setting("KEYS") and not apps.is_installed("django_oaipmh.access"):
        yield Error(
            f"{repository.place_of('KEYS')} needs the app of access keys.",
            hint='Add "django_oaipmh.access" to INSTALLED_APPS, and run: manage.py migrate',
            id="oaipmh.E080",
        )
    if repository.setting("REGISTRATION") and not repository.setting("KEYS"):
        yield Warning(
            f"{repository.place_of('REGISTRATION')} gives keys that nobody asks for.",
            hint='Set KEYS to "required" or "optional", or leave REGISTRATION out.',
            id="oaipmh.W080",
        )


def _rates(repository: Repository) -> Iterator[CheckMessage]:
    place = repository.place_of("RATES")
    rates = repository.setting("RATES")
    try:
        from .rates import read_rate
    except ImportError:
        if rates:
            hint = "Install the extra: pip install 'django_oaipmh[rates]'"
            yield Error(f"{place} needs the package limits.", hint=hint, id="oaipmh.E081")
        return
    for name, rate in rates.items():
        try:
            read_rate(rate, alias())
        except ValueError:
            yield Error(
                f"{place}[{name!r}] is {rate!r}, which is no rate.",
                hint='Write "100/minute", or several: "10/second; 5000/day".',
                id="oaipmh.E082",
            )
    if rates and repository.setting("REGISTRATION") == "open" and "registration" not in rates:
        yield Warning(
            f"{place} has no rate for registrations, so whoever wants to come more often gets himself more keys.",
            hint='Add a rate such as "registration": "5/hour".',
            id="oaipmh.W084",
        )
    for name in rates.keys() - {ANONYMOUS, KEYS, REGISTRATION}:
        meant = difflib.get_close_matches(name, (ANONYMOUS, KEYS, REGISTRATION), 1)
        if meant or not repository.setting("KEYS"):
            yield Warning(
                f"{place} has the name {name!r}, which holds for keys that name it, and for nobody else.",
                hint=f"Did you mean {meant[0]!r}?" if meant else "Without KEYS there are none.",
                id="oaipmh.W085",
            )
    for network in repository.setting("TRUSTED_PROXIES") if rates else ():
        if network != SOCKET and ip_network(network).prefixlen == 0:
            yield Warning(
                f"{repository.place_of('TRUSTED_PROXIES')} trusts everybody, so everybody can choose his address.",
                hint="Name the networks of your own proxies.",
                id="oaipmh.W083",
            )


@register("django_oaipmh", deploy=True)
def check_cache(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that all app servers count together."""
    if check_settings() or not any(one.setting("RATES") for one in repositories.values()):
        return []
    if not isinstance(caches[alias()], LocMemCache | DummyCache):
        return []
    backend = settings.CACHES[alias()]["BACKEND"].rpartition(".")[2]
    return [
        Warning(
            f"OAIPMH['RATES'] are counted in CACHES[{alias()!r}], a {backend}: each process counts for itself.",
            hint="Use a cache that all processes share, such as Redis or Memcached.",
            id="oaipmh.W082",
        )
    ]


@register(Tags.database)
def check_issued(app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that the keys still fit the settings. Runs with ``check --database default``."""
    if not apps.is_installed("django_oaipmh.access") or check_settings():
        return []
    from .models import AccessKey

    using = router.db_for_write(AccessKey)
    if using not in (databases or ()):
        return []
    try:
        keys = list(AccessKey.objects.using(using).filter(revoked=None))
    except DatabaseError:  # before migrate
        return []
    return list(_issued(keys))


def _issued(keys: Sequence[Any]) -> Iterator[CheckMessage]:
    for key in keys:
        problems = [f"the format {prefix}" for prefix in key.unknown_formats()]
        if key.repository and key.repository not in repositories:
            problems.append(f"the repository {key.repository}")
        if key.rate and not key.knows_rate():
            problems.append(f"the rate {key.rate}")
        if problems:
            yield Warning(
                f"The access key {key} names {', '.join(problems)}, which there is not.",
                hint="Correct the key in the admin, or the settings.",
                id="oaipmh.W041",
            )
