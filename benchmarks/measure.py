"""What is measured. Times are wall-clock seconds; whatever is compared is measured in turns and by its median."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from lxml import etree

from . import database, settings
from .client import Client, Page
from .server import Server


@dataclass
class Run:
    """Records that went through, in how many seconds of the clock and of processor time (that of a database server
    is not in it)."""

    records: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds

    @property
    def cpu_rate(self) -> float:
        """Records by second of processor time: less disturbed by what else the machine does."""
        return self.records / self.cpu


@dataclass
class Harvest(Run):
    memory: list[int]  # of the process, as it went on, in bytes


def rates(results: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """The median rates of runs."""
    by_clock = {name: median(run.rate for run in runs) for name, runs in results.items()}
    return by_clock | {f"{name}_cpu": median(run.cpu_rate for run in runs) for name, runs in results.items()}


def timed(*arguments: str, empty: bool = False, signals: bool = True) -> Harvest:
    """Do something of ``timed.py`` in a process of its own, perhaps on an index that was emptied."""
    if empty:
        database.empty("django_oaipmh")
    command = [sys.executable, "-m", "benchmarks.timed", *arguments]
    environment = os.environ | {"BENCH_INDEX": "commit" if signals else "sync"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return Harvest(**json.loads(done.stdout))


def harvest(server: Server, limit: int) -> Harvest:
    """Follow the tokens through `limit` records or more."""
    records, memory = 0, []
    start, cpu = perf_counter(), server.cpu()
    for page in server.client.harvest():
        records += page.records
        memory.append(server.memory())
        if records >= limit:
            break
    return Harvest(records, perf_counter() - start, server.cpu() - cpu, memory)


def in_turns(actions: Mapping[str, Callable[[], Any]], times: int) -> dict[str, list[Any]]:
    """Do the actions one after another, so many times over; the results of each."""
    results: dict[str, list[Any]] = {name: [] for name in actions}
    for _ in range(times):
        for name, action in actions.items():
            results[name].append(action())
    return results


def pages(client: Client, n: int, rare_set: str) -> dict[str, float]:
    """Median milliseconds of single pages: of the whole list, at its start and deep in it, and of a rare set.

    The one in the middle and the one at 90 % are resumed, so they have no list to count, as the first of a list has.
    """
    tokens, seen = [], 0
    for page in client.harvest():
        seen += page.records
        tokens.append(str(page.token))
        if seen >= 0.9 * n:
            break
    requests = {
        "page_first": {},
        "page_second": {"resumptionToken": tokens[0]},
        "page_middle": {"resumptionToken": tokens[len(tokens) * 5 // 9]},
        "page_90": {"resumptionToken": tokens[-1]},
        "page_rare_set": {"set": rare_set},
    }
    sizes = {name: client.list_records(**arguments).records for name, arguments in requests.items()}
    if len(set(sizes.values())) > 1:
        raise RuntimeError(f"The pages to be compared differ in size: {sizes}")
    actions = {name: partial(client.list_records, **arguments) for name, arguments in requests.items()}
    results = in_turns(actions, settings.PAGES)
    times = {name: median(page.seconds for page in pages) * 1_000 for name, pages in results.items()}
    return times | {"page_records": sizes["page_first"]}


def check_same_content(clients: list[Client]) -> None:
    """Every provider's first page must say the same, or their speeds cannot be compared."""
    first, *others = [content(client.list_records()) for client in clients]
    for other in others:
        for identifier in first | other:
            if first.get(identifier) != other.get(identifier):
                raise RuntimeError(f"{identifier} differs: {first.get(identifier)}, {other.get(identifier)}")


def content(page: Page) -> dict[str, list[tuple[str, str]]]:
    """What a page says of each identifier: its sets and its Dublin Core, whatever the spelling of the XML."""
    records = {}
    for record in etree.fromstring(page.body).iter("{*}record"):
        elements = [*record.iter("{*}setSpec"), *record.iter("{http://purl.org/dc/elements/1.1/}*")]
        statements = sorted((etree.QName(element).localname, element.text or "") for element in elements)
        records[record.findtext("{*}header/{*}identifier")] = statements
    return records
