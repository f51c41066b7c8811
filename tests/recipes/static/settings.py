from tests.recipes.settings import *

INSTALLED_APPS += ["tests.recipes.static"]
ROOT_URLCONF = "tests.recipes.static.urls"

OAIPMH = {
    "REPOSITORY_NAME": "Letters of the Historical Society",
    "BASE_URL": "http://society.example.org/oai",
    "ADMIN_EMAILS": ["archive@society.example.org"],
}
