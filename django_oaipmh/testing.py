"""What a host's own tests use."""

import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.db.models import Model

from .index.examine import reason_of
from .index.store import database
from .index.sync import Options, sync_all
from .markup import pretty
from .models import Quarantine, Record
from .preview import preview
from .repository import Repository, repositories
from .schemas import Schemas


@contextmanager
def synced(*chosen: Repository) -> Iterator[None]:
    """Bring the index in step with the host: now, before every request inside the block, and at its end.

    For tests that run in a transaction, where nothing is ever committed::

        with synced():
            response = self.client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")

    Args:
        chosen: only these repositories; without any, all of the site.
    """

    def catch_up(**kwargs: Any) -> None:
        for repository in chosen or list(repositories.values()):
            sync_all(repository, Options(allow_mass_change=True, restart=True))

    catch_up()
    request_started.connect(catch_up)
    try:
        yield
        catch_up()
    finally:
        request_started.disconnect(catch_up)


def payload_errors(*objects: Model, repository: Repository | None = None, schemas: Any = ()) -> list[str]:
    """Return what is invalid, by their XML Schemas, in the records of ``objects``; without any, of the whole index.

    Objects are read as they are now; for the index, there has to have been a sync. What could not be rendered or
    validated counts as an error, too, but for formats that do not validate (``MetadataFormat.validates``)::

        self.assertEqual(payload_errors(self.book), [])

    Args:
        objects: of registered models.
        repository: only this one; left out: all of the site.
        schemas: the folder of schemas, or several; left out: the setting ``SCHEMAS``.

    Returns:
        one message an error; it begins with the object, or its OAI identifier, and the format.

    Raises:
        ImproperlyConfigured: nothing tells where schemas are.
        LookupError: there are no records to validate: objects of no registered model, an empty index.
    """
    errors: list[str] = []
    number = 0
    for one in [repository] if repository else list(repositories.values()):
        stored = Schemas.of(schemas or one.setting("SCHEMAS"))
        if stored is None:
            raise ImproperlyConfigured("Set OAIPMH['SCHEMAS'] to the folder of XML Schemas, or pass schemas=.")
        for record in _of_objects(one, objects) if objects else _of_index(one):
            number += 1
            if record.failure:
                errors.append(f"{record.name} {record.failure}")
                continue
            for verdict in stored.judge_record(pretty(record.body), payload=record.validates):
                told = (*verdict.errors, verdict.unknown) if verdict.unknown else verdict.errors
                errors += [f"{record.name} {error}" for error in told]
    if not number:
        raise LookupError("There is no record to validate." if objects else "The index is empty; run oai_sync before.")
    return errors


@dataclasses.dataclass(frozen=True)
class _Rendered:
    """A record to be validated, or why there is none."""

    name: str
    body: str = ""
    validates: bool = True
    failure: str = ""


def _of_objects(repository: Repository, objects: Iterable[Model]) -> Iterator[_Rendered]:
    for obj in objects:
        item = repository.item_for(obj._meta.label)
        if item is None:
            continue
        shown = preview(item, obj.pk)
        if isinstance(shown.description, Exception):
            yield _Rendered(f"{item.label} {obj.pk}", failure=reason_of(shown.description))
        for outcome in shown.outcomes:
            name = f"{item.label} {obj.pk} [{outcome.format.prefix}]"
            if outcome.error is not None:
                yield _Rendered(name, failure=reason_of(outcome.error))
            elif outcome.body:
                yield _Rendered(name, outcome.body, outcome.format.validates)


def _of_index(repository: Repository) -> Iterator[_Rendered]:
    for row in Quarantine.objects.using(database()).filter(repository=repository.name):
        yield _Rendered(f"{row.model} {row.object_pk} [{row.part}]", failure=row.reason)
    formats = repository.record_formats
    rows = Record.objects.using(database()).filter(item__repository=repository.name, prefix__in=formats, deleted=False)
    for record in rows.select_related("item").order_by("pk").iterator(chunk_size=500):
        yield _Rendered(f"{record.item} [{record.prefix}]", record.body, formats[record.prefix].validates)
