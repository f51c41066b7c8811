"""What a host's own tests use."""

from collections.abc import Iterator
from contextlib import contextmanager

from .index.outbox import immediately
from .index.sync import Options, sync_all
from .repository import Repository, repositories


@contextmanager
def synced(*chosen: Repository) -> Iterator[None]:
    """Bring the index in step with the host, and keep it so inside the block: every change is indexed at once.

    For tests in transactions, where nothing is ever committed::

        with synced():
            response = self.client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc")

    Args:
        chosen: only these repositories; without any, all of the site.
    """
    for repository in chosen or list(repositories.values()):
        sync_all(repository, Options(allow_mass_change=True, restart=True))
    token = immediately.set(True)
    try:
        yield
    finally:
        immediately.reset(token)
