"""One thing done in a process of its own, timed from when Django is ready: `python -m benchmarks.timed sync`.

Prints JSON: records, seconds of the clock and of processor time (child processes included), and the process's memory
in bytes when a quarter was done and at the end.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

import psutil  # noqa: E402

from django_oaipmh import default_repository  # noqa: E402
from django_oaipmh.dependencies import PK, Cause  # noqa: E402
from django_oaipmh.export.dump import Dump  # noqa: E402
from django_oaipmh.index.examine import BATCH  # noqa: E402
from django_oaipmh.index.outbox import insert  # noqa: E402
from django_oaipmh.index.sync import Options, sync_all, sync_changed  # noqa: E402
from django_oaipmh.items import Item  # noqa: E402
from django_oaipmh.scopes import Scope  # noqa: E402

from .models import Work  # noqa: E402

(ITEM,) = default_repository.items

memory: list[int] = []


def note_memory(item: Item | None = None, done: int = 0, total: int = 0) -> None:
    memory.append(psutil.Process().memory_info().rss)


def read() -> int:
    """Read all works with their relations, as Django does it."""
    rows = Work.objects.prefetch_related("authors", "subjects", "collections")
    return sum(1 for _ in rows.iterator(chunk_size=BATCH))


def read_ahead() -> int:
    """The same as the app does it, which is leaner."""
    return sum(1 for _ in ITEM.prefetched(ITEM.get_queryset()).iterator(chunk_size=BATCH))


def sync(processes: int = 1) -> int:
    return sync_all(default_repository, Options(report=note_memory, processes=processes)).seen


def change(number: int) -> Callable[[], int]:
    """Change some works behind the app's back, and note them as their signals would; return the sync of them."""
    pks = list(Work.objects.order_by("pk").values_list("pk", flat=True)[:number])
    for pk in pks:
        Work.objects.filter(pk=pk).update(title=f"Changed at {perf_counter()}")
    insert(ITEM, [Cause(PK, str(pk)) for pk in pks])
    return lambda: sync_changed(default_repository).seen


def save(number: int = 200) -> int:
    """Save some works, each changed, each in a transaction of its own."""
    for work in Work.objects.order_by("pk")[:number]:
        work.title = f"Saved at {perf_counter()}"
        work.save()
    return number


def dump() -> int:
    """Write a dump of everything."""
    with TemporaryDirectory() as folder:
        made = Dump(Path(folder), Scope(default_repository), report=lambda path, records: note_memory()).make()
    return int(made["lists"][0]["records"])


def cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main(name: str, *arguments: str) -> None:
    numbers = [int(argument) for argument in arguments]
    action: Callable[[], int] = {
        "read": lambda: read,
        "read_ahead": lambda: read_ahead,
        "sync": lambda: lambda: sync(*numbers),
        "change": lambda: change(*numbers),
        "save": lambda: save,
        "dump": lambda: dump,
    }[name]()
    start, used = perf_counter(), cpu()
    records = action()
    seconds, used = perf_counter() - start, cpu() - used
    note_memory()
    result = {"records": records, "seconds": seconds, "cpu": used, "memory": [memory[len(memory) // 4], memory[-1]]}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
