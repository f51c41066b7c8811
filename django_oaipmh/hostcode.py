"""The host's code among our own: what it does to the database stays its own affair."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connections, transaction


@contextmanager
def unharmed(using: str) -> Iterator[None]:
    """Keep an error in the block from breaking the transaction that connection ``using`` may be in.

    Outside of a transaction every statement stands for itself, and nothing has to be done.
    """
    if not connections[using].in_atomic_block:
        yield
        return
    with transaction.atomic(using):
        yield


def is_lost(error: Exception, using: str) -> bool:
    """Return whether ``error`` only says that connection ``using`` is gone, which no object is to blame for."""
    connection = connections[using]
    return isinstance(error, Error) and connection.connection is not None and not connection.is_usable()
