"""Bodies that are large, slow, or not what they say: bounded in time and memory, in a worker of gunicorn."""

import gzip
import re
import socket
import time
from pathlib import Path

import pytest

from .servers import Proxy, Site

HEAD = b"POST /oai HTTP/1.1\r\nHost: press.example.org\r\nConnection: close\r\nContent-Type: %s\r\n"
FORM = b"application/x-www-form-urlencoded"
MEGABYTE = 2**20


def post(port: int, headers: bytes, parts: list[bytes], kind: bytes = FORM, pause: float = 0) -> bytes:
    """Send a body part by part, as far as the server takes it, and return its answer."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 60) as sock:
        try:
            sock.sendall(HEAD % kind + headers + b"\r\n")
            for part in parts:
                sock.sendall(part)
                time.sleep(pause)
            while received := sock.recv(65536):
                answer += received
        except OSError:  # it would not take more
            sock.settimeout(5)
            while received := sock.recv(65536):
                answer += received
    return answer


def memory(site: Site) -> int:
    """The most megabytes that the worker of ``site`` has ever had."""
    children = Path(f"/proc/{site.pid}/task/{site.pid}/children")
    if not children.exists():
        pytest.skip("only Linux tells what a process needs")
    status = [Path(f"/proc/{child}/status").read_text() for child in children.read_text().split()]
    return max(int(re.search(r"VmHWM:\s*(\d+) kB", one)[1]) for one in status) // 1024


def a_hundred_megabytes(chunked: bool) -> list[bytes]:
    part = b"verb=Identify&x=" + b"a" * (MEGABYTE - 16)
    return [b"%x\r\n%b\r\n" % (MEGABYTE, part) if chunked else part] * 100


@pytest.mark.parametrize("kind", [FORM, b"multipart/form-data; boundary=x", b"text/xml", b"application/json"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_hundred_megabytes_are_not_read(site: Site, kind, chunked):
    assert site.get("verb=Identify").status == 200
    before = memory(site)
    length = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % (100 * MEGABYTE)
    started = time.monotonic()
    answered = post(site.port, length, a_hundred_megabytes(chunked), kind)
    assert time.monotonic() - started < 60
    assert re.match(rb"HTTP/1.1 (200|411) ", answered)
    assert b"<error code=" in answered
    assert memory(site) - before < 10


def test_many_arguments_cost_nothing(site: Site):
    """Two megabytes of them, which Django lets through."""
    before = memory(site)
    body = b"verb=Identify" + b"&a=b" * (2 * MEGABYTE // 4)
    started = time.monotonic()
    answered = post(site.port, b"Content-Length: %d\r\n" % len(body), [body])
    assert b'code="badArgument">The request has too many arguments.' in answered
    assert time.monotonic() - started < 20
    assert memory(site) - before < 20


def test_chunks_are_refused_in_words(site: Site):
    answered = post(site.port, b"Transfer-Encoding: chunked\r\n", [b"d\r\nverb=Identify\r\n0\r\n\r\n"])
    assert answered.startswith(b"HTTP/1.1 411 ")
    assert b"has to tell its Content-Length" in answered
    assert b"no-store" in answered


def test_chunks_behind_nginx_are_a_body_as_any_other(site: Site, proxy: Proxy):
    answered = post(proxy.port, b"Transfer-Encoding: chunked\r\n", [b"d\r\nverb=Identify\r\n0\r\n\r\n"])
    assert b"<repositoryName>" in answered


def test_compressed_bodies_are_not_unpacked(site: Site):
    bomb = gzip.compress(b"verb=Identify&x=" + b"a" * 100 * MEGABYTE)
    before = memory(site)
    answered = post(site.port, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(bomb), [bomb])
    assert b'<error code="bad' in answered
    assert memory(site) - before < 10


def test_behind_nginx_a_slow_body_holds_up_nobody(site: Site, proxy: Proxy):
    """As many of them as the site could answer at a time, and more."""
    slow = []
    for _ in range(12):
        sock = socket.create_connection(("127.0.0.1", proxy.port), 30)
        sock.sendall(HEAD % FORM + b"Content-Length: 13\r\n\r\nverb")
        slow.append(sock)
    started = time.monotonic()
    assert proxy.post("verb=Identify").status == 200
    assert time.monotonic() - started < 20
    slow[0].sendall(b"=Identify")
    assert b"<repositoryName>" in slow[0].makefile("rb").read()
    for sock in slow:
        sock.close()


def test_behind_nginx_a_large_body_does_not_reach_the_site(site: Site, proxy: Proxy):
    with site.asked() as asked:
        answered = post(proxy.port, b"Content-Length: %d\r\n" % MEGABYTE, [b"a" * MEGABYTE])
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert asked == []
