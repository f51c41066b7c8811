"""What a host's own tests use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.signals import request_started

from .index.sync import Options, sync_all
from .repository import Repository, repositories


@contextmanager
def synced(*chosen: Repository) -> Iterator[None]:
    """Bring the index in step with the host: now, before every request inside the block, and at its end.

    For tests that run in a transaction, where nothing is ever committed::

        with synced():
            response = self.client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")

    Args:
        chosen: only these repositories; without any, all of the site.
    """

    def catch_up(**kwargs: Any) -> None:
        for repository in chosen or list(repositories.values()):
            sync_all(repository, Options(allow_mass_change=True, restart=True))

    catch_up()
    request_started.connect(catch_up)
    try:
        yield
        catch_up()
    finally:
        request_started.disconnect(catch_up)
