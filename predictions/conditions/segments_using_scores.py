"""Segments with conditions on scores: their members change when the scores change."""

from collections.abc import Collection

from conditions.attribute import Attribute
from conditions.bases.comparison import Against
from conditions.nodes.tree import Condition
from predictions.conditions.families import ScoreColumn
from predictions.conditions.uplift import UpliftValue
from segments.models import Segment
from segments.rules.evaluation.rule import Rule
from segments.rules.evaluation.rule_cache import rules_of
from segments.rules.in_conditions.references import ListedSegments, reachable_codes

# The attributes that read scores: columns of a customer's row, and uplifts, whose `column` is the
# code of their model.
SCORES = (ScoreColumn, UpliftValue)


def sides_of(condition: Condition) -> list[Attribute]:
    """Return the attributes that a condition reads: its own, and the one it is compared with."""
    sides = [condition.attribute]
    if isinstance(condition.value, Against):
        sides.append(condition.value.attribute)
    return sides


def segments_asking(columns: Collection[str]) -> list[Segment]:
    """Return the active segments with conditions on one of the `columns` of scores, by name.

    Segments that refer to such a segment are included.
    """
    segments = {one.code: one for one in Segment.objects.filter(is_active=True)}
    rules = rules_of(list(segments))
    themselves = {
        code
        for code in segments
        if isinstance(rule := rules.get(code), Rule) and _asks(rule, columns)
    }
    trees = {code: one.conditions for code, one in segments.items()}
    lists = ListedSegments()
    found = [
        one for code, one in segments.items() if reachable_codes(code, trees, lists) & themselves
    ]
    return sorted(found, key=lambda one: (one.name, one.code))


def _asks(rule: Rule, columns: Collection[str]) -> bool:
    return any(
        isinstance(side, SCORES) and side.column in columns
        for node in rule.tree.walk()
        if isinstance(node, Condition)
        for side in sides_of(node)
    )
