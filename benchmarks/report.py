"""The result as a table for people and as JSON for programs."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

DISTRIBUTIONS = ["django_oaipmh", "Django", "lxml", "gunicorn", "oaipmh", "oai-repo"]
RATES = {
    "sync_first": "oai_sync, everything new",
    "sync_unchanged": "oai_sync, nothing changed",
    "harvest": "full harvest",
    "harvest_oaipmh": "the same by oaipmh",
    "harvest_oai_repo": "the same by oai-repo",
}
PAGES = {
    "page_first": "first page",
    "page_second": "second page",
    "page_middle": "page in the middle",
    "page_90": "page at 90 % depth",
    "page_rare_set": "first page of a set of 1 in 1,000",
}
MEMORY = {"memory_start": "at the start of a harvest", "memory_middle": "in the middle", "memory_end": "at the end"}
RATIOS = {  # what is compared, the aim, whether more is better
    "vs_fastest_peer": ("harvest, against the faster peer", 10, True),
    "page_90_vs_first": ("page at 90 % depth, against the first", 1.2, False),
    "rare_set_vs_page": ("page of the rare set, against one in the middle", 1.5, False),
    "sync_unchanged_vs_first": ("oai_sync, nothing changed against all new", 2, True),
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
        print(f"{words:<50} {measured[key]:>10,.0f} {measured[key + '_cpu']:>28,.0f}")
    print(f"\n{'Pages of ' + str(measured['page_records']) + ' records':<50} {'ms':>10}")
    for key, words in PAGES.items():
        print(f"{words:<50} {measured[key]:>10.1f}")
    print(f"\n{'Memory of the worker':<50} {'MB':>10}")
    for key, words in MEMORY.items():
        print(f"{words:<50} {measured[key]:>10.1f}")
    print(f"\n{'Ratios':<50} {'x':>10}")
    for key, (words, aim, more) in RATIOS.items():
        verdict = "" if (ratios[key] >= aim if more else ratios[key] <= aim) else ", missed"
        print(f"{words:<50} {ratios[key]:>10.2f} (aim: at {'least' if more else 'most'} {aim}{verdict})")


def write_json(result: dict[str, Any], path: str) -> None:
    Path(path).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
