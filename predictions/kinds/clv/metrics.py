"""How good forecasts of lifetime value were: held-out sales beside what counting says."""

import math
from collections.abc import Sequence

import numpy as np

from predictions.history.columns import Floats
from predictions.kinds.trained import Metric


def sales_metrics(
    forecast: Sequence[float], held_out: Floats, past: Floats, age: Floats, days: int
) -> list[Metric]:
    """Return the metrics of forecasts of the next `days` days, in money.

    `held_out` is what the customers spent then, `past` what before, `age` the days since their
    first sale; all arrays are of the same customers.
    """
    actual = held_out.tolist()
    rate = (past / np.maximum(age, days) * days).tolist()
    total = math.fsum(actual)
    return [
        Metric("mae", _mae(forecast, actual), "rate", _mae(rate, actual)),
        Metric("total_error", total_error(forecast, total), "rate", total_error(rate, total)),
        Metric(
            *("top_decile_capture", _capture(forecast, actual)),
            *("past_value", _capture(past.tolist(), actual)),
        ),
    ]


def _mae(forecast: Sequence[float], actual: Sequence[float]) -> float:
    off = (abs(one - other) for one, other in zip(forecast, actual, strict=True))
    return math.fsum(off) / len(actual)


def total_error(forecast: Sequence[float], total: float) -> float | None:
    """Return by which share a forecast is above what came; None where nothing came."""
    return math.fsum(forecast) / total - 1 if total > 0 else None


def _capture(ranked_by: Sequence[float], actual: Sequence[float]) -> float | None:
    """Return what share of `actual` the best tenth has; of equals those that come first."""
    total = math.fsum(actual)
    best = sorted(range(len(actual)), key=lambda place: (-ranked_by[place], place))
    tenth = -(-len(actual) // 10)
    return math.fsum(actual[place] for place in best[:tenth]) / total if total > 0 else None
