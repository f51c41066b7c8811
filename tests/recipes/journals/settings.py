from tests.recipes.settings import *

INSTALLED_APPS += ["tests.recipes.journals"]
ROOT_URLCONF = "tests.recipes.journals.urls"

OAIPMH = {
    "REPOSITORIES": {
        "press": {
            "BASE_URL": "https://press.example.org/oai",
            "ADMIN_EMAILS": ["oai@press.example.org"],
            "FORMATS": ["oai_dc", "jats"],
        },
    },
}
