"""URLs of the archive."""

from django.urls import path

from . import views

app_name = "archive"
urlpatterns = [
    path("", views.FondsListView.as_view(), name="index"),
    path("<slug:slug>/", views.UnitView.as_view(), name="unit"),
]
