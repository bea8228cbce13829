"""Costs of offers: redemptions of standing orders, and redemptions that are no longer stored."""

from collections import Counter
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from customers.models import Customer, Order, OrderState
from personalization.models import Offer, OfferRedemption


def standing() -> QuerySet[OfferRedemption]:
    """Return the redemptions that count: their order is there, and is not canceled."""
    orders = Order.objects.filter(number=OuterRef("order")).exclude(state=OrderState.CANCELED)
    rows: QuerySet[OfferRedemption] = OfferRedemption.objects.filter(
        Exists(orders), returned_at=None
    )
    return rows


def lock_offer(offer: Offer) -> Offer:
    """Return the stored offer, locked against other spending until the transaction ends."""
    found: Offer = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
    return found


def left_of(offers: Collection[Offer]) -> dict[int, Decimal]:
    """Return the rest of the budget of each of the offers that has a budget, by key."""
    limited = {one.pk: one for one in offers if one.budget is not None}
    if not limited:
        return {}
    rows = standing().filter(offer__in=limited).order_by().values("offer")
    spent = dict(rows.annotate(spent=Sum("amount")).values_list("offer", "spent"))
    return {pk: one.budget - one.settled - spent.get(pk, Decimal(0)) for pk, one in limited.items()}


def times_of(offers: Collection[Offer], customer: Customer | None) -> Counter[int]:
    """Return how often a customer redeemed each of the offers that has a limit, by key."""
    limited = [one.pk for one in offers if one.max_per_customer is not None]
    if not limited or customer is None:
        return Counter()
    rows = standing().filter(offer__in=limited, customer=customer).order_by().values("offer")
    return Counter(dict(rows.annotate(times=Count("pk")).values_list("offer", "times")))
