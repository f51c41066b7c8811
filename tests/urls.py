from django.contrib import admin
from django.urls import include, path

from tests.press.oai import brief, theses

urlpatterns = [
    path("oai", include("django_oaipmh.urls")),
    path("theses/oai", theses.urls),
    path("nodeletes/oai", brief.urls),
    path("explore/", include("django_oaipmh.explorer.urls")),
    path("admin/", admin.site.urls),
]
