"""An OAI-PMH 2.0 data provider for Django: ``import django_oaipmh as oai``."""

from typing import TYPE_CHECKING, Any

from .dependencies import Dependency
from .formats import MetadataFormat
from .items import Item
from .metadata import Concept, Identifier, Organisation, Person, Text
from .repository import Repository, default_repository, register
from .sets import Set, SetsBy
from .sources import First, Map, uses

if TYPE_CHECKING:
    from .index.outbox import sync

__all__ = [
    "Concept",
    "Dependency",
    "First",
    "Identifier",
    "Item",
    "Map",
    "MetadataFormat",
    "Organisation",
    "Person",
    "Repository",
    "Set",
    "SetsBy",
    "Text",
    "default_repository",
    "register",
    "sync",
    "uses",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "sync":  # needs the models, which Django loads after this module
        from .index.outbox import sync

        return sync
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
