"""What customers do over time: how often, how regularly, at what price, and what else."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from customers.fields import UNITS_PER_ONE
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.subject import Subject
from predictions.histories import sum_of


def mode(values: Iterable[int]) -> int | None:
    """Return the most frequent of `values`, of several the smallest; None of none."""
    counts = Counter(values)
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def weekday(day: int) -> int:
    """Return the weekday of the day of this number: 0 for Monday."""
    return date.fromordinal(day).weekday()


def gap_days(one: Subject) -> Fraction | None:
    """Return the usual days between purchase days, drawn to the shop's median by one gap."""
    days, median = one.purchase_days, one.shop.median_gap
    if len(days) < 2 or median is None:
        return None
    return Fraction(median + days[-1] - days[0], len(days))


def overdue_ratio(one: Subject) -> Fraction | None:
    """Return how many of the usual gaps the last sale is ago."""
    gap = gap_days(one)
    return one.recency / gap if gap and one.recency is not None else None


def orders_trend(one: Subject) -> int:
    """Return the sales of the last 90 days minus those of the time as long before."""
    return len(one.sales_ago(0, 90)) - len(one.sales_ago(91, 181))


def refund_share(one: Subject) -> Fraction | None:
    """Return what part of the sales was refunded."""
    return Fraction(sum(one.refunds), one.monetary) if one.monetary > 0 else None


def discount_share(one: Subject) -> Fraction | None:
    """Return the share of the sales that had a discount or a coupon."""
    reduced = sum(sale.reduced for sale in one.sales)
    return Fraction(reduced, len(one.sales)) if one.sales else None


def favourite_weekday(one: Subject) -> int | None:
    """Return the weekday of most sales: 0 for Monday."""
    return mode(weekday(sale.day) for sale in one.sales)


def favourite_hour(one: Subject) -> int | None:
    """Return the hour of most sales."""
    return mode(sale.hour for sale in one.sales)


def age_days(one: Subject) -> int | None:
    """Return the days since the first sale."""
    return one.today - one.purchase_days[0] if one.sales else None


def _average(one: Subject) -> Fraction | None:
    return Fraction(one.monetary, UNITS_PER_ONE * len(one.sales)) if one.sales else None


def _orders(days: int) -> Feature:
    meaning = format_lazy(_("Sales of the last {n} days"), n=days)
    return Feature(f"orders_{days}d", meaning, lambda one: len(one.sales_ago(0, days)))


def _sales(days: int) -> Feature:
    def of(one: Subject) -> Fraction:
        return Fraction(sum_of(one.sales_ago(0, days)), UNITS_PER_ONE)

    meaning = format_lazy(_("Sum of the sales of the last {n} days"), n=days)
    return Feature(f"sales_{days}d", meaning, of, ValueKind.NUMBER)


def _of_rows(name: str, kind: str, meaning: Words) -> Feature:
    """Return a count that the batch has read for all its customers."""
    return Feature(name, meaning, lambda one: getattr(one.batch, kind).get(one.person.key, 0))


ACTIVITY = FeatureSet(
    "activity",
    (
        Feature(
            "age_days",
            _("Days since the first sale"),
            age_days,
        ),
        Feature(
            "purchase_days", _("Different days with a sale"), lambda one: len(one.purchase_days)
        ),
        Feature(
            "average_order_value",
            _("Sum of the sales / number of sales"),
            _average,
            ValueKind.NUMBER,
        ),
        *(_orders(days) for days in (30, 90, 180)),
        *(_sales(days) for days in (30, 90, 180)),
        Feature("orders_trend", _("Sales of 90 days against the 90 before"), orders_trend),
        Feature("gap_days", _("Usual days between purchase days"), gap_days, ValueKind.NUMBER),
        Feature(
            "overdue_ratio",
            _("Days since the last sale / usual days"),
            overdue_ratio,
            ValueKind.NUMBER,
        ),
        Feature("refunds_count", _("Number of credit notes"), lambda one: len(one.refunds)),
        Feature("refund_share", _("Refunds / sum of the sales"), refund_share, ValueKind.NUMBER),
        Feature(
            "discount_share",
            _("Share of sales with a discount or coupon"),
            discount_share,
            ValueKind.NUMBER,
        ),
        _of_rows("distinct_products", "products", _("Different products bought")),
        _of_rows("distinct_categories", "categories", _("Different categories bought from")),
        Feature("favourite_weekday", _("Weekday of most sales, Monday 0"), favourite_weekday),
        Feature("favourite_hour", _("Hour of most sales"), favourite_hour),
        _of_rows("views_30d", "views_30d", _("Products viewed in the last 30 days")),
        _of_rows("logins_30d", "logins_30d", _("Log-ins of the last 30 days")),
        _of_rows("wished_products", "wished", _("Products wished for")),
        _of_rows("open_carts", "open_carts", _("Active carts")),
    ),
)
