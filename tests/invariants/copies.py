"""What a harvester should keep, by the truth of the host models."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from django.utils.html import strip_tags
from lxml import etree

from tests.copies import Copy
from tests.harvester import OAI, dublin_core
from tests.press.models import Article, Collection, Dataset, Notation, Thesis

NAMESPACE = "press.example.org"


class Facts(NamedTuple):
    """What a record in oai_dc says, as far as the order of its values is anybody's concern."""

    sets: frozenset[str]
    values: dict[str, list[str]]


def facts(values: dict[str, list[str]], sets: set[str] | frozenset[str] | tuple[str, ...] = ()) -> Facts:
    """Facts from element → values: creators in their order, the values of other elements in any."""
    told = {}
    for element, found in values.items():
        once = list(dict.fromkeys(value for value in found if value))
        if once:
            told[element] = once if element == "creator" else sorted(once)
    return Facts(frozenset(sets), told)


def told(copy: Copy) -> dict[str, Facts]:
    """The facts of the live records of a copy in oai_dc."""
    result = {}
    for identifier, kept in copy.live.items():
        record = etree.fromstring(f"<record xmlns='{OAI[1:-1]}'><header/><metadata/></record>")
        record[1].append(etree.fromstring(kept.metadata))
        result[identifier] = facts(dublin_core(record), kept.sets)
    return result


# The truth, told by the host models alone.


def collection_spec(collection: Collection) -> str:
    slugs = []
    node: Collection | None = collection
    while node is not None:
        slugs.insert(0, node.slug)
        node = node.parent
    return ":".join(slugs)


def article_facts(article: Article) -> Facts:
    authorships = list(article.authorships.order_by("position", "pk").select_related("author"))

    def people(role: str) -> list[str]:
        found = [one.author for one in authorships if one.role == role]
        return [f"{person.family}, {person.given}" if person.given else person.family for person in found]

    affiliations = [one.author.affiliation.name for one in authorships if one.author.affiliation]
    licence = article.licence
    section = article.section
    values = {
        "title": [article.title],
        "creator": people("aut"),
        "contributor": people("edt") + affiliations,
        "subject": [subject.label for subject in article.subjects.all()] + [tag.label for tag in article.tags.all()],
        "description": [strip_tags(article.abstract)],
        "publisher": [article.journal.publisher or article.journal.name],
        "date": [str(article.published_on)] if article.published_on else [],
        "type": ["journal article"],
        "identifier": [
            f"https://{NAMESPACE}/articles/{article.pk}/",
            f"https://doi.org/{article.doi}" if article.doi else "",
            *(identifier.value for identifier in article.identifiers.all()),
            f"{article.journal.name}, {section.name}" if section else article.journal.name,
        ],
        "language": [article.language],
        "rights": [
            licence.url if licence else "",
            "Open access" if licence and licence.open else "All rights reserved",
        ],
        "relation": [article.journal.name],
    }
    sets = {f"{article.journal.code}:{section.slug}" if section else article.journal.code, article.language}
    sets |= {collection_spec(collection) for collection in article.collections.all()}
    if licence and licence.open:
        sets.add("open")
    return facts(values, sets)


def thesis_facts(thesis: Thesis) -> Facts:
    author = thesis.author
    return facts(
        {
            "title": [thesis.title],
            "creator": [f"{author.family}, {author.given}" if author.given else author.family],
            "publisher": [thesis.institution.name] if thesis.institution else [],
            "description": [thesis.abstract],
            "date": [str(thesis.issued)] if thesis.issued else [],
            "type": ["thesis", thesis.degree],
        }
    )


def dataset_facts(dataset: Dataset) -> Facts:
    supplemented = dataset.supplement_to
    return facts(
        {
            "title": [dataset.title],
            "type": ["Dataset"],
            "relation": [supplemented.title] if supplemented else [],
        }
    )


def truth(path: str = "/oai") -> dict[str, Facts]:
    """The facts of every record in oai_dc that the repository at ``path`` should have, live."""
    if path == "/theses/oai":
        theses = Thesis.objects.filter(accepted=True)
        return {f"oai:{NAMESPACE}:thesis/{thesis.pk}": thesis_facts(thesis) for thesis in theses}
    visible = Article.objects.filter(stage=Article.Stage.PUBLISHED, embargo_until=None)
    result = {f"oai:{NAMESPACE}:article/{article.pk}": article_facts(article) for article in visible}
    for dataset in Dataset.objects.filter(listed=True):
        result[f"oai:{NAMESPACE}:dataset/{dataset.pk}"] = dataset_facts(dataset)
    for notation in Notation.objects.all():
        values = {"title": [notation.label], "identifier": [notation.code.strip()]}
        result[f"oai:{NAMESPACE}:notation/{quote(notation.code)}"] = facts(values)
    return result


def galley_truth() -> set[str]:
    """The identifiers of the records that are live in the format ``galley``."""
    visible = Article.objects.filter(stage=Article.Stage.PUBLISHED, embargo_until=None).exclude(galley_xml="")
    return {f"oai:{NAMESPACE}:article/{pk}" for pk in visible.values_list("pk", flat=True)}
