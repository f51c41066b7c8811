from tests.recipes.settings import *

INSTALLED_APPS += ["django.contrib.staticfiles", "django_oaipmh.explorer", "tests.recipes.dspace"]
STATIC_URL = "/static/"
ROOT_URLCONF = "tests.recipes.dspace.urls"

OAIPMH = {
    "BASE_URL": "https://repository.example.org/oai/request",
    "ADMIN_EMAILS": ["oai@repository.example.org"],
}
