"""gunicorn and nginx, each started for a test and stopped after it; and what speaks to them."""

import contextlib
import gzip
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from tests.harvester import OAI

ROOT = Path(__file__).resolve().parents[2]

#: Seconds for which proxies may keep what the site answers.
AGE = 8


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen]:
    """A server that listens at ``port``."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None, f"{command[0]} ended"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, f"{command[0]} does not listen"
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(20)


class Answered:
    """What a server answered, uncompressed."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.raw = response.read()
        packed = self.headers.get("content-encoding") == "gzip"
        self.text = (gzip.decompress(self.raw) if packed else self.raw).decode()

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.text.encode())

    @property
    def deleted(self) -> dict[str, bool]:
        """identifier → whether it is deleted, of a page."""
        return {
            header.findtext(OAI + "identifier"): header.get("status") == "deleted"
            for header in self.root.iter(OAI + "header")
        }

    @property
    def token(self) -> str:
        return self.root.findtext(f".//{OAI}resumptionToken") or ""


class Endpoint:
    """A server's port, asked as harvesters do."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, query: str, method: str = "GET", body: str | None = None, **headers: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        spelled = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, "/oai" + (f"?{query}" if query else ""), body, spelled)
        try:
            return Answered(connection.getresponse())
        finally:
            connection.close()

    def post(self, body: str, **headers: str) -> Answered:
        return self.get("", "POST", body, content_type="application/x-www-form-urlencoded", **headers)

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as sock:
            sock.sendall(request)
            return b"".join(iter(lambda: sock.recv(65536), b""))

    def harvest(self, **headers: str) -> list[Answered]:
        """All pages of ListRecords."""
        pages = [self.get("verb=ListRecords&metadataPrefix=oai_dc", **headers)]
        while pages[-1].token:
            pages.append(self.get(f"verb=ListRecords&resumptionToken={pages[-1].token}", **headers))
        return pages


class Site(Endpoint):
    """gunicorn with the test host, over a database of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(free_port())
        self.pid = 0
        self.log = folder / "asked.log"
        self.log.touch()
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.proxies.settings",
            "TEST_DATABASE_FILE": str(folder / "site.sqlite3"),
            "TEST_CACHE_AGE": str(AGE),
            "TEST_ASKED_LOG": str(self.log),
        }
        self.command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--workers=1",
            "--threads=4",
            f"--bind=127.0.0.1:{self.port}",
        ]
        self.command += ["--log-level=warning", "--worker-tmp-dir=/tmp", "tests.proxies.wsgi"]

    def manage(self, code: str) -> str:
        """Run Python within the host, in a process of its own; return what it printed."""
        code = f"import django; django.setup(); from tests.press.models import *\n{code}"
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    @contextlib.contextmanager
    def asked(self) -> Iterator[list[str]]:
        """Tell which requests reach the site inside the block: method and status."""
        before = len(self.log.read_text().splitlines())
        seen: list[str] = []
        yield seen
        seen += self.log.read_text().splitlines()[before:]


def documented() -> list[str]:
    """The configurations of nginx in docs/deployment.rst."""
    text = (ROOT / "docs" / "deployment.rst").read_text()
    blocks = re.findall(r"^\.\. code-block:: nginx\n\n((?: {4}.*\n|\n)+)", text, re.MULTILINE)
    return [re.sub("^ {4}", "", block, flags=re.MULTILINE) for block in blocks]


def nginx_configuration(folder: Path, port: int, upstream: int) -> str:
    """What docs/deployment.rst says, between what every nginx needs."""
    cached, limits = documented()
    cached = cached.replace("/var/cache/nginx/oai", str(folder / "cache")).replace(":8000", f":{upstream}")
    outside, location = cached.split("location", 1)
    temporary = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy"))
    temporary += "\n".join(f"{kind}_temp_path {folder / kind};" for kind in ("fastcgi", "uwsgi", "scgi"))
    return f"""
daemon off;
{"user root;" if os.getuid() == 0 else ""}
pid {folder / "nginx.pid"};
error_log {folder / "error.log"};
events {{}}
http {{
    access_log off;
    {temporary}
    {outside}
    server {{
        listen 127.0.0.1:{port};
        {limits}
        location{location}
    }}
}}
"""


class Proxy(Endpoint):
    """nginx in front of a site."""

    def __init__(self, folder: Path, upstream: int) -> None:
        super().__init__(free_port())
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(nginx_configuration(folder, self.port, upstream))
        self.command = ["nginx", "-p", str(folder), "-c", str(self.configuration), "-e", str(folder / "error.log")]
