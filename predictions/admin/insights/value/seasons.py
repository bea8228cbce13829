"""The seasonal index as bars."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.figures.charts import Bar, bar_chart
from core.text.formats import month_names
from predictions.admin.insights.numbers import month_in_words, number
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.figures.seasonality import purchase_season

DECIMALS = 2


@dataclass(frozen=True)
class Seasons:
    """The result of the API (`found`), and a chart.

    `first` and `last` are the months that it covers, in words. `months` are (name, index of sales,
    index of repeat purchases), formatted.
    """

    found: Data
    months: list[tuple[str, str, str]]
    drawn: SafeString
    first: str
    last: str


def seasons() -> Seasons:
    """Return the seasonal indices as of the last scoring."""
    found = view_of("seasonality")
    named = list(zip(month_names(), found["months"], strict=True))
    bars = [
        Bar(name, float(Decimal(one["index"])), number(one["index"], DECIMALS))
        for name, one in named
        if one["index"] is not None
    ]
    purchases = purchase_season() or {}
    return Seasons(
        found,
        [
            (name, number(one["index"], DECIMALS), _purchases(purchases.get(one["month"])))
            for name, one in named
        ],
        bar_chart(bars, _("Daily sales of each month, compared with the mean of the year")),
        month_in_words(found["from"]),
        month_in_words(found["to"]),
    )


def _purchases(index: float | None) -> str:
    return number(None if index is None else f"{index:.4f}", DECIMALS)
