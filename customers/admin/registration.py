"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from customers.admin import api_token, audit, customer, privacy, website_limits
from customers.admin.shop_data import activity, cart, catalogue, order, shop

__all__ = [
    "activity",
    "api_token",
    "audit",
    "cart",
    "catalogue",
    "customer",
    "order",
    "privacy",
    "shop",
    "website_limits",
]
