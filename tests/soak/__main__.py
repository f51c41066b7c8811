"""Run the soak: ``python -m tests.soak [--seconds 60] [--break datestamp|fence|stale] [--database postgresql]``."""

import argparse
import os
import random
import sys

from tests.databases import NAMES, find


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Exits with 0 if nothing was lost.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--break", dest="step", default="", help="leave out one step: datestamp, fence or stale")
    parser.add_argument("--database", default="", choices=["", *NAMES])
    parser.add_argument("--replica", action="store_true", help="answer from a PostgreSQL replica that lags")
    parser.add_argument("--left-sets", action="store_true", help="tell the harvesters of a set what has left it")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    if options.step == "replica":
        options.replica = True
    if options.replica:
        options.database = "postgresql"
    database = options.database or next(name for name in ("postgresql", "mariadb", "sqlite") if find(name).version)
    environment = {"DJANGO_SETTINGS_MODULE": "tests.soak.settings", "TEST_DATABASE": database}
    environment |= {"SOAK_NAME": f"oaipmh_soak_{os.getpid()}", "SOAK_BREAK": options.step}
    print(
        f"soak: {database}, {options.seconds:g} s, seed {options.seed}, broken: {options.step or 'nothing'}",
        flush=True,
    )
    if options.replica:
        environment["SOAK_REPLICA"] = "yes"
    if options.left_sets:
        environment["SOAK_LEFT_SETS"] = "deleted"
    command = [sys.executable, "-m", "tests.soak.rounds", str(options.seconds), str(options.seed)]
    os.execve(sys.executable, command, os.environ | environment)  # in a process that has other settings


if __name__ == "__main__":
    main()
