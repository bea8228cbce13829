"""An explanation as lines: the conditions, their results and the compared values."""

from collections.abc import Iterator
from dataclasses import dataclass

from conditions.chains.chain import EventChain
from conditions.evaluator.verdict import Verdict
from conditions.nodes.ranks import Ranked
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node
from conditions.reason_text import CanSee, is_seen
from conditions.sql.place import Relation
from segments.insight.explanations.customer_memberships import Reason
from segments.insight.explanations.finding_texts import found_words, rank_words
from segments.rules.between_versions import group_words


@dataclass(frozen=True)
class Line:
    """A node in words. `found` is the compared value, "" where the reader may not see it.

    A node about single rows (`is_part`) has no result for the customer.
    """

    words: str
    holds: bool
    is_part: bool
    found: str
    depth: int


def lines_of(reason: Reason, can_see: CanSee) -> list[Line]:
    """Return a line for each node of an explained tree, in reading order.

    `can_see` decides which of the customer's values are shown.
    """
    return list(_lines(reason, can_see, 0, None))


def line_of(reason: Reason, can_see: CanSee) -> Line:
    """Return the line of a single condition."""
    return _line(reason, can_see, 0, None)


def _lines(reason: Reason, can_see: CanSee, depth: int, inside: Relation | None) -> Iterator[Line]:
    yield _line(reason, can_see, depth, inside)
    node = reason.node
    inside = node.rows_below or inside
    for child, verdict in zip(node.children, reason.verdict.children, strict=True):
        yield from _lines(Reason(child, verdict), can_see, depth + 1, inside)


def _line(reason: Reason, can_see: CanSee, depth: int, inside: Relation | None) -> Line:
    node, verdict = reason.node, reason.verdict
    words = group_words(node) if isinstance(node, Group) else node.words(inside)
    found = _found(node, verdict, inside) if is_seen(node, can_see) else ""
    return Line(words, verdict.holds, inside is not None, found, depth)


def _found(node: Node, verdict: Verdict, inside: Relation | None) -> str:
    match node:
        case Ranked():
            return rank_words(verdict.actual, node.ranked_figure())
        case Condition():
            return found_words(verdict.actual, node.attribute)
        case EventChain():
            return found_words(verdict.actual["chain"])
        case RelationGroup() if node.operator is not None:
            return found_words(verdict.actual, node.figure)
        case RelationGroup() if node.relation.left_out and not verdict.actual["count"]:
            return f"{found_words(verdict.actual)} ({node.relation.left_out})"
        case Group() if inside is None:
            return ""
        case _:
            return found_words(verdict.actual)
