"""What hosts use in their own tests: ``payload_errors``. (``synced`` is used all over these tests.)"""

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_oaipmh.testing import payload_errors, synced

from . import schemas
from .hosts import declare, format_of, with_templates
from .press.data import ILL_FORMED
from .press.factories import ArticleFactory, DatasetFactory, ThesisFactory
from .press.models import Article, Journal
from .press.oai import brief

pytestmark = pytest.mark.django_db

INVALID = '<article xmlns="https://press.example.org/ns/galley"><p>x</p></article>'


@pytest.fixture(autouse=True)
def _stored(settings):
    if not schemas.available():
        pytest.skip(schemas.MISSING)
    settings.OAIPMH = settings.OAIPMH | {"SCHEMAS": [schemas.OFFICIAL, schemas.HERE / "schemas"]}


def test_nothing_is_invalid():
    article, thesis = ArticleFactory(), ThesisFactory()
    with synced():
        assert payload_errors() == []
    assert payload_errors(article, thesis) == []


def test_an_invalid_record_of_the_index():
    article = ArticleFactory(galley_xml=INVALID)
    with synced():
        (error,) = payload_errors()
    assert error.startswith(f"oai:press.example.org:article/{article.pk} [galley] line 3: Element ")


def test_an_invalid_record_of_an_object_as_it_is_now():
    article = ArticleFactory()
    with synced():
        Article.objects.update(galley_xml=INVALID)
    Article.objects.update(galley_xml=INVALID)
    (error,) = payload_errors(article)
    assert error.startswith(f"press.Article {article.pk} [galley] line 3: Element ")


def test_what_cannot_be_rendered(monkeypatch):
    article = ArticleFactory(galley_xml=ILL_FORMED.format(title="x"))
    with synced():
        (error,) = payload_errors()
    assert error.startswith(f"press.Article {article.pk} [galley] IllFormed: ")
    assert payload_errors(article) == [error]
    monkeypatch.setattr(Article, "get_absolute_url", lambda self: 1 / 0)
    assert payload_errors(article) == [f"press.Article {article.pk} ZeroDivisionError: division by zero"]


def test_a_schema_that_is_not_stored_is_an_error():
    article = ArticleFactory(galley_xml=INVALID)
    (error,) = payload_errors(article, schemas=schemas.OFFICIAL)
    assert error.endswith("[galley] https://press.example.org/ns/galley.xsd is not stored")


def test_formats_that_do_not_validate_are_left_out(repository, settings):
    settings.TEMPLATES = with_templates(
        {"django_oaipmh/formats/adhoc.xml": '<a xmlns="https://press.example.org/ns/adhoc"/>'}
    )
    article = ArticleFactory()
    for validates in (False, True):
        adhoc = {"FORMATS": ["oai_dc", format_of(validates=validates)]}
        settings.OAIPMH = settings.OAIPMH | {"REPOSITORIES": {"adhoc": adhoc}}
        declare(repository)
        assert bool(payload_errors(article, repository=repository)) == validates
        repository.unregister(Article)


def test_one_repository():
    dataset = DatasetFactory(doi="")
    DatasetFactory._meta.model.objects.update(title="")
    with synced():
        errors = payload_errors()
        assert payload_errors(repository=brief) == [error for error in errors if "[brief]" in error] != []
    assert payload_errors(dataset, repository=brief) != []


def test_nothing_to_validate_is_a_mistake():
    with synced(), pytest.raises(LookupError, match="The index is empty"):
        payload_errors()
    with pytest.raises(LookupError, match="There is no record to validate"):
        payload_errors(Journal.objects.create(code="x"))


def test_no_schemas_is_a_mistake(settings):
    settings.OAIPMH = settings.OAIPMH | {"SCHEMAS": ()}
    with pytest.raises(ImproperlyConfigured, match="SCHEMAS"):
        payload_errors(ArticleFactory())
