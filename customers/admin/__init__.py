"""The admin pages of shop data, one family to a file."""

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
