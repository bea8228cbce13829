"""The states of orders that a condition counts, and contradictions that only these explain.

Sales leave out closed and canceled orders, a customer's last order only the canceled ones. So
"their last order is 80 days old" and "have not ordered in the last 120 days" hold together for a
customer whose latest orders are closed: allowed, and seldom meant.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from django.utils.translation import gettext_lazy

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.comparison import Against
from conditions.bases.elapsed import DaysSince
from conditions.bases.row_figures.derived import Derived
from conditions.language.operators import Operator, Takes
from conditions.language.types import INTEGER, Value
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Node, meaning_of
from conditions.phrases.writing.clauses import ALONE
from conditions.sql.place import Relation, every_row
from core.problems import Problem
from customers.models import NO_SALE_STATES, Order, OrderItem, OrderState

CLOSED, CANCELED = frozenset({OrderState.CLOSED}), frozenset({OrderState.CANCELED})
# Remarks on closed and canceled orders: which states count, and which do not.
REMARKS: Mapping[tuple[frozenset[str], frozenset[str]], Any] = {
    (CLOSED, frozenset()): gettext_lazy("closed orders count"),
    (CANCELED, frozenset()): gettext_lazy("canceled orders count"),
    (CLOSED | CANCELED, frozenset()): gettext_lazy("closed and canceled orders count"),
    (CLOSED, CANCELED): gettext_lazy("closed orders count, canceled ones do not"),
    (frozenset(), CLOSED): gettext_lazy("closed orders do not count"),
    (frozenset(), CANCELED): gettext_lazy("canceled orders do not count"),
    (frozenset(), CLOSED | CANCELED): gettext_lazy("closed and canceled orders do not count"),
}


def counted_states(node: Node) -> frozenset[str]:
    """Return the states of orders that `node` counts; none where it is not about orders."""
    if isinstance(node, RelationGroup):
        return _states_of_rows(node.relation)
    if not isinstance(node, Condition):
        return frozenset()
    attribute = node.attribute
    if attribute.relation is not None:
        return _states_of_rows(registry.relation(attribute.relation))
    return frozenset().union(*map(_states_of_figure, _figures_of(attribute)))


def remark(node: Node, states: Collection[str]) -> str:
    """Return which of a customer's closed and canceled orders `node` counts.

    `states` are the states of the customer's orders. Empty where the node's own words state it, and
    where it makes no difference.
    """
    counted = counted_states(node)
    if not counted or (isinstance(node, RelationGroup) and counted == set(OrderState)):
        return ""
    unusual = frozenset(states) & frozenset(NO_SALE_STATES)
    words = REMARKS.get((unusual & counted, unusual - counted))
    return "" if words is None else str(words)


def contradictions(siblings: Sequence[Node]) -> Iterator[Problem]:
    """Yield a warning for each two `siblings`, all of which must hold, that contradict each other.

    Where only one of the two counts some orders, and the two can hold for these, the warning names
    the orders.
    """
    bought = [claim for node in siblings if (claim := _required_order(node))]
    for node in siblings:
        absent = _not_bought(node)
        if absent is None:
            continue
        for claim in bought:
            if claim.days > absent.days:
                continue
            said = {"bought": _words(claim.node), "not_bought": _words(node)}
            beside = claim.states - absent.states
            text = _CANNOT_BOTH_HOLD.get(beside)
            code = "never_holds" if text is None else "counts_other_orders"
            yield Problem(node.path, code, str(text or _NEVER_BOTH) % said)


_NEVER_BOTH = gettext_lazy(
    "“%(bought)s” and “%(not_bought)s” cannot both hold: nobody is like that."
)
_CANNOT_BOTH_HOLD: Mapping[frozenset[str], Any] = {
    CLOSED: gettext_lazy(
        "“%(bought)s” counts closed orders and “%(not_bought)s” does not: only customers with a "
        "closed order are like both."
    ),
    CANCELED: gettext_lazy(
        "“%(bought)s” counts canceled orders and “%(not_bought)s” does not: only customers with a "
        "canceled order are like both."
    ),
    CLOSED | CANCELED: gettext_lazy(
        "“%(bought)s” counts closed and canceled orders and “%(not_bought)s” does not: only "
        "customers with such an order are like both."
    ),
}


@dataclass(frozen=True)
class Claim:
    """The claim that a customer has (or has not) an order in one of `states` in the last `days`.

    `inf` days: ever.
    """

    node: Node
    days: float
    states: frozenset[str]


def _words(node: Node) -> str:
    return node.clause(None, ALONE).text


def _required_order(node: Node) -> Claim | None:
    """Return the order that `node` requires; None where it requires none."""
    days: float | None = None
    if isinstance(node, RelationGroup) and _some_rows(node):
        parts = node.group.conditions if node.group.match == "all" else ()
        days = min((last for part in parts if (last := _last_days(part)) is not None), default=inf)
    elif isinstance(node, Condition) and not node.operator.twin:
        if node.attribute.relation is not None or _is_last_order(node.attribute):
            days = _last_days(node)
            days = inf if days is None else days
        elif _counts_orders(node.attribute):
            low, _high = _bounds(node.operator, node.value)
            days = inf if low > 0 else None
        elif _is_age_of_last_order(node.attribute):
            days = _bounds(node.operator, node.value)[1]
            # Customers without orders have infinitely many days since their last order.
            days = None if node.attribute.infinite and days == inf else days
    states = counted_states(node)
    return Claim(node, days, states) if days is not None and states else None


def _not_bought(node: Node) -> Claim | None:
    """Return the order that `node` rules out; None where it rules out none as a whole."""
    days: float | None = None
    if isinstance(node, RelationGroup) and node.relation.model is Order and _no_rows(node):
        parts = node.group.conditions
        if not parts:
            days = inf
        elif len(parts) == 1 and node.group.match in {"all", "any"}:
            days = _last_days(parts[0])
    elif isinstance(node, Condition) and not node.operator.twin:
        if _counts_orders(node.attribute):
            days = inf if _bounds(node.operator, node.value)[1] < 1 else None
        elif _is_age_of_last_order(node.attribute):
            low, _high = _bounds(node.operator, node.value)
            days = low - 1 if low > 0 else None
    states = counted_states(node)
    return Claim(node, days, states) if days is not None and states else None


def _some_rows(node: RelationGroup) -> bool:
    if node.operator is None:
        return node.aggregate.name == "exists"
    return node.aggregate.name == "count" and _bounds(node.operator, node.value)[0] > 0


def _no_rows(node: RelationGroup) -> bool:
    if node.limit is not None:
        return False  # Rows other than the first or last may satisfy the conditions.
    if node.operator is None:
        return node.aggregate.name == "not_exists"
    return node.aggregate.name == "count" and _bounds(node.operator, node.value)[1] < 1


def _last_days(node: Node) -> float | None:
    """Return the number of last days in which the condition `node` wants an order's own time."""
    if not isinstance(node, Condition) or node.operator.name != "in_last_days":
        return None
    is_when = node.attribute.code == "order.created_at" or _is_last_order(node.attribute)
    assert isinstance(node.value, Value)
    return float(node.value.meant) if is_when else None


def _bounds(operator: Operator, value: Value | Against | None) -> tuple[float, float]:
    """Return the least and the greatest whole number that match; -inf and inf: no bound."""
    if operator.takes is Takes.NOTHING or isinstance(value, Against) or operator.twin:
        return -inf, inf
    ranges = INTEGER.ranges(operator, meaning_of(value))
    lows = [-inf if low is None else low for low, _high in ranges]
    highs = [inf if high is None else high for _low, high in ranges]
    return min(lows, default=-inf), max(highs, default=inf)


def _counts_orders(attribute: Attribute) -> bool:
    return (
        isinstance(attribute, Derived)
        and attribute.aggregate.name == "count"
        and registry.relation(attribute.over).model is Order
    )


def _is_last_order(attribute: Attribute) -> bool:
    return (
        isinstance(attribute, Derived)
        and attribute.aggregate.name == "max"
        and attribute.of_code == "order.created_at"
    )


def _is_age_of_last_order(attribute: Attribute) -> bool:
    figures = list(attribute.stored_figures()) if isinstance(attribute, DaysSince) else []
    return bool(figures) and all(map(_is_last_order, figures))


def _figures_of(attribute: Attribute) -> list[Derived]:
    own = [attribute] if isinstance(attribute, Derived) else []
    return own or list(attribute.stored_figures())


def _states_of_figure(figure: Derived) -> frozenset[str]:
    return _states_of_rows(registry.relation(figure.over), figure)


@cache
def _states_of_rows(relation: Relation, figure: Derived | None = None) -> frozenset[str]:
    """Return the states of orders whose rows are among those of `relation` (that `figure` counts).

    Evaluates the conditions of the relation and the figure for an order in each state.
    """
    keeps = every_row if figure is None else figure.keeps
    found = set()
    for state in OrderState:
        order = Order(state=state)
        row: Any = order
        if relation.model is OrderItem:
            row = OrderItem(order=order)
        elif relation.model is not Order:
            return frozenset()
        if relation.keeps(row) and relation.top_keeps(row) and keeps(row):
            found.add(state)
    return frozenset(found)
