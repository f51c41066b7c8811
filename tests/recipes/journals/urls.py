from django.urls import include, path

from .repositories import press

urlpatterns = [
    path("oai", press.urls),
    path("<slug:code>/oai", include(press.get_urls())),
]
