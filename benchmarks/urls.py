"""django_oaipmh at /oai. The peers have URLconfs of their own, so that no server carries another's code."""

from django.urls import include, path

urlpatterns = [path("oai", include("django_oaipmh.urls"))]
