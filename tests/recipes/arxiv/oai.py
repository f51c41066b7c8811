import django_oaipmh as oai

from .models import Paper


@oai.register(Paper)
class PaperItem(oai.Item):
    queryset = Paper.objects.filter(announced=True)
    identifier = "oai_identifier"
    initial_datestamp = "updated"
    metadata = {
        "title": "title",
        "creator": oai.Map("authors", str.splitlines),
        "abstract": "abstract",
        "date": "updated",
        "identifier": "url",
    }
    sets = [oai.SetsBy("subjects", spec="code", name="name", parent="parent")]

    def oai_identifier(self, paper):
        return f"oai:arXiv.org:{paper.number}"

    def url(self, paper):
        return f"http://arxiv.org/abs/{paper.number}"
