from django.urls import include, path

urlpatterns = [path("oai", include("django_oaipmh.urls"))]
