"""Templates of a host, which take the place of those that the package ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.template import engines
from django.test import override_settings

from tests.settings import TEMPLATES

OAI_DC = "django_oaipmh/formats/oai_dc.xml"
LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]


def source_of(name: str = OAI_DC) -> str:
    """The text of a template."""
    return engines["django"].engine.get_template(name).source


@contextmanager
def host_templates(texts: dict[str, str]) -> Iterator[None]:
    """Let the host have templates of its own: name → text."""
    with override_settings(TEMPLATES=[configuration([("django.template.loaders.locmem.Loader", texts)])]):
        yield


def configuration(first: list[Any]) -> dict[str, Any]:
    """The templates of the settings, behind the loaders ``first``."""
    options = {key: value for key, value in TEMPLATES[0].items() if key != "APP_DIRS"}
    return options | {"OPTIONS": {"loaders": [*first, *LOADERS]}}


@contextmanager
def marked(mark: str) -> Iterator[None]:
    """A template for oai_dc that tells ``mark`` beside all else, where the schema allows it."""
    changed = source_of().replace('oai_dc.xsd"', f'oai_dc.xsd https://press.example.org/{mark} {mark}.xsd"')
    assert changed != source_of()
    with host_templates({OAI_DC: changed}):
        yield
