"""A version as JSON, for API calls and commands."""

from typing import Any

from predictions.models import ModelVersion


def as_json(version: ModelVersion) -> dict[str, Any]:
    """Return a version under its public names; times are aware datetimes."""
    return {
        "number": version.number,
        "state": version.state,
        "as_of": version.as_of,
        "segment": version.segment.code if version.segment else None,
        "parameters": version.parameters,
        "fitted": version.fitted,
        "metrics": version.metrics,
        "gate": version.gate,
        "warnings": version.warnings,
        "data_hash": version.data_hash,
        "libraries": version.libraries,
        "artifact_sha256": version.artifact_sha256,
        "created_at": version.created_at,
        "created_by": version.created_by.get_username() if version.created_by else None,
    }
