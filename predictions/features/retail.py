"""The 15 features of the Online Retail platform, over lines of orders and refunds."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from core.database.fields import UNITS_PER_ONE
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.subjects import Subjects
from predictions.history.columns import Given
from predictions.history.product_lines import Purchases, pennies
from predictions.history.values import Value

HOME = "United Kingdom"
# The precision of a square root.
DIGITS = 60


def _line_feature(
    name: str, meaning: Words, of: Callable[[Purchases], Value], kind: ValueKind = ValueKind.WHOLE
) -> Feature:
    """Return a feature of one customer's lines at a time; None for a customer without lines."""

    def of_all(them: Subjects) -> Given:
        return Given([of(one) if one.lines else None for one in them.purchases])

    return Feature(name, meaning, of_all, kind)


def _mode(values: Iterable[int]) -> int:
    """Return the most frequent of `values`; the smallest of several equally frequent ones."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value))


def _spent_pennies(one: Purchases) -> int:
    return sum(pennies(line.units) for line in one.lines)


def _transactions(one: Purchases) -> int:
    return len({line.invoice for line in one.lines})


def _cancellations(one: Purchases) -> int:
    return len({line.invoice for line in one.lines if line.is_refund})


def _days_since(them: Subjects) -> Given:
    last = them.shop.last_day
    return Given(
        [
            last - max(line.day for line in one.lines) if one.lines and last is not None else None
            for one in them.purchases
        ]
    )


def _pieces(one: Purchases) -> Value:
    pieces = Fraction(sum(line.quantity for line in one.lines), UNITS_PER_ONE)
    return pieces.numerator if pieces.denominator == 1 else pieces


def _step(one: Purchases) -> Fraction | None:
    days = [line.day for line in one.lines]
    return Fraction(max(days) - min(days), len(days) - 1) if len(days) > 1 else None


def _is_home(one: Purchases) -> int:
    counts = Counter(line.country for line in one.lines if not line.is_refund)
    most = min(counts, key=lambda country: (-counts[country], country), default="")
    return int(most == HOME)


def _mean(one: Purchases) -> Fraction:
    return Fraction(sum(one.months), 100 * len(one.months))


def _deviation(one: Purchases) -> Fraction:
    """Return the sample deviation (n - 1) of the months, to more digits than are shown."""
    n, total = len(one.months), sum(one.months)
    if n == 1:
        return Fraction(0)
    # Whole numbers up to the root: nothing is lost by taking squares from each other.
    squares = n * sum(spent * spent for spent in one.months) - total * total
    with localcontext(prec=DIGITS):
        return Fraction((Decimal(squares) / (n * (n - 1))).sqrt()) / 100


def _trend(one: Purchases) -> Fraction:
    """Return the least-squares slope of the months against 0, 1, 2, ..."""
    n = len(one.months)
    if n == 1:
        return Fraction(0)
    # Twice the distance of each month from the middle one is whole.
    slope = sum((2 * place - (n - 1)) * spent for place, spent in enumerate(one.months))
    return Fraction(slope * 6, 100 * n * (n * n - 1))


RETAIL = FeatureSet(
    "retail",
    (
        Feature("Days_Since_Last_Purchase", _("Latest day of all minus own latest"), _days_since),
        _line_feature("Total_Transactions", _("Different invoices"), _transactions),
        _line_feature(
            "Total_Products_Purchased", _("Sum of quantities"), _pieces, ValueKind.NUMBER
        ),
        _line_feature(
            "Total_Spend",
            _("Sum of line amounts"),
            lambda one: Fraction(_spent_pennies(one), 100),
            ValueKind.NUMBER,
        ),
        _line_feature(
            "Average_Transaction_Value",
            _("Total_Spend / Total_Transactions"),
            lambda one: Fraction(_spent_pennies(one), 100 * _transactions(one)),
            ValueKind.NUMBER,
        ),
        _line_feature(
            "Unique_Products_Purchased",
            _("Different SKUs"),
            lambda one: len({line.sku for line in one.lines}),
        ),
        _line_feature(
            "Average_Days_Between_Purchases",
            _("Mean step from line to line, days"),
            _step,
            ValueKind.NUMBER,
        ),
        _line_feature(
            "Day_Of_Week",
            _("Weekday of most lines, Monday 0"),
            lambda one: _mode(date.fromordinal(line.day).weekday() for line in one.lines),
        ),
        _line_feature(
            "Hour", _("Hour of most lines"), lambda one: _mode(line.hour for line in one.lines)
        ),
        _line_feature("Is_UK", _("1: mostly shipped to the United Kingdom"), _is_home),
        _line_feature("Cancellation_Frequency", _("Different refunds"), _cancellations),
        _line_feature(
            "Cancellation_Rate",
            _("Different refunds / different invoices"),
            lambda one: Fraction(_cancellations(one), _transactions(one)),
            ValueKind.NUMBER,
        ),
        _line_feature(
            "Monthly_Spending_Mean", _("Mean of the months with a line"), _mean, ValueKind.NUMBER
        ),
        _line_feature(
            "Monthly_Spending_Std", _("Their sample deviation"), _deviation, ValueKind.NUMBER
        ),
        _line_feature("Spending_Trend", _("Slope of the months"), _trend, ValueKind.NUMBER),
    ),
)
