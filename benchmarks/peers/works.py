"""What every peer's adapter reads: works with their relations prefetched, and their Dublin Core."""

from functools import cache

from benchmarks import settings
from benchmarks.models import Work

DATESTAMP = "%Y-%m-%dT%H:%M:%SZ"


def page(start: int, stop: int) -> list[Work]:
    """Works by position, the only way of paging that the peers' interfaces offer."""
    return list(Work.objects.order_by("pk").prefetch_related("authors", "subjects", "collections")[start:stop])


@cache
def count() -> int:
    """Counted once in the life of a server, to the advantage of a peer that asks on every page."""
    return Work.objects.count()


def identifier(work: Work) -> str:
    return f"oai:{settings.NAMESPACE}:work/{work.pk}"


def set_specs(work: Work) -> list[str]:
    specs = [collection.code for collection in work.collections.all()]
    return [*specs, "open"] if work.open_access else specs


def dublin_core(work: Work) -> dict[str, list[str]]:
    return {
        "title": [work.title],
        "creator": [author.name for author in work.authors.all()],
        "subject": [subject.label for subject in work.subjects.all()],
        "description": [work.abstract],
        "date": [work.issued.isoformat()],
        "identifier": [work.doi, f"{settings.SITE}{work.get_absolute_url()}"],
        "language": [work.language],
        "rights": [work.license],
    }
