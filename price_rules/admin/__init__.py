"""The door for people: one file for each page."""

from price_rules.admin import coupon, rule

__all__ = ["coupon", "rule"]
