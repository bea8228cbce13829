"""Nodes of Adobe Commerce 2, as Maho writes them: the same rule trees with other types."""

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
    """What a type of Adobe's is called in Maho.

    `names` are the attributes that are called otherwise there; `attribute` is the one of a type
    that names none.
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
    """Return a node of Adobe Commerce 2 as Maho writes it; any other node as it is.

    What stands below the node stays, so that paths lead to the same places in both.
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
    """Return that a customer is subscribed, or that they are not.

    The latter holds for who was never subscribed, too, however negatives are read.
    """
    if str(node.get("value")) not in {"0", "False"}:
        return {**SUBSCRIBED, "value": node.get("value")}
    return {"type": COMBINE, "aggregator": "any", "value": "0", "conditions": [SUBSCRIBED]}
