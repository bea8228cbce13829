"""The way from a mail that shows a coupon to a new price rule that has codes."""

from core.admin.next_page import page_leading_back
from price_rules.models import CouponKind


def new_coupon_rule(back: str) -> str:
    """Return the address of the form of a new price rule with codes, active, which leads to `back`.

    An inactive rule could not be chosen there.
    """
    begin = {"coupon": CouponKind.GENERATED.value, "is_active": "on"}
    return page_leading_back("admin:price_rules_cartpricerule_add", back, **begin)
