"""The processes of one version of the code: web server, worker and beat."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "segmentation_site")
QUEUES = "tranche,tranche-refresh,tranche-webhooks,tranche-predictions"
PATIENCE = 60


class Fleet:
    """Processes started in the folder `code`, with the environment of this process."""

    def __init__(self, code: Path, log: Path) -> None:
        self.code, self._log = code, log.open("ab")
        self.port = free_port()
        self._web: list[subprocess.Popen[bytes]] = []
        self._others: list[subprocess.Popen[bytes]] = []

    def start_workers(self) -> None:
        """Start a worker for all queues, and beat."""
        options = ("--pool", "threads", "--concurrency", "2", "--without-gossip")
        self._others.append(self._run(*CELERY, "worker", "--queues", QUEUES, *options))
        self._others.append(self._run(*CELERY, "beat"))

    def start_web(self) -> None:
        """Start gunicorn with two processes at `port`."""
        self._web.append(
            self._run(
                *(sys.executable, "-m", "gunicorn", "segmentation_site.wsgi", "--workers", "2"),
                *("--threads", "4", "--bind", f"127.0.0.1:{self.port}", "--no-control-socket"),
            )
        )

    def stop_web(self) -> None:
        """End the web server by SIGTERM, and wait for it."""
        self._stop(self._web)

    def stop_workers(self) -> None:
        """End worker and beat by SIGTERM, and wait for them."""
        self._stop(self._others)

    def manage(self, *arguments: str, kill_after: float | None = None) -> tuple[int, str]:
        """Run `manage.py` and return its exit status and output; killed after so many seconds."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=self.code,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _none = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _none = process.communicate()
        return process.returncode, output

    def _run(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=self.code, stdout=self._log, stderr=self._log, env=dict(os.environ)
        )

    def _stop(self, processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
        processes.clear()


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
