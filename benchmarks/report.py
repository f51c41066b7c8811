"""The result as a table for people and as JSON for programs."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

DISTRIBUTIONS = ["django_oaipmh", "Django", "lxml", "gunicorn", "oaipmh", "oai-repo"]
RATES = {
    "orm_read": "reading the works with their relations",
    "orm_read_ahead": "the same as the app reads them",
    "sync_first": "oai_sync, everything new",
    "sync_processes": "oai_sync --processes 2, everything new",
    "sync_unchanged": "oai_sync, nothing changed",
    "sync_changed": "oai_sync --changed, 1 % changed",
    "sync_more_changed": "oai_sync --changed, 4 % changed",
    "save_without": "saving a work without the app",
    "save": "saving a work, indexed at once",
    "harvest": "full harvest",
    "harvest_keys": "the same with a key and rates",
    "dump": "the same as a dump, compressed",
    "harvest_oaipmh": "the same by oaipmh",
    "harvest_oai_repo": "the same by oai-repo",
    "harvest_bare": "the same bytes by the bare driver",
}
PAGES = {
    "page_first": "first page",
    "page_second": "second page",
    "page_middle": "page in the middle",
    "page_90": "page at 90 % depth",
    "page_rare_set": "first page of a set of 1 in 1,000",
}
MEMORY = {
    "memory_start": "worker, at the start of a harvest",
    "memory_middle": "worker, in the middle",
    "memory_end": "worker, at the end",
    "memory_sync_quarter": "first oai_sync, after a quarter",
    "memory_sync_end": "first oai_sync, at the end",
}
RATIOS: dict[str, tuple[str, float | None, bool]] = {  # what is compared, the aim, whether more is better
    "vs_fastest_peer": ("harvest, against the faster peer", 10, True),
    "vs_bare_sqlite": ("harvest, against the bare driver", 0.5, True),
    "vs_bare_postgresql": ("harvest, against the bare driver", 0.5, True),
    "vs_bare_cpu": ("the same by processor time of the worker", None, True),
    "keys_vs_without": ("harvest with a key and rates, against one without", 0.85, True),
    "keys_vs_without_cpu": ("the same by processor time of the worker", 0.85, True),
    "page_90_vs_first": ("page at 90 % depth, against the first", 1.2, False),
    "rare_set_vs_page": ("page of the rare set, against one in the middle", 1.5, False),
    "sync_unchanged_vs_first": ("oai_sync, nothing changed against all new", 2, True),
    "first_sync_vs_orm_read": ("oai_sync, all new, against reading", 0.25, True),
    "first_sync_vs_orm_read_cpu": ("the same by processor time", 0.25, True),
    "unchanged_vs_orm_read": ("oai_sync, nothing changed, against reading", 0.5, True),
    "unchanged_vs_orm_read_cpu": ("the same by processor time", 0.5, True),
    "two_processes_vs_one": ("oai_sync, all new, two processes against one", 1.6, True),
    "four_times_the_changes": ("oai_sync --changed, time for four times as much", 5, False),
    "sync_memory_end_vs_quarter": ("memory of oai_sync at the end, against a quarter", 1.2, False),
    "save_vs_without": ("time of a save, against one without the app", None, False),
}


def versions(database: str) -> dict[str, str]:
    installed = {name: version(name) for name in DISTRIBUTIONS}
    return {"Python": platform.python_version(), "database": database, **installed}


def print_table(result: dict[str, Any]) -> None:
    installed = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    measured, ratios = result["measurements"], result["ratios"]
    print(f"\n{result['N']:,} records, one worker; {installed}")
    print(f"\n{'Records':<50} {'a second':>10} {'by second of processor time':>28}")
    for key, words in RATES.items():
        if key not in measured:
            continue
        print(f"{words:<50} {measured[key]:>10,.0f} {measured[key + '_cpu']:>28,.0f}")
    print(f"\n{'Pages of ' + str(measured['page_records']) + ' records':<50} {'ms':>10}")
    for key, words in PAGES.items():
        print(f"{words:<50} {measured[key]:>10.1f}")
    print(f"\n{'Memory':<50} {'MB':>10}")
    for key, words in MEMORY.items():
        print(f"{words:<50} {measured[key]:>10.1f}")
    print(f"\n{'Ratios':<50} {'x':>10}")
    for key, (words, aim, more) in RATIOS.items():
        if key not in ratios:
            continue
        missed = aim is not None and (ratios[key] < aim if more else ratios[key] > aim)
        said = f" (aim: at {'least' if more else 'most'} {aim}{', missed' * missed})" if aim is not None else ""
        print(f"{words:<50} {ratios[key]:>10.2f}{said}")


def write_json(result: dict[str, Any], path: str) -> None:
    Path(path).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
