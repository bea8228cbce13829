"""Issue and withdraw one coupon for one customer, for apps that send messages."""

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
    """Create a coupon of `rule` that `customer` may use once: the prefix and 10 random characters.

    `at` and `expires_at` (None: never) are aware. The code contains no number of the customer,
    since orders keep the code after an erasure. `issuer` names the app that issues the coupon and
    deletes it when it is of no use any more. Raises IntegrityError where the coupon cannot be
    stored after five attempts with new codes.
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
    """Delete an issued coupon that no customer has received."""
    before = {"rule": coupon.rule.code}
    if Coupon.objects.filter(pk=coupon.pk).delete()[0]:
        record(author, AuditAction.DELETED, COUPON, coupon.code, before=before)
