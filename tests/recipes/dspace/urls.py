from django.urls import include, path

from .repositories import driver, openaire, request

urlpatterns = [
    path("oai/request", request.urls),
    path("oai/openaire", openaire.urls),
    path("oai/driver", driver.urls),
    path("explore/", include("django_oaipmh.explorer.urls")),
]
