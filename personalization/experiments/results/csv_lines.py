"""Results of an experiment as CSV, without personal data."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.figures.table import csv_text

FIGURES = (
    "units",
    "conversions",
    "rate",
    "mean",
    "variance",
    "difference",
    "relative",
    "p_value",
    "adjusted_p_value",
)
INTERVALS = {"interval": ("low", "high"), "always_valid_interval": ("always_low", "always_high")}
COLUMNS = (
    "experiment",
    "metric",
    "segment",
    "variant",
    "weight",
    *FIGURES,
    *(name for names in INTERVALS.values() for name in names),
    "verdict",
)


def csv_of(figures: Mapping[str, Any]) -> str:
    """Return the figures of `results_of` as CSV (RFC 4180): a line for each variant of each table.

    `metric` and `segment` say which table; an empty segment is all of them.
    """
    return csv_text([COLUMNS, *_lines(figures)])


def _lines(figures: Mapping[str, Any]) -> Iterator[list[Any]]:
    for metric, segment, rows in _tables(figures):
        for row in rows:
            cells = [figures["code"], metric, segment, row["code"], row["weight"]]
            cells += [row.get(name) for name in FIGURES]
            for name in INTERVALS:
                cells += row.get(name) or [None, None]
            yield [*cells, row.get("verdict", "")]


def _tables(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    yield figures["metric"], "", figures["variants"]
    for further in figures["metrics"]:
        yield further["metric"], "", further["variants"]
    for part in figures["segments"]:
        yield figures["metric"], part["segment"], part["variants"]
