"""Maps each attribute of Maho's conditions to an attribute here, and its values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TYPE_PREFIX = "customersegmentation/segment_condition_"
COMBINE = f"{TYPE_PREFIX}combine"


@dataclass(frozen=True)
class Target:
    """The attribute `code` that a Maho attribute becomes, and the conversion of its values.

    `ids` names the map from Maho's ids to codes; with `or_text`, only numbers are ids and any other
    text is kept. `numbers` maps Maho's numbers for a fixed list of values; None in it means no
    value. `figure` is an aggregate over the orders that are not canceled. An `is_negated` amount
    has the opposite sign in Maho.
    """

    code: str
    ids: str = ""
    or_text: bool = False
    numbers: Mapping[str, str | None] | None = None
    figure: str = ""
    is_negated: bool = False


def find_target(type_: str, name: str) -> Target | None:
    """Return the target of the attribute `name` of a condition of type `type_`, or None.

    The registry decides later whether the shop defines a custom attribute of that name.
    """
    kind = type_.removeprefix(TYPE_PREFIX)
    if name in TARGETS[kind]:
        return TARGETS[kind][name]
    prefix, beginning = CUSTOM.get(kind, ("", ""))
    own = name.removeprefix(beginning)
    if not prefix or not name.startswith(beginning) or not re.fullmatch(r"[A-Za-z0-9_-]+", own):
        return None
    return Target(prefix + own)


def is_condition(type_: object) -> bool:
    """Return whether `type_` is a known type of conditions (not of groups)."""
    return (
        isinstance(type_, str)
        and type_.startswith(TYPE_PREFIX)
        and type_.removeprefix(TYPE_PREFIX) in TARGETS
    )


def _named(prefix: str, names: str) -> dict[str, Target]:
    """Return targets from `maho=ours` pairs; a single name is the same in both."""
    pairs = (name.partition("=") for name in names.split())
    return {maho: Target(f"{prefix}.{ours or maho}") for maho, _sign, ours in pairs}


_GENDERS = {"1": "male", "2": "female", "3": None, "": None}
_SUBSCRIPTIONS = {"1": "subscribed", "2": "not_active", "3": "unsubscribed", "4": "unconfirmed"}

TARGETS: Mapping[str, Mapping[str, Target]] = {
    "customer_attributes": {
        **_named(
            "customer",
            "email firstname=first_name lastname=last_name dob=date_of_birth "
            "created_at=registered_at days_since_registration days_until_birthday",
        ),
        "gender": Target("customer.gender", numbers=_GENDERS),
        "group_id": Target("customer.group", ids="group_id"),
        "store_id": Target("customer.store", ids="store_id"),
    },
    "customer_address": {
        **_named(
            "address",
            "firstname=first_name lastname=last_name company street city postcode "
            "country_id=country telephone",
        ),
        "region": Target("address.region", ids="region_id", or_text=True),
    },
    "customer_timebased": _named(
        "activity",
        "days_since_last_login days_since_last_order days_since_first_order days_inactive "
        "order_frequency_days=average_days_between_orders days_without_purchase",
    ),
    "customer_newsletter": {
        "subscriber_status": Target("newsletter.status", numbers=_SUBSCRIPTIONS),
        "change_status_at": Target("newsletter.status_changed_at"),
    },
    "customer_clv": _named(
        "lifetime",
        "lifetime_sales=sales number_of_orders average_order_value lifetime_profit=profit "
        "lifetime_refunds=refunds",
    ),
    "order_attributes": {
        **_named(
            "order",
            "status created_at updated_at currency_code=currency payment_method shipping_method "
            "coupon_code total_qty=total_quantity subtotal tax_amount shipping_amount grand_total "
            "total_amount=grand_total",
        ),
        "store_id": Target("order.store", ids="store_id"),
        "discount_amount": Target("order.discount_amount", is_negated=True),
        "days_since_last_order": Target("activity.days_since_last_order"),
        "average_order_amount": Target("order.grand_total", figure="avg"),
        "total_ordered_amount": Target("order.grand_total", figure="sum"),
    },
    "order_items": _named(
        "order_item",
        "product_sku=sku product_name=name product_type qty_ordered=quantity row_total "
        "row_total_incl_tax discount_amount",
    ),
    "cart_attributes": {
        **_named(
            "cart",
            "items_count items_qty=items_quantity base_subtotal=subtotal "
            "base_grand_total=grand_total created_at updated_at is_active coupon_code",
        ),
        "store_id": Target("cart.store", ids="store_id"),
        "applied_rule_ids": Target("cart.applied_rules", ids="rule_id"),
    },
    "cart_items": _named(
        "cart_item",
        "product_sku=sku product_name=name product_type qty=quantity price base_price=price "
        "row_total base_row_total=row_total created_at=added_at updated_at",
    ),
    "product_viewed": {
        **_named("product_view", "product_sku=sku product_name=name"),
        "product_id": Target("product_view.sku", ids="product_id"),
        "category_id": Target("product_view.category", ids="category_id"),
        **_named("views", "view_count=count last_viewed_at days_since_last_view=days_since_last"),
    },
    "product_wishlist": {
        **_named("wishlist_item", "product_sku=sku product_name=name added_at"),
        "product_id": Target("wishlist_item.sku", ids="product_id"),
        "category_id": Target("wishlist_item.category", ids="category_id"),
        **_named(
            "wishlist",
            "wishlist_items_count=items_count wishlist_shared=is_shared "
            "days_since_added=days_since_last_added",
        ),
    },
}
# Attributes that the shop defines: what they are called here, and how their names begin in Maho.
CUSTOM = {
    "customer_attributes": ("customer.attributes.", ""),
    "order_items": ("order_item.product.", "product_"),
    "cart_items": ("cart_item.product.", "product_"),
}
