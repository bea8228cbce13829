"""Redeeming an offer with an order: once, within the budget, returned with the order.

Concurrent redemptions of an offer wait for its row lock. The budget of a canceled order is free at
once; its redemption is marked as returned when another order takes that budget, so that an order
that is no longer canceled has to redeem again.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from core.audit import record
from core.clock import now
from core.database.idle_timeouts import end_soon_when_silent
from customers.models import Customer, Order, OrderState
from personalization.models import Offer, OfferRedemption
from personalization.offers.audit import CUSTOMER_OFFER, OFFER, REDEEMED
from personalization.offers.spending import left_of, lock_offer, standing, times_of


class Refusal(StrEnum):
    """Why an offer is not redeemed."""

    BUDGET_SPENT = "budget_spent"
    LIMIT_REACHED = "limit_reached"
    NOT_ACTIVE = "not_active"
    ORDER_CANCELED = "order_canceled"


class NotRedeemed(ValueError):
    """The offer cannot be redeemed with this order."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.value)


def redeem(offer: Offer, number: str, amount: Decimal, *, author: Any) -> OfferRedemption:
    """Note that the order of this number makes use of `offer`, which costs `amount` (>= 0).

    In the base currency. Again for the same order it is the same redemption, whatever it costs.
    Raises NotRedeemed; Order.DoesNotExist, and Offer.DoesNotExist where it is gone meanwhile.
    """
    with transaction.atomic():
        end_soon_when_silent()
        owner = Order.objects.values_list("customer", flat=True).get(number=number)
        # As an erasure and a merge do: the customer first.
        customer: Customer | None = (
            Customer.objects.select_for_update(no_key=True).filter(pk=owner).first()
        )
        offer = lock_offer(offer)
        order = Order.objects.get(number=number)
        own: OfferRedemption | None = offer.redemptions.filter(order=number).first()
        if own is not None and (own.returned_at is None or _is_canceled(order)):
            return own
        at = now()
        refusal = _refusal(offer, order, customer, amount, at)
        if refusal is not None:
            raise NotRedeemed(refusal)
        _mark_returned(offer, at)
        redemption, _new = OfferRedemption.objects.update_or_create(
            offer=offer,
            order=number,
            defaults={
                "code": offer.code,
                "customer": customer,
                "amount": amount,
                "redeemed_at": at,
                "returned_at": None,
            },
        )
        _note(redemption, customer, author)
        return redemption


def is_returned(redemption: OfferRedemption) -> bool:
    """Return whether a redemption is given back: its order is canceled, or gone."""
    return not standing().filter(pk=redemption.pk).exists()


def _is_canceled(order: Order) -> bool:
    return order.state == OrderState.CANCELED


def _refusal(
    offer: Offer, order: Order, customer: Customer | None, amount: Decimal, at: datetime
) -> Refusal | None:
    if _is_canceled(order):
        return Refusal.ORDER_CANCELED
    # An order that was placed in time may be reported later.
    if not offer.is_active or not (_is_time(offer, at) or _is_time(offer, order.created_at)):
        return Refusal.NOT_ACTIVE
    most = offer.max_per_customer
    # As with coupons, the limit cannot be checked for an order without a known customer.
    if most is not None and customer and times_of([offer], customer)[offer.pk] >= most:
        return Refusal.LIMIT_REACHED
    left = left_of([offer])
    if offer.pk in left and (left[offer.pk] <= 0 or amount > left[offer.pk]):
        return Refusal.BUDGET_SPENT
    return None


def _is_time(offer: Offer, at: datetime) -> bool:
    has_begun = offer.starts_at is None or offer.starts_at <= at
    return has_begun and (offer.ends_at is None or at < offer.ends_at)


def _mark_returned(offer: Offer, at: datetime) -> None:
    """Mark what canceled orders have given back: from now on others may have it."""
    rows = OfferRedemption.objects.filter(offer=offer, returned_at=None)
    rows.exclude(pk__in=standing().filter(offer=offer).values("pk")).update(returned_at=at)


def _note(redemption: OfferRedemption, customer: Customer | None, author: Any) -> None:
    said = {"order": redemption.order, "amount": str(redemption.amount)}
    if customer is None:
        record(author, REDEEMED.name, OFFER, redemption.code, after=said)
    else:
        after = {"offer": redemption.code, **said}
        record(author, REDEEMED.name, CUSTOMER_OFFER, customer.external_id, after=after)
