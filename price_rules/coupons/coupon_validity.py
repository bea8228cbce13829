"""Check whether a coupon is currently valid for a customer, at the till and for a reservation."""

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.database.fields import strip_text
from customers.models import Customer, Website
from price_rules.coupons.uses import uses_by_customer, uses_left, uses_of_code
from price_rules.models import CartPriceRule, Coupon, CouponKind
from segments.rules.in_conditions.questions import is_answered_no


class Refusal(StrEnum):
    """Why a coupon is not valid, in the order of the checks."""

    USED_UP = "used_up"
    USED_UP_BY_CUSTOMER = "used_up_by_customer"
    NOT_OWN = "not_own"
    EXPIRED = "expired"


def refusal_of(coupon: Coupon, customer: Customer | None, *, at: datetime) -> Refusal | None:
    """Return why `coupon` is invalid for `customer` (None: anonymous) at `at`; None if valid."""
    rule = coupon.rule
    if coupon.uses and uses_of_code(coupon, at=at) >= coupon.uses:
        return Refusal.USED_UP
    if uses_left(rule, at=at) == 0:
        return Refusal.USED_UP
    limit = rule.uses_per_customer
    if limit and customer is not None and uses_by_customer(rule, customer, at=at) >= limit:
        return Refusal.USED_UP_BY_CUSTOMER
    if coupon.customer_id is not None and (customer is None or coupon.customer_id != customer.pk):
        return Refusal.NOT_OWN
    if coupon.expires_at is not None and coupon.expires_at <= at:
        return Refusal.EXPIRED
    return None


def reason_against_new_coupon(rule: CartPriceRule, at: datetime) -> str:
    """Return why a new coupon of `rule` would be valid for nobody at `at`; "" if it may be valid.

    The codes are `rule_inactive`, `rule_without_coupons`, `rule_ended`, `rule_not_started` (the
    last two only if true on all of the rule's websites), `rule_used_up` and `rule_without_members`.
    """
    if not rule.is_active:
        return "rule_inactive"
    if rule.coupon != CouponKind.GENERATED:
        return "rule_without_coupons"
    zones = _zones_of(rule)
    if all((end := rule.ends_at(zone)) and end < at for zone in zones):
        return "rule_ended"
    if all((start := rule.starts_at(zone)) and at < start for zone in zones):
        return "rule_not_started"
    if uses_left(rule, at=at) == 0:
        return "rule_used_up"
    if rule.segments and is_answered_no(rule.segments):
        return "rule_without_members"
    return ""


def _zones_of(rule: CartPriceRule) -> list[ZoneInfo]:
    """Return the time zones of the rule's websites, or of all websites if it names none."""
    named = Website.objects.filter(code__in=rule.websites)
    websites = named if rule.websites else Website.objects.all()
    return [ZoneInfo(one) for one in websites.values_list("timezone", flat=True)]


def issued_coupon(code: str) -> Coupon | None:
    """Return the issued coupon of this code with its rule; None without one.

    The case of letters is ignored, and so are blanks around the code, which come from copying.
    """
    code = strip_text(code)
    if not code:
        return None
    found: Coupon | None = Coupon.objects.issued().with_code(code).select_related("rule").first()
    return found
