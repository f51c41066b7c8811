"""An OAI-PMH 2.0 data provider for Django: ``import django_oaipmh as oai``."""

from typing import TYPE_CHECKING, Any

from . import descriptions
from .about import Provenance, Rights
from .dependencies import Dependency
from .formats import MetadataFormat, XSLTFormat
from .items import Item
from .metadata import Citation, Concept, Degree, File, Funding, Identifier, Organisation, Person, Place, Text
from .parts import Parts
from .repository import Repository, default_repository, register
from .scopes import Scope
from .sets import Set, SetsBy
from .sources import First, Map, uses

if TYPE_CHECKING:
    from .index.outbox import sync

__all__ = [
    "Citation",
    "Concept",
    "Degree",
    "Dependency",
    "File",
    "First",
    "Funding",
    "Identifier",
    "Item",
    "Map",
    "MetadataFormat",
    "Organisation",
    "Parts",
    "Person",
    "Place",
    "Provenance",
    "Repository",
    "Rights",
    "Scope",
    "Set",
    "SetsBy",
    "Text",
    "XSLTFormat",
    "default_repository",
    "descriptions",
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
