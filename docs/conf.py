"""Sphinx configuration: ``make docs`` builds into docs/_build/html."""

from importlib.metadata import version as installed_version

import django
from django.conf import settings

# Reading docstrings imports the models, which need a configured Django.
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django_oaipmh"], USE_TZ=True)
django.setup()

project = "django_oaipmh"
author = "The django_oaipmh contributors"
copyright = f"2026, {author}"
release = installed_version("django_oaipmh")
version = ".".join(release.split(".")[:2])

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
napoleon_numpy_docstring = False
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"django_oaipmh {version}"
