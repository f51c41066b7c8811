"""The rounds of the soak.

In a round writers change everything at random, ``oai_sync`` runs and is killed at random moments, and harvesters
follow at their own speeds. Then the writers stop, one ``oai_sync`` ends what is open, and each harvester harvests once
more: its copy has to equal a fresh harvest, and that the truth that the host's models tell.
"""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import django

from .replica import replicated, wait_for_lag

LENGTH = 5.0
WRITERS = 3
SERVERS = 2

#: Whether harvesters are answered from a replica.
REPLICATED = "SOAK_REPLICA" in os.environ


class Soak:
    """The processes, and the harvesters with their copies."""

    def __init__(self, seed: int) -> None:
        from .harvest import DumpHarvester, Harvester, SickleHarvester

        self.rng = random.Random(seed)
        self.failures: list[str] = []
        self.kills = 0
        ports = [free_port() for _ in range(SERVERS)]
        self.servers = [start("serve", str(port), SOAK_READ="yes") for port in ports]
        urls = [f"http://127.0.0.1:{port}/oai" for port in ports]
        for port in ports:
            wait_for(port)
        self.urls = urls
        self.harvesters = [
            Harvester("quick", urls, 0.05),
            Harvester("slow", urls, 1.5),
            SickleHarvester("sickle", urls, 0.4),
            DumpHarvester("dumped", urls, 0.4, start),
        ]
        if "SOAK_LEFT_SETS" in os.environ:
            self.harvesters += [Harvester("open", urls, 0.3, "open"), Harvester("journal", urls, 0.7, "jhs")]

    def round(self, seconds: float, unnoticed: bool) -> None:
        """Let everything run for ``seconds``, then wait until the writers have ended."""
        from .harvest import follow

        stop = threading.Event()
        followers = [
            threading.Thread(target=follow, args=(one, stop, self.failures, print)) for one in self.harvesters
        ]
        for thread in followers:
            thread.start()
        end = time.monotonic() + seconds
        also = ["unnoticed"] if unnoticed else []
        writers = [start("write", str(self.rng.random()), str(seconds), *also) for _ in range(WRITERS)]
        while time.monotonic() < end:
            self.sync_or_kill(unnoticed)
        for writer in writers:
            if writer.wait(timeout=120):
                self.failures.append(f"a writer ended with {writer.returncode}")
        stop.set()
        for thread in followers:
            thread.join()

    def sync_or_kill(self, whole: bool) -> None:
        """Run a sync, for a moment or to its end."""
        process = start("sync", *(["--allow-mass-change"] if whole and self.rng.random() < 0.5 else ["--changed"]))
        try:
            process.wait(timeout=self.rng.choice([0.8, 1.2, 2.0, 4.0, 20.0]))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.kills += 1
            return
        if process.returncode:
            self.failures.append(f"oai_sync ended with {process.returncode}")

    def compare(self, whole: bool) -> None:
        """End what is open, harvest once more, and note every difference."""
        from tests.copies import Copy, differences
        from tests.invariants.copies import told, truth

        from .harvest import Harvester

        final = start("sync", *(["--allow-mass-change", "--restart"] if whole else ["--changed"]))
        if final.wait(timeout=300):
            self.failures.append(f"the last oai_sync ended with {final.returncode}")
        if REPLICATED:
            wait_for_lag()
        fresh: dict[str, Harvester] = {}
        for spec in {harvester.set_spec for harvester in self.harvesters}:
            fresh[spec] = Harvester("fresh", self.urls, 0, spec)
            fresh[spec].harvest()
        for harvester in self.harvesters:
            harvester.harvest()
            for identifier, (kept, offered) in differences(
                harvester.records, fresh[harvester.set_spec].records
            ).items():
                self.failures.append(
                    f"{harvester.name} has of {identifier}\n  {kept}\nwhere the repository says\n  {offered}"
                )
        copy = Copy()
        copy.records = fresh[""].records
        for identifier, (offered, real) in differences(told(copy), truth()).items():
            self.failures.append(f"the repository says of {identifier}\n  {offered}\nwhich really is\n  {real}")

    def end(self) -> None:
        for server in self.servers:
            server.terminate()
            server.wait()


def start(*arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "tests.soak.work", *arguments], env=os.environ | environment)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers at port {port}")


def soak(seconds: float, seed: int) -> int:
    """Run rounds for ``seconds``; return 0 if every copy equalled the truth after each of them."""
    from django.core.management import call_command
    from django.db import connection

    from . import changes

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    soaking = None
    try:
        changes.found()
        call_command("oai_sync", verbosity=0)
        if REPLICATED:
            wait_for_lag()
        soaking = Soak(seed)
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end and not soaking.failures:
            number += 1
            whole = number % 3 == 0
            soaking.round(min(LENGTH, max(3.0, end - time.monotonic())), unnoticed=whole)
            soaking.compare(whole)
            print(
                f"round {number}: {soaking.kills} syncs killed so far; " + ", ".join(map(str, soaking.harvesters)),
                flush=True,
            )
        for failure in soaking.failures:
            print(failure)
        print("FAILED" if soaking.failures else "soak: every copy equals the truth", flush=True)
        return 1 if soaking.failures else 0
    finally:
        if soaking:
            soaking.end()
        connection.creation.destroy_test_db(os.environ["SOAK_NAME"], verbosity=0)


def main() -> int:
    with contextlib.ExitStack() as stack:
        if REPLICATED:
            primary, replica = stack.enter_context(replicated())
            os.environ |= {
                "TEST_POSTGRESQL_HOST": primary,
                "SOAK_REPLICA": replica,
                "TEST_POSTGRESQL_USER": "postgres",
            }
        elif os.environ["TEST_DATABASE"] == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            os.environ["SOAK_NAME"] = str(Path(folder) / "soak.sqlite3")
        django.setup()
        return soak(float(sys.argv[1]), int(sys.argv[2]))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *args: sys.exit(1))
    sys.exit(main())
