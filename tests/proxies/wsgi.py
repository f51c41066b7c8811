"""The test host. It notes what reaches it, method and status, before anything is sent: so no test has to wait."""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    def note(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        with open(os.environ["TEST_ASKED_LOG"], "a") as log:
            log.write(f"{environ['REQUEST_METHOD']} {status[:3]}\n")
        return start_response(status, headers, *error)

    return site(environ, note)
