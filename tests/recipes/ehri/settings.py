from tests.recipes.settings import *

INSTALLED_APPS += ["tests.recipes.ehri"]
ROOT_URLCONF = "tests.recipes.ehri.urls"

OAIPMH = {
    "REPOSITORY_NAME": "Example Portal of Archives",
    "BASE_URL": "https://portal.example.org/api/oaipmh",
    "ADMIN_EMAILS": ["feedback@portal.example.org"],
    "FORMATS": ["oai_dc", "ead", "ead3"],
    "DEFAULT_VERB": "Identify",
    "PAGE_SIZE": 20,
    "PAGE_BYTES": 10_000_000,
    "MAX_RECORD_BYTES": 100_000_000,
}
