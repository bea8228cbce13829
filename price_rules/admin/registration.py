"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from price_rules.admin import coupon, rule

__all__ = ["coupon", "rule"]
