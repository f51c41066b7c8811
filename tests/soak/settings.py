"""The test host again, in a database that several processes share. ``SOAK_NAME`` is the database that was made."""

import os

from tests.databases import configuration
from tests.settings import *  # noqa: F403
from tests.settings import MIDDLEWARE, OAIPMH

_kind = os.environ["TEST_DATABASE"]
_database = configuration(_kind) | {"NAME": os.environ["SOAK_NAME"]}
if _kind == "sqlite":
    _database["OPTIONS"] = {"timeout": 30, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"}
    _database["TEST"] = {"NAME": os.environ["SOAK_NAME"]}
else:
    _database["TEST"] = _database.get("TEST", {}) | {"NAME": os.environ["SOAK_NAME"]}
DATABASES = {"default": _database | {"ATOMIC_REQUESTS": True}}
if os.environ.get("SOAK_REPLICA"):
    DATABASES["replica"] = _database | {"HOST": os.environ["SOAK_REPLICA"]}
    if os.environ.get("SOAK_READ"):  # a server for harvesters
        DATABASE_ROUTERS = ["tests.soak.replica.Router"]

OAIPMH = OAIPMH | {"PAGE_SIZE": 10, "MASS_CHANGE": 1.0, "LEFT_SETS": os.environ.get("SOAK_LEFT_SETS", "silent")}
MIDDLEWARE = MIDDLEWARE
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django_oaipmh": {"handlers": ["stderr"], "level": "WARNING"}},
}
