"""The families of conditions that come with Tranche, one module each, declarations only."""

from conditions.families import (
    activity,
    address,
    cart_items,
    carts,
    customer,
    lifetime,
    newsletter,
    order_items,
    orders,
    product_views,
    refunds,
    wishlist,
)

# In the order of the builder's menu.
FAMILIES = [
    module.FAMILY
    for module in (
        customer,
        address,
        activity,
        newsletter,
        lifetime,
        orders,
        order_items,
        refunds,
        carts,
        cart_items,
        product_views,
        wishlist,
    )
]
