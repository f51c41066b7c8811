"""``AccessKey``: who may harvest, what, how fast and until when."""

import logging
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, models, router, transaction
from django.db.models import Case, F, Q, Value, When, functions
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..identifiers import is_prefix, is_set_spec
from ..repository import repositories
from .counting import Counter
from .secrets import PREFIX, digests_of, new_secret

logger = logging.getLogger("django_oaipmh")

#: How often the use of one key is written down.
INTERVAL = timedelta(minutes=1)


def repository_names() -> list[tuple[str, str]]:
    """Return the repositories that a key may be for."""
    return [(name, name) for name in sorted(repositories)]


class State(models.TextChoices):
    """What a key is good for."""

    VALID = "valid", _("valid")
    WAITING = "waiting", _("waits for approval")
    EXPIRED = "expired", _("expired")
    REVOKED = "revoked", _("revoked")


class Now(functions.Now):
    """The database's time. MariaDB tells that of its own time zone, where Django writes UTC."""

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return the SQL for MariaDB and MySQL."""
        template = "UTC_TIMESTAMP(6)" if settings.USE_TZ else "CURRENT_TIMESTAMP(6)"
        return self.as_sql(compiler, connection, template=template, **context)


def state_now() -> Case:
    """Return the expression that tells the state of a key, by the database's time."""
    return Case(
        When(revoked__isnull=False, then=Value(State.REVOKED.value)),
        When(expires__lte=Now(), then=Value(State.EXPIRED.value)),
        When(approved=None, then=Value(State.WAITING.value)),
        default=Value(State.VALID.value),
        output_field=models.CharField(),
    )


class Opening(NamedTuple):
    """What a request needs to know of its key."""

    pk: int
    repository: str
    formats: str
    sets: str
    page_size: int | None
    rate: str
    state: str

    def is_for(self, repository: str) -> bool:
        """Return whether the key is for the repository of this name."""
        return self.repository in ("", repository)


class AccessKeys(models.Manager["AccessKey"]):
    """The keys, each with its ``state``."""

    def get_queryset(self) -> "models.QuerySet[AccessKey]":
        """Return all keys with their states."""
        return super().get_queryset().annotate(state=state_now())

    def issue(self, **fields: Any) -> tuple["AccessKey", str]:
        """Make a valid key, and return it with its secret, which nobody can be told again."""
        key = self.model(approved=timezone.now(), **fields)
        secret = key.renew()
        key.save(force_insert=True)
        return key, secret

    @sensitive_variables("secret")
    def opening(self, secret: str) -> Opening | None:
        """Return what the key of a secret opens, whatever its state.

        It is read at each request, and where it is written: a key that was revoked stops at once, and replicas lag.
        """
        using = router.db_for_write(self.model)
        sql, parameters = _compiled(using)
        with connections[using].cursor() as cursor:
            for digest in digests_of(secret):
                cursor.execute(sql, [digest if one == _DIGEST else one for one in parameters])
                if row := cursor.fetchone():
                    return Opening(*row)
        return None

    @sensitive_variables("secret")
    def count_request(self, key: Opening, secret: str) -> None:
        """Count a request. The cache counts; once a minute one of all app servers writes it down."""
        counter, now = counter_of(key.pk), timezone.now()
        tried = _tried.get(key.pk)
        if tried and now - tried < INTERVAL:
            counter.add(1)
            return
        _tried[key.pk] = now
        counted = counter.value()
        using = router.db_for_write(self.model)
        due = Q(last_used=None) | Q(last_used__lte=now - INTERVAL)
        try:
            with transaction.atomic(using):  # a digest of an older SECRET_KEY is replaced
                written = (
                    self.using(using)
                    .filter(due, pk=key.pk)
                    .update(last_used=now, requests=F("requests") + counted + 1, digest=digests_of(secret)[0])
                )
        except DatabaseError as error:  # one that only takes reads, say
            logger.warning("The use of an access key could not be written: %s", error)
            written = 0
        counter.add(-counted if written else 1)


#: Stands for a digest in SQL that is compiled before there is one.
_DIGEST = "digest of a secret"

#: Key → when this process last tried to write its use.
_tried: dict[int, datetime] = {}


@cache
def _compiled(using: str) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL that finds an ``Opening``, and its parameters. To make it takes Django ten times longer than the
    database takes to answer it."""
    rows = AccessKey.objects.filter(digest=_DIGEST).values_list(*Opening._fields)
    sql, parameters = rows.query.get_compiler(using).as_sql()
    return sql, tuple(parameters)


def counter_of(pk: int) -> Counter:
    """Return what counts the requests of a key that are not written yet."""
    return Counter(f"oaipmh:key/{pk}")


class AccessKey(models.Model):
    """What one harvester may do. Of the key itself no more is kept than a digest."""

    name = models.CharField(_("name"), max_length=200, help_text=_("Who harvests: an institution or service."))
    contact = models.EmailField(_("contact"), help_text=_("An address where a person can be asked."))
    prefix = models.CharField(
        _("prefix"), max_length=PREFIX, editable=False, help_text=_("How the key begins, to recognise it by.")
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    repository = models.CharField(
        _("repository"), max_length=64, blank=True, choices=repository_names, help_text=_("Empty: every one.")
    )
    formats = models.TextField(
        _("formats"), blank=True, help_text=_("The prefixes that may be asked for, separated by spaces. Empty: all.")
    )
    sets = models.TextField(
        _("sets"),
        blank=True,
        help_text=_("The setSpecs that may be seen, with those below them, separated by spaces. Empty: everything."),
    )
    page_size = models.PositiveIntegerField(
        _("page size"), null=True, blank=True, help_text=_("The most records in a page. Empty: as for everybody.")
    )
    rate = models.CharField(
        _("rate"), max_length=64, blank=True, help_text=_("A name in the setting RATES. Empty: “keys”.")
    )
    created = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    approved = models.DateTimeField(_("approved"), null=True, editable=False)
    expires = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("Empty: never."))
    revoked = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used = models.DateTimeField(_("last used"), null=True, editable=False)
    requests = models.PositiveBigIntegerField(_("requests"), default=0, editable=False)

    objects = AccessKeys()

    class Meta:
        verbose_name = _("access key")
        verbose_name_plural = _("access keys")
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def clean(self) -> None:
        """Check what the settings and declarations know.

        Raises:
            ValidationError: a format, setSpec or rate that there is not.
        """
        errors: dict[str, Any] = {}
        for name, legal in (("formats", is_prefix), ("sets", is_set_spec)):
            if wrong := [word for word in getattr(self, name).split() if not legal(word)]:
                errors[name] = _("Not legal: %(words)s.") % {"words": ", ".join(wrong)}
        unknown = [] if "formats" in errors else self.unknown_formats()
        if unknown:
            errors["formats"] = _("There is no format %(words)s.") % {"words": ", ".join(unknown)}
        if self.page_size == 0:
            errors["page_size"] = _("A page has at least one record.")
        if self.rate and not self.knows_rate():
            errors["rate"] = _("There is no rate “%(name)s” in the setting RATES.") % {"name": self.rate}
        if errors:
            raise ValidationError(errors)

    def unknown_formats(self) -> list[str]:
        """Return those of ``formats`` that no repository of this key offers."""
        named = [repositories[self.repository]] if self.repository in repositories else repositories.values()
        offered = {prefix for repository in named for prefix in repository.metadata_formats}
        return [prefix for prefix in self.formats.split() if prefix not in offered]

    def knows_rate(self) -> bool:
        """Return whether a repository of this key has its rate."""
        named = [repositories[self.repository]] if self.repository in repositories else repositories.values()
        return any(self.rate in repository.setting("RATES") for repository in named)

    def renew(self) -> str:
        """Give the key a new secret, and return it. It is not saved."""
        secret = new_secret()
        self.prefix, self.digest = secret[:PREFIX], digests_of(secret)[0]
        return secret
