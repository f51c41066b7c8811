"""``AccessKey``: who may harvest, what, how fast and until when."""

import logging
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, router, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..protocol.arguments import PREFIX as METADATA_PREFIX
from ..protocol.arguments import SET_SPEC
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


class AccessKeys(models.Manager["AccessKey"]):
    """The keys."""

    def issue(self, **fields: Any) -> tuple["AccessKey", str]:
        """Make a valid key, and return it with its secret, which nobody can be told again."""
        key = self.model(approved=timezone.now(), **fields)
        secret = key.renew()
        key.save(force_insert=True)
        return key, secret

    @sensitive_variables("secret")
    def of(self, secret: str) -> "AccessKey | None":
        """Return the key of a secret, whatever its state.

        It is read where it is written: a key that was revoked stops at once, and replicas lag.
        """
        rows = self.using(router.db_for_write(self.model))
        return rows.filter(digest__in=digests_of(secret)).first()


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
        for name, legal in (("formats", METADATA_PREFIX), ("sets", SET_SPEC)):
            if wrong := [word for word in getattr(self, name).split() if not legal.fullmatch(word)]:
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

    @property
    def state(self) -> State:
        """What the key is good for at present."""
        if self.revoked:
            return State.REVOKED
        if self.expires and self.expires <= timezone.now():
            return State.EXPIRED
        return State.VALID if self.approved else State.WAITING

    def opens(self, repository: str) -> bool:
        """Return whether it is good for the repository of this name, at present."""
        return self.state == State.VALID and self.repository in ("", repository)

    def renew(self) -> str:
        """Give the key a new secret, and return it. It is not saved."""
        secret = new_secret()
        self.prefix, self.digest = secret[:PREFIX], digests_of(secret)[0]
        return secret

    # Watching. The cache counts, so that hardly a request writes; the database remembers.

    @property
    def pending(self) -> Counter:
        """Counts the requests that are not in ``requests`` yet."""
        return Counter(f"oaipmh:key/{self.pk}")

    @sensitive_variables("secret")
    def count(self, secret: str) -> None:
        """Count a request. It is written down once a minute, by one of all app servers."""
        if self.last_used is not None and timezone.now() - self.last_used < INTERVAL:
            self.pending.add(1)
            return
        counted = self.pending.value()
        try:
            written = self._write(counted + 1, digests_of(secret)[0])
        except DatabaseError as error:  # one that only takes reads, say
            logger.warning("The use of an access key could not be written: %s", error)
            written = False
        self.pending.add(-counted if written else 1)

    def _write(self, requests: int, digest: str) -> bool:
        """Return whether nobody else has written meanwhile. A digest of an older SECRET_KEY is replaced."""
        using = router.db_for_write(type(self))
        rows = type(self).objects.using(using).filter(pk=self.pk, last_used=self.last_used)
        with transaction.atomic(using):
            return bool(rows.update(last_used=timezone.now(), requests=F("requests") + requests, digest=digest))
