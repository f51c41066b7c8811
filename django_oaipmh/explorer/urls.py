"""URLs of the pages for people: ``path("explore/", include("django_oaipmh.explorer.urls"))``."""

from django.urls import path

from .views import IndexView, RecordsView, RecordView, RepositoryView, SetsView

app_name = "oai_explorer"
urlpatterns = [
    path("", IndexView.as_view(), name="index"),
    path("<str:name>/", RepositoryView.as_view(), name="repository"),
    path("<str:name>/sets/", SetsView.as_view(), name="sets"),
    path("<str:name>/records/", RecordsView.as_view(), name="records"),
    path("<str:name>/record/", RecordView.as_view(), name="record"),
]
