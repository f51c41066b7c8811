"""A PostgreSQL server with a streaming replica that lags, for the soak, in a temporary folder."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

LAG = "3s"


class Router:
    """Harvesters are answered from the replica."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "replica" if model._meta.app_label == "django_oaipmh" else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "default"


@contextmanager
def replicated() -> Iterator[tuple[str, str]]:
    """Start both servers; yield the folders of their sockets."""
    programs = programs_of_postgresql()
    with TemporaryDirectory() as folder:
        primary, replica = Path(folder) / "primary", Path(folder) / "replica"
        for place in (primary, replica):
            place.mkdir()
        if os.geteuid() == 0:  # servers refuse to run as root
            for place in (Path(folder), primary, replica):
                shutil.chown(place, "postgres")
        run(f"{programs}/initdb --pgdata={primary}/data --username=postgres --auth=trust --no-sync")
        start(programs, primary)
        try:
            run(f"{programs}/pg_basebackup -D {replica}/data -h {primary} --username=postgres --write-recovery-conf")
            start(programs, replica, f"-c recovery_min_apply_delay={LAG} -c hot_standby_feedback=on")
            try:
                yield str(primary), str(replica)
            finally:
                stop(programs, replica)
        finally:
            stop(programs, primary)


def programs_of_postgresql() -> str:
    """Return the folder of initdb; Debian keeps it out of PATH."""
    found = shutil.which("pg_basebackup")
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), *([Path(found).parent] if found else [])]
    for folder in reversed(folders):
        if (folder / "initdb").exists() and (folder / "pg_basebackup").exists():
            return str(folder)
    raise FileNotFoundError("initdb was not found; the soak with a replica needs a PostgreSQL server.")


def start(programs: str, place: Path, options: str = "") -> None:
    settings = f"-c listen_addresses= -c unix_socket_directories={place} -c fsync=off {options}"
    run(f"{programs}/pg_ctl --pgdata={place}/data --log={place}/log --wait start -o {shlex.quote(settings)}")


def stop(programs: str, place: Path) -> None:
    run(f"{programs}/pg_ctl --pgdata={place}/data --wait --mode=immediate stop")


def run(command: str) -> None:
    """Run a program of PostgreSQL, as its own user where this is root."""
    words = ["su", "postgres", "-c", command] if os.geteuid() == 0 else shlex.split(command)
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


def wait_for_lag() -> None:
    """Wait until a replica that is not written to has caught up."""
    time.sleep(float(LAG.rstrip("s")) + 1)
