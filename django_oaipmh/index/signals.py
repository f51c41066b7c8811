"""Signals of the host's models: which of them concern which item, noted in the outbox.

Nothing is connected to all models: a listener for all deletions would take fast deletes from the whole site. What is
connected follows from the items' paths, which can only be resolved once every app is ready.
"""

import contextlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.db.models import Model, QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from ..dependencies import PK, Cause, LinkWatch, Watch, affected, watches
from ..items import Item
from ..repository import repositories
from .outbox import is_undone, note, note_objects, wake_up

logger = logging.getLogger("django_oaipmh")

_UID = "django_oaipmh"
_BEFORE = "_oaipmh_causes_before"

_watches: dict[type[Model], list[tuple[Item, Watch]]] = {}
_links: dict[type[Model], list[tuple[Item, LinkWatch]]] = {}


def connect_when_ready() -> None:
    """Connect as soon as every app is ready: before the first query, request or save after that."""
    for signal in (connection_created, request_started, pre_save):
        signal.connect(_connect_once, dispatch_uid=_UID)


def _connect_once(**kwargs: Any) -> None:
    if apps.ready:
        connect()


def connect() -> None:
    """Connect the signals of everything that any item depends on. Calling it again takes new items into account."""
    disconnect()
    for repository in list(repositories.values()):
        if repository.setting("INDEX") == "sync":
            continue
        for item in repository.items:
            try:
                for watch in watches(item):
                    if isinstance(watch, LinkWatch):
                        _links.setdefault(watch.sender, []).append((item, watch))
                    else:
                        _watches.setdefault(watch.sender, []).append((item, watch))
            except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, ImproperlyConfigured):
                logger.exception("%r cannot be watched; manage.py check tells more.", item)
    for sender in _watches:
        pre_save.connect(_before_save, sender=sender, dispatch_uid=_UID)
        post_save.connect(_after_save, sender=sender, dispatch_uid=_UID)
        pre_delete.connect(_before_delete, sender=sender, dispatch_uid=_UID)
        post_delete.connect(_after_delete, sender=sender, dispatch_uid=_UID)
    for sender in _links:
        m2m_changed.connect(_links_changed, sender=sender, dispatch_uid=_UID)


def disconnect() -> None:
    """Disconnect everything."""
    for signal in (connection_created, request_started, pre_save):
        signal.disconnect(_connect_once, dispatch_uid=_UID)
    for sender in _watches:
        pre_save.disconnect(sender=sender, dispatch_uid=_UID)
        post_save.disconnect(sender=sender, dispatch_uid=_UID)
        pre_delete.disconnect(sender=sender, dispatch_uid=_UID)
        post_delete.disconnect(sender=sender, dispatch_uid=_UID)
    for sender in _links:
        m2m_changed.disconnect(sender=sender, dispatch_uid=_UID)
    _watches.clear()
    _links.clear()


def _before_save(sender: type[Model], instance: Any, raw: bool, using: str, update_fields: Any, **kwargs: Any) -> None:
    """Remember to whom a row belongs that may be about to belong to another."""
    causes: list[tuple[Item, Cause]] = []
    movable = [
        (item, watch)
        for item, watch in _watches.get(sender, ())
        if (watch.movable or watch.is_part) and _matters(watch, update_fields)
    ]
    if movable and not raw and _may_be_stored(instance):
        row = sender._base_manager.using(using).filter(pk=instance.pk).first()
        if row is not None:
            causes = [(item, cause) for item, watch in movable for cause in _causes(item, watch, row, using)]
    setattr(instance, _BEFORE, causes)


def _may_be_stored(instance: Any) -> bool:
    """Return whether saving ``instance`` may change a row. One made anew with the key of a row does, too."""
    made = instance._state.adding and instance._meta.pk.has_default()
    return instance.pk is not None and not made


def _after_save(sender: type[Model], instance: Any, raw: bool, using: str, update_fields: Any, **kwargs: Any) -> None:
    found = instance.__dict__.pop(_BEFORE, [])
    for item, watch in _watches.get(sender, ()):
        if _matters(watch, update_fields):
            causes = watch.causes(instance) if raw else _causes(item, watch, instance, using)
            found += [(item, cause) for cause in causes]
    _note(found, using)
    if not raw:  # a fixture may lack what its rows refer to until it is loaded
        wake_up(using)


def _causes(item: Item, watch: Watch, row: Any, using: str) -> Iterator[Cause]:
    """Yield what ``row``, as it is stored now, concerns. Of a part it is told at once: it may be about to move, and
    a thousand parts of one whole are one cause."""
    for cause in watch.causes(row):
        if not watch.is_part:
            yield cause
            continue
        try:
            with transaction.atomic(using) if connections[using].in_atomic_block else contextlib.nullcontext():
                roots = list(affected(item, cause, using).order_by().values_list("pk", flat=True))
        except Exception:  # a function of the host's; its save is none of our business
            logger.exception("Whose part %r is could not be told; oai_sync tries again.", row)
            yield cause
        else:
            yield from (Cause(PK, str(pk)) for pk in roots)


def _matters(watch: Watch, update_fields: Iterable[str] | None) -> bool:
    if update_fields is None or watch.fields is None:
        return True
    names: set[str] = set()
    for name in update_fields:
        field = watch.sender._meta.get_field(name)
        names.update((field.name, getattr(field, "attname", name)))
    return bool(names & watch.fields)


def _before_delete(sender: type[Model], instance: Any, using: str, **kwargs: Any) -> None:
    """Note whom the row concerns while it can still be found out."""
    for item, watch in _watches.get(sender, ()):
        for cause in watch.causes(instance):
            if cause.lookup == PK or watch.movable:
                note(item, [cause], using)
                continue
            try:
                with transaction.atomic(using):
                    note_objects(item, affected(item, cause, using), using)
            except Exception:  # a function of the host's; its deletion is none of our business
                logger.exception("Whom %r concerns could not be told; run oai_sync.", instance)
                if is_undone(using):
                    raise


def _after_delete(sender: type[Model], using: str, **kwargs: Any) -> None:
    wake_up(using)


def _links_changed(
    sender: type[Model],
    instance: Any,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[Any] | None,
    using: str,
    **kwargs: Any,
) -> None:
    if action == "post_clear":
        wake_up(using)
    if action not in ("post_add", "post_remove", "pre_clear"):
        return
    found = []
    for item, watch in _links.get(sender, ()):
        for value in _near_values(watch, instance, reverse, pk_set, using):
            found.append((item, Cause(watch.lookup, str(value))))
    _note(found, using)
    if action != "pre_clear":
        wake_up(using)


def _near_values(watch: LinkWatch, instance: Any, reverse: bool, pk_set: set[Any] | None, using: str) -> Iterator[Any]:
    """Yield what the links that changed hold of the objects on the near side."""
    near_is_instance = watch.forward != reverse
    if near_is_instance or watch.symmetrical:
        yield getattr(instance, watch.pointer.target_field.attname)
    if near_is_instance and not watch.symmetrical:
        return
    if pk_set is not None:
        yield from pk_set
        return
    # The relation is about to be cleared from its far side.
    far: Any = next(
        field
        for field in watch.sender._meta.concrete_fields
        if field.is_relation and field.attname != watch.pointer.attname
    )
    held = getattr(instance, far.target_field.attname)
    links: QuerySet[Any] = watch.sender._base_manager.using(using).filter(**{far.attname: held})
    yield from links.values_list(watch.pointer.attname, flat=True)


def _note(found: list[tuple[Item, Cause]], using: str) -> None:
    by_item: dict[Item, list[Cause]] = {}
    for item, cause in found:
        by_item.setdefault(item, []).append(cause)
    for item, causes in by_item.items():
        note(item, causes, using)
