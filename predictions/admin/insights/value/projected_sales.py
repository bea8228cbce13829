"""The projection: expected sales of the coming months as lines, and errors of back-tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.figures.lines import Line, lines_chart
from core.text.formats import number_shown
from predictions.admin.insights.looked_up import Looked, looked_up
from predictions.admin.insights.numbers import amount, money, month_in_words, number, share
from predictions.admin.insights.show_customers import Links
from predictions.admin.models.versions.sentences import warning_in_words
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_buyers
from predictions.analytics.views.projection import MOST_MONTHS, PROJECTION, USUAL_MONTHS

INDEX_DECIMALS = 2


@dataclass(frozen=True)
class MonthLine:
    """A row of the table: a month, or the total."""

    label: str
    sales: str
    low: str
    high: str
    index: str


@dataclass(frozen=True)
class BackTestLine:
    """A back-test: the forecast, the actual sales and the error, formatted."""

    first: str
    last: str
    forecast: str
    sales: str
    error: str


@dataclass(frozen=True)
class ProjectedSales:
    """The result of the API (`looked`) as a chart and tables; `warnings` are sentences."""

    looked: Looked
    months_given: str
    most_months: int = MOST_MONTHS
    drawn: str = ""
    # The total in the table, whose head names the currency, and above it.
    total: MonthLine | None = None
    figures: MonthLine | None = None
    months: Sequence[MonthLine] = ()
    tests: Sequence[BackTestLine] = ()
    error: str = ""
    buyers: str = ""
    buyers_url: str = ""
    warnings: Sequence[str] = ()
    has_seasons: bool = False


def projected_sales(query: QueryDict, user: User | AnonymousUser, links: Links) -> ProjectedSales:
    """Return the projection of the last scoring, or for the number of months in the form."""
    looked = looked_up(PROJECTION, query, user)
    found, given = looked.found, looked.given.get("months", str(USUAL_MONTHS))
    if found is None:
        return ProjectedSales(looked, given)
    total = found["total"] | {"index": None}
    return ProjectedSales(
        looked,
        given,
        drawn=_draw_months(found["months"]),
        total=_line(_("All together"), total),
        figures=_line(_("All together"), total, money),
        months=[_line(month_in_words(one["month"]), one) for one in found["months"]],
        tests=[_test(one) for one in found["back_tests"]],
        error="" if found["error"] is None else share(found["error"]),
        buyers=number_shown(found["buyers"]),
        buyers_url=links.to(_("Have bought"), of_buyers()),
        warnings=[warning_in_words(code) for code in found["warnings"]],
        has_seasons=any(one["index"] is not None for one in found["months"]),
    )


def _line(label: str, one: Data, write: Callable[[str | None], str] = amount) -> MonthLine:
    sales, low, high = (write(one[name]) for name in ("sales", "low", "high"))
    return MonthLine(label, sales, low, high, number(one["index"], INDEX_DECIMALS))


def _test(one: Data) -> BackTestLine:
    forecast, sales = amount(one["forecast"]), amount(one["sales"])
    return BackTestLine(one["from"], one["to"], forecast, sales, share(one["error"]))


def _draw_months(months: Sequence[Data]) -> SafeString:
    """Draw expected sales as a line, and the bounds of the range as two dashed lines."""
    values = {
        name: [None if one[name] is None else float(Decimal(one[name])) for one in months]
        for name in ("low", "high", "sales")
    }
    known = [value for some in values.values() for value in some if value is not None]
    low, high = min(0.0, *known), max(0.0, *known)
    return lines_chart(
        [
            Line(values["low"], "chart-line dashboard-range"),
            Line(values["high"], "chart-line dashboard-range"),
            Line(values["sales"], "chart-line"),
        ],
        _("Expected sales of the coming months"),
        ends=(month_in_words(months[0]["month"]), month_in_words(months[-1]["month"])),
        limits=(low, high),
        written=(amount(str(low)), amount(str(high))),
        places=range(len(months)),
    )
