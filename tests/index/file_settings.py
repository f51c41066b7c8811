"""The settings of the tests, on a SQLite file that several processes can open."""

import os

from tests.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["TEST_DATABASE_FILE"]}}
