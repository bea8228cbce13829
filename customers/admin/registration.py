"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from customers.admin import (
    activity,
    api_token,
    audit,
    cart,
    catalogue,
    customer,
    order,
    privacy,
    shop,
    website_limits,
)

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
