"""The log format for nginx that the documentation gives."""

import os
import re
import shutil
from base64 import b64encode
from pathlib import Path

import pytest

from tests.proxies.servers import ROOT, Endpoint, free_port, running

os.environ["PATH"] += f"{os.pathsep}/usr/sbin"  # where Debian puts servers
if shutil.which("nginx") is None:
    pytest.skip("nginx is not installed", allow_module_level=True)


def documented() -> str:
    text = (ROOT / "docs" / "access.rst").read_text()
    (block,) = re.findall(r"^ +\.\. code-block:: nginx\n\n((?: +.*\n|\n)+)", text, re.MULTILINE)
    return block


def test_it_leaves_keys_out(tmp_path: Path):
    port, log = free_port(), tmp_path / "access.log"
    (tmp_path / "nginx.conf").write_text(f"""
daemon off;
{"user root;" if os.getuid() == 0 else ""}
pid {tmp_path / "nginx.pid"};
events {{}}
http {{
    {"".join(f"{kind}_temp_path {tmp_path / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))}
    {documented().replace("/var/log/nginx/access.log", str(log))}
    server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
}}
""")
    secret = "Ab3dE5fG_" + "0" * 32
    basic = b64encode(f"{secret}:".encode()).decode()
    command = ["nginx", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    with running(command, port):
        for path in (secret, f"{secret}/", secret[:-5], "register", ""):
            asked = f"GET /oai/{path}?verb=Identify HTTP/1.0\r\nAuthorization: Basic {basic}\r\n\r\n"
            Endpoint(port).raw(asked.encode())
    assert secret not in log.read_text()
    lines = [line.split('"')[1] for line in log.read_text().splitlines()]
    assert lines == ["GET /oai"] * 3 + ["GET /oai/register", "GET /oai/"]
