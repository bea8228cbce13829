"""The trees of a rule: conditions on the shopper, and conditions that select lines of the cart."""

from collections.abc import Mapping
from typing import Any

from conditions.language.stored_nodes import children_of, is_rank
from conditions.nodes.tree import Group
from conditions.parse import parse_rows, parse_tree

LINES = "cart_items"
# The relations, and the prefixes of attributes, that are evaluated on the cart at the till.
OF_CART = {"carts", LINES}
FAMILIES_OF_CART = ("cart.", "cart_item.")


def conditions_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed conditions on the shopper. Raises `InvalidTree`."""
    return parse_tree(tree, stored=stored)


def lines_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed conditions on lines. Raises `InvalidTree`."""
    return parse_rows(tree, LINES, stored=stored)


def asks_of_customer(tree: Any) -> bool:
    """Return whether stored conditions depend on more than the cart at the till."""
    if not isinstance(tree, Mapping):
        return False
    attribute, relation = tree.get("attribute"), tree.get("relation")
    if attribute is not None and not str(attribute).startswith(FAMILIES_OF_CART):
        return True
    if relation is not None and relation not in OF_CART:
        return True
    return is_rank(tree) or any(map(asks_of_customer, children_of(tree)))
