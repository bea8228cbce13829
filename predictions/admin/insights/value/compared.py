"""Benchmarks: figures of a period compared with earlier periods, segments and other shops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.figures.charts import Bar, bar_chart
from core.text.formats import UNKNOWN, number_shown
from predictions.admin.insights.looked_up import Looked, looked_up
from predictions.admin.insights.numbers import amount, number, period_in_words, share
from predictions.admin.insights.show_customers import Links
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_buyers
from predictions.analytics.views.benchmarks import BENCHMARKS, MOST_SEGMENTS, VIEW_SEGMENTS
from predictions.figures.periods import MONTH, period_of
from segments.models import Segment

LABELS: Mapping[str, Words] = {
    "sales": gettext_lazy("Sales"),
    "orders": gettext_lazy("Orders"),
    "buyers": gettext_lazy("Buyers"),
    "average_order_value": gettext_lazy("Average order value"),
    "orders_per_buyer": gettext_lazy("Orders per buyer"),
    "repeat_rate": gettext_lazy("Buyers who had bought before"),
    "refund_share": gettext_lazy("Refunds, of the sales"),
}
MONEY, SHARES = {"sales", "average_order_value"}, {"repeat_rate", "refund_share"}
DECIMALS = 2
# The largest number of segments to choose from.
MOST_CHOICES = 500


@dataclass(frozen=True)
class Cell:
    """A figure, formatted; `url` lists its customers, or is ""."""

    shown: str
    url: str = ""


@dataclass(frozen=True)
class Metric:
    """A metric: a cell per column, and the imported figures of other shops in words."""

    label: str
    is_money: bool
    cells: Sequence[Cell]
    foreign: Sequence[str]


@dataclass(frozen=True)
class Compared:
    """The result of the API (`looked`) as a table; `choices` are (code, name, is chosen)."""

    looked: Looked
    choices: Sequence[tuple[str, str, bool]]
    most_segments: int = MOST_SEGMENTS
    columns: Sequence[str] = ()
    metrics: Sequence[Metric] = ()
    drawn: str = ""


def compare_months(query: QueryDict, user: User | AnonymousUser, links: Links) -> Compared:
    """Return the figures of the last complete month, or for the parameters of the form."""
    looked = looked_up(BENCHMARKS, query, user)
    chosen = looked.given.get("segments", "").split(",")
    names = _names() if user.has_perms(VIEW_SEGMENTS) else {}
    choices = [(code, name, code in chosen) for code, name in names.items()]
    found = looked.found
    if found is None:
        return Compared(looked, choices)
    columns = [
        *(period_in_words(found[name]) for name in ("period", "last_period", "last_year")),
        *(names.get(code, code) for code in found["segments"]),
    ]
    return Compared(
        looked,
        choices,
        columns=columns,
        metrics=[_metric(one, found, links) for one in found["metrics"]],
        drawn=_draw_sales(found, columns),
    )


def _names() -> dict[str, str]:
    rows = Segment.objects.order_by("name", "code").values_list("code", "name")
    return dict(rows[:MOST_CHOICES])


def _metric(one: Data, found: Data, links: Links) -> Metric:
    metric = one["metric"]
    values = [one["own"], one["last_period"], one["last_year"]]
    urls = [
        _buyers_of(found[name], links) if metric == "buyers" and value else ""
        for name, value in zip(("period", "last_period", "last_year"), values, strict=True)
    ]
    values += [one["segments"].get(code) for code in found["segments"]]
    text = _("%(value)s (%(period)s, %(source)s)")
    return Metric(
        str(LABELS.get(metric, metric)),
        metric in MONEY,
        [
            Cell(_figure_text(metric, value), url)
            for value, url in zip_longest(values, urls, fillvalue="")
        ],
        [
            text % (each | {"value": _foreign(metric, each["value"])})
            for each in one["foreign"] or ()
        ],
    )


def _buyers_of(text: str, links: Links) -> str:
    """Return the URL of those who bought in a period, given as text."""
    period = period_of(text)
    # Some languages write another preposition before a month than before a year.
    name = _("Bought in %(month)s") if period.months == MONTH else _("Bought in %(period)s")
    words = period_in_words(text)
    name %= {"month": words, "period": words}
    return links.to(name, of_buyers((period.first, period.last)))


def _figure_text(metric: str, value: int | str | None) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, int):
        return number_shown(value)
    if metric in SHARES:
        return share(value)
    return amount(value) if metric in MONEY else number(value, DECIMALS)


def _foreign(metric: str, value: str) -> str:
    """Return an imported figure formatted; imported figures are decimals for every metric."""
    if metric in LABELS and metric not in {"orders", "buyers"}:
        return _figure_text(metric, value)
    return number_shown(Decimal(value).normalize())


def _draw_sales(found: Data, columns: Sequence[str]) -> SafeString:
    (sales,) = [one for one in found["metrics"] if one["metric"] == "sales"]
    values = [sales["own"], sales["last_period"], sales["last_year"]]
    values += [sales["segments"][code] for code in found["segments"]]
    bars = [
        Bar(label, float(Decimal(value)), amount(value))
        for label, value in zip(columns, values, strict=True)
        if value is not None
    ]
    return bar_chart(bars, _("Sales of these periods and segments"))
