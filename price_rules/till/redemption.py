"""Reserve a coupon for an order, if its customer may use the coupon, and release it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from core.audit import record
from core.clock import now
from core.database.deadlock_retries import tried_again
from core.database.idle_timeouts import end_soon_when_silent
from customers.merging import customer_known_as
from customers.models import AuditAction, Customer, Order, OrderState, Website
from customers.models.shop import DEFAULT_WEBSITE
from price_rules.audit import COUPON
from price_rules.coupons.coupon_validity import refusal_of
from price_rules.models import CartPriceRule, Coupon, Reservation
from price_rules.resource import PRICE_RULES
from price_rules.till.reasons import Reason, reason_of_scope
from segments.membership import shopper_of

RESERVED_FOR = timedelta(minutes=60)
TRIES = 5


class Contradiction(StrEnum):
    """A contradiction between a redemption and what is stored about its order."""

    OTHER_CUSTOMER = "other_customer"
    OTHER_COUPON = "other_coupon"
    ORDER_CANCELED = "order_canceled"


class NotRedeemed(ValueError):
    """The coupon is currently not valid for this customer or this order."""

    def __init__(self, refusal: StrEnum) -> None:
        self.refusal = refusal
        super().__init__(refusal.value)


class _Overtaken(Exception):
    """The customer was merged, or the order arrived, before their rows were locked."""


def redeem(coupon: Coupon, order: str, customer: Customer | None, *, author: Any) -> Reservation:
    """Reserve `coupon` for the order of this number, of `customer` (None: unknown).

    A second call for the same order returns the same reservation, while it has not expired or once
    the stored order has turned it into a use. A guest who was merged concurrently counts as the
    customer that they were merged into; a customer who was deleted concurrently counts as unknown.
    Raises NotRedeemed where the coupon is not valid for the customer or the order, and
    Coupon.DoesNotExist or CartPriceRule.DoesNotExist where either was deleted concurrently.
    """
    return tried_again(
        lambda: _redeem(coupon, order, customer, author), tries=TRIES, also=_Overtaken
    )


def _redeem(coupon: Coupon, order: str, named: Customer | None, author: Any) -> Reservation:
    with transaction.atomic():
        end_soon_when_silent()
        # Lock the customer first, in the order of an erasure and of a merge.
        customer = _lock_customer(named or _customer_of_order(order))
        named = customer if named is not None else None
        # Uses are counted per rule and per code: redeeming another code of the rule has to wait.
        coupon.rule = PRICE_RULES.lock(coupon.rule_id)
        coupon.refresh_from_db(fields=["uses", "expires_at", "customer"])
        at = now()
        own = coupon.reservations.filter(order=order).first()
        arrived = Order.objects.filter(number=order).select_related("customer", "store").first()
        if wrong := _contradiction(coupon, own, arrived, named):
            raise NotRedeemed(wrong)
        if own is not None and (arrived is not None or own.expires_at > at):
            return own
        if arrived is not None and arrived.customer not in (None, customer):
            raise _Overtaken
        is_used = arrived is not None and arrived.uses_coupon(coupon.code_folded)
        if not is_used and (refusal := _refusal(coupon, customer, arrived, at)):
            raise NotRedeemed(refusal)
        values = {"customer": customer, "expires_at": at + RESERVED_FOR}
        reservation, _new = coupon.reservations.update_or_create(order=order, defaults=values)
        record(author, AuditAction.CREATED, COUPON, coupon.code, after={"order": order})
        return reservation


def release(coupon: Coupon, order: str, *, author: Any) -> bool:
    """Release the reservation for the order of this number; return False where there is none.

    Once the order is stored, the use stays until the order is canceled, and the result is False.
    """
    with transaction.atomic():
        PRICE_RULES.lock(coupon.rule_id)
        arrived = Order.objects.filter(number=order).exclude(state=OrderState.CANCELED)
        if arrived.exists():
            return False
        deleted, _by_model = coupon.reservations.filter(order=order).delete()
        if deleted:
            record(author, AuditAction.DELETED, COUPON, coupon.code, before={"order": order})
        return bool(deleted)


def _customer_of_order(number: str) -> Customer | None:
    arrived = Order.objects.filter(number=number).select_related("customer").first()
    return None if arrived is None else arrived.customer


def _lock_customer(customer: Customer | None) -> Customer | None:
    """Lock and return `customer`, or the customer that they were merged into meanwhile.

    The row lock prevents merging and deleting until the transaction ends. Return None where the
    customer was deleted. Raises _Overtaken where a second merge happened before the lock.
    """
    if customer is None:
        return None
    rows: QuerySet[Customer] = Customer.objects.select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("group", "website")
    if (held := rows.filter(pk=customer.pk).first()) is not None:
        return held
    known = customer_known_as(customer.external_id)
    if known is None:
        return None
    held = rows.filter(pk=known.pk).first()
    if held is None:
        raise _Overtaken
    return held


def _contradiction(
    coupon: Coupon, own: Reservation | None, arrived: Order | None, customer: Customer | None
) -> Contradiction | None:
    known = {one.customer_id for one in (own, arrived) if one is not None and one.customer_id}
    if customer is not None and known - {customer.pk}:
        return Contradiction.OTHER_CUSTOMER
    if arrived is None:
        return None
    if arrived.state == OrderState.CANCELED:
        return Contradiction.ORDER_CANCELED
    if arrived.used_coupon_folded and not arrived.uses_coupon(coupon.code_folded):
        return Contradiction.OTHER_COUPON
    return None


def _refusal(
    coupon: Coupon, customer: Customer | None, arrived: Order | None, at: datetime
) -> StrEnum | None:
    """Return why the coupon is not valid for `customer`, whatever is in the cart; None if it is."""
    rule = coupon.rule
    if not rule.is_active:
        return Reason.INACTIVE
    return (
        reason_of_scope(
            rule,
            # An order that is not stored yet may be of any website.
            website=arrived.store.website.code if arrived is not None else None,
            group=customer.group.code if customer is not None else None,
            zone=ZoneInfo(_zone(customer, arrived)),
            at=at,
        )
        or refusal_of(coupon, customer, at=at)
        or _reason_of_segment(rule, customer, at)
    )


def _zone(customer: Customer | None, arrived: Order | None) -> str:
    if arrived is not None:
        return arrived.store.website.timezone
    if customer is not None:
        return customer.website.timezone
    return str(Website.objects.get(code=DEFAULT_WEBSITE).timezone)


def _reason_of_segment(
    rule: CartPriceRule, customer: Customer | None, at: datetime
) -> Reason | None:
    asked = rule.segments
    if not asked:
        return None
    shopper = shopper_of(customer, as_of=at)
    return None if shopper.satisfies(asked["operator"], asked["segments"]) else Reason.SEGMENT
