"""A coupon is reserved for an order that is on its way, and given back."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from customers.audit import record
from customers.clock import now
from customers.models import AuditAction, Customer
from customers.silence import end_soon_when_silent
from price_rules.audit import COUPON
from price_rules.coupons.standing import Refusal, refusal_of
from price_rules.coupons.uses import order_using
from price_rules.editing.saving import lock_rule
from price_rules.models import Coupon, Reservation

RESERVED_FOR = timedelta(minutes=60)


class NotRedeemed(ValueError):
    """A coupon that is not good for this customer now."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.value)


def redeem(coupon: Coupon, order: str, customer: Customer | None, *, author: Any) -> Reservation:
    """Reserve `coupon` for the order of this number, of `customer` or of nobody known.

    Again for the same order it is the same reservation, in time or turned into a use by the order
    that has arrived. Raises NotRedeemed; Coupon.DoesNotExist where it is gone meanwhile.
    """
    with transaction.atomic():
        # Uses are counted by rule and by code: whoever redeems another code of the rule waits.
        end_soon_when_silent()
        coupon.rule = lock_rule(coupon.rule_id)
        coupon.refresh_from_db(fields=["uses", "expires_at", "customer"])
        at = now()
        own = coupon.reservations.filter(order=order).first()
        if own is not None and (own.expires_at > at or order_using(coupon, order)):
            return own
        if not order_using(coupon, order) and (refusal := refusal_of(coupon, customer, at=at)):
            raise NotRedeemed(refusal)
        values = {"customer": customer, "expires_at": at + RESERVED_FOR}
        reservation, _new = Reservation.objects.update_or_create(
            coupon=coupon, order=order, defaults=values
        )
        record(author, AuditAction.CREATED, COUPON, coupon.code, after={"order": order})
        return reservation


def release(coupon: Coupon, order: str, *, author: Any) -> bool:
    """Give back what was reserved for the order of this number; False where nothing was.

    The use of an order that has arrived stays: only its cancelling frees that.
    """
    with transaction.atomic():
        lock_rule(coupon.rule_id)
        if order_using(coupon, order):
            return False
        deleted, _by_model = coupon.reservations.filter(order=order).delete()
        if deleted:
            record(author, AuditAction.DELETED, COUPON, coupon.code, before={"order": order})
        return bool(deleted)
