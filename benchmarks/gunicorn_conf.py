"""One synchronous gunicorn worker, the same for every provider.

BENCH_PROFILE names a directory that gets the cProfile of each worker when it stops.
"""

import os
from cProfile import Profile
from typing import Any

workers = 1
worker_class = "sync"
timeout = 600
loglevel = "warning"
control_socket_disable = True
wsgi_app = os.environ.get("BENCH_APPLICATION") or "django.core.wsgi:get_wsgi_application()"

profile = Profile()


def post_worker_init(worker: Any) -> None:
    if "BENCH_PROFILE" in os.environ:
        profile.enable()


def worker_exit(server: Any, worker: Any) -> None:
    if "BENCH_PROFILE" in os.environ:
        profile.disable()
        profile.dump_stats(f"{os.environ['BENCH_PROFILE']}/{os.environ['BENCH_URLCONF']}-{worker.pid}.prof")
