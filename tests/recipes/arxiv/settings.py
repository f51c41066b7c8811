from tests.recipes.settings import *

INSTALLED_APPS += ["tests.recipes.arxiv"]
ROOT_URLCONF = "tests.recipes.arxiv.urls"

# It would let caches keep each page once for every language of a browser: Vary: Accept-Language.
MIDDLEWARE.remove("django.middleware.locale.LocaleMiddleware")

HOUR, DAY = 3_600, 86_400

OAIPMH = {
    "REPOSITORY_NAME": "arXiv",
    "BASE_URL": "https://oaipmh.arxiv.org/oai",
    "NAMESPACE": "arXiv.org",
    "ADMIN_EMAILS": ["help@arxiv.org"],
    "GRANULARITY": "YYYY-MM-DD",
    "PAGE_SIZE": 2_000,
    "PAGE_BYTES": 20_000_000,
    "CACHE_AGE": {
        "Identify": DAY,
        "ListMetadataFormats": DAY,
        "ListSets": DAY,
        "GetRecord": HOUR,
        "ListIdentifiers": {"open": HOUR, "past": DAY},
        "ListRecords": {"open": HOUR, "past": DAY},
    },
}
