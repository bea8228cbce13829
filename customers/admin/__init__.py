"""The admin pages of shop data, one family to a file."""

from customers.admin import activity, audit, cart, catalogue, customer, order, shop

__all__ = ["activity", "audit", "cart", "catalogue", "customer", "order", "shop"]
