from django.urls import include, path

urlpatterns = [
    path("api/oaipmh", include("django_oaipmh.urls")),
]
