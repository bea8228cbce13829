"""The seasonal index as bars."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.figures.charts import Bar, bar_chart
from core.text.formats import month_names, share_shown
from predictions.admin.insights.numbers import month_in_words, share
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.figures.seasonality import purchase_season


@dataclass(frozen=True)
class Seasons:
    """The result of the API (`found`), and a chart.

    `first` and `last` are the months that it covers, in words. `months` are (name, sales, repeat
    purchases), both as a share of those of a usual month, formatted.
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
        Bar(name, float(Decimal(one["index"])), share_shown(Decimal(one["index"]), decimals=0))
        for name, one in named
        if one["index"] is not None
    ]
    purchases = purchase_season() or {}
    return Seasons(
        found,
        [
            (name, share(one["index"]), _purchases(purchases.get(one["month"])))
            for name, one in named
        ],
        bar_chart(bars, _("Daily sales of each month, as a share of a usual month")),
        month_in_words(found["from"]),
        month_in_words(found["to"]),
    )


def _purchases(index: float | None) -> str:
    return share(None if index is None else f"{index:.4f}")
