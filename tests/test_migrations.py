"""The migrations build exactly what the models say, on every database, and no database has something to object."""

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "django_oaipmh", check_changes=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_the_database_has_nothing_to_object():
    call_command("check", "django_oaipmh", databases=["default"], tags=["models", "database"], fail_level="WARNING")
