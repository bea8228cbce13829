"""PostgreSQL servers of a test's own: a primary, and streaming replicas of it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from segments.tests.engine.harness import WAIT, eventually
from tests.factories.ports import free_port

# PostgreSQL refuses to run as root.
USER = "postgres"
SETTINGS = {
    "fsync": "off",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "50",
    "shared_buffers": "16MB",
    "wal_level": "replica",
}


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs; None where there is none."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(found, key=lambda path: float(path.parent.parent.name), default=None)
    if newest is None and (named := shutil.which("initdb")):
        newest = Path(named).resolve()
    return newest.parent if newest and shutil.which("setpriv") else None


class Server:
    """A server whose data lie in `folder`; it dies with the process of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(
            _as_user("postgres", "-D", str(self.folder), "-p", str(self.port), *options),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._answers)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)  # without waiting for clients
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(WAIT)
        self.process = None

    def ask(self, sql: str) -> Any:
        """Return the first value that `sql` gives."""
        with self._connected() as connection:
            row = connection.execute(sql).fetchone()
        return row[0]

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=USER, dbname="postgres", autocommit=True
        )

    def _answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "The server has ended."
        try:
            self._connected().close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def primary() -> Iterator[Server]:
    """Run a new, empty server."""
    with _folder() as folder:
        _run("initdb", "-D", str(folder), "--auth=trust", "-U", USER, "-E", "UTF8", "--no-sync")
        with _running(Server(folder)) as server:
            yield server


@contextmanager
def replica_of(server: Server) -> Iterator[Server]:
    """Run a streaming replica of `server`."""
    with _folder() as folder:
        _run(
            *("pg_basebackup", "-D", str(folder), "-R", "-X", "stream", "--checkpoint=fast"),
            *("-h", "127.0.0.1", "-p", str(server.port), "-U", USER, "--no-sync"),
        )
        with _running(Server(folder)) as replica:
            yield replica


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tranche-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _run(*command: str) -> None:
    subprocess.run(_as_user(*command), check=True, capture_output=True, timeout=WAIT)


def _as_user(program: str, *arguments: str) -> list[str]:
    found = programs()
    assert found is not None
    user = [f"--reuid={USER}", f"--regid={USER}", "--init-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *user, "--pdeathsig", "INT", "--", str(found / program), *arguments]
