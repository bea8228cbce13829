"""The families of conditions that come with Tranche, one to a file, declarations only."""

from conditions.families import (
    activity,
    address,
    cart,
    customer,
    lifetime,
    newsletter,
    orders,
    product_views,
    wishlist,
)

# In the order of the builder's menu.
FAMILIES = [
    customer.FAMILY,
    address.FAMILY,
    activity.FAMILY,
    newsletter.FAMILY,
    lifetime.FAMILY,
    orders.FAMILY,
    orders.ITEMS_FAMILY,
    orders.REFUNDS_FAMILY,
    cart.FAMILY,
    cart.ITEMS_FAMILY,
    product_views.FAMILY,
    wishlist.FAMILY,
]
