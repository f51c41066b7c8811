"""About containers: rights and provenance of records, as they are declared and as harvesters get them."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, Value
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

import django_oaipmh as oai
from django_oaipmh.about import AboutReader
from django_oaipmh.containers import is_datestamp
from django_oaipmh.identifiers import is_uri
from django_oaipmh.index.recorder import Recorder
from django_oaipmh.items import Item
from django_oaipmh.paths import PathError

from . import schemas
from .harvester import DC, OAI, OAI_DC, XSI, OAIClient
from .hosts import declare, describe, format_of, hosting, statements
from .index.conftest import Spare, _formats_are_loaded_anew, articles, clock_fixture, spare  # noqa: F401
from .index.looks import quarantined, sync
from .invariants.clocks import Clock, headers
from .press import factories
from .press.models import Article, Dataset, Licence

RIGHTS = "{http://www.openarchives.org/OAI/2.0/rights/}"
PROVENANCE = "{http://www.openarchives.org/OAI/2.0/provenance}"
XML = "{http://www.w3.org/XML/1998/namespace}"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
OAI_DC_URI = OAI_DC[1:-1]
PATH = "/spare/oai"

#: An origin that is all right.
ORIGIN = {
    "base_url": Value("https://university.example.org/oai"),
    "identifier": Value("oai:university.example.org:1"),
    "datestamp": Value("2002-01-01"),
    "harvested": Value("2002-02-02T14:10:02Z"),
}
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, datetime.timezone.utc])),
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.sampled_from([CC0, "http://[", "https://ä.example.org/ é?%", "//x", "urn:x", "2002-02-30", "0000-01-01", "1"]),
    st.builds(oai.Text, st.text(max_size=9), st.text(max_size=5)),
)
relaxed = settings(max_examples=60)


def constant(value: Any) -> Any:
    """A source of any value, of structured ones too."""
    return lambda obj: value


@pytest.fixture
def article(db: None) -> Article:
    return factories.ArticleFactory(licence=factories.LicenceFactory(url=CC0), abstract="Free for all", language="fr")


def reader_of(item: Item) -> AboutReader:
    (reader,) = item.about_readers
    return reader


def about(declared: Any, obj: Any, prefix: str = "oai_dc", **attributes: Any) -> list[etree._Element]:
    """What stands in the about containers of ``obj``; every one is valid."""
    with hosting() as repository:
        item = declare(repository, type(obj), about=[declared], **attributes)
        (description,) = describe(item, obj)
        found = [etree.fromstring(xml) for xml in item.get_about(description.object, prefix)]
    for element in found:
        assert valid(element)
    return found


def problems(declared: Any, obj: Any) -> tuple[str, ...]:
    with hosting() as repository:
        (description,) = describe(declare(repository, type(obj), about=[declared]), obj)
    return description.about_problems


def valid(element: etree._Element) -> bool:
    """Whether an element may stand in a container: by its schema, and by what the protocol wants of it."""
    namespace = etree.QName(element).namespace
    assert namespace in element.get(XSI + "schemaLocation").split()[::2]
    if schemas.available():
        schemas._schema().assertValid(etree.fromstring(etree.tostring(element)))
    return True


def references(found: list[etree._Element]) -> list[str]:
    return [rights[0].get("ref") for rights in found if rights[0].tag == RIGHTS + "rightsReference"]


# Rights


def test_rights_by_reference(article):
    (rights,) = about(oai.Rights("licence__url"), article)
    assert rights.tag == RIGHTS + "rights"
    assert [(child.tag, dict(child.attrib)) for child in rights] == [(RIGHTS + "rightsReference", {"ref": CC0})]


@pytest.mark.parametrize("uri", [None, Value("")])
def test_rights_on_the_spot(article, uri):
    declared = oai.Rights(
        uri,
        title=Value("Terms of use"),
        description=oai.Text.of(value="abstract", lang="language"),
        license="licence__url",
    )
    ((definition,),) = about(declared, article)
    assert definition.tag == RIGHTS + "rightsDefinition"
    (dublin_core,) = definition
    assert dublin_core.get(XSI + "schemaLocation").split()[0] == OAI_DC_URI
    assert [(child.tag, child.text, child.get(XML + "lang")) for child in dublin_core] == [
        (DC + "title", "Terms of use", None),
        (DC + "description", "Free for all", "fr"),
        (DC + "rights", CC0, None),
    ]


def test_a_URI_comes_before_what_is_said_on_the_spot(article):
    declared = oai.Rights("licence__url", description="abstract")
    assert references(about(declared, article)) == [CC0]
    assert len(about(declared, article)) == 1
    article.licence.delete()
    ((definition,),) = about(declared, Article.objects.get())
    assert definition.tag == RIGHTS + "rightsDefinition"


def test_several_URIs_are_several_containers(article):
    declared = oai.Rights(["licence__url", Value("https://example.org/terms")])
    assert references(about(declared, article)) == [CC0, "https://example.org/terms"]


def test_a_licence_may_be_a_concept(article):
    concept = oai.Concept.of("licence", label=Value("CC0"), uri="url")
    assert references(about(oai.Rights(concept), article)) == [CC0]
    Licence.objects.update(url="")
    assert about(oai.Rights(concept), Article.objects.get()) == []
    assert problems(oai.Rights(concept), Article.objects.get()) == ()


def test_no_value_no_container(article):
    article.licence.delete()
    article = Article.objects.get()
    for declared in (oai.Rights("licence__url"), oai.Rights("licence__url", description="licence__open")):
        assert about(declared, article) == []
        assert problems(declared, article) == ()


@pytest.mark.parametrize(
    "written, told",
    [
        ("https://example.org/é ü", "https://example.org/%C3%A9%20%C3%BC"),
        ("urn:nbn:de:101:1-2", "urn:nbn:de:101:1-2"),
        ("http://[::1]/a?b=c#d", "http://[::1]/a?b=c#d"),
    ],
)
def test_URIs_are_encoded(article, written, told):
    assert references(about(oai.Rights(Value(written)), article)) == [told]
    assert problems(oai.Rights(Value(written)), article) == ()


@pytest.mark.parametrize("written", ["CC BY", "/licence/1/", "http://[", "https://example.org/%zz", "a:b:c#d#e"])
def test_what_is_no_URI_is_left_out_and_told(article, written):
    assert about(oai.Rights(Value(written)), article) == []
    (problem,) = problems(oai.Rights(Value(written)), article)
    assert repr(written) in problem and "AdHocItem.about: Rights(" in problem


@pytest.mark.parametrize(
    "uri", ["urn:x", "http://a", "https://u:p@a.example:80/b;c=1/?d#e", "info:a/b", "x:/a", "x:%20"]
)
def test_URIs(uri):
    assert is_uri(uri)


@pytest.mark.parametrize(
    "text", ["", "x", "x:", "1:x", "//x", "x:a b", "x:é", "x:%2", "http://a:b/", "x:#a#b", "x:[a]"]
)
def test_other_texts_are_no_URIs(text):
    assert not is_uri(text)


@settings(max_examples=100)
@given(st.from_regex(r"[a-zA-Z0-9:/?#@\[\]%.~ é-]{1,25}", fullmatch=True))
@example("http://[0]:")
@example("http://a:99999/")
def test_whatever_counts_as_a_URI_is_valid(text):
    if schemas.available() and is_uri(text):
        rights = etree.Element(RIGHTS + "rights")
        etree.SubElement(rights, RIGHTS + "rightsReference", ref=text)
        schemas._schema().assertValid(rights)


# Provenance


def test_provenance_of_the_object_itself(article):
    declared = oai.Provenance(
        **ORIGIN | {"identifier": "doi_url"}, namespace=Value("http://www.loc.gov/mods/v3"), altered=Value(False)
    )
    article.doi = "10.5555/1"
    article.save()
    (provenance,) = about(declared, article)
    assert provenance.tag == PROVENANCE + "provenance"
    (origin,) = provenance
    assert dict(origin.attrib) == {"harvestDate": "2002-02-02T14:10:02Z", "altered": "false"}
    assert [(child.tag.replace(PROVENANCE, ""), child.text) for child in origin] == [
        ("baseURL", "https://university.example.org/oai"),
        ("identifier", "https://doi.org/10.5555/1"),
        ("datestamp", "2002-01-01"),
        ("metadataNamespace", "http://www.loc.gov/mods/v3"),
    ]


def test_by_default_it_was_Dublin_Core_and_was_altered(article):
    ((origin,),) = about(oai.Provenance(**ORIGIN), article)
    assert origin.get("altered") == "true"
    assert origin.findtext(PROVENANCE + "metadataNamespace") == OAI_DC_URI


def test_what_was_not_harvested_has_no_provenance(article):
    declared = oai.Provenance(**ORIGIN | {"identifier": "doi", "harvested": Value(None)})
    assert about(declared, article) == []
    assert problems(declared, article) == ()


@pytest.mark.parametrize(
    "value, told",
    [
        (datetime.date(2002, 1, 1), "2002-01-01"),
        (datetime.datetime(2002, 1, 1, 8, 55, 46, 999, datetime.timezone.utc), "2002-01-01T08:55:46Z"),
        (datetime.datetime(2002, 1, 1, 8, 55, 46), "2002-01-01T06:55:46Z"),  # the site is in Athens
        ("2002-01-01T08:55:46Z", "2002-01-01T08:55:46Z"),
        ("2002-01-01", "2002-01-01"),
    ],
)
@pytest.mark.parametrize("name", ["datestamp", "harvested"])
def test_datestamps_have_either_granularity(article, name, value, told):
    ((origin,),) = about(oai.Provenance(**ORIGIN | {name: constant(value)}), article)
    assert (origin.get("harvestDate") if name == "harvested" else origin.findtext(PROVENANCE + "datestamp")) == told


@pytest.mark.parametrize("text", ["", "2002", "2002-02-30", "2002-01-01T08:55Z", "2002-01-01T08:55:46", "0000-01-01"])
def test_other_texts_are_no_datestamps(article, text):
    assert not is_datestamp(text)
    declared = oai.Provenance(**ORIGIN | {"datestamp": Value(text)})
    assert about(declared, article) == []
    (problem,) = problems(declared, article)
    assert "AdHocItem.about: Provenance(): datestamp is" in problem


@pytest.mark.parametrize(
    "name, value",
    [("base_url", "nowhere"), ("identifier", "1"), ("namespace", ""), ("harvested", None), ("altered", "perhaps")],
)
def test_an_incomplete_origin_is_left_out_and_told(article, name, value):
    declared = oai.Provenance(**ORIGIN | {name: Value(value)})
    assert about(declared, article) == []
    (problem,) = problems(declared, article)
    assert f"{name} is {value or ''!r}" in problem


@pytest.fixture
def chain(article) -> Article:
    """An article with three datasets, which here stand for the origins that it came through."""
    for number, day in enumerate((2, 3, 1)):
        dataset = factories.DatasetFactory(supplement_to=article, title=str(number), doi=f"10.5555/{day}")
        moment = datetime.datetime(2002, 1, day, tzinfo=datetime.timezone.utc)
        Dataset.objects.filter(pk=dataset.pk).update(modified=moment)
    return article


def chained(**options: Any) -> oai.Provenance:
    return oai.Provenance(
        "datasets",
        base_url=Value("https://university.example.org/oai"),
        identifier=oai.Map("doi", lambda doi: f"oai:university.example.org:{doi}"),
        datestamp=Value("2001-01-01"),
        harvested="modified",
        **options,
    )


def days(provenance: etree._Element) -> list[str]:
    """The days of the harvests, from the outermost to the innermost."""
    found = []
    while (origin := provenance.find(PROVENANCE + "originDescription")) is not None:
        found.append(origin.get("harvestDate")[8:10])
        provenance = origin
    return found


def test_a_chain_of_origins_is_nested_the_latest_outermost(chain):
    (provenance,) = about(chained(order_by="-datasets__modified"), chain)
    assert days(provenance) == ["03", "02", "01"]
    assert len(provenance) == 1
    assert provenance[0][-1].tag == PROVENANCE + "originDescription"


def test_origins_can_be_chosen(chain):
    (provenance,) = about(chained(order_by="datasets__modified", where=Q(datasets__title__lt="2")), chain)
    assert days(provenance) == ["02", "03"]
    assert about(chained(where=Q(datasets__title="none")), chain) == []


def test_a_chain_ends_where_it_is_broken(chain):
    declared = chained(order_by="-datasets__modified")
    Dataset.objects.filter(title="0").update(doi="not a URI")
    (provenance,) = about(declared, chain)
    assert days(provenance) == ["03"]
    assert len(problems(declared, chain)) == 1
    Dataset.objects.filter(title="1").update(doi="nor this")
    assert about(declared, chain) == []


def test_origins_are_read_ahead(db):
    with hosting() as repository:
        item = declare(repository, about=[chained(), oai.Rights("licence__url")])

        def queries(number: int) -> int:
            found = [factories.ArticleFactory(licence=factories.LicenceFactory()) for _ in range(number)]
            for one in found:
                factories.DatasetFactory(supplement_to=one)
            with CaptureQueriesContext(connection) as captured:
                for one in describe(item, *found):
                    assert len(item.get_about(one.object, "oai_dc")) == 2
            return len(statements(captured))

        assert queries(5) == queries(1)


def test_a_method_that_queries_for_every_object_is_noticed(repository, article):
    item = declare(repository, about=[oai.Rights("rights")], rights=lambda self, article: article.licence.url)
    recorder = Recorder(logs=False)
    with recorder.watch(item):
        describe(item, article)
    assert any("about: Rights('rights') queries press_licence" in warning for warning in recorder.warnings)


# Whatever the values are


@relaxed
@given(uri=anything, title=st.lists(anything, max_size=3), description=anything)
def test_rights_of_anything_are_valid(article, uri, title, description):
    declared = oai.Rights(constant(uri), title=constant(title), description=constant(description))
    for rights in about(declared, article):
        assert len(rights) == 1, "one of reference and definition"


@relaxed
@given(st.fixed_dictionaries(dict.fromkeys((*ORIGIN, "namespace", "altered"), anything)))
def test_provenance_of_anything_is_valid_or_left_out(article, values):
    good = {**ORIGIN, "namespace": Value(OAI_DC_URI), "altered": Value(True)}
    for name, value in values.items():  # one bad value hides behind another
        found = about(oai.Provenance(**good | {name: constant(value)}), article)
        assert len(found) <= 1
    about(oai.Provenance(**{name: constant(value) for name, value in values.items()}), article)


# What harvesters get


def records(prefix: str = "oai_dc") -> list[etree._Element]:
    return list(OAIClient(PATH).records(prefix))


def told(prefix: str = "oai_dc") -> list[list[str]]:
    """The URIs of the rights of every record."""
    return [references([one[0] for one in record.findall(OAI + "about")]) for record in records(prefix)]


@pytest.fixture
def licensed(spare: Spare) -> Iterator[Spare]:  # noqa: F811
    @oai.register(Article, repository=spare)
    class Licensed(oai.Item):
        queryset = Article.objects.all()
        metadata = {"title": "title"}
        about = [
            oai.Rights("licence__url", description=oai.Text.of(value="abstract", lang="language")),
            chained(order_by="-datasets__modified"),
        ]

    spare.watch()
    sync()
    headers(PATH)
    yield spare


def test_harvesters_get_valid_containers(clock: Clock, licensed: Spare):
    article = factories.ArticleFactory(licence=factories.LicenceFactory(url=CC0))
    factories.ArticleFactory(abstract="<Ask> & wait")
    factories.DatasetFactory(supplement_to=article)
    first, second = (record.findall(OAI + "about") for record in records())
    assert [container[0].tag for container in first] == [RIGHTS + "rights", PROVENANCE + "provenance"]
    assert references([first[0][0]]) == [CC0]
    assert "".join(second[0].itertext()) == "<Ask> & wait"
    assert len(second) == 1


@pytest.mark.parametrize("noticed_by", ["signals", "a sync"])
def test_another_URI_re_dates_whose_it_is(clock: Clock, licensed: Spare, noticed_by: str):
    article = factories.ArticleFactory(licence=factories.LicenceFactory(url=CC0))
    factories.ArticleFactory()
    with clock.moving((PATH, "oai_dc")) as moved:
        if noticed_by == "signals":
            licence = Licence.objects.get()
            licence.url = "https://example.org/terms"
            licence.save()
        else:
            Licence.objects.update(url="https://example.org/terms")
            sync()
    assert moved[PATH, "oai_dc"] == {f"oai:spare.example.org:article/{article.pk}"}
    assert sorted(told()) == [[], ["https://example.org/terms"]]


def test_a_new_origin_re_dates_and_another_field_of_it_does_not(clock: Clock, licensed: Spare):
    article = factories.ArticleFactory()
    with clock.moving((PATH, "oai_dc")) as moved:
        dataset = factories.DatasetFactory(supplement_to=article, doi="10.5555/1")
    assert len(moved[PATH, "oai_dc"]) == 1
    with clock.moving((PATH, "oai_dc")) as moved:
        dataset.title = "of no interest"
        dataset.save(update_fields=["title"])
        sync()
    assert moved[PATH, "oai_dc"] == set()


def test_what_was_left_out_is_told_in_quarantine_and_the_record_is_disseminated(
    licensed: Spare,
    clock: Clock,
):
    article = factories.ArticleFactory(licence=factories.LicenceFactory(url="CC BY"))
    assert told() == [[]]
    (reason,) = (reason for (key, part), reason in quarantined().items() if (key, part) == (str(article.pk), "about"))
    assert reason == "Licensed.about: Rights('licence__url', " + reason.partition("'licence__url', ")[2]
    assert "'CC BY' is no URI" in reason
    article.licence.url = CC0
    article.licence.save()
    assert told() == [[CC0]]
    assert not quarantined()


def test_a_source_that_raises_puts_the_object_into_quarantine(spare: Spare, clock: Clock):  # noqa: F811
    @oai.register(Article, repository=spare)
    class Failing(oai.Item):
        queryset = Article.objects.order_by("pk")
        metadata = {"title": "title"}
        about = [oai.Rights("rights")]

        def rights(self, article: Article) -> str:
            if "fail" in article.title:
                raise RuntimeError("out of the blue")
            return CC0

    spare.watch()
    sync()
    failing, _ = factories.ArticleFactory(title="fine"), factories.ArticleFactory(title="fine")
    with clock.moving((PATH, "oai_dc")) as moved:
        failing.title = "fail"
        failing.save()
    assert moved[PATH, "oai_dc"] == set()
    assert told() == [[CC0], [CC0]]
    assert quarantined() == {(str(failing.pk), "object"): "RuntimeError: out of the blue"}


def test_containers_of_some_formats_only_and_of_a_host_that_adds_its_own(spare: Spare, monkeypatch):  # noqa: F811
    class Own(format_of("own")):
        def render(self, description: Any) -> str:
            return '<own xmlns="https://press.example.org/ns/own"/>'

    monkeypatch.setattr(type(spare), "formats", ["oai_dc", Own])

    @oai.register(Article, repository=spare)
    class Mixed(oai.Item):
        queryset = Article.objects.all()
        about = [
            oai.Rights(Value("https://example.org/all")),
            oai.Rights(Value("https://example.org/dc"), formats=["oai_dc"]),
        ]

        def get_about(self, obj: Article, prefix: str) -> Iterator[str]:
            yield from super().get_about(obj, prefix)
            yield (
                f'<rights xmlns="{RIGHTS[1:-1]}" xmlns:xsi="{XSI[1:-1]}" xsi:schemaLocation="{RIGHTS[1:-1]} '
                f'http://www.openarchives.org/OAI/2.0/rights.xsd"><rightsReference ref="urn:x:{prefix}"/></rights>'
            )

    factories.ArticleFactory()
    sync()
    assert told() == [["https://example.org/all", "https://example.org/dc", "urn:x:oai_dc"]]
    assert told("own") == [["https://example.org/all", "urn:x:own"]]


@settings(parent=relaxed, max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), st.sampled_from("eéx"))
def test_responses_are_valid_whatever_the_values_are(licensed, text, language):
    if not Article.objects.exists():
        factories.ArticleFactory(licence=factories.LicenceFactory())
        factories.DatasetFactory(supplement_to=Article.objects.get())
    Article.objects.update(abstract=text, language=language)
    Licence.objects.update(url=text)
    Dataset.objects.update(doi=text)
    sync()
    assert len(records()) == 1


# Mistakes


def test_sources_that_lead_nowhere(repository):
    for declared in (
        oai.Rights("licence__uri"),
        oai.Rights(description="abstrakt"),
        oai.Provenance("origins", **ORIGIN),
    ):
        with pytest.raises(PathError):
            declared.bind(declare(repository))
        repository.unregister(Article)


def test_declarations_that_say_nothing_or_nonsense(repository):
    item = declare(repository)
    for declared in (oai.Rights(), oai.Rights(descripton="abstract")):
        with pytest.raises(ValueError, match=r"source of a URI|'descripton' is no DCMI metadata term"):
            declared.bind(item)


def test_an_item_without_declarations_reads_nothing(repository, article):
    item = declare(repository)
    assert item.about_readers == []
    (description,) = describe(item, article)
    assert (description.about_problems, item.get_about(article, "oai_dc")) == ((), [])
    assert reader_of(declare(repository, Dataset, about=[oai.Rights("doi")])) in repository.items[-1].all_readers
