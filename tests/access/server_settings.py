"""The test host with keys and rates, on a file and a Redis that several processes share."""

import os

from tests.index.file_settings import *  # noqa: F403
from tests.settings import OAIPMH

OAIPMH = OAIPMH | {
    "KEYS": "optional",
    "RATES": {"anonymous": "60/day", "keys": "99/day", "often": "1000/day"},
    "TRUSTED_PROXIES": ["127.0.0.1"],
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["TEST_REDIS"]}}
