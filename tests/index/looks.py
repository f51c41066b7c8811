"""Looking at the index, as harvesters do."""

from django.core.management import call_command
from django.db.models import Model

from django_oaipmh.models import Quarantine
from tests.harvester import OAIClient, dublin_core, payload
from tests.invariants.clocks import headers
from tests.invariants.copies import NAMESPACE


def identifier(obj: Model, namespace: str = NAMESPACE) -> str:
    """The identifier that an object has unless its item says otherwise."""
    return f"oai:{namespace}:{obj._meta.model_name}/{obj.pk}"


def metadata(path: str = "/oai") -> dict[str, dict[str, list[str]]]:
    """Identifier → element → values of the live records in oai_dc."""
    return {
        record[0][0].text: dublin_core(record) for record in OAIClient(path).records() if payload(record) is not None
    }


def values(obj: Model | str, element: str = "title", path: str = "/oai") -> list[str]:
    """The values of one element of one record."""
    return metadata(path)[obj if isinstance(obj, str) else identifier(obj)].get(element, [])


def live(path: str = "/oai", prefix: str = "oai_dc") -> set[str]:
    """The identifiers of the records that are not deleted."""
    return {name for name, header in headers(path, prefix).items() if not header.deleted}


def deleted(path: str = "/oai", prefix: str = "oai_dc") -> set[str]:
    """The identifiers of deleted records."""
    return {name for name, header in headers(path, prefix).items() if header.deleted}


def quarantined() -> dict[tuple[str, str], str]:
    """Key of an object and part → reason."""
    return {(row.object_pk, row.part): row.reason for row in Quarantine.objects.all()}


def sync(*models: str, **options: object) -> None:
    """``manage.py oai_sync``."""
    call_command("oai_sync", *models, **{"verbosity": 0, **options})
