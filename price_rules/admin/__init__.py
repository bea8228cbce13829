"""The admin of price rules: one module per page."""

from price_rules.admin import coupon, rule

__all__ = ["coupon", "rule"]
