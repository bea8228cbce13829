"""Gauges as /metrics shows them: each name begins with `tranche_`."""

from collections.abc import Iterable

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric


def gauge(name: str, text: str, value: float | None) -> Metric:
    """Return a gauge without labels."""
    return family(name, text, [], [((), value)])


def counter(name: str, text: str, value: float) -> Metric:
    """Return a counter without labels; its name gets `_total` at its end."""
    return CounterMetricFamily(f"tranche_{name}", text, value=value)


def family(
    name: str,
    text: str,
    labels: list[str],
    rows: Iterable[tuple[tuple[str, ...], float | None]],
) -> Metric:
    """Return a gauge; what there is no value for is left out."""
    found = GaugeMetricFamily(f"tranche_{name}", text, labels=labels)
    for values, value in rows:
        if value is not None:
            found.add_metric(values, float(value))
    return found
