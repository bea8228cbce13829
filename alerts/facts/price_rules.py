"""Fact: price rules started, ended or changed; needs the app of price rules."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db.models import Q
from django.utils.timezone import get_default_timezone, localdate

from alerts.causes.shares import Cause
from alerts.facts.changes import Fact, Share, SizeChange, changes_in_direction, shares_of
from customers.models import Order
from price_rules.models import CartPriceRule, Coupon

WINDOW = timedelta(hours=72)


def find_price_rules(changes: Sequence[SizeChange]) -> Mapping[int, Share]:
    """Return the shares of entries of customers with an order under such a rule.

    Orders name rules by their coupons only; orders of the last 72 hours are read.
    """
    until = max(one.until for one in changes)
    since = until - WINDOW
    first, last = (localdate(one, get_default_timezone()) for one in (since, until))
    moved = CartPriceRule.objects.filter(
        Q(starts_on__range=(first, last))
        # The last day is included: the rule ended on the day after.
        | Q(ends_on__range=(first - timedelta(days=1), last - timedelta(days=1)))
        | Q(versions__created_at__gt=since, versions__created_at__lte=until)
    )
    codes = Coupon.objects.filter(rule__in=moved.values("pk")).values("code_folded")
    orders = Order.objects.filter(
        created_at__gt=since, created_at__lte=until, used_coupon_folded__in=codes
    )
    entries = changes_in_direction(changes).filter(
        customer_id__in=orders.filter(customer__isnull=False).values("customer")
    )
    shares = shares_of(entries, changes)
    if not shares:
        return {}
    rule = moved.order_by("-updated_at").first()
    details = {"name": rule.name} if rule else {}
    return {segment: Share(share, details) for segment, share in shares.items()}


PRICE_RULES = Fact(Cause.PRICE_RULE, find_price_rules)
