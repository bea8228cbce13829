"""The versions of a model: a table, and the main figure of each as a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.figures.lines import lines_chart, stretches
from predictions.admin.models.versions.figures import (
    Figure,
    format_days,
    main_figures_of,
    window_of,
)
from predictions.models import ModelVersion, PredictionModel

SHOWN = 20


@dataclass(frozen=True)
class ShownVersion:
    """A version, its main figure (None without metrics), and the days of its window."""

    version: ModelVersion
    figure: Figure | None
    days: int | None

    @property
    def days_shown(self) -> str:
        """The window in words."""
        return format_days(self.days)


def over_versions(model: PredictionModel) -> Mapping[str, Any]:
    """Return the context of the newest versions of `model`: rows, number of versions and chart."""
    rows = model.versions.select_related("created_by").defer("artifact").order_by("-number")
    found = []
    for version in rows[:SHOWN]:
        version.model = model
        figure = next(main_figures_of(version), None)
        found.append(ShownVersion(version, figure, window_of(version)))
    label = next((one.figure.label for one in found if one.figure), "")
    return {
        "versions": found,
        "versions_count": rows.count(),
        "figure_label": label,
        "chart": _chart(found[::-1]),
        "are_alike": _are_alike(found),
    }


def _are_alike(shown: Sequence[ShownVersion]) -> bool:
    """Return whether all versions with a main figure have the same window."""
    return len({one.days for one in shown if one.figure}) < 2


def _chart(shown: Sequence[ShownVersion]) -> SafeString | None:
    """Return the chart of the main figure, the oldest version first; None below two figures.

    Figures of different windows are not connected.
    """
    figures = [one.figure for one in shown]
    known = [one for one in figures if one is not None and one.value is not None]
    if len(known) < 2:
        return None
    ours = [None if one is None else one.value for one in figures]
    theirs = [None if one is None else one.baseline_value for one in figures]
    values = [value for value in (*ours, *theirs) if value is not None]
    low, high = min(0.0, *values), max(values)
    number = _("version %(number)d")
    text = (
        _("%(metric)s: from %(first)s to %(last)s")
        if _are_alike(shown)
        else _("%(metric)s of each version, measured over different windows")
    )
    said = text % {
        "metric": known[0].label,
        "first": known[0].shown,
        "last": known[-1].shown,
    }
    days = [one.days for one in shown]
    written = known[0].words.written
    return lines_chart(
        [
            *stretches(theirs, days, "chart-line prediction-counting"),
            *stretches(ours, days, "chart-line"),
        ],
        said,
        ends=(
            number % {"number": shown[0].version.number},
            number % {"number": shown[-1].version.number},
        ),
        limits=(low, high),
        written=(written(low, 0), written(high, 0)),
        places=range(len(shown)),
    )
