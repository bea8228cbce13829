"""Coupons for one customer: issued by whatever writes to customers, good for them alone."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core.audit import record
from customers.models import AuditAction, Customer
from price_rules.audit import COUPON
from price_rules.coupons.codes import ALPHABET, random_code
from price_rules.models import CartPriceRule, Coupon

LENGTH = 10
TRIES = 5


def issue_coupon(
    rule: CartPriceRule,
    customer: Customer,
    at: datetime,
    *,
    prefix: str = "",
    expires_at: datetime | None = None,
    author: Any = None,
    issuer: str = "",
) -> Coupon:
    """Return a new coupon of `rule`, of one use by `customer`: the prefix and 10 random characters.

    `at` and `expires_at` (None: never) are aware. No number of the customer is in the code, which
    stays on orders after an erasure. `issuer` names the app that issues it and takes it away
    when it is of no use any more.
    """
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                coupon: Coupon = Coupon.objects.create(
                    rule=rule,
                    code=random_code(prefix, LENGTH, ALPHABET),
                    customer=customer,
                    uses=1,
                    expires_at=expires_at,
                    created_at=at,
                    issuer=issuer,
                )
                record(author, AuditAction.CREATED, COUPON, coupon.code, after={"rule": rule.code})
        except IntegrityError:
            if attempt + 1 == TRIES:
                raise
        else:
            return coupon
    raise AssertionError("unreachable")


def withdraw_coupon(coupon: Coupon, *, author: Any = None) -> None:
    """Delete a coupon that was issued and that nobody was told of."""
    before = {"rule": coupon.rule.code}
    if Coupon.objects.filter(pk=coupon.pk).delete()[0]:
        record(author, AuditAction.DELETED, COUPON, coupon.code, before=before)
