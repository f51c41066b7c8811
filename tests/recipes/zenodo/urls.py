from django.contrib import admin
from django.urls import include, path
from django.views.generic import DetailView

from .models import Community

urlpatterns = [
    path("oai2d", include("django_oaipmh.urls")),
    path("communities/<slug:slug>", DetailView.as_view(model=Community, template_name="zenodo/community.html")),
    path("admin/", admin.site.urls),
]
