"""Sends runs in a thread after the commit, so that no training waits for the tracking server.

The thread asks no row of the database, ends when nothing waits, and gives up at the first failure:
one log line, and `manage.py export_mlflow` sends what is missing. A process that ends waits for it
no longer than its calls may take.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connections

from core.extras import is_usable
from integrations.mlflow.runs import TrackedRun, tracked_run, trained_versions
from integrations.mlflow.server import TrackingServer
from predictions.models import ModelVersion

logger = logging.getLogger(__name__)

# The seconds that the thread has to send all waiting runs; it gives up the rest.
SECONDS = 15.0
MOST_WAITING = 100


class BackgroundSender:
    """Runs that wait in memory, and the one thread of this process that sends them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[TrackedRun] = []
        self._thread: threading.Thread | None = None
        # Runs that the last log line named: a training that deploys sends its run twice.
        self._named: set[str] = set()

    def enqueue(self, runs: Sequence[TrackedRun]) -> None:
        """Have `runs` sent; returns at once."""
        with self._lock:
            self._waiting = [*self._waiting, *runs][:MOST_WAITING]
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._send_waiting, name="mlflow")
                self._thread.start()

    def join(self) -> None:
        """Wait until nothing waits and the thread has ended."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _send_waiting(self) -> None:
        try:
            while runs := self._take():
                self._send(runs)
        finally:
            connections.close_all()

    def _take(self) -> list[TrackedRun]:
        """Return what waits; without anything the thread ends, and the next run starts another."""
        with self._lock:
            runs, self._waiting = self._waiting, []
            if not runs:
                self._thread = None
            return runs

    def _send(self, runs: list[TrackedRun]) -> None:
        server = TrackingServer(seconds=SECONDS)
        for place, run in enumerate(runs):
            try:
                server.send(run)
            except Exception as error:
                self._give_up([*runs[place:], *self._take_others()], error)
                return
        self._named.clear()

    def _take_others(self) -> list[TrackedRun]:
        with self._lock:
            runs, self._waiting = self._waiting, []
        return runs

    def _give_up(self, runs: list[TrackedRun], error: Exception) -> None:
        names = {run.name for run in runs}
        if names <= self._named:
            return
        self._named = names
        # The error's text may quote the address, and with it a password.
        logger.warning(
            "MLflow has not got %s (%s); manage.py export_mlflow sends what is missing",
            ", ".join(sorted(names)),
            type(error).__name__,
        )


SENDER = BackgroundSender()


def send_trained(sender: Any, *, version: ModelVersion, **kwargs: Any) -> None:
    """Have the run of a new version sent."""
    _enqueue(version)


def send_deployed(
    sender: Any, *, version: ModelVersion, before: ModelVersion | None, **kwargs: Any
) -> None:
    """Have the tags of the version that is deployed now, and of the one before, brought up."""
    _enqueue(version, *(() if before is None else (before,)))


def _enqueue(*versions: ModelVersion) -> None:
    if not is_usable("MLFLOW_TRACKING_URI"):
        return
    found = trained_versions().filter(pk__in=[one.pk for one in versions])
    with_artifact = settings.MLFLOW_ARTIFACTS
    SENDER.enqueue([tracked_run(one, with_artifact=with_artifact) for one in found])
