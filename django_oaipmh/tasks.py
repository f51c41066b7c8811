"""Indexing in the background: a task of Django's Tasks framework, for whichever backend the host has.

Django has the framework from 6.0 on; for 5.2 there is the package django-tasks. Nothing imports this module unless
``OAIPMH["INDEX"]`` is ``"task"``.
"""

try:
    from django.tasks import task, task_backends
except ImportError:  # Django 5.2
    from django_tasks import task, task_backends  # type: ignore[import-not-found, no-redef, unused-ignore]

from .index.outbox import process
from .index.store import database, sweep_at_times
from .models import RepositoryState
from .repository import repositories

__all__ = ["task_backends", "work_off_outbox"]


@task
def work_off_outbox(name: str) -> None:
    """Index all that is noted for the repository ``name``, unless its first sync is still to come.

    It can be run at any time, twice, and by several workers at once: what one has done the others do not find.
    """
    repository = repositories[name]
    states = RepositoryState.objects.using(database())
    if states.filter(pk=name, opened__isnull=False).exists():
        sweep_at_times(repository)
        process(repository, repository.items)
