"""Translates nodes of Adobe Commerce 2 to Maho's: the same rule trees with other types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from segments.maho.targets import COMBINE, TYPE_PREFIX

ADOBE_PREFIX = "Magento\\CustomerSegment\\Model\\Segment\\Condition\\"
NEWSLETTER = f"{ADOBE_PREFIX}Customer\\Newsletter"
SUBSCRIBED = {
    "type": f"{TYPE_PREFIX}customer_newsletter",
    "attribute": "subscriber_status",
    "operator": "==",
    "value": "1",
}


@dataclass(frozen=True)
class Twin:
    """The type in Maho that corresponds to a type of Adobe Commerce.

    `names` maps attributes with different names to Maho's; `attribute` is the attribute of a type
    whose nodes name none.
    """

    type: str
    names: Mapping[str, str] = field(default_factory=dict)
    attribute: str = ""


CART = f"{TYPE_PREFIX}cart_attributes"
TWINS = {
    "Combine": Twin(COMBINE),
    "Combine\\Root": Twin(COMBINE),
    "Customer\\Attributes": Twin(f"{TYPE_PREFIX}customer_attributes"),
    "Shoppingcart\\Amount": Twin(
        CART, {"subtotal": "base_subtotal", "grand_total": "base_grand_total"}
    ),
    "Shoppingcart\\Itemsquantity": Twin(CART, attribute="items_count"),
    "Shoppingcart\\Productsquantity": Twin(CART, attribute="items_qty"),
}


def as_maho(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node of Adobe Commerce 2 in Maho's form; any other node unchanged.

    Child nodes stay in place, so that paths are the same in both trees.
    """
    type_ = node.get("type")
    if not isinstance(type_, str) or not type_.startswith(ADOBE_PREFIX):
        return node
    if type_ == NEWSLETTER:
        return _subscription(node)
    twin = TWINS.get(type_.removeprefix(ADOBE_PREFIX))
    if twin is None:
        return node
    name = twin.attribute or node.get("attribute")
    named = twin.names.get(name, name) if isinstance(name, str) else name
    return {**node, "type": twin.type, "attribute": named}


def _subscription(node: dict[str, Any]) -> dict[str, Any]:
    """Return the condition that a customer is subscribed, or that they are not.

    The latter also holds for customers who were never subscribed, in both readings of negatives.
    """
    if str(node.get("value")) not in {"0", "False"}:
        return {**SUBSCRIBED, "value": node.get("value")}
    return {"type": COMBINE, "aggregator": "any", "value": "0", "conditions": [SUBSCRIBED]}
