"""Measures everything and prints it: `python -m benchmarks.run`. What may be chosen is in settings.py."""

import os
from contextlib import ExitStack
from functools import partial
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")

import django

django.setup()

from . import data, database, measure, report, settings  # noqa: E402
from .server import Server  # noqa: E402

OURS = "harvest"
PEERS = {"harvest_oaipmh": "benchmarks.peers.oaipmh_app", "harvest_oai_repo": "benchmarks.peers.oai_repo_app"}
RARE_SET = "rare"


def main() -> None:
    say(f"Preparing {settings.N:,} works in {settings.DATABASE}")
    database.create()
    data.prepare(settings.N)
    measurements = sync() | harvests() | pages()
    result = {
        "N": settings.N,
        "database": settings.DATABASE,
        "ratios": ratios(measurements),
        "measurements": measurements,
        "versions": report.versions(database.version()),
    }
    report.print_table(result)
    if settings.JSON:
        report.write_json(result, settings.JSON)


def sync() -> dict[str, float]:
    say("oai_sync: everything new, then nothing changed")
    actions = {"sync_first": partial(measure.sync, first=True), "sync_unchanged": partial(measure.sync, first=False)}
    return measure.rates(measure.in_turns(actions, settings.SYNCS))


def harvests() -> dict[str, float]:
    """Our whole list, and as much of each peer's as the settings say, from its start, where it is fastest."""
    peer_records = settings.PEER_RECORDS or settings.N
    say(f"Harvesting everything from us and {min(peer_records, settings.N):,} records from each peer")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(urlconf)) for name, urlconf in PEERS.items()}
        servers[OURS] = stack.enter_context(Server("benchmarks.urls"))
        measure.check_same_content([server.client for server in servers.values()])
        limits = dict.fromkeys(PEERS, peer_records) | {OURS: settings.N}
        actions = {name: partial(measure.harvest, servers[name], limits[name]) for name in servers}
        results = measure.in_turns(actions, settings.HARVESTS)
    memory = results[OURS][0].memory  # of the first harvest, when the worker is young
    return measure.rates(results) | {
        f"memory_{when}": memory[at] / 1e6 for when, at in {"start": 0, "middle": len(memory) // 2, "end": -1}.items()
    }


def pages() -> dict[str, float]:
    """Pages of one size: that of the rare set, where it has fewer records than a page has."""
    say("Single pages, in turns")
    with Server("benchmarks.urls", page_size=min(settings.PAGE_SIZE, max(settings.N // data.RARE, 1))) as server:
        return measure.pages(server.client, settings.N, RARE_SET)


def ratios(measurements: dict[str, Any]) -> dict[str, float]:
    return {
        "vs_fastest_peer": measurements[OURS] / max(measurements[name] for name in PEERS),
        "page_90_vs_first": measurements["page_90"] / measurements["page_first"],
        "rare_set_vs_page": measurements["page_rare_set"] / measurements["page_middle"],
        "sync_unchanged_vs_first": measurements["sync_unchanged"] / measurements["sync_first"],
    }


def say(words: str) -> None:
    print(f"{words} ...", flush=True)


if __name__ == "__main__":
    main()
