"""The processes of the soak: ``write SEED SECONDS [unnoticed]``, ``sync [options]``, ``serve PORT``, ``dump DIR``."""

import random
import sys
import time
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class RolledBack(Exception):
    """Raised to have a transaction undone."""


def write(seed: str, seconds: str, *also: str) -> None:
    """Change things in transactions that may stay open for seconds and may be rolled back."""
    from django.db import DatabaseError, transaction

    from .changes import CHANGES, unnoticed

    rng = random.Random(seed)
    changes = [*CHANGES, unnoticed] if also else CHANGES
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        try:
            with transaction.atomic():
                for _ in range(rng.choice([1, 1, 1, 2, 5])):
                    rng.choice(changes)(rng)
                    time.sleep(max(0.0, rng.uniform(-2, 1.0)))
                if rng.random() < 0.1:
                    raise RolledBack
                time.sleep(rng.choice([0, 0, 0, 0, rng.uniform(0, 3)]))
        except RolledBack:
            continue
        except DatabaseError as error:  # a deadlock, or what another writer deleted: the host tries something else
            print(f"writer {seed}: {type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
        time.sleep(rng.uniform(0, 0.2))


def sync(*options: str) -> None:
    """Run ``oai_sync``."""
    from django.core.management import call_command

    call_command("oai_sync", *options, verbosity=0)


def dump(folder: str) -> None:
    """Run ``oai_export --dump``, slowly."""
    from django.core.management import call_command

    from django_oaipmh.export import lists

    def read(self, *arguments, original=lists.Listed.read):  # type: ignore[no-untyped-def]
        time.sleep(random.uniform(0, 0.05))
        return original(self, *arguments)

    lists.PAGE = 3
    lists.Listed.read = read  # type: ignore[method-assign]
    call_command("oai_export", "--dump", folder, "--deleted", "--format", "oai_dc", "--records", "9", verbosity=0)


def serve(port: str) -> None:
    """Answer harvesters, each in a thread."""
    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", int(port), get_wsgi_application(), Threads, Silent).serve_forever()


if __name__ == "__main__":
    django.setup()
    from .faults import suffer

    suffer()
    {"write": write, "sync": sync, "serve": serve, "dump": dump}[sys.argv[1]](*sys.argv[2:])
