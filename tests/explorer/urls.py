from django.urls import include, path

from django_oaipmh import default_repository

urlpatterns = [
    path("oai", include("django_oaipmh.urls")),
    path("<slug:journal>/oai", include(default_repository.get_urls())),
    path("explore/", include("django_oaipmh.explorer.urls")),
    path("<slug:journal>/explore/", include("django_oaipmh.explorer.urls", namespace="journal_pages")),
]
