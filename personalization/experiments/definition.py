"""What an experiment says: as a value, as JSON, and on its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from personalization.models import Experiment, Method, Metric

WHOLE = 10_000
# Said by what starts and stops it.
STATE = ("state", "started_at", "stopped_at")


@dataclass(frozen=True)
class ExperimentSays:
    """All of an experiment but its code and state; `placement` is a code, None for none.

    `salt` empty: the code. `traffic` is of 10,000 of the audience, `window_days` are days after
    the first exposure, `planned_size` customers for each variant, `winsorize` a percentile.
    """

    name: str
    hypothesis: str = ""
    placement: str | None = None
    salt: str = ""
    traffic: int = WHOLE
    variants: Sequence[Mapping[str, Any]] = ()
    audience: Mapping[str, Any] | None = None
    primary_metric: str = Metric.CONVERSION_RATE.value
    metrics: Sequence[str] = ()
    window_days: int = 14
    alpha: float = 0.05
    method: str = Method.FIXED.value
    planned_size: int | None = None
    winsorize: float | None = None


NAMES = tuple(field.name for field in fields(ExperimentSays))


def said_by(row: Experiment) -> dict[str, Any]:
    """Return what a row says, by the names of the definition's fields."""
    values = {name: getattr(row, name) for name in NAMES if name != "placement"}
    return values | {"placement": row.placement.code if row.placement else None}


def by_algorithm(row: Experiment) -> bool:
    """Return whether a variant says by which algorithm recommendations are made."""
    return any("algorithm" in one for one in row.variants)


def as_json(row: Experiment) -> dict[str, Any]:
    """Return a row as the API and the audit log have it."""
    said = said_by(row)
    times = {"started_at": row.started_at, "stopped_at": row.stopped_at}
    plain = {
        name: None if at is None else at.isoformat().replace("+00:00", "Z")
        for name, at in times.items()
    }
    return {"code": row.code, **{name: said[name] for name in NAMES}, "state": row.state, **plain}
