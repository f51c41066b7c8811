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
BARE = "harvest_bare"
KEYS = "harvest_keys"
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
    """Reading the works and syncing them, each in a process of its own."""
    say("Reading the works; oai_sync: everything new, then nothing changed, then some changes")
    some = max(settings.N // 100, 1)
    actions = {
        "orm_read": partial(measure.timed, "read"),
        "orm_read_ahead": partial(measure.timed, "read_ahead"),
        "sync_processes": partial(measure.timed, "sync", "2", empty=True),
        "sync_first": partial(measure.timed, "sync", empty=True),
        "sync_unchanged": partial(measure.timed, "sync"),
        "sync_changed": partial(measure.timed, "change", str(some)),
        "sync_more_changed": partial(measure.timed, "change", str(4 * some)),
        "save": partial(measure.timed, "save"),
        "save_without": partial(measure.timed, "save", signals=False),
    }
    results = measure.in_turns(actions, settings.SYNCS)
    quarter, end = results["sync_first"][0].memory
    measure.timed("sync", empty=True)  # in the order of keys again
    return measure.rates(results) | {"memory_sync_quarter": quarter / 1e6, "memory_sync_end": end / 1e6}


def harvests() -> dict[str, float]:
    """Our whole list, and as much of each peer's as the settings say, from its start, where it is fastest."""
    peer_records = settings.PEER_RECORDS or settings.N
    say(f"Harvesting everything from us and {min(peer_records, settings.N):,} records from each peer")
    with ExitStack() as stack:
        servers = {name: stack.enter_context(Server(urlconf)) for name, urlconf in PEERS.items()}
        servers[OURS] = stack.enter_context(Server("benchmarks.urls"))
        measure.check_same_content([server.client for server in servers.values()])
        if settings.DATABASE != "mariadb":
            servers[BARE] = stack.enter_context(Server(application="benchmarks.bare:application"))
        servers[KEYS] = stack.enter_context(with_keys())
        limits = dict.fromkeys(PEERS, peer_records) | dict.fromkeys([OURS, BARE, KEYS], settings.N)
        actions = {name: partial(measure.harvest, servers[name], limits[name]) for name in servers}
        actions["dump"] = partial(measure.timed, "dump")
        results = measure.in_turns(actions, settings.HARVESTS)
    memory = results[OURS][0].memory  # of the first harvest, when the worker is young
    return measure.rates(results) | {
        f"memory_{when}": memory[at] / 1e6 for when, at in {"start": 0, "middle": len(memory) // 2, "end": -1}.items()
    }


def with_keys() -> Server:
    """The same server where a key is required, and both keys and addresses have rates."""
    from django_oaipmh.access.models import AccessKey

    AccessKey.objects.all().delete()
    _key, secret = AccessKey.objects.issue(name="Benchmark", contact="oai@benchmark.example.org")
    headers = {"Authorization": f"Bearer {secret}"}
    return Server("benchmarks.urls", environment={"BENCH_KEYS": "1"}, headers=headers)


def pages() -> dict[str, float]:
    """Pages of one size: that of the rare set, where it has fewer records than a page has."""
    say("Single pages, in turns")
    with Server("benchmarks.urls", page_size=min(settings.PAGE_SIZE, max(settings.N // data.RARE, 1))) as server:
        return measure.pages(server.client, settings.N, RARE_SET)


def ratios(measurements: dict[str, Any]) -> dict[str, float]:
    bare = {}
    if BARE in measurements:
        bare[f"vs_bare_{settings.DATABASE}"] = measurements[OURS] / measurements[BARE]
        bare["vs_bare_cpu"] = measurements[f"{OURS}_cpu"] / measurements[f"{BARE}_cpu"]
    return bare | {
        "vs_fastest_peer": measurements[OURS] / max(measurements[name] for name in PEERS),
        "keys_vs_without": measurements[KEYS] / measurements[OURS],
        "keys_vs_without_cpu": measurements[f"{KEYS}_cpu"] / measurements[f"{OURS}_cpu"],
        "page_90_vs_first": measurements["page_90"] / measurements["page_first"],
        "rare_set_vs_page": measurements["page_rare_set"] / measurements["page_middle"],
        "sync_unchanged_vs_first": measurements["sync_unchanged"] / measurements["sync_first"],
        "first_sync_vs_orm_read": measurements["sync_first"] / measurements["orm_read"],
        "first_sync_vs_orm_read_cpu": measurements["sync_first_cpu"] / measurements["orm_read_cpu"],
        "unchanged_vs_orm_read_cpu": measurements["sync_unchanged_cpu"] / measurements["orm_read_cpu"],
        "unchanged_vs_orm_read": measurements["sync_unchanged"] / measurements["orm_read"],
        "two_processes_vs_one": measurements["sync_processes"] / measurements["sync_first"],
        "four_times_the_changes": measurements["sync_changed"] / measurements["sync_more_changed"] * 4,
        "sync_memory_end_vs_quarter": measurements["memory_sync_end"] / measurements["memory_sync_quarter"],
        "save_vs_without": measurements["save_without"] / measurements["save"],
    }


def say(words: str) -> None:
    print(f"{words} ...", flush=True)


if __name__ == "__main__":
    main()
