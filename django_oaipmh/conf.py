"""The ``OAIPMH`` setting: every key and its default.

A key is looked up for one repository: first in ``OAIPMH["REPOSITORIES"][name]``; for the default repository then in
``OAIPMH`` itself. Other repositories inherit from ``OAIPMH`` what describes the deployment, but not what names the
default repository (``INHERITED``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings

SECONDS = "YYYY-MM-DDThh:mm:ssZ"
DAYS = "YYYY-MM-DD"

#: The name of the default repository: its URL namespace and its key in the index.
DEFAULT_REPOSITORY = "oai"

#: The six requests (chapter 4).
VERBS = ("Identify", "ListMetadataFormats", "ListSets", "GetRecord", "ListIdentifiers", "ListRecords")

DEFAULTS: dict[str, Any] = {
    "REPOSITORY_NAME": "",
    "BASE_URL": "",
    "ADMIN_EMAILS": None,  # None: settings.ADMINS
    "NAMESPACE": "",  # the host of BASE_URL
    "DESCRIPTIONS": (),
    "DELETED_RECORD": "persistent",
    "DEFAULT_VERB": "",
    "ERROR_STATUS": 200,
    "LEFT_SETS": "silent",
    "GRANULARITY": SECONDS,
    "FORMATS": ["oai_dc"],
    "PAGE_SIZE": 100,
    "PAGE_BYTES": 5_000_000,
    "MAX_RECORD_BYTES": 50_000_000,
    "TOKEN_LIFETIME": 86_400,
    "GZIP": True,
    "CACHE_AGE": 0,
    "LANGUAGE": None,  # None: settings.LANGUAGE_CODE
    "INDEX": "commit",
    "MASS_CHANGE": 0.25,
    "KEYS": "",
    "KEY_STATUS": 401,
    "REGISTRATION": "",
    "RATES": {},
    "TRUSTED_PROXIES": (),
    "SCHEMAS": (),
    "REPOSITORIES": {},
}

NOTHING: Mapping[str, Any] = MappingProxyType({})

INHERITED = frozenset(DEFAULTS) - {"REPOSITORY_NAME", "BASE_URL", "DESCRIPTIONS", "REPOSITORIES"}


def configured() -> dict[str, Any]:
    """Return the ``OAIPMH`` dict of the settings, empty where there is none."""
    return getattr(settings, "OAIPMH", None) or {}


def lookup(repository: str, key: str, declared: Any = None) -> Any:
    """Return the setting ``key`` of ``repository``: what the settings say, else ``declared``, else the default."""
    said = configured()
    own = said.get("REPOSITORIES", NOTHING).get(repository, NOTHING)
    if key in own:
        return own[key]
    if key in said and repository == DEFAULT_REPOSITORY:
        return said[key]
    if declared is not None:
        return declared
    return said.get(key, DEFAULTS[key]) if key in INHERITED else DEFAULTS[key]


def place(repository: str, key: str) -> str:
    """Return where in the settings ``key`` of ``repository`` stands, for messages."""
    if repository == DEFAULT_REPOSITORY:
        return f"OAIPMH[{key!r}]"
    return f"OAIPMH['REPOSITORIES'][{repository!r}][{key!r}]"
