"""The channels and devices of behaviours, including those in the shop's tables."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from customers.models import Customer, Product
from personalization.behavior.activity import Done
from personalization.models import BehaviorEvent, FactDetails
from personalization.models.behavior.types import TYPES, WEB

# Channel and device, which may not be known.
Way = tuple[str, str | None]


def ways_of(
    customer: Customer, done: Iterable[Done], since: datetime, until: datetime
) -> list[Way]:
    """Return the ways of a customer's behaviours between two aware instants, either included.

    `done` has the views, wishes and log-ins. Facts without details count as channel `web`; details
    of facts that are no longer stored do not count.
    """
    period = {"customer": customer, "occurred_at__gte": since, "occurred_at__lte": until}
    events = BehaviorEvent.objects.filter(**period)
    found: list[Way] = list(events.values_list("channel", "context__device"))
    facts = Counter(
        (one.type, one.at, one.product)
        for one in done
        if since <= one.at <= until and one.type in TYPES and TYPES[one.type].is_shop_fact
    )
    if not facts:
        return found
    names = ("behavior_type", "occurred_at", "sku", "channel", "context__device")
    told = list(FactDetails.objects.filter(**period).order_by("pk").values_list(*names))
    skus = {sku for _type, _at, sku, _channel, _device in told if sku}
    keys = dict(Product.objects.filter(sku__in=skus).values_list("sku", "pk")) if skus else {}
    for name, at, sku, channel, device in told:
        fact = (name, at, keys.get(sku))
        if facts[fact] > 0:
            facts[fact] -= 1
            found.append((channel, device))
    return found + [(WEB, None)] * facts.total()
