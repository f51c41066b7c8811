"""A small, known press: what the protocol tests harvest, and the truth that they compare with."""

import datetime
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote

from django_oaipmh.testing import synced
from tests.harvester import OAIClient

from . import factories
from .models import Article, Collection, Dataset, Thesis

JATS = """<?xml version="1.0" encoding="UTF-8"?>
<article xmlns="https://press.example.org/ns/galley" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="https://press.example.org/ns/galley https://press.example.org/ns/galley.xsd">
  <title>{title}</title><p>For &amp; against, 1 &lt; 2.</p>
</article>"""
JATS_WITHOUT_LOCATION = '<article xmlns="https://press.example.org/ns/galley"><title>{title}</title></article>'
ILL_FORMED = '<article xmlns="https://press.example.org/ns/galley"><title>{title}</article>'

# slug: parent
COLLECTIONS = {
    "europe": None,
    "france": "europe",
    "paris": "france",
    "greece": "europe",
    "asia": None,
    "asia-minor": None,
    "unread": None,
}

# title, modified, journal, section, collections, open licence, language, galley
ARTICLES = [
    ("First of all", "2020-01-01T00:00:00", "jhs", "research", ["europe"], True, "en", JATS),
    ("Last second of a day", "2020-01-01T23:59:59", "jhs", "research", ["paris"], True, "fr", JATS),
    ("First second of a day", "2020-01-02T00:00:00", "jhs", "reviews", ["paris", "asia"], False, "fr", ""),
    ("One second later", "2020-01-02T00:00:01", "jhs", None, ["greece"], False, "el", ILL_FORMED),
    ("In one second, 1", "2020-03-01T12:00:00", "jhs", None, [], True, "en", JATS_WITHOUT_LOCATION),
    ("In one second, 2", "2020-03-01T12:00:00", "jhs", "reviews", [], False, "en", ""),
    ("In one second, 3", "2020-03-01T12:00:00", "jhs", "reviews", ["france"], False, "en", JATS),
    ("In one second, 4", "2020-03-01T12:00:00", "rmr", "research", ["asia"], True, "en", JATS),
    ("In one second, 5", "2020-03-01T12:00:00", "rmr", "research", ["asia-minor"], True, "el", JATS),
    ("In one second, 6", "2020-03-01T12:00:00", "rmr", None, [], False, "en", JATS),
    ("In one second, 7", "2020-03-01T12:00:00", "rmr", None, ["asia"], False, "en", ""),
    ('Ampers & "quotes" <tags> ]]>', "2021-06-30T10:00:00", "rmr", "notes", ["greece"], True, "el", JATS),
    ("Controls \x00\x0b\x1f \ufffe 𝄞 stay out", "2021-06-30T10:00:01", "rmr", "notes", [], None, "en", ""),
    ("Deleted later", "2021-07-01T08:00:00", "jhs", "research", ["france"], True, "fr", JATS),
    ("Withdrawn later", "2021-07-01T09:00:00", "rmr", None, ["asia"], True, "en", ""),
    ("Moved later", "2021-07-01T10:00:00", "rmr", None, ["asia"], False, "en", ""),
]

THESES = [
    ("Of mornings", "2019-05-01T06:00:00"),
    ("Of nights", "2019-05-01T21:30:00"),  # the second of May in Athens, and still the first in UTC
    ("Of the next day", "2019-05-02T00:00:00"),
    ("Of one day, 1", "2019-08-15T01:00:00"),
    ("Of one day, 2", "2019-08-15T02:00:00"),
    ("Of one day, 3", "2019-08-15T03:00:00"),
    ("Of one day, 4", "2019-08-15T04:00:00"),
    ("Of one day, 5", "2019-08-15T05:00:00"),
    ("Of one day, 6", "2019-08-15T06:00:00"),
    ("Recalled later", "2019-09-01T00:00:00"),
]

# title, DOI, modified, title of the article that it supplements
DATASETS = [
    ("Readings", "10.5555/data(1)&v=1", "2020-02-01T00:00:00", "First of all"),
    ("Counts", "10.5555/data 2/ü", "2020-02-02T00:00:00", "In one second, 1"),
    ("Maps", "10.5555/maps", "2020-02-03T00:00:00", None),
    ("Plates", "10.5555/plates", "2020-02-04T00:00:00", None),
    ("Erased later", "10.5555/erased", "2020-02-05T00:00:00", None),
]

# code: how it reads in an identifier, for ever
NOTATIONS = {
    "A": "A",
    "QA 76.9/D3": "QA%2076.9/D3",
    "50%&1=1;2": "50%25%261=1;2",
    "C#": "C%23",
    "ü+é?": "%C3%BC+%C3%A9%3F",
    "(~'*!)": "(~%27*!)",
}

NAMESPACE = "press.example.org"


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text + "+00:00")


def with_ancestors(specs: set[str]) -> frozenset[str]:
    """Each setSpec, and every one above it."""
    return frozenset(":".join(spec.split(":")[: level + 1]) for spec in specs for level in range(spec.count(":") + 1))


@dataclass(frozen=True)
class Truth:
    """What a repository should say of one record. ``sets`` holds ancestors too; a datestamp of None is "just now"."""

    identifier: str
    title: str
    datestamp: str | None
    sets: frozenset[str] = frozenset()
    deleted: bool = False


@dataclass
class Press:
    """The truth: path of a repository → identifier → record, in oai_dc."""

    records: dict[str, dict[str, Truth]] = field(default_factory=dict)
    galleys: set[str] = field(default_factory=set)  # identifiers of records that are live in the format galley
    never_seen: set[str] = field(default_factory=set)  # identifiers of what was never visible
    article: Article | None = None  # the one with everything

    def identifiers(self, path: str, **having) -> set[str]:
        return {
            one.identifier
            for one in self.records[path].values()
            if all(getattr(one, name) == value for name, value in having.items())
        }

    def members(self, spec: str) -> set[str]:
        """The identifiers in a set of the default repository, descendants included."""
        return {one.identifier for one in self.records["/oai"].values() if spec in one.sets}

    def titled(self, title: str, path: str = "/oai") -> str:
        """The identifier of the record with this title."""
        (found,) = [one.identifier for one in self.records[path].values() if one.title == title]
        return found


def identifier(obj: object) -> str:
    """The identifier that an object has unless its item says otherwise."""
    return f"oai:{NAMESPACE}:{obj._meta.model_name}/{NOTATIONS.get(obj.pk, obj.pk)}"


def build() -> Press:
    """Fill the tables, sync, then change a few things as time would."""
    press = Press()
    collections: dict[str, Collection] = {}
    paths: dict[str, str] = {}
    for slug, parent in COLLECTIONS.items():
        collections[slug] = factories.CollectionFactory(
            slug=slug, parent=collections.get(parent), description=f"Of {slug} & around"
        )
        paths[slug] = f"{paths[parent]}:{slug}" if parent else slug

    def remember(path: str, one: Truth) -> None:
        press.records.setdefault(path, {})[one.identifier] = one

    articles: dict[str, Article] = {}
    for number, (title, modified, code, slug, slugs, open_licence, language, galley) in enumerate(ARTICLES):
        journal = factories.JournalFactory(code=code)
        article = articles[title] = factories.ArticleFactory(
            title=title.replace("\x00", ""),  # which PostgreSQL refuses
            journal=journal,
            section=slug and factories.SectionFactory(journal=journal, slug=slug),
            collections=[collections[slug] for slug in slugs],
            licence={
                True: factories.LicenceFactory(),
                False: factories.LicenceFactory(url="https://press.example.org/closed", open=False),
                None: None,
            }[open_licence],
            language=language,
            galley_xml=galley.format(title=f"Galley {number}"),
            authors=[f"Writer{number}", "Co-Writer"],
            subjects=["Harvesting", f"Topic {number % 3}"],
        )
        Article.objects.filter(pk=article.pk).update(modified=moment(modified))
        sets = {f"{code}:{slug}" if slug else code, language, *(paths[slug] for slug in slugs)}
        remember(
            "/oai",
            Truth(
                identifier(article),
                title,
                modified + "Z",
                with_ancestors(sets | ({"open"} if open_licence else set())),
            ),
        )
        if galley not in ("", ILL_FORMED):
            press.galleys.add(identifier(article))
    press.article = articles["First of all"]
    complete(press.article)

    for journal in ("jhs", "drafts"):
        draft = factories.ArticleFactory(journal=factories.JournalFactory(code=journal), stage="draft")
        press.never_seen.add(identifier(draft))
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    press.never_seen.add(identifier(factories.ArticleFactory(embargo_until=tomorrow)))

    for title, doi, modified, supplemented in DATASETS:
        dataset = factories.DatasetFactory(
            pk=uuid.uuid5(uuid.NAMESPACE_URL, doi), title=title, doi=doi, supplement_to=articles.get(supplemented)
        )
        Dataset.objects.filter(pk=dataset.pk).update(modified=moment(modified))
        remember("/oai", Truth(identifier(dataset), title, modified + "Z"))
        sets = frozenset({"data", "data:supplement"} if supplemented else {"data"})
        url = "https://doi.org/" + quote(doi, safe="/&=()")
        remember("/nodeletes/oai", Truth(url, title, modified + "Z", sets))

    for code in NOTATIONS:
        notation = factories.NotationFactory(code=code, label=f"Label of {code}")
        remember("/oai", Truth(identifier(notation), notation.label, None))

    for title, modified in THESES:
        thesis = factories.ThesisFactory(title=title)
        Thesis.objects.filter(pk=thesis.pk).update(modified=moment(modified))
        remember("/theses/oai", Truth(identifier(thesis), title, modified[:10]))

    with synced():
        pass
    _live_on(press, articles)
    return press


def complete(article: Article) -> None:
    """Fill everything that an article can have."""
    article.abstract = "<p>On <b>harvesting</b> &amp; more</p>"
    article.doi = "10.5555/first(1)<2>"
    article.published_on = datetime.date(2019, 12, 31)
    Article.objects.filter(pk=article.pk).update(
        abstract=article.abstract, doi=article.doi, published_on=article.published_on
    )
    article.authorships.all().delete()
    university = factories.OrganisationFactory(name="University of Athens", ror="https://ror.org/04gnjpq42")
    people = [
        ("Second", "Sappho", "aut", 2, None),
        ("First", "Phaenarete", "aut", 1, university),
        ("Editor", "Aspasia", "edt", 3, None),
    ]
    for family, given, role, position, affiliation in people:
        factories.AuthorshipFactory(
            article=article,
            author__family=family,
            author__given=given,
            author__affiliation=affiliation,
            role=role,
            position=position,
        )
    factories.ArticleIdentifierFactory(article=article, value="978-3-16-148410-0", scheme="isbn")
    factories.TagFactory(target=article, label="tagged & <marked>")


def _live_on(press: Press, articles: dict[str, Article]) -> None:
    """What happens after the first harvest: deleted, withdrawn, moved."""

    def change(path: str, title: str, **changes) -> None:
        old = press.records[path][press.titled(title, path)]
        press.records[path][old.identifier] = Truth(**vars(old) | {"datestamp": None} | changes)

    for path in press.records:
        OAIClient(path).headers()  # from here on a datestamp is the time of a change
    articles["Deleted later"].delete()
    Article.objects.filter(title="Withdrawn later").update(stage=Article.Stage.RETRACTED)
    articles["Moved later"].collections.set([Collection.objects.get(slug="greece")])
    Dataset.objects.get(title="Erased later").delete()
    Thesis.objects.get(title="Recalled later").delete()
    with synced():
        pass
    change("/oai", "Deleted later", deleted=True)
    change("/oai", "Withdrawn later", deleted=True)
    change("/oai", "Moved later", sets=with_ancestors({"rmr", "en", "europe:greece"}))
    change("/oai", "Erased later", deleted=True)
    change("/theses/oai", "Recalled later", deleted=True)
    erased = press.titled("Erased later", "/nodeletes/oai")
    del press.records["/nodeletes/oai"][erased]
    press.never_seen.add(erased)
    press.galleys -= press.identifiers("/oai", deleted=True)
