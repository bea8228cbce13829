"""The versions of a model: a table, and the main figure of each as a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from predictions.admin.lines import Line, lines_chart
from predictions.admin.models.figures import Figure, main_figures_of
from predictions.models import ModelVersion, PredictionModel

SHOWN = 20


@dataclass(frozen=True)
class ShownVersion:
    """A version, and its main figure, None where nothing was measured."""

    version: ModelVersion
    figure: Figure | None


def over_versions(model: PredictionModel) -> Mapping[str, Any]:
    """Return what the template shows of the newest versions of `model`: rows, count, chart."""
    rows = model.versions.select_related("created_by").defer("artifact").order_by("-number")
    found = []
    for version in rows[:SHOWN]:
        version.model = model
        found.append(ShownVersion(version, next(main_figures_of(version), None)))
    label = next((one.figure.label for one in found if one.figure), "")
    return {
        "versions": found,
        "versions_count": rows.count(),
        "figure_label": label,
        "chart": _chart(found[::-1]),
    }


def _chart(shown: Sequence[ShownVersion]) -> SafeString | None:
    """Return the main figure over the versions, the oldest first; None below two of them."""
    figures = [one.figure for one in shown]
    known = [one for one in figures if one is not None and one.value is not None]
    if len(known) < 2:
        return None
    ours = [None if one is None else one.value for one in figures]
    theirs = [None if one is None else one.baseline_value for one in figures]
    values = [value for value in (*ours, *theirs) if value is not None]
    low, high = min(0.0, *values), max(values)
    number = _("version %(number)d")
    said = _("%(metric)s: from %(first)s to %(last)s") % {
        "metric": known[0].label,
        "first": known[0].shown,
        "last": known[-1].shown,
    }
    written = known[0].words.written
    return lines_chart(
        [Line(theirs, "chart-line prediction-counting"), Line(ours, "chart-line")],
        said,
        ends=(
            number % {"number": shown[0].version.number},
            number % {"number": shown[-1].version.number},
        ),
        limits=(low, high),
        written=(written(low), written(high)),
        places=range(len(shown)),
    )
