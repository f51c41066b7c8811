"""What every process of the soak suffers from, and what can be broken on purpose, to see that the soak notices.

Delays stand where a real machine may stop a process: between reading the host and writing, and between the datestamp
of a batch and its commit.
"""

import os
import random
import time
from typing import Any

from django_oaipmh.index import outbox, store, sync
from django_oaipmh.models import Intent
from django_oaipmh.protocol import verbs

#: Intents of the living are taken away, too: a batch that takes longer has to start again.
INTENT_LIFETIME = 1

BREAKS = ("datestamp", "fence", "stale", "replica")


def suffer() -> None:
    """Slow down the steps of the write path, and leave out the one that ``SOAK_BREAK`` names."""
    store.INTENT_LIFETIME, store.SWEEP_EVERY = INTENT_LIFETIME, 0
    examine, datestamp = outbox.examine, store._Batch._datestamp

    def slow_examine(*args: Any, **kwargs: Any) -> Any:
        found = examine(*args, **kwargs)
        stall(1, 4)
        return found

    def slow_datestamp(self: store._Batch) -> None:
        datestamp(self)
        stall(2 * INTENT_LIFETIME, 5 * INTENT_LIFETIME)

    outbox.examine = sync.examine = slow_examine
    store._Batch._datestamp = slow_datestamp
    leave_out(os.environ.get("SOAK_BREAK", ""))


def stall(shortest: float, longest: float) -> None:
    """Stop, each third time, for so many seconds."""
    if random.random() < 1 / 3:
        time.sleep(random.uniform(shortest, longest))


def leave_out(step: str) -> None:
    """Break one step of what keeps harvesters in the picture."""
    if step == "datestamp":  # the present second, without an intent
        store._Batch._announce = lambda self: Intent(pk=0)
        store._Batch._conclude = lambda self, intent: None
    elif step == "fence":  # an intent that was taken away keeps nobody from writing

        def conclude(self: store._Batch, intent: Intent) -> None:
            Intent.objects.using(self.using).filter(pk=intent.pk).delete()

        store._Batch._conclude = conclude
    elif step == "stale":  # whoever comes last wins, whatever it saw
        store._Batch._is_overtaken = lambda self, change, row: False
    elif step == "replica":  # which answers as if it knew everything
        verbs.is_replica = lambda using: False
    elif step:
        raise ValueError(f"BREAK is {step!r}, but can be {', '.join(BREAKS)}")
