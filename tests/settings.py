"""Settings of the test host: a press with three repositories, and with everything that may stand in a harvester's way.

``tests/databases.py`` says how the database is chosen.
"""

import os
from pathlib import Path

from . import databases

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "Europe/Athens"  # not UTC: a datestamp in local time is a bug that should be seen
LANGUAGE_CODE = "en"
ROOT_URLCONF = "tests.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/login"
STATIC_URL, MEDIA_URL = "/static/", "/media/"  # which the live server asks for

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_oaipmh",
    "django_oaipmh.access",
    "django_oaipmh.curated",
    "django_oaipmh.explorer",
    "tests.press",
]

# A host that demands a login everywhere, and CSRF tokens: neither may reach a harvester.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The view must stay outside of the transaction that this asks for.
DATABASES = {
    "default": databases.configuration(os.environ.get("TEST_DATABASE", "sqlite")) | {"ATOMIC_REQUESTS": True},
}

OAIPMH = {
    "REPOSITORY_NAME": "Harvest Press & Sons",
    "BASE_URL": "https://press.example.org/oai",
    "ADMIN_EMAILS": ["oai@press.example.org", "library@press.example.org"],
    "FORMATS": ["oai_dc", "tests.press.formats.Galley"],
    "PAGE_SIZE": 5,
    "REPOSITORIES": {
        "theses": {
            "REPOSITORY_NAME": "Harvest Theses",
            "BASE_URL": "https://press.example.org/theses/oai",
            "FORMATS": ["oai_dc"],
            "GRANULARITY": "YYYY-MM-DD",
            "DELETED_RECORD": "transient",
        },
        "brief": {
            "REPOSITORY_NAME": "Harvest Data in Brief",
            "BASE_URL": "https://data.example.org/nodeletes/oai",
            "FORMATS": ["oai_dc", "tests.press.formats.Brief"],
            "DELETED_RECORD": "no",
            "PAGE_SIZE": 3,
        },
    },
}
