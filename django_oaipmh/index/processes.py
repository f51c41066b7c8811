"""Sharing a sync among processes. Each of them starts empty, so nothing here may need Django before ``set_up``."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from ..items import Item
    from .store import Counts


def share(
    item: "Item", batches: Iterable[list[Any]], processes: int, render_all: bool
) -> Iterator[tuple[Any, "Counts"]]:
    """Sync ``batches`` of keys in several processes; yield the last key of each and what became of it, in order.

    Only a few batches more than there are processes are under way at a time.
    """
    from django.conf import settings
    from django.db import connections

    names = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
    context = multiprocessing.get_context("spawn")
    under_way: deque[tuple[Any, Future[Counts]]] = deque()
    with ProcessPoolExecutor(processes, context, set_up, (settings.SETTINGS_MODULE, names)) as pool:
        for pks in batches:
            keys = [str(pk) for pk in pks]
            under_way.append((pks[-1], pool.submit(work, item.repository.name, item.label, keys, render_all)))
            if len(under_way) == 3 * processes:
                last, future = under_way.popleft()
                yield last, future.result()
        for last, future in under_way:
            yield last, future.result()


def set_up(settings_module: str, names: dict[str, Any]) -> None:
    """Make a new process ready: Django, and the databases that the first process uses, which may be a test's."""
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    django.setup()
    from django.db import connections

    for alias, name in names.items():
        connections[alias].settings_dict["NAME"] = name


def work(repository: str, label: str, pks: list[str], render_all: bool) -> "Counts":
    """Sync one batch of keys."""
    from ..repository import repositories
    from .examine import Renderer
    from .sync import Options, sync_batch, to_key

    item = repositories[repository].item_for(label)
    assert item is not None
    keys = [to_key(item.model, pk) for pk in pks]
    return sync_batch(item, keys, Renderer.of(item.repository), Options(render_all=render_all))
