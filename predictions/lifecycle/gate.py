"""The gate: the conditions, by kind, on the metrics of a version that may be deployed."""

from collections.abc import Callable, Mapping, Sequence

from predictions.history.values import PLACES
from predictions.kinds.churn.declaration import BEST_OF_OTHERS, DIFFERENCE_HIGH
from predictions.kinds.clusters.declaration import KMEANS, LEAST_CLUSTER, LEAST_STABILITY
from predictions.kinds.trained import Metric
from predictions.models import Gate


def rounded_metric(metric: Metric) -> Metric:
    """Return a metric rounded to 6 decimals, as metrics are stored, shown and judged."""
    return Metric(
        metric.name,
        _round_figure(metric.value),
        metric.baseline,
        _round_figure(metric.baseline_value),
    )


def gate_of(kind: str, metrics: Sequence[Metric] | None) -> Gate:
    """Return the gate's result for metrics of `rounded_metric`; None: there was no evaluation.

    Raises KeyError for a kind that is not trained.
    """
    check = CHECKS[kind]
    if metrics is None:
        return Gate.NOT_EVALUATED
    return Gate.PASSED if check({(one.name, one.baseline): one for one in metrics}) else Gate.FAILED


_Metrics = Mapping[tuple[str, str | None], Metric]


def _is_better(one: Metric) -> bool:
    """Return whether a metric, for which less is better, is below its baseline."""
    value, baseline = one.value, one.baseline_value
    return value is not None and baseline is not None and value < baseline


def _next_order(metrics: _Metrics) -> bool:
    return _is_better(metrics["mae", "shop_median"])


def _churn(metrics: _Metrics) -> bool:
    # A network must be significantly better than the best other candidate.
    high = metrics.get((DIFFERENCE_HIGH, BEST_OF_OTHERS))
    if high is not None and not _is_better(high):
        return False
    return all(_is_better(metrics["brier", name]) for name in ("base_rate", "recency_only"))


def _anomaly(metrics: _Metrics) -> bool:
    agreement = metrics["agreement", None].value
    return agreement is not None and agreement >= LEAST_AGREEMENT


def _clv(metrics: _Metrics) -> bool:
    capture = metrics["top_decile_capture", "past_value"]
    if capture.value is None or capture.baseline_value is None:
        return False
    reaches = capture.value >= round(capture.baseline_value - CAPTURE_MAY_LACK, PLACES)
    return _is_better(metrics["mae", "rate"]) and reaches


# The share of held-out sales by which the best tenth may capture less than past value does.
CAPTURE_MAY_LACK = 0.01


def _clusters(metrics: _Metrics) -> bool:
    share, stability = (
        metrics[name, None].value or 0.0 for name in ("smallest_share", "bootstrap_ari")
    )
    # Clusters of a network must be at least as stable as those of k-means without it.
    rival = metrics.get(("bootstrap_ari", KMEANS))
    if rival is not None and stability < (rival.baseline_value or 0.0):
        return False
    return share >= LEAST_CLUSTER and stability >= LEAST_STABILITY


def _uplift(metrics: _Metrics) -> bool:
    low = metrics["qini_low", "everybody_alike"].value
    return low is not None and low > 0


# The least share of customers flagged by both of two trainings that only differ in their seeds.
LEAST_AGREEMENT = 0.6
CHECKS: Mapping[str, Callable[[_Metrics], bool]] = {
    "next_order": _next_order,
    "churn": _churn,
    "clv": _clv,
    "anomaly": _anomaly,
    "clusters": _clusters,
    "retail_clusters": _clusters,
    "uplift": _uplift,
}


def _round_figure(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)
