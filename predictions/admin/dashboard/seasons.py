"""The seasonal index as bars."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.text.formats import month_names
from predictions.admin.dashboard.numbers import number
from predictions.analytics.shown import Data
from predictions.analytics.views import view_of
from segments.reports.charts import Bar, bar_chart

DECIMALS = 2


@dataclass(frozen=True)
class Seasons:
    """What the API answers (`found`), and its months by name, with the index as it is shown."""

    found: Data
    months: list[tuple[str, str]]
    drawn: SafeString


def seasons() -> Seasons:
    """Return the index as of the last scoring."""
    found = view_of("seasonality")
    named = list(zip(month_names(), found["months"], strict=True))
    bars = [
        Bar(name, float(Decimal(one["index"])), number(one["index"], DECIMALS))
        for name, one in named
        if one["index"] is not None
    ]
    return Seasons(
        found,
        [(name, number(one["index"], DECIMALS)) for name, one in named],
        bar_chart(bars, _("Daily sales of each month, beside the mean of the year")),
    )
