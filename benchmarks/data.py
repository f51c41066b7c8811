"""Builds N works, the same ones every time.

Each has 3 creators, 2 subjects, an abstract of 600 characters, one of three common collections, and every thousandth
is in the collection "rare", spread evenly over the whole. Half of them are open access.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from itertools import islice
from random import Random

from django.db import connection, models, transaction

from . import database
from .models import Author, Collection, Subject, Work

SEED = 20020614
BATCH = 5_000
ABSTRACT = 600
RARE = 1_000  # one work in so many is in the rare set
COLLECTIONS = {"articles": "Articles", "books": "Books", "theses": "Theses", "rare": "Rare prints"}
SUBJECTS = 500
LANGUAGES = ["eng", "deu", "fra", "ces", "spa"]
LICENSES = ["https://creativecommons.org/licenses/by/4.0/", "https://rightsstatements.org/vocab/InC/1.0/"]
PLACES = ["Bohemia", "Île-de-France", "Österreich", "Łódź", "Galicia", "Tōkyō", "the Alps", "the North Sea"]
THINGS = ["rivers", "letters", "maps", "orchards", "guilds", "printing", "railways", "choirs", "glaciers", "dialects"]
WORDS = """archive of the early modern period and its sources describes how towns kept accounts while merchants wrote
to scholars about weather prices roads & harvests in a language that few had learned to read for p < 0.05 see below"""


def prepare(n: int) -> bool:
    """Build n works, unless the database holds exactly so many already; says whether it built."""
    if Work.objects.count() == n:
        return False
    database.empty("benchmarks")
    with transaction.atomic():
        build(n)
    database.analyse()
    return True


def build(n: int) -> None:
    random = Random(SEED)
    authors = max(n // 5, 50)
    insert(Author(pk=pk, name=f"Surname {pk:06}, Forename") for pk in range(1, authors + 1))
    insert(Subject(pk=pk, label=f"{random.choice(THINGS).title()} -- History {pk}") for pk in range(1, SUBJECTS + 1))
    insert(Collection(pk=pk, code=code, name=name) for pk, (code, name) in enumerate(COLLECTIONS.items(), 1))
    insert(works(n, random))
    link(Work.authors.through, "author_id", n, lambda pk: random.sample(range(1, authors + 1), 3))
    link(Work.subjects.through, "subject_id", n, lambda pk: random.sample(range(1, SUBJECTS + 1), 2))
    link(Work.collections.through, "collection_id", n, lambda pk: [1 + pk % 3] + [4] * (pk % RARE == RARE // 2))


def works(n: int, random: Random) -> Iterator[Work]:
    words = WORDS.split()
    sentences = [" ".join(random.choices(words, k=random.randint(9, 18))).capitalize() + "." for _ in range(1_000)]
    for pk in range(1, n + 1):
        yield Work(
            pk=pk,
            title=f"A history of {random.choice(THINGS)} and {random.choice(THINGS)} in {random.choice(PLACES)}, {pk}",
            abstract=" ".join(random.choices(sentences, k=14))[:ABSTRACT].rstrip().ljust(ABSTRACT, "."),
            issued=date(1900, 1, 1) + timedelta(days=random.randrange(45_000)),
            language=random.choice(LANGUAGES),
            doi=f"https://doi.org/10.5555/benchmark.{pk}",
            license=LICENSES[pk % 2],
            open_access=pk % 2 == 0,
            modified=datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=pk),
        )


def link(through: type[models.Model], column: str, n: int, targets: Callable[[int], list[int]]) -> None:
    """Fill a many-to-many table, without an object for each of its many rows."""
    rows = ((pk, target) for pk in range(1, n + 1) for target in targets(pk))
    with connection.cursor() as cursor:
        while batch := list(islice(rows, BATCH)):
            table = connection.ops.quote_name(through._meta.db_table)
            cursor.executemany(f"INSERT INTO {table} (work_id, {column}) VALUES (%s, %s)", batch)


def insert(rows: Iterable[models.Model]) -> None:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        type(batch[0])._default_manager.bulk_create(batch)
