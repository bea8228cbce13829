"""The trees of a rule: conditions on the shopper, and which lines of the cart are meant."""

from collections.abc import Iterator, Mapping
from typing import Any

from conditions.parse import parse_rows, parse_tree
from conditions.tree import Group
from segments.models import Segment
from segments.rules.references import codes_in

LINES = "cart_items"
PROTECTED = (
    *("customer.gender", "customer.date_of_birth", "customer.days_until_birthday"),
    *(
        f"order.{kind}_{part}"
        for kind in ("shipping", "billing")
        for part in ("country", "region", "city", "postcode")
    ),
)
PROTECTED_FAMILY = "address."


def conditions_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed conditions; raises `InvalidTree`."""
    return parse_tree(tree, stored=stored)


def lines_of(tree: Any, *, stored: bool = False) -> Group:
    """Return the parsed group of conditions on lines; raises `InvalidTree`."""
    return parse_rows(tree, LINES, stored=stored)


def is_protected(attribute: str) -> bool:
    """Return whether prices that differ by this attribute may be unlawful."""
    return attribute in PROTECTED or attribute.startswith(PROTECTED_FAMILY)


def protected_in(tree: Any, path: str) -> Iterator[str]:
    """Yield the path of each condition of a stored tree at `path` on what is protected."""
    if not isinstance(tree, Mapping):
        return
    if is_protected(str(tree.get("attribute", ""))):
        yield f"{path}.attribute"
    if is_protected(str(tree.get("of", ""))):
        yield f"{path}.of"
    value = tree.get("value")
    if isinstance(value, Mapping) and is_protected(str(value.get("attribute", ""))):
        yield f"{path}.value.attribute"
    for index, child in enumerate(tree.get("conditions") or ()):
        yield from protected_in(child, f"{path}.conditions[{index}]")


def protected_segments(codes: set[str]) -> set[str]:
    """Return those of `codes` whose trees, or those of segments behind them, ask for that."""
    trees: dict[str, Any] = {}
    waiting = set(codes)
    while waiting:
        rows = Segment.objects.filter(code__in=waiting)
        found = dict(rows.values_list("code", "conditions"))
        trees |= found
        waiting = {one for tree in found.values() for one in codes_in(tree)} - set(trees)
    asking = {code for code, tree in trees.items() if any(protected_in(tree, ""))}
    while behind := {
        code for code, tree in trees.items() if code not in asking and codes_in(tree) & asking
    }:
        asking |= behind
    return asking & codes
