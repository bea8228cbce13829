"""The admin pages of shop data, one family to a file."""

from customers.admin import activity, cart, catalogue, customer, order, shop

__all__ = ["activity", "cart", "catalogue", "customer", "order", "shop"]
