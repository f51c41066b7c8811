"""``Scope``: what one request may see of a repository: all of it, a part under a name of its own, or less."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from .formats import MetadataFormat

if TYPE_CHECKING:
    from .repository import Repository


class Refused(Exception):
    """A request that may see nothing: the message says why, and what to do, to people.

    Attributes:
        status: of HTTP.
        headers: of the response.
    """

    def __init__(self, message: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclasses.dataclass(frozen=True)
class Scope:
    """A view of one repository, chosen for each request by ``Repository.get_scope``.

    With a ``spec`` it is a part of the repository: the records whose item says so in its ``scopes``. A record that
    leaves it reads as deleted there. ``formats``, ``sets`` and ``page_size`` narrow any view, for a key or a context.

    Attributes:
        repository: the repository.
        spec: the part, as ``Item.scopes`` tells it; empty: the whole repository.
        name: its repositoryName (section 4.2); empty: the repository's.
        base_url: its baseURL; empty: the repository's. A part has to have one.
        admin_emails: its adminEmail elements; ``None``: the repository's.
        formats: the prefixes that may be asked for; ``None``: all.
        sets: the setSpecs whose records are seen, those below them included; ``None``: all records. Lists are then
            lists of one of these sets: if there is but one, it need not be named.
        page_size: the most entries in a page; ``None``: as the repository says.
        private: who asks decides what is seen: no shared cache may keep a response.
    """

    repository: "Repository"
    spec: str = ""
    name: str = ""
    base_url: str = ""
    admin_emails: Sequence[str] | None = None
    formats: frozenset[str] | None = None
    sets: frozenset[str] | None = None
    page_size: int | None = None
    private: bool = False

    def __post_init__(self) -> None:
        if self.spec and not self.base_url:
            raise ValueError(f"The scope {self.spec!r} of {self.repository!r} needs a base_url.")

    def setting(self, key: str) -> Any:
        """Return the setting ``key`` as it holds here."""
        own = self.page_size if key == "PAGE_SIZE" else None
        return self.repository.setting(key) if own is None else own

    def get_repository_name(self) -> str:
        """Return the repositoryName, never empty."""
        return self.name or self.repository.get_repository_name()

    def get_base_url(self, request: HttpRequest | None = None) -> str:
        """Return the baseURL.

        Raises:
            ImproperlyConfigured: nothing tells it.
        """
        return self.base_url or self.repository.get_base_url(request)

    def get_admin_emails(self) -> list[str]:
        """Return the addresses of the adminEmail elements."""
        return self.repository.get_admin_emails() if self.admin_emails is None else list(self.admin_emails)

    @property
    def metadata_formats(self) -> dict[str, MetadataFormat]:
        """metadataPrefix → format, of those that may be asked for."""
        formats = self.repository.metadata_formats
        if self.formats is None:
            return formats
        return {prefix: format for prefix, format in formats.items() if prefix in self.formats}

    @property
    def record_formats(self) -> set[str]:
        """The prefixes that their records are kept under."""
        return {format.prefix for format in self.metadata_formats.values()}

    @property
    def is_part(self) -> bool:
        """Whether there may be records that are not seen here."""
        return bool(self.spec) or self.sets is not None

    @property
    def only_set(self) -> str:
        """The set that lists are of if none is named; empty: there is no such set."""
        return next(iter(self.sets)) if self.sets and len(self.sets) == 1 else ""

    def has_set(self, spec: str) -> bool:
        """Return whether the records of a set may be seen."""
        return self.sets is None or any(spec == one or spec.startswith(f"{one}:") for one in self.sets)
