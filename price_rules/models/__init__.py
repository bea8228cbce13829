"""The models: rules with their versions, coupons with their batches, and reservations."""

from price_rules.models.coupon import Coupon, CouponBatch, Reservation
from price_rules.models.rule import Action, CartPriceRule, CartPriceRuleVersion, CouponKind

__all__ = [
    "Action",
    "CartPriceRule",
    "CartPriceRuleVersion",
    "Coupon",
    "CouponBatch",
    "CouponKind",
    "Reservation",
]
