"""Settings of the example project: a demonstration on one's own machine, not a deployment."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("EXAMPLE_DEBUG", "1") == "1"
SECRET_KEY = os.environ.get("EXAMPLE_SECRET_KEY", "only-for-the-demonstration-never-for-a-real-site")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]
ADMINS = [("Example Library", "oai@library.example.org")]
MANAGERS = ADMINS

# Where the site is reached. Harvesters read it as the base URL, and links in records start with it.
SITE_URL = os.environ.get("EXAMPLE_URL", "http://localhost:8000").rstrip("/")

INSTALLED_APPS = [
    "library",
    "archive",
    "django_oaipmh",
    "django_oaipmh.explorer",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

OAIPMH = {
    "REPOSITORY_NAME": "Example Library",
    "BASE_URL": f"{SITE_URL}/oai",
    "NAMESPACE": "library.example.org",
    "FORMATS": ["oai_dc", "marcxml", "mods", "edm", "library.formats.Brief"],
    "PAGE_SIZE": 50,
}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
        },
    },
]

# SQLite needs nothing. For another database, create one and set EXAMPLE_DATABASE, for example:
#   EXAMPLE_DATABASE=postgresql EXAMPLE_DATABASE_USER=me python manage.py migrate
_database = os.environ.get("EXAMPLE_DATABASE", "sqlite")
_server = {
    "NAME": os.environ.get("EXAMPLE_DATABASE_NAME", "oaipmh_example"),
    "USER": os.environ.get("EXAMPLE_DATABASE_USER", ""),
    "PASSWORD": os.environ.get("EXAMPLE_DATABASE_PASSWORD", ""),
    "HOST": os.environ.get("EXAMPLE_DATABASE_HOST", "127.0.0.1"),
    "PORT": os.environ.get("EXAMPLE_DATABASE_PORT", ""),
}
DATABASES = {
    "default": {
        "sqlite": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.environ.get("EXAMPLE_DATABASE_NAME", BASE_DIR / "example.sqlite3"),
            # Wait for the other writer rather than fail: the site and oai_sync may write at the same time.
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
        },
        "postgresql": {"ENGINE": "django.db.backends.postgresql", **_server},
        "mariadb": {"ENGINE": "django.db.backends.mysql", **_server, "OPTIONS": {"charset": "utf8mb4"}},
    }[_database]
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
