"""URLs of the example project: pages for people, and two OAI-PMH repositories."""

from archive.oai import archives
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("oai", include("django_oaipmh.urls")),
    path("archive/oai", archives.urls),
    path("explore/", include("django_oaipmh.explorer.urls")),
    path("archive/", include("archive.urls")),
    path("admin/", admin.site.urls),
    path("", include("library.urls")),
]
