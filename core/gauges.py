"""Figures of other apps that /metrics shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.registries import Registry


@dataclass(frozen=True)
class Gauge:
    """A figure that goes up and down, for each value of a `label`, such as a model's code.

    `values` returns these with their figures, None where there is none; it is asked at each look,
    so it has to be quick. `name` is without `tranche_`, `text` says in English what it is.
    """

    name: str
    text: str
    label: str
    values: Callable[[], Iterable[tuple[str, float | None]]]


GAUGES: Registry[Gauge] = Registry("gauge")
