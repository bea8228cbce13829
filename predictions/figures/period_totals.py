"""Figures of the shop in a period, counted and summed exactly by the database.

The population's sales count, each on its day in the time zone of the customer's website.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from conditions.language.windows import start_of_day
from core.database.fields import UNITS_PER_ONE, to_units
from customers.models import Customer, Refund, Website
from predictions.figures.periods import Period
from predictions.history.population import existing, population, sales
from segments.models import Segment

NOTHING = Q(pk__in=[])


@dataclass(frozen=True)
class Figures:
    """The sales of a period: sums in units; `returning` buyers also bought before the period."""

    orders: int = 0
    units: int = 0
    buyers: int = 0
    returning: int = 0
    refunded: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        """Return the sums of both figures, which have different customers."""
        return Figures(
            self.orders + other.orders,
            self.units + other.units,
            self.buyers + other.buyers,
            self.returning + other.returning,
            self.refunded + other.refunded,
        )

    def values(self) -> Mapping[str, int | Fraction | None]:
        """Return all metrics by name: whole numbers are counts, others money, means and shares.

        None of what there is no such.
        """
        return {
            "sales": Fraction(self.units, UNITS_PER_ONE),
            "orders": self.orders,
            "buyers": self.buyers,
            "average_order_value": _part(self.units, self.orders * UNITS_PER_ONE),
            "orders_per_buyer": _part(self.orders, self.buyers),
            "repeat_rate": _part(self.returning, self.buyers),
            "refund_share": _part(self.refunded, self.units),
        }


def figures(period: Period, as_of: datetime, segment: Segment | None = None) -> Figures:
    """Return the figures of sales of a period, until `as_of` (aware), to members of `segment`.

    Without a segment, sales to the whole population count.
    """
    people = population(as_of, segment).order_by()
    zones = set(Website.objects.values_list("timezone", flat=True))
    return sum((_figures(period, as_of, people, zone) for zone in sorted(zones)), Figures())


def _figures(period: Period, as_of: datetime, people: QuerySet[Customer], zone: str) -> Figures:
    """Return the figures of sales to customers of websites in one time zone."""
    inside, before = _times(period, zone)
    there = Q(customer__in=people.filter(website__timezone=zone).values("pk"))
    sold = sales(as_of).filter(there, inside)
    buyers = Count("customer", distinct=True)
    totals = sold.aggregate(orders=Count("pk"), units=Sum("grand_total"), buyers=buyers)
    earlier = sales(as_of).filter(before, customer=OuterRef("customer"))
    refunds = existing(Refund, as_of).filter(there, inside)
    return Figures(
        totals["orders"],
        to_units(totals["units"] or 0),
        totals["buyers"],
        sold.filter(Exists(earlier)).aggregate(buyers=buyers)["buyers"],
        to_units(refunds.aggregate(sum=Sum("amount"))["sum"] or 0),
    )


def _times(period: Period, zone: str) -> tuple[Q, Q]:
    """Return which rows are of a period, and which of before it, by when they were created."""
    begins = start_of_day(period.first, zone)
    inside = Q() if begins is None else Q(created_at__gte=begins)
    if period.last < date.max:
        inside &= Q(created_at__lt=start_of_day(period.last + timedelta(days=1), zone))
    return inside, NOTHING if begins is None else Q(created_at__lt=begins)


def _part(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


METRICS = tuple(Figures().values())
