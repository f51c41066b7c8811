"""Settings of the project that is measured; what the environment may choose is read here and nowhere else."""

import os
from pathlib import Path
from typing import Any

N = int(os.environ.get("N") or 100_000)  # works to build
DIRECTORY = Path(os.environ.get("BENCH_DIR") or ".bench").resolve()  # databases and logs, kept between runs
DATABASE = os.environ.get("BENCH_DATABASE") or "sqlite"
JSON = os.environ.get("BENCH_JSON")  # write the result there, too
SYNCS = int(os.environ.get("BENCH_SYNCS") or 3)  # the medians count, of these and of the following
HARVESTS = int(os.environ.get("BENCH_HARVESTS") or 5)
PAGES = int(os.environ.get("BENCH_PAGES") or 51)
PEER_RECORDS = int(os.environ.get("BENCH_PEER_RECORDS") or 10_000)  # of a harvest of a peer, from the start; 0: all
PREPARES = bool(os.environ.get("BENCH_PREPARES"))  # servers do, as docs/planning.rst advises and the bare driver does
PAGE_SIZE = int(os.environ.get("BENCH_PAGE_SIZE") or 100)


def database(kind: str) -> dict[str, Any]:
    """The entry of DATABASES for "sqlite", "postgresql" or "mariadb": one database for each N."""
    if kind == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": DIRECTORY / f"works-{N}.sqlite3", "CONN_MAX_AGE": None}
    options = {"server_side_binding": True, "prepare_threshold": 5} if kind == "postgresql" and PREPARES else {}
    engine, user = {"postgresql": ("postgresql", "postgres"), "mariadb": ("mysql", "root")}[kind]
    return {
        "ENGINE": f"django.db.backends.{engine}",
        "NAME": os.environ.get("BENCH_DATABASE_NAME") or f"oaipmh_bench_{N}",
        "HOST": os.environ.get("BENCH_DATABASE_HOST", "127.0.0.1"),
        "PORT": os.environ.get("BENCH_DATABASE_PORT", ""),
        "USER": os.environ.get("BENCH_DATABASE_USER", user),
        "PASSWORD": os.environ.get("BENCH_DATABASE_PASSWORD", ""),
        "CONN_MAX_AGE": None,
        "OPTIONS": options,
    }


DATABASES = {"default": database(DATABASE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django_oaipmh", "django_oaipmh.access", "benchmarks"]
MIGRATION_MODULES = {"benchmarks": None}
ROOT_URLCONF = os.environ.get("BENCH_URLCONF") or "benchmarks.urls"  # a server answers for us or for one peer
WSGI_APPLICATION = None
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
CACHE = os.environ.get("BENCH_CACHE")  # of rates and keys: the URL of a Redis; left out: the memory of the worker
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if CACHE:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE}}
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "only for benchmarks"
USE_TZ = True

SITE = "http://benchmark.example.org"
NAMESPACE = "benchmark.example.org"
OAIPMH = {
    "REPOSITORY_NAME": "Benchmark Library",
    "BASE_URL": f"{SITE}/oai",
    "ADMIN_EMAILS": ["oai@benchmark.example.org"],
    "NAMESPACE": NAMESPACE,
    "PAGE_SIZE": PAGE_SIZE,
    "INDEX": os.environ.get("BENCH_INDEX", "commit"),
}
if os.environ.get("BENCH_KEYS"):
    OAIPMH |= {"KEYS": "required", "RATES": {"anonymous": "1000000/minute", "keys": "1000000/minute"}}
