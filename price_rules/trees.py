"""The trees of a rule: conditions on the shopper, and which lines of the cart are meant."""

from typing import Any

from conditions.parse import parse_rows, parse_tree
from conditions.tree import Group

LINES = "cart_items"


def conditions_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed conditions; raises `InvalidTree`."""
    return parse_tree(tree, stored=stored)


def lines_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed group of conditions on lines; raises `InvalidTree`."""
    return parse_rows(tree, LINES, stored=stored)
