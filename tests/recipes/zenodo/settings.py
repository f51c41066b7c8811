from django_oaipmh.descriptions import RightsManifest
from tests.recipes.settings import *

INSTALLED_APPS += ["django_filters", "django_oaipmh.curated", "tests.recipes.zenodo"]
ROOT_URLCONF = "tests.recipes.zenodo.urls"

OAIPMH = {
    "REPOSITORY_NAME": "Zenodo",
    "BASE_URL": "https://zenodo.org/oai2d",
    "ADMIN_EMAILS": ["info@zenodo.org"],
    "DESCRIPTIONS": [RightsManifest("https://creativecommons.org/publicdomain/zero/1.0/")],
    "FORMATS": [
        "oai_dc",
        "oai_datacite",
        "datacite",
        {"format": "marcxml", "prefix": "marc21"},
        {"format": "oai_datacite", "prefix": "oai_datacite3", "deprecated": "2026-12-31"},
        {"format": "datacite", "prefix": "datacite3", "deprecated": "2026-12-31"},
    ],
    "PAGE_SIZE": 50,
    "TOKEN_LIFETIME": 120,
    "ERROR_STATUS": 422,
    "RATES": {"anonymous": "120/minute"},
}
