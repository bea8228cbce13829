"""The web server answers a probe while all its threads, and many requests more, are waiting."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from segments.tests.engine.harness import WAIT, eventually
from tests.factories.ports import free_port

# Requests wait for a file; a probe does not.
APP = """
import time
from pathlib import Path
def application(environ, start_response):
    folder = Path(__file__).parent
    if environ["PATH_INFO"] != "/healthz":
        environ["wsgi.input"].read()
        while not (folder / "go").exists():
            time.sleep(0.01)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
# The server asks no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
THREADS, REQUESTS = 2, 30


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "blocked.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "blocked", "--pythonpath", str(tmp_path)]
    server = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", "--threads", str(THREADS), "--no-control-socket"],
        cwd=settings.BASE_DIR,
    )
    try:
        eventually(lambda: answers(port))
        yield port
    finally:
        # It takes its worker along, and lets nobody wait.
        (tmp_path / "go").touch()
        server.terminate()
        server.wait()


def answers(port: int) -> bool:
    try:
        return probe(port) == 200
    except ConnectionError:
        return False


def probe(port: int, method: str = "GET") -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)) as connection:
        connection.request(method, "/healthz")
        return connection.getresponse().status


def test_probes_pass_by_whatever_waits(port: int, tmp_path: Path) -> None:
    waiting = [http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT) for _ in range(REQUESTS)]
    for number, connection in enumerate(waiting):
        connection.request("POST", f"/{number}", b"x" * 100)
    assert probe(port) == 200
    assert probe(port, "HEAD") == 200

    # Nobody keeps others' probes waiting by one that never ends, or by saying nothing at all.
    with (
        socket.create_connection(("127.0.0.1", port)),
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        assert probe(port) == 200

    # A connection that is kept may ask for either.
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)) as kept:
        for _ in range(3):
            kept.request("GET", "/healthz")
            assert kept.getresponse().read() == b"ok"

    (tmp_path / "go").touch()
    for connection in waiting:
        assert connection.getresponse().read() == b"ok"
        connection.close()
