"""What becomes of Maho's rules, by one reading of their negatives or the other."""

from conditions.parse import parse_tree
from segments.maho.conversion import convert
from segments.maho.phrases import Negatives
from segments.tests.maho.rules_in_short import MAPS, combine, leaf


def converted(root, negatives=Negatives.COMPLEMENT):
    """The tree, which must be right, and the paths at which it changed."""
    conversion = convert(root, MAPS, negatives)
    assert conversion.problems == []
    return parse_tree(conversion.root.json).json, [change.path for change in conversion.changes]


def said(kind, attribute, operator, value, negatives=Negatives.COMPLEMENT):
    """What one condition becomes, and whether its meaning changed."""
    tree, changes = converted(combine(leaf(kind, attribute, operator, value)), negatives)
    (node,) = tree["conditions"]
    return node, bool(changes)


def condition(attribute, operator, *value):
    """One condition of a tree here; `value`: one or none."""
    node = {"attribute": attribute, "operator": operator}
    return {**node, "value": value[0]} if value else node
