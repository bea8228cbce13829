"""The tracking server: finds or creates the run of a version, and updates the run's tags.

Runs are found by their tags, so that a version is sent once, whatever this installation remembers.
An aborted run lacks the status FINISHED: the next attempt completes it.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from core.database.named_locks import named_lock
from integrations.mlflow.runs import Artifact, TrackedRun

# Environment variables for MLflow, unless they are set: one attempt of so many seconds,
# no report about its use to anybody, and nothing on the standard output of our commands.
ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
FINISHED = "FINISHED"
SECONDS_BETWEEN_LOOKS = 0.1


class Outcome(StrEnum):
    """The outcome of sending a run."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class TrackingServer:
    """The server of MLFLOW_TRACKING_URI; `seconds` bounds the work on all runs that are sent.

    Raises what MLflow raises where the server is away or refuses, TimeoutError after `seconds`.
    """

    def __init__(self, *, seconds: float | None = None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def send(self, run: TrackedRun) -> Outcome:
        """Create the run, complete it, or update its tags; only one process at a time does so."""
        with self._holding(run.model):
            found = self._find(run)
            if found is None:
                self._complete(run, self._create(run), {})
                return Outcome.CREATED
            if found.info.status != FINISHED:
                self._complete(run, found.info.run_id, found.data.metrics)
                return Outcome.UPDATED
            changed = {
                name: value
                for name, value in run.tags.items()
                if found.data.tags.get(name) != value
            }
            for name, value in changed.items():
                self._client.set_tag(found.info.run_id, name, value)
            return Outcome.UPDATED if changed else Outcome.UNCHANGED

    @contextmanager
    def _holding(self, model: str) -> Iterator[None]:
        """Hold the lock of a model, so that no two processes make a run of one version."""
        while True:
            with named_lock(f"mlflow {model}", waits=self._deadline is None) as is_ours:
                if is_ours:
                    yield
                    return
            self._check_deadline()
            time.sleep(SECONDS_BETWEEN_LOOKS)

    @cached_property
    def _tracking(self) -> Any:
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        if urlsplit(settings.MLFLOW_TRACKING_URI).scheme in ("", "file"):
            # Newer versions refuse folders without this.
            os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=settings.MLFLOW_TRACKING_URI)

    @property
    def _client(self) -> Any:
        """Return MLflow's client for one call, as long as there is time for it."""
        self._check_deadline()
        return self._tracking

    def _check_deadline(self) -> None:
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise TimeoutError("the tracking server is too slow")

    @cached_property
    def _experiment(self) -> str:
        """Return the id of the experiment, which is made where there is none."""
        from mlflow.exceptions import MlflowException

        name = settings.MLFLOW_EXPERIMENT
        found = self._client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self._client.create_experiment(name))
            except MlflowException:
                # Another installation may have made it in the meantime.
                found = self._client.get_experiment_by_name(name)
                if found is None:
                    raise
        return str(found.experiment_id)

    def _find(self, run: TrackedRun) -> Any:
        # MLflow's filter has no way to escape a quote, which the code of an uplift may have in it.
        wanted = f"tags.version = '{run.version}' and tags.dataset_hash = '{run.dataset_hash}'"
        found = self._client.search_runs([self._experiment], wanted)
        return next((one for one in found if one.data.tags["model"] == run.model), None)

    def _create(self, run: TrackedRun) -> str:
        made = self._client.create_run(
            self._experiment, start_time=run.started_at, tags=run.tags, run_name=run.name
        )
        return str(made.info.run_id)

    def _complete(self, run: TrackedRun, run_id: str, there: dict[str, float]) -> None:
        """Send what the run has not yet; metrics are appended, so that each is sent once."""
        from mlflow.entities import Metric, Param, RunTag

        self._client.log_batch(
            run_id,
            metrics=[
                Metric(name, value, run.ended_at, 0)
                for name, value in run.metrics.items()
                if name not in there
            ],
            params=[Param(name, value) for name, value in run.parameters.items()],
            tags=[RunTag(name, value) for name, value in run.tags.items()],
        )
        if run.artifact is not None:
            self._upload(run_id, run.artifact)
        self._client.set_terminated(run_id, FINISHED, run.ended_at)

    def _upload(self, run_id: str, artifact: Artifact) -> None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / artifact.name
            file.write_bytes(artifact.content)
            self._client.log_artifact(run_id, str(file))
