import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .servers import Proxy, Site, running

os.environ["PATH"] += f"{os.pathsep}/usr/sbin"  # where Debian puts servers

BUILD = """
from django.core.management import call_command
from tests.press.factories import ArticleFactory
call_command("migrate", verbosity=0)
for number in range(18):
    ArticleFactory(title=f"Article {number}")
call_command("oai_sync", verbosity=0)
"""


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """gunicorn with 18 articles, 5 a page."""
    if importlib.util.find_spec("gunicorn") is None:
        pytest.skip("gunicorn is not installed")
    site = Site(tmp_path_factory.mktemp("site"))
    site.manage(BUILD)
    with running(site.command, site.port, site.environment) as process:
        site.pid = process.pid
        yield site


@pytest.fixture
def proxy(tmp_path: Path, site: Site) -> Iterator[Proxy]:
    """nginx with an empty cache in front of it."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    proxy = Proxy(tmp_path, site.port)
    with running(proxy.command, proxy.port):
        yield proxy
