"""The 15 features of the Online Retail platform, over lines of orders and refunds."""

from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from customers.fields import UNITS_PER_ONE, quotient
from predictions.features.activity import mode, weekday
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.subject import Subject
from predictions.values import Value

UNITS_OF_A_PENNY = UNITS_PER_ONE // 100
HOME = "United Kingdom"
# Of a square root.
DIGITS = 60


def pennies(units: int) -> int:
    """Return an amount with 2 decimals, in hundredths."""
    return quotient(units, UNITS_OF_A_PENNY)


def _spent(one: Subject) -> int:
    return sum(pennies(line.units) for line in one.lines)


def _transactions(one: Subject) -> int:
    return len({line.invoice for line in one.lines})


def _cancellations(one: Subject) -> int:
    return len({line.invoice for line in one.lines if line.is_refund})


def _days_since(one: Subject) -> int | None:
    last = max(line.day for line in one.lines)
    return None if one.shop.last_day is None else one.shop.last_day - last


def _pieces(one: Subject) -> Value:
    pieces = Fraction(sum(line.quantity for line in one.lines), UNITS_PER_ONE)
    return pieces.numerator if pieces.denominator == 1 else pieces


def _step(one: Subject) -> Fraction | None:
    days = [line.day for line in one.lines]
    return Fraction(max(days) - min(days), len(days) - 1) if len(days) > 1 else None


def _is_home(one: Subject) -> int:
    counts = Counter(line.country for line in one.lines if not line.is_refund)
    most = min(counts, key=lambda country: (-counts[country], country), default="")
    return int(most == HOME)


# Three features of one customer ask for them, one after another.
@lru_cache(maxsize=1)
def _months(one: Subject) -> list[int]:
    """Return what was spent in each calendar month with a line, in hundredths, in their order."""
    months = defaultdict[tuple[int, int], int](int)
    for line in one.lines:
        day = date.fromordinal(line.day)
        months[day.year, day.month] += pennies(line.units)
    return [months[month] for month in sorted(months)]


def _mean(one: Subject) -> Fraction:
    months = _months(one)
    return Fraction(sum(months), 100 * len(months))


def _deviation(one: Subject) -> Fraction:
    """Return the sample deviation (n - 1) of the months, to more digits than are shown."""
    months = _months(one)
    n, total = len(months), sum(months)
    if n == 1:
        return Fraction(0)
    # Whole numbers up to the root: nothing is lost by taking squares from each other.
    squares = n * sum(spent * spent for spent in months) - total * total
    with localcontext(prec=DIGITS):
        return Fraction((Decimal(squares) / (n * (n - 1))).sqrt()) / 100


def _trend(one: Subject) -> Fraction:
    """Return the least-squares slope of the months against 0, 1, 2, ..."""
    months = _months(one)
    n = len(months)
    if n == 1:
        return Fraction(0)
    # Twice the distance of each month from the middle one is whole.
    slope = sum((2 * place - (n - 1)) * spent for place, spent in enumerate(months))
    return Fraction(slope * 6, 100 * n * (n * n - 1))


RETAIL = FeatureSet(
    "retail",
    (
        Feature("Days_Since_Last_Purchase", _("Latest day of all minus own latest"), _days_since),
        Feature("Total_Transactions", _("Different invoices"), _transactions),
        Feature("Total_Products_Purchased", _("Sum of quantities"), _pieces, ValueKind.NUMBER),
        Feature(
            "Total_Spend",
            _("Sum of line amounts"),
            lambda one: Fraction(_spent(one), 100),
            ValueKind.NUMBER,
        ),
        Feature(
            "Average_Transaction_Value",
            _("Total_Spend / Total_Transactions"),
            lambda one: Fraction(_spent(one), 100 * _transactions(one)),
            ValueKind.NUMBER,
        ),
        Feature(
            "Unique_Products_Purchased",
            _("Different SKUs"),
            lambda one: len({line.sku for line in one.lines}),
        ),
        Feature(
            "Average_Days_Between_Purchases",
            _("Mean step from line to line, days"),
            _step,
            ValueKind.NUMBER,
        ),
        Feature(
            "Day_Of_Week",
            _("Weekday of most lines, Monday 0"),
            lambda one: mode(weekday(line.day) for line in one.lines),
        ),
        Feature("Hour", _("Hour of most lines"), lambda one: mode(line.hour for line in one.lines)),
        Feature("Is_UK", _("1: mostly shipped to the United Kingdom"), _is_home),
        Feature("Cancellation_Frequency", _("Different refunds"), _cancellations),
        Feature(
            "Cancellation_Rate",
            _("Different refunds / different invoices"),
            lambda one: Fraction(_cancellations(one), _transactions(one)),
            ValueKind.NUMBER,
        ),
        Feature(
            "Monthly_Spending_Mean", _("Mean of the months with a line"), _mean, ValueKind.NUMBER
        ),
        Feature("Monthly_Spending_Std", _("Their sample deviation"), _deviation, ValueKind.NUMBER),
        Feature("Spending_Trend", _("Slope of the months"), _trend, ValueKind.NUMBER),
    ),
    has_rows=lambda one: bool(one.lines),
)
