"""Several app servers: two gunicorns that share a database and a Redis."""

import contextlib
import http.client
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from django_oaipmh.access.counting import MANY
from tests.proxies.servers import ROOT, Endpoint, free_port, running

from .conftest import basic, bearer

pytest.importorskip("gunicorn")
pytest.importorskip("redis")
if shutil.which("redis-server") is None:
    pytest.skip("redis-server is not installed", allow_module_level=True)

BUILD = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("oai_sync", verbosity=0)
"""
ISSUE = 'print(AccessKey.objects.issue(name="A", contact="a@b.example.org", **{})[1])'
REVOKE = 'from django.utils import timezone; AccessKey.objects.filter(prefix="{}").update(revoked=timezone.now())'


class Servers:
    """Two of them, and what they share."""

    def __init__(self, folder: Path, redis: int) -> None:
        self.ports = [free_port(), free_port()]
        self.log = folder / "access.log"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.access.server_settings",
            "TEST_DATABASE_FILE": str(folder / "site.sqlite3"),
            "TEST_REDIS": f"redis://127.0.0.1:{redis}",
        }

    def command(self, port: int) -> list[str]:
        logged = ["--log-level=warning", f"--access-logfile={self.log}", "--access-logformat=%(r)s %(U)s %(s)s %(u)s"]
        server = ["-m", "gunicorn", "--workers=1", "--threads=4", f"--bind=127.0.0.1:{port}", "--worker-tmp-dir=/tmp"]
        return [sys.executable, *server, *logged, "django.core.wsgi:get_wsgi_application()"]

    def manage(self, code: str) -> str:
        code = f"import django; django.setup(); from django_oaipmh.access.models import AccessKey\n{code}"
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def statuses(self, times: int = 1, **headers: str) -> list[int]:
        """Ask all servers at once, in turns."""
        with ThreadPoolExecutor(8) as pool:
            asked = [(Endpoint(port), "verb=Identify") for _ in range(times) for port in self.ports]
            return list(pool.map(lambda one: one[0].get(one[1], **headers).status, asked))


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen]:
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running([*command, "--dir", str(tmp_path_factory.mktemp("redis"))], port) as process:
        process.port = port
        yield process


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, redis: subprocess.Popen) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp("servers"), redis.port)
    servers.manage(BUILD)
    with contextlib.ExitStack() as stack:
        for port in servers.ports:
            stack.enter_context(running(servers.command(port), port, servers.environment))
        yield servers


def test_they_count_together(servers: Servers):
    """Not one request more than the rate, however many come at once, nor one less."""
    assert Counter(servers.statuses(50, x_forwarded_for="192.0.2.1")) == {200: 60, 429: 40}
    assert Counter(servers.statuses(1, x_forwarded_for="192.0.2.2")) == {200: 2}
    secret = servers.manage(ISSUE)
    headers = {"authorization": f"Bearer {secret}", "x_forwarded_for": "192.0.2.1"}
    assert Counter(servers.statuses(60, **headers)) == {200: 99, 429: 21}


def test_those_who_may_come_often_too(servers: Servers):
    """Never one more, and less than a hundredth less for each process."""
    secret = servers.manage(ISSUE.replace("**{}", 'rate="often"'))
    served = Counter(servers.statuses(520, authorization=f"Bearer {secret}"))
    assert 1000 - 2 * 10 <= served[200] <= 1000
    assert served[429] == 1040 - served[200]


def test_a_revoked_key_stops_at_once(servers: Servers):
    secret = servers.manage(ISSUE)
    headers = {"authorization": f"Bearer {secret}"}
    assert servers.statuses(3, **headers) == [200] * 6
    servers.manage(REVOKE.format(secret[:8]))
    assert servers.statuses(3, **headers) == [401] * 6


def test_requests_of_a_key_are_counted_together(servers: Servers):
    """Except the last few of each process, which it tells with the next."""
    secret = servers.manage(ISSUE)
    servers.statuses(30, authorization=f"Bearer {secret}")
    count = "from django_oaipmh.access.models import counter_of\n"
    count += f'key = AccessKey.objects.get(prefix="{secret[:8]}"); print(key.requests + counter_of(key.pk).value())'
    assert 60 - 2 * (MANY - 1) <= int(servers.manage(count)) <= 60


def test_the_access_log_does_not_tell_a_key(servers: Servers):
    secret = servers.manage(ISSUE)
    port = servers.ports[0]
    for path in (secret, f"%{ord(secret[0]):X}{secret[1:]}", f"{secret}/", f"{secret[:-1]}"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", f"/oai/{path}?verb=Identify")
            assert connection.getresponse().status == (200 if len(path) >= len(secret) else 401)
    for authorization in (basic(secret), basic("me", secret), bearer(secret)):
        assert Endpoint(port).get("verb=Identify", authorization=authorization).status == 200
    lines = servers.log.read_text()
    assert lines.count("GET /oai?verb=Identify HTTP/1.1 /oai 200 -") >= 6
    assert secret[9:20] not in lines


def test_nor_where_no_view_of_ours_sees_it(servers: Servers):
    """Where there is no page, or another, and in what people make of a URL."""
    secret = servers.manage(ISSUE)
    port = servers.ports[0]
    for path in (f"/oai//{secret}", f"/oai/{secret}/register", f"/elsewhere?key={secret}", f"/oai/{secret}%0A"):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request("GET", path)
            assert connection.getresponse().status in (302, 404)
    for method, path in (("OPTIONS", "/oai"), ("GET", "/oai/register"), ("GET", "/elsewhere")):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
            connection.request(method, path, headers={"Authorization": basic(secret)})
            connection.getresponse()
    lines = servers.log.read_text()
    assert lines.count(f"{secret[:8]}_…") >= 7
    assert secret[9:20] not in lines


def test_a_redis_that_goes_away_stops_nobody(servers: Servers, redis: subprocess.Popen):
    secret = servers.manage(ISSUE)
    redis.terminate()
    redis.wait(20)
    assert set(servers.statuses(40, x_forwarded_for="192.0.2.1")) == {200}
    assert set(servers.statuses(5, authorization=f"Bearer {secret}")) == {200}
    assert set(servers.statuses(5, authorization="Bearer nonsense")) == {401}
