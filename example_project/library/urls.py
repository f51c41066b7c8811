"""URLs of the library."""

from django.urls import path

from . import views

app_name = "library"
urlpatterns = [
    path("", views.IndexView.as_view(), name="index"),
    path("works/", views.WorkListView.as_view(), name="works"),
    path("works/<slug:slug>/", views.WorkView.as_view(), name="work"),
    path("people/<slug:slug>/", views.PersonView.as_view(), name="person"),
]
