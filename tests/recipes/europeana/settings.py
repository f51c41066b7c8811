from django_oaipmh.descriptions import HarvestAgain
from tests.recipes.settings import *

INSTALLED_APPS += ["django_oaipmh.access", "tests.recipes.europeana"]
ROOT_URLCONF = "tests.recipes.europeana.urls"

OAIPMH = {
    "REPOSITORY_NAME": "Europeana",
    "BASE_URL": "https://api.europeana.eu/oai/record",
    "ADMIN_EMAILS": ["api@europeana.eu"],
    "FORMATS": ["edm", "oai_dc"],
    "DELETED_RECORD": "no",
    "DESCRIPTIONS": [HarvestAgain(months=6)],
    "PAGE_SIZE": {"": 50, "2021672": 5},
    "KEYS": "required",
    "REGISTRATION": "open",
    "RATES": {
        "anonymous": "20/minute",
        "keys": "60/minute",
        "partner": "1000/minute",
        "registration": "5/hour",
    },
    "TRUSTED_PROXIES": ["10.0.0.0/8"],
}
