"""How long requests of this web process took, as OpenTelemetry's `http.server.request.duration`."""

from typing import Any

# Seconds, as the semantic conventions have them.
BOUNDARIES = [
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
]

_histogram: Any = None


def measure_with(meter: Any) -> None:
    """Measure requests with `meter` of OpenTelemetry from now on; with None measure none."""
    global _histogram
    _histogram = meter and meter.create_histogram(
        "http.server.request.duration",
        "s",
        "Duration of HTTP server requests.",
        explicit_bucket_boundaries_advisory=BOUNDARIES,
    )


def is_measuring() -> bool:
    """Return whether requests are measured."""
    return _histogram is not None


def note(method: str, scheme: str, route: str, status: int, seconds: float) -> None:
    """Note a request that was answered."""
    if _histogram is None:
        return
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.response.status_code": status,
        "url.scheme": scheme,
    }
    if route:
        attributes["http.route"] = route
    _histogram.record(seconds, attributes)
