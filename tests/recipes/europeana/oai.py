import django_oaipmh as oai

from .models import Object


@oai.register(Object)
class ObjectItem(oai.Item):
    queryset = Object.objects.filter(published=True)
    metadata = {
        "title": oai.Text.of(value="title", lang="language"),
        "creator": oai.Person.of(name="creator", uri="creator_uri"),
        "type": "media",
        "created": "created",
        "subject": "subject",
        "language": "language",
        "identifier": "landing_page",
        "rights": "rights",
        "dataProvider": "data_provider",
        "file": oai.File.of("media_files", url="url", media_type="media_type", order_by="media_files__position"),
    }
    sets = [oai.SetsBy("dataset")]

    def get_identifier(self, obj):
        return f"http://data.europeana.eu/item/{obj.dataset}/{obj.local_id}"
