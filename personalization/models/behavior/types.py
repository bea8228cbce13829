"""The types of behaviour: the required data and the weight of each.

Weights are points of engagement (the contract, personalization.md §2); other types are stored with
weight 0.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

WEB = "web"
# The devices that the context of a behaviour may name.
DEVICES = {
    "desktop": _("desktop"),
    "mobile": _("mobile"),
    "tablet": _("tablet"),
    "other": _("other"),
}


@dataclass(frozen=True, slots=True)
class BehaviorType:
    """A type: its name, the required keys of its data, its points, and whether it is activity.

    `is_shop_fact`: the shop's own tables hold it (views, wishes, log-ins), even if the API received
    it. An exposure is no activity: it starts no session.
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
# Types of facts in the shop's other tables.
ORDER_WEIGHT, CART_LINE_WEIGHT = Decimal(10), Decimal(4)


def behavior_type(name: str) -> BehaviorType:
    """Return the type of this name; an unknown one has weight 0."""
    return TYPES.get(name) or BehaviorType(name)
