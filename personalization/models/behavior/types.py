"""The types of behaviour: what the data of each must have, and how much each weighs.

Weights are points of engagement (the contract, personalization.md §2); any type that is not here
is kept with weight 0.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

WEB = "web"
# What the context of a behaviour may call the device.
DEVICES = {
    "desktop": _("desktop"),
    "mobile": _("mobile"),
    "tablet": _("tablet"),
    "other": _("other"),
}


@dataclass(frozen=True, slots=True)
class BehaviorType:
    """One type: its name, the keys that its data must have, its points, whether it is activity.

    `is_shop_fact` says that the shop's own tables hold it (views, wishes, log-ins), whichever call
    brought it. What was shown and not done is no activity: it makes no session.
    """

    name: str
    required: tuple[str, ...] = ()
    weight: Decimal = Decimal(0)
    is_activity: bool = True
    is_shop_fact: bool = False


TYPES = {
    kind.name: kind
    for kind in (
        BehaviorType("product_viewed", ("sku",), Decimal(1), is_shop_fact=True),
        BehaviorType("category_viewed", ("category",), Decimal("0.5")),
        BehaviorType("page_viewed", ("path",), Decimal("0.1")),
        BehaviorType("search", ("query",), Decimal(1)),
        BehaviorType("cart_added", ("sku",), Decimal(4)),
        BehaviorType("cart_removed", ("sku",)),
        BehaviorType("wishlist_added", ("sku",), Decimal(3), is_shop_fact=True),
        BehaviorType("checkout_started", (), Decimal(5)),
        BehaviorType("email_opened", ("campaign",), Decimal("0.5"), is_activity=False),
        BehaviorType("email_clicked", ("campaign",), Decimal(2)),
        BehaviorType("content_viewed", ("content",), Decimal("0.5")),
        BehaviorType("experience_shown", ("element", "variant"), is_activity=False),
        BehaviorType("experience_clicked", ("element", "variant"), Decimal(2)),
        BehaviorType("recommendation_shown", ("skus",), is_activity=False),
        BehaviorType("recommendation_clicked", ("sku", "recommendation"), Decimal(2)),
        BehaviorType("login", (), Decimal(1), is_shop_fact=True),
    )
}
# Of what the shop's other tables hold.
ORDER_WEIGHT, CART_LINE_WEIGHT = Decimal(10), Decimal(4)


def behavior_type(name: str) -> BehaviorType:
    """Return the type of this name; one that nobody has named before weighs nothing."""
    return TYPES.get(name) or BehaviorType(name)
