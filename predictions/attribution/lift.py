"""The lift of a campaign: revenue of contacted customers compared with the control group."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from predictions.attribution.revenue import with_revenue
from predictions.models import Touch, TouchCampaign, TouchGroup
from predictions.refusals import Refused
from predictions.statistics.welch import Sample, welch_interval

FEWEST = 30
# How many customers' sales are read in one query.
TOGETHER = 1_000


@dataclass(frozen=True)
class Lift:
    """The samples of both groups, and the 95 % confidence interval of the difference of means.

    The interval is None where the values do not vary within either group.
    """

    contacted: Sample
    held_out: Sample
    interval: tuple[float, float] | None


def measured_lift(campaign: TouchCampaign, window: timedelta, as_of: datetime) -> Lift:
    """Return the lift of a campaign's revenue, in units, as of an aware instant.

    A customer's revenue is the sum of their sales from their first touch by the campaign until just
    before `window` after that touch. The group of the first touch is the customer's group; of two
    first touches at the same instant, `contacted` counts. Raises `Refused` (`too_few`) with fewer
    than 30 customers in a group.
    """
    return _lift_between(
        (group, units) for group, units, _sales in _sales_by_group(campaign, window, as_of)
    )


def measured_conversion(campaign: TouchCampaign, window: timedelta, as_of: datetime) -> Lift:
    """Return the lift of the conversion rate, as `measured_lift` with 1 for a buyer and else 0."""
    return _lift_between(
        (group, int(sales > 0)) for group, _units, sales in _sales_by_group(campaign, window, as_of)
    )


def _lift_between(brought: Iterable[tuple[str, int]]) -> Lift:
    """Return the lift between the groups. Raises `Refused` (`too_few`) for a small group."""
    samples = {TouchGroup.CONTACTED: Sample(), TouchGroup.HELD_OUT: Sample()}
    for group, value in brought:
        samples[TouchGroup(group)].add(value)
    contacted, held_out = samples.values()
    if min(contacted.count, held_out.count) < FEWEST:
        text = _(
            "%(contacted)d contacted and %(held_out)d in the control group: at least %(fewest)d of "
            "each are needed to measure what a campaign has brought."
        )
        numbers = {"contacted": contacted.count, "held_out": held_out.count, "fewest": FEWEST}
        raise Refused("too_few", text % numbers)
    return Lift(contacted, held_out, welch_interval(contacted, held_out))


def _sales_by_group(
    campaign: TouchCampaign, window: timedelta, as_of: datetime
) -> Iterator[tuple[str, int, int]]:
    """Yield (group, revenue in units, number of sales) for each customer of the campaign."""
    for found in first_touches(campaign, as_of):
        units, counts = dict.fromkeys(found, 0), dict.fromkeys(found, 0)
        sales = with_revenue(as_of).filter(customer__in=list(found))
        for customer, at, revenue in sales.values_list("customer", "created_at", "revenue"):
            if timedelta() <= at - found[customer][0] < window:
                units[customer] += revenue
                counts[customer] += 1
        for customer, (_at, group) in found.items():
            yield group, units[customer], counts[customer]


def first_touches(
    campaign: TouchCampaign, as_of: datetime
) -> Iterator[dict[int, tuple[datetime, str]]]:
    """Yield the first touches of the campaign's customers in batches: {key: (instant, group)}."""
    after = 0
    while found := _first_touches(campaign, as_of, after):
        after = max(found)
        yield found


def _first_touches(
    campaign: TouchCampaign, as_of: datetime, after: int
) -> dict[int, tuple[datetime, str]]:
    """Return the first touch, as (instant, group), of the next customers above key `after`."""
    touches = Touch.objects.filter(campaign=campaign, at__lte=as_of)
    others = touches.filter(customer__gt=after).order_by("customer").values_list("customer")
    keys = [key for (key,) in others.distinct()[:TOGETHER]]
    rows = touches.filter(customer__in=keys).order_by("customer", "at", "group")
    grouped = groupby(rows.values_list("customer", "at", "group"), key=lambda row: row[0])
    return {customer: next(first)[1:] for customer, first in grouped}


def campaigns_to_measure() -> list[TouchCampaign]:
    """Return the campaigns with a control group, ordered by code."""
    held_out = Touch.objects.filter(campaign=OuterRef("pk"), group=TouchGroup.HELD_OUT)
    return list(TouchCampaign.objects.filter(Exists(held_out)).order_by("code"))
