from django.contrib import admin
from django.http import HttpResponsePermanentRedirect
from django.urls import include, path

from django_oaipmh.repository import default_repository


def moved(request):
    """Send harvesters to the base URL, with their arguments: a POST stays a POST."""
    query = request.META["QUERY_STRING"]
    url = default_repository.get_base_url() + (f"?{query}" if query else "")
    return HttpResponsePermanentRedirect(url, preserve_request=True)


urlpatterns = [
    path("oai/record", include("django_oaipmh.urls")),
    path("oaicat/OAIHandler", include(default_repository.get_urls())),  # answers, for those that follow no redirect
    path("oai", moved),
    path("admin/", admin.site.urls),
]
