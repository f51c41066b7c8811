"""A provider behind gunicorn, on a free port, as a context manager."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from time import monotonic, sleep
from types import MappingProxyType, TracebackType

import psutil

from . import settings
from .client import Client


class Server:
    """Serves a URLconf, or an application other than Django's. `client` speaks to it, with `headers`; `worker` is the
    process that answers."""

    def __init__(
        self,
        urlconf: str = "",
        page_size: int = settings.PAGE_SIZE,
        application: str = "",
        environment: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.headers = headers
        self.environment = {
            "BENCH_URLCONF": urlconf,
            "BENCH_PAGE_SIZE": str(page_size),
            "BENCH_APPLICATION": application,
            "BENCH_PREPARES": "1",
            **environment,
        }

    def __enter__(self) -> "Server":
        port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config=python:benchmarks.gunicorn_conf", f"--bind=127.0.0.1:{port}"],
            env=os.environ | self.environment,
        )
        self.client = Client(port, self.headers)
        try:
            self.wait()
        except BaseException:
            self.process.terminate()
            raise
        (self.worker,) = psutil.Process(self.process.pid).children()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait()

    def wait(self, seconds: float = 30) -> None:
        """Wait for the first response, which also makes the worker load everything."""
        deadline = monotonic() + seconds
        while True:
            try:
                self.client.list_records()
                return
            except ConnectionError:
                if monotonic() > deadline or self.process.poll() is not None:
                    raise
                self.client.connection.close()
                sleep(0.1)

    def memory(self) -> int:
        """The worker's resident memory, in bytes."""
        return int(self.worker.memory_info().rss)

    def cpu(self) -> float:
        """The processor time that the worker has used, in seconds."""
        times = self.worker.cpu_times()
        return float(times.user + times.system)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
