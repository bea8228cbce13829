"""A training as MLflow shows it: parameters, metrics, tags, artefact; pure but for one query."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from predictions.models import ModelVersion, VersionState

# Columns that no run shows, and that may be large.
LARGE = ("artifact", "bins", "fitted")


@dataclass(frozen=True)
class Artifact:
    """A file of a run."""

    name: str
    content: bytes


@dataclass(frozen=True)
class TrackedRun:
    """One version of a model; names no customer and holds no row of one.

    `model`, `version` and `dataset_hash` together identify a run on the tracking server. The
    instants are milliseconds since 1970. `artifact` is None where none is wanted.
    """

    model: str
    version: int
    dataset_hash: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    gate: str
    is_deployed: bool
    started_at: int
    ended_at: int
    artifact: Artifact | None = None

    @property
    def name(self) -> str:
        """Return the name of the run."""
        return f"{self.model} {self.version}"

    @property
    def tags(self) -> dict[str, str]:
        """Return all tags as of now: the gate and the deployment of a version may change."""
        return {
            "model": self.model,
            "version": str(self.version),
            "dataset_hash": self.dataset_hash,
            "gate": self.gate,
            "deployed": "true" if self.is_deployed else "false",
        }


def trained_versions() -> QuerySet[ModelVersion]:
    """Return the versions that a training made, the oldest first, without their large columns."""
    found = ModelVersion.objects.exclude(as_of=None).select_related("model", "segment", "training")
    return found.defer(*LARGE).order_by("created_at", "pk")


def tracked_run(version: ModelVersion, *, with_artifact: bool) -> TrackedRun:
    """Return `version` as a run; reads its artefact only where it is wanted."""
    training = getattr(version, "training", None)
    started_at = training.started_at if training else None
    return TrackedRun(
        model=version.model.code,
        version=version.number,
        dataset_hash=version.data_hash,
        parameters=dict(_parameters(version)),
        metrics=dict(_metrics(version.metrics)),
        gate=version.gate,
        is_deployed=version.state == VersionState.DEPLOYED,
        started_at=_milliseconds(started_at or version.created_at),
        ended_at=_milliseconds(version.created_at),
        artifact=_artifact(version) if with_artifact else None,
    )


def _parameters(version: ModelVersion) -> Iterator[tuple[str, str]]:
    for name, value in version.parameters.items():
        yield name, value if isinstance(value, str) else json.dumps(value)
    if version.as_of is not None:
        yield "as_of", version.as_of.isoformat()
    if version.segment is not None:
        yield "segment", version.segment.code


def _metrics(metrics: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    for one in metrics:
        if one["value"] is not None:
            yield one["name"], one["value"]
        if one["baseline"] is not None and one["baseline_value"] is not None:
            yield f"baseline.{one['baseline']}.{one['name']}", one["baseline_value"]


def _artifact(version: ModelVersion) -> Artifact:
    """Return the stored file, or what was fitted where that says all."""
    if version.artifact is None:
        return Artifact("fitted.json", json.dumps(version.fitted, sort_keys=True).encode())
    return Artifact("model.skops", bytes(version.artifact))


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
