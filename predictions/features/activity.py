"""Features of customers' activity over time: frequency, regularity, prices and others."""

import numpy as np
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from core.database.fields import UNITS_PER_ONE
from predictions.features.feature import Feature, FeatureSet, ValueKind
from predictions.features.rfm import complete_counts, in_money
from predictions.features.subjects import Subjects
from predictions.history.columns import Counts, Mask, Quotients, Whole, times

WEEK, HOURS = 7, 24


def weekdays(days: Whole) -> Whole:
    """Return the weekdays of days by number: 0 for Monday, which day 1 of the calendar is."""
    return (days - 1) % WEEK


def gap_days(them: Subjects) -> Quotients:
    """Return the usual days between purchase days, drawn to the shop's median by one gap."""
    sales, median = them.sales, them.shop.median_gap
    known = (sales.purchase_days >= 2) & (median is not None)
    span = sales.last_days - sales.first_days
    return _quotients((median or 0) + span, sales.purchase_days, known)


def overdue_ratio(them: Subjects) -> Quotients:
    """Return the days since the last sale, divided by the usual days between two sales."""
    gap = gap_days(them)
    known = gap.known & (gap.numerators > 0)
    return _quotients(times(them.recency, gap.denominators), gap.numerators, known)


def orders_trend(them: Subjects) -> Counts:
    """Return the sales of the last 90 days minus those of the time as long before."""
    count = them.sales.count_of
    return complete_counts(count(them.sales_ago(0, 90)) - count(them.sales_ago(91, 181)))


def refund_share(them: Subjects) -> Quotients:
    """Return the refunds divided by the sales, both as amounts."""
    _count, refunded = them.batch.refunds
    return _quotients(refunded, them.sales.totals, them.sales.totals > 0)


def discount_share(them: Subjects) -> Quotients:
    """Return the share of the sales that had a discount or a coupon."""
    return _quotients(them.batch.reduced, them.sales.counts, them.buyers)


def favourite_weekday(them: Subjects) -> Counts:
    """Return the weekday of most sales: 0 for Monday."""
    return Counts(them.sales.modes(weekdays(them.sales.days), WEEK - 1), them.buyers)


def favourite_hour(them: Subjects) -> Counts:
    """Return the hour of most sales."""
    return Counts(them.sales.modes(them.sales.hours, HOURS - 1), them.buyers)


def age_days(them: Subjects) -> Counts:
    """Return the days since the first sale."""
    return Counts(them.todays - them.sales.first_days, them.buyers)


def purchase_days(them: Subjects) -> Counts:
    """Return on how many different days somebody bought."""
    return complete_counts(them.sales.purchase_days)


def _average(them: Subjects) -> Quotients:
    return _quotients(them.sales.totals, them.sales.counts * UNITS_PER_ONE, them.buyers)


def _quotients(numerators: Whole, denominators: Whole, known: Mask) -> Quotients:
    return Quotients(numerators, np.where(known, denominators, 1), known)


def _orders(days: int) -> Feature:
    def count_sales(them: Subjects) -> Counts:
        return complete_counts(them.sales.count_of(them.sales_ago(0, days)))

    return Feature(
        f"orders_{days}d", format_lazy(_("Sales of the last {n} days"), n=days), count_sales
    )


def _sales(days: int) -> Feature:
    def total_sales(them: Subjects) -> Quotients:
        return in_money(them.sales.total_of(them.sales_ago(0, days)))

    meaning = format_lazy(_("Sum of the sales of the last {n} days"), n=days)
    return Feature(f"sales_{days}d", meaning, total_sales, ValueKind.NUMBER, is_money=True)


def _refunds(them: Subjects) -> Counts:
    return complete_counts(them.batch.refunds[0])


def _of_rows(name: str, meaning: Words, kind: str) -> Feature:
    """Return a count that the batch has read for all its customers."""
    return Feature(name, meaning, lambda them: complete_counts(getattr(them.batch, kind)))


ACTIVITY = FeatureSet(
    "activity",
    (
        Feature(
            "age_days",
            _("Days since the first sale"),
            age_days,
        ),
        Feature("purchase_days", _("Different days with a sale"), purchase_days),
        Feature(
            "average_order_value",
            _("Sum of the sales / number of sales"),
            _average,
            ValueKind.NUMBER,
            is_money=True,
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
        Feature("refunds_count", _("Number of credit notes"), _refunds),
        Feature("refund_share", _("Refunds / sum of the sales"), refund_share, ValueKind.NUMBER),
        Feature(
            "discount_share",
            _("Share of sales with a discount or coupon"),
            discount_share,
            ValueKind.NUMBER,
        ),
        _of_rows("distinct_products", _("Different products bought"), "products"),
        _of_rows("distinct_categories", _("Different categories bought from"), "categories"),
        Feature("favourite_weekday", _("Weekday of most sales, Monday 0"), favourite_weekday),
        Feature("favourite_hour", _("Hour of most sales"), favourite_hour),
        _of_rows("views_30d", _("Products viewed in the last 30 days"), "views_30d"),
        _of_rows("logins_30d", _("Log-ins of the last 30 days"), "logins_30d"),
        _of_rows("wished_products", _("Products wished for"), "wished"),
        _of_rows("open_carts", _("Active carts"), "open_carts"),
    ),
)
