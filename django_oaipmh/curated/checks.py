"""System checks of curated sets."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, router

from ..items import Item
from ..repository import repositories
from .models import CuratedSet
from .sets import Curated


@register("django_oaipmh")
def check_curated(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check what items declare of curated sets."""
    declaring = [(item, several) for item, several in _declared() if several]
    messages: list[CheckMessage] = []
    for item, several in declaring:
        if len(several) > 1:
            messages.append(
                Error(
                    f"{type(item).__name__}.sets has more than one Curated.",
                    hint="Put the filters of all into one FilterSet.",
                    id="oaipmh.E091",
                )
            )
    if declaring and not apps.is_installed("django_filters"):
        messages.append(
            Error(
                "The form of curated sets needs the templates of django-filter.",
                hint='Add "django_filters" to INSTALLED_APPS.',
                id="oaipmh.E092",
            )
        )
    return messages


def _declared() -> Iterator[tuple[Item, list[Curated]]]:
    for repository in repositories.values():
        for item in repository.items:
            yield item, [one for one in (*repository.sets, *item.sets) if isinstance(one, Curated)]


@register(Tags.database)
def check_filters(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that every saved filter still means something. Runs with ``check --database default``."""
    using = router.db_for_write(CuratedSet)
    if not databases or using not in databases:
        return []
    try:
        saved = list(CuratedSet.objects.using(using))
    except DatabaseError:  # before migrate
        return []
    return [
        Warning(
            f"The filter of the curated set {one.spec!r} is unusable: "
            + " ".join(message for messages in one.problems().values() for message in messages),
            hint="Correct it in the admin, or the FilterSet. Until then its records stay what they are.",
            id="oaipmh.W042",
        )
        for one in saved
        if one.problems()
    ]
