"""Credits of each sale of a customer, by the engine of `predictions.attribution`.

Credits are whole units of 1/10,000 of the base currency. The part of the channel `personalization`
in a period is the row of that channel in the attribution of the period, to the last unit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from personalization.behavior.touches import PERSONALIZATION, placement_campaign
from personalization.models import IS_DEFAULT, Exposure
from predictions.analytics.periods import WINDOW_DAYS
from predictions.attribution import Touch
from predictions.attribution.each_journey import EACH_JOURNEY, credit_touches
from predictions.attribution.journeys import BYS, credited_key, touch_rows, window_of_sale
from predictions.attribution.revenue import with_revenue

WINDOW = timedelta(days=WINDOW_DAYS)
CHANNEL = BYS[0]
# The largest distance between the keys of customers who are read together.
NEAR = 10
# The instant and the campaign of an exposure as a touch.
ExposureKey = tuple[datetime, str]


class ShownElement(NamedTuple):
    """An exposure behind a touch; `experience` is the answer's id, `experiment` a code or ''."""

    placement: str
    variant: str
    experience: str
    experiment: str


class CreditedTouch(NamedTuple):
    """A touch of the channel `personalization`; `shown` is None where it is no exposure."""

    at: datetime
    credit: int
    shown: ShownElement | None


class _CustomerTouch(NamedTuple):
    at: datetime
    key: str
    campaign: str
    shown: ShownElement | None


@dataclass(frozen=True)
class SaleCredit:
    """A sale with its revenue and what personalization contributed to it, both in units.

    `touches` are those of personalization, oldest first.
    """

    order_id: int
    number: str
    customer: int
    at: datetime
    revenue: int
    touches: tuple[CreditedTouch, ...]

    @property
    def contribution(self) -> int:
        """The credit of the channel `personalization`."""
        return sum(touch.credit for touch in self.touches)


def credit_sales(customers: Collection[int], as_of: datetime) -> list[SaleCredit]:
    """Return the sales of `customers` (internal keys) that exist as of an aware instant, credited.

    By the model of `settings.ATTRIBUTION_MODEL` and a window of 30 days.
    """
    names = ("pk", "number", "customer", "created_at", "revenue")
    sales = list(
        with_revenue(as_of)
        .filter(customer__in=list(customers))
        .order_by("created_at", "pk")
        .values_list(*names)
    )
    touches = _touches_of(sales) if sales else {}
    times = {key: [touch.at for touch in found] for key, found in touches.items()}
    found = []
    for order, number, customer, at, units in sales:
        own = touches.get(customer, ())
        before = own[window_of_sale(at, WINDOW, times.get(customer, ()))]
        found.append(SaleCredit(order, number, customer, at, units, _credit(before, units)))
    return found


def _credit(before: Sequence[_CustomerTouch], units: int) -> tuple[CreditedTouch, ...]:
    if not before:
        return ()
    weigh = EACH_JOURNEY[settings.ATTRIBUTION_MODEL]
    credits = credit_touches([Touch(one.key, one.at) for one in before], units, weigh)
    return tuple(
        CreditedTouch(one.at, credit, one.shown)
        for one, credit in zip(before, credits, strict=True)
        if one.key == PERSONALIZATION
    )


def _touches_of(sales: Sequence[tuple[int, str, int, datetime, int]]) -> dict[int, list]:  # type: ignore[type-arg]
    """Return the touches of each customer with a sale, in order of time, then key."""
    keys = sorted({customer for _order, _number, customer, _at, _units in sales})
    since, until = sales[0][3] - WINDOW, sales[-1][3]
    shown = _exposures(keys, since, until)
    found = defaultdict[int, list[_CustomerTouch]](list)
    wanted = set(keys)
    for first, last in _runs(keys):
        for row in touch_rows((first, last), since, until):
            key = credited_key(row, CHANNEL)
            if not key or row.customer not in wanted:
                continue
            same = shown.get(row.customer, {}).get((row.at, row.campaign))
            element = same.pop(0) if same and key == PERSONALIZATION else None
            found[row.customer].append(_CustomerTouch(row.at, key, row.campaign, element))
    for touches in found.values():
        touches.sort(key=lambda one: (one.at, one.key, one.campaign))
    return found


def _exposures(
    keys: Sequence[int], since: datetime, until: datetime
) -> Mapping[int, dict[ExposureKey, list[ShownElement]]]:
    """Return the exposures that are touches, by customer, instant and campaign."""
    rows = Exposure.objects.filter(customer__in=keys, at__gte=since, at__lte=until)
    rows = rows.exclude(IS_DEFAULT).order_by("at", "pk")
    found: dict[int, dict[ExposureKey, list[ShownElement]]] = defaultdict(dict)
    names = ("customer", "at", "element", "variant", "served_id", "experiment")
    for customer, at, *values in rows.values_list(*names):
        element = ShownElement(*values)
        key = at, placement_campaign(element.placement)
        found[customer].setdefault(key, []).append(element)
    return found


def _runs(keys: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of rising keys that are near each other."""
    first = last = keys[0]
    for key in keys[1:]:
        if key - last > NEAR:
            yield first, last
            first = key
        last = key
    yield first, last
