from django.db.models import Value

import django_oaipmh as oai

from .models import Article
from .repositories import press


@oai.register(Article, repository=press)
class ArticleItem(oai.Item):
    queryset = Article.objects.filter(published__isnull=False)
    metadata = {
        "title": "title",
        "creator": "author",
        "issued": "published",
        "isPartOf": "section__journal__name",
        "type": Value("journal article"),
    }
    xml = {"jats": "galley"}
    scopes = [oai.SetsBy("section__journal", spec="code")]
    sets = [
        oai.SetsBy(
            "section__journal",
            spec="code",
            name="name",
            children=[oai.SetsBy("section", spec="code", name="name")],
        ),
    ]
