"""The index: every record as it is disseminated, and what keeps it true.

Nothing here is for a host to write; ``index`` writes it and ``protocol`` reads it. Moments and datestamps are whole
seconds since 1970-01-01T00:00:00Z, which sort and compare alike on every database. Where text has to be unique or
found exactly, a digest of it is the key: collations differ, digests do not.
"""

import hashlib
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


def key_of(*parts: str) -> uuid.UUID:
    """Return the digest of ``parts``, exact in case, accents and trailing spaces.

    It has the form of a version 5 UUID: MariaDB refuses others.
    """
    data = [part.encode("utf-8", "surrogatepass") for part in parts]
    digest = hashlib.blake2b(b"".join([b"%d:%b" % (len(one), one) for one in data]), digest_size=16)
    return uuid.UUID(bytes=digest.digest(), version=5)


class RepositoryState(models.Model):
    """What one repository remembers as a whole."""

    name = models.CharField(_("repository"), max_length=64, primary_key=True)
    generation = models.CharField(max_length=8, help_text=_("Tokens of another index are not valid for this one."))
    namespace = models.CharField(max_length=255, blank=True, help_text=_("Of the OAI identifiers; it never changes."))
    tick = models.BigIntegerField(default=0, help_text=_("The latest datestamp given: no later one is earlier."))
    opened = models.BigIntegerField(null=True, help_text=_("When the first sync was complete."))
    harvested = models.BigIntegerField(null=True, help_text=_("When the first list was answered."))

    class Meta:
        verbose_name = _("repository")
        verbose_name_plural = _("repositories")

    def __str__(self) -> str:
        return self.name


class IndexedItem(models.Model):
    """One item: an object of the host, as long as it is disseminated and, as a tombstone, after."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    model = models.CharField(max_length=255)
    object_pk = models.TextField()
    source_key = models.UUIDField(unique=True, help_text=_("Of repository, model and key of the object."))
    identifier = models.TextField()
    identifier_key = models.UUIDField(unique=True, help_text=_("Of repository and OAI identifier."))
    set_specs = models.TextField(blank=True, help_text=_("Separated by spaces."))
    scopes = models.TextField(blank=True, help_text=_("Separated by spaces, those above them included."))
    fingerprint = models.UUIDField(null=True, help_text=_("Of all that the records were rendered from."))
    version = models.BigIntegerField(default=1, help_text=_("Raised by every write."))
    deleted = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return self.identifier


class Record(models.Model):
    """One item in one format (section 2.5)."""

    id = models.BigAutoField(primary_key=True)
    item = models.ForeignKey(IndexedItem, models.CASCADE, related_name="records", db_index=False)
    prefix = models.CharField(max_length=64)
    datestamp = models.BigIntegerField()
    deleted = models.BooleanField(default=False)
    header = models.TextField(help_text=_("The header element."))
    fingerprint = models.UUIDField(help_text=_("Of what is disseminated, but for the datestamp."))
    size = models.IntegerField(help_text=_("Bytes of header and body."))
    body = models.TextField(blank=True, help_text=_("The metadata and about elements."))

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")
        constraints = (models.UniqueConstraint(fields=["item", "prefix"], name="oaipmh_record_unique"),)

    def __str__(self) -> str:
        return f"{self.prefix} {self.item_id}"


class IndexedSet(models.Model):
    """One set (section 2.6). Harvesters see it as long as a list entry is in it, unless it is gone."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    spec = models.TextField()
    key = models.UUIDField(unique=True, help_text=_("Of repository and setSpec."))
    name = models.TextField()
    description = models.TextField(blank=True, help_text=_("The setDescription elements."))
    gone = models.BooleanField(default=False, help_text=_("There is nothing any more that it is the set of."))

    class Meta:
        verbose_name = _("set")
        verbose_name_plural = _("sets")
        indexes = (models.Index(fields=["repository", "id"], name="oaipmh_set_listed"),)

    def __str__(self) -> str:
        return self.spec


class RecordList(models.Model):
    """A list that can be asked for: all records in one format, or those of one set, in the repository or a scope."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    prefix = models.CharField(max_length=64)
    scope = models.TextField(blank=True, help_text=_("Empty: of the whole repository."))
    set = models.ForeignKey(IndexedSet, models.CASCADE, null=True, related_name="lists")
    key = models.UUIDField(unique=True, help_text=_("Of repository, prefix, scope and setSpec."))

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")

    def __str__(self) -> str:
        return f"{self.repository} {self.prefix} {self.scope} {self.set_id or ''}"


class Entry(models.Model):
    """One record in one list, at its datestamp: every list request is one range of the primary key.

    An entry that is deleted while its record lives says that the record has left the list's set or scope.
    """

    pk = models.CompositePrimaryKey("list_id", "datestamp", "record_id")
    list = models.ForeignKey(
        RecordList, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="entries"
    )
    datestamp = models.BigIntegerField()
    record = models.ForeignKey(Record, models.DO_NOTHING, db_constraint=False, related_name="entries")
    deleted = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("list entry")
        verbose_name_plural = _("list entries")

    def __str__(self) -> str:
        return f"{self.list_id} {self.datestamp} {self.record_id}"


class Intent(models.Model):
    """A write under way: no response may claim to know what happened after ``time``."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    time = models.BigIntegerField()

    class Meta:
        verbose_name = _("intent")
        verbose_name_plural = _("intents")
        indexes = (models.Index(fields=["repository", "time"], name="oaipmh_intent_oldest"),)

    def __str__(self) -> str:
        return f"{self.repository} {self.time}"


class Dirty(models.Model):
    """The outbox: a change of the host, noted in its own transaction, not yet in the index."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    model = models.CharField(max_length=255)
    lookup = models.CharField(max_length=255, help_text=_("Concerned are the objects whose lookup is the value."))
    value = models.TextField()

    class Meta:
        verbose_name = _("noted change")
        verbose_name_plural = _("noted changes")
        indexes = (models.Index(fields=["repository", "id"], name="oaipmh_dirty_oldest"),)

    def __str__(self) -> str:
        return f"{self.model} {self.lookup}={self.value}"


class Quarantine(models.Model):
    """What could not be disseminated, and why. It is tried again by every sync until it succeeds."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    model = models.CharField(max_length=255)
    object_pk = models.TextField()
    source_key = models.UUIDField(help_text=_("Of repository, model and key of the object."))
    part = models.CharField(max_length=64, help_text=_("A metadataPrefix, “sets”, “about”, or “object” for all."))
    reason = models.TextField()
    since = models.BigIntegerField()

    class Meta:
        verbose_name = _("quarantined record")
        verbose_name_plural = _("quarantined records")
        constraints = (models.UniqueConstraint(fields=["source_key", "part"], name="oaipmh_quarantine_unique"),)

    def __str__(self) -> str:
        return f"{self.model} {self.object_pk} ({self.part}): {self.reason}"


class Progress(models.Model):
    """How far the sync of one model has come, and until when its changes by time alone are known."""

    id = models.BigAutoField(primary_key=True)
    repository = models.CharField(max_length=64)
    model = models.CharField(max_length=255)
    last_pk = models.TextField(blank=True, help_text=_("Of an interrupted sync; empty: none was."))
    times_checked = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("progress")
        verbose_name_plural = _("progress")
        constraints = (models.UniqueConstraint(fields=["repository", "model"], name="oaipmh_progress_unique"),)

    def __str__(self) -> str:
        return f"{self.repository} {self.model}"
