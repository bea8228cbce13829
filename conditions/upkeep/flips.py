"""Customers who may match or stop matching a tree because time has passed, with unchanged data.

A condition that is relative to the clock means ranges of days or instants. The ranges move as time
passes, and only rows that a bound has passed can give another answer. These rows lie in a narrow
range of a column, which an index finds and which is mostly empty: a range of days moves only at
midnight.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from conditions.attribute import Attribute, Flip
from conditions.bases.comparison import Against
from conditions.chains.chain import EventChain
from conditions.language.windows import LocalClock
from conditions.nodes.ranks import Ranked
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node, meaning_of, positive
from conditions.sql.place import AT_CUSTOMER, Context, Place
from conditions.sql.truth import ALWAYS, Truth, all_hold, any_of, complement
from customers.models import Customer


def flipped_customers(
    tree: Group, earlier: Context, later: Context
) -> Iterator[QuerySet[Any, Any]]:
    """Yield queries for ids of customers for which `tree` may answer differently than before.

    The queries include all customers whose answer differs between any two moments from `earlier` to
    `later`, so that customers judged at a moment within that time are not forgotten.
    """
    for place, truth in flips(tree, AT_CUSTOMER, earlier, later):
        relation = place.relation
        if relation is None:
            yield Customer.objects.filter(truth.q).values_list("pk")
        else:
            rows = relation.model._default_manager.filter(truth.q)
            yield rows.filter(**{f"{relation.link}__isnull": False}).values_list(relation.link)


def flips(node: Node, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
    """Yield the rows for which a condition of `node`, at `place`, may answer differently."""
    match node:
        case Ranked():
            yield from _rank_flips(node, place, earlier, later)
        case Condition():
            yield from _condition_flips(node, place, earlier, later)
        case RelationGroup():
            yield from _rows_flips(node, place, earlier, later)
            yield from _figure_flips(node, place, earlier, later)
        case EventChain():
            for step in node.steps:
                inside = place.rows_of(step.relation).place
                yield from flips(step.group, inside, earlier, later)
            yield from node.ends(place, earlier, later)
        case _group:
            for child in node.children:
                yield from flips(child, place, earlier, later)


def _rank_flips(node: Ranked, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
    """Yield the customers whose figure may change, or who may enter or leave the population.

    Each such customer may change the answer for everybody.
    """
    among = node.rank.among
    earlier, later = among.context_of(earlier), among.context_of(later)
    yield from among.flips(place, earlier, later)
    for group in node.populations:
        yield from flips(group, place, earlier, later)
    figures: list[Attribute | None]
    if isinstance(node, RelationGroup):
        yield from _rows_flips(node, place, earlier, later)
        figures = [node.of]
    else:
        figures = [node.ranked_figure()]
    if any(one is not None and one.moves for one in figures) and _midnights_between(earlier, later):
        yield place, ALWAYS


def _rows_flips(
    node: RelationGroup, place: Place, earlier: Context, later: Context
) -> Iterator[Flip]:
    """Yield the rows for which the relation group may choose other rows."""
    inside = place.rows_of(node.relation).place
    for group in (*node.parts, node.group):
        yield from flips(group, inside, earlier, later)
    if node.periods is not None:
        yield from node.periods.crossed(inside, earlier, later)


def _condition_flips(
    node: Condition, place: Place, earlier: Context, later: Context
) -> Iterator[Flip]:
    rows = node.rows_at(place)
    at = place if rows is None else rows.place
    if not isinstance(node.value, Against):
        yield from node.attribute.flips(node.positive, meaning_of(node.value), at, earlier, later)
    elif node.attribute.moves or node.value.attribute.moves:
        yield from _compare_answers(node, place, earlier, later)


def _figure_flips(
    node: RelationGroup, place: Place, earlier: Context, later: Context
) -> Iterator[Flip]:
    if node.operator is None:
        return
    if node.of is not None and node.of.moves:
        yield from _compare_answers(node, place, earlier, later)
        return
    figure = node.figure
    operator = positive(figure.type, node.operator)
    yield from figure.flips(operator, meaning_of(node.value), place, earlier, later)


def _compare_answers(node: Node, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
    """Yield rows whose computed answers differ; values that move do so at midnight only."""
    midnights = _midnights_between(earlier, later)
    if midnights == 1:
        before, after = (node.truth(place, context) for context in (earlier, later))
        yield place, _differ(before, after)
    elif midnights:  # The answer may have been different on the days between.
        yield place, ALWAYS


def _midnights_between(earlier: Context, later: Context) -> int:
    return max(
        (clock.today - LocalClock(earlier.moment.as_of, clock.zone).today).days
        for _websites, clock in later.moment.clocks
    )


def _differ(one: Truth, other: Truth) -> Truth:
    return any_of(all_hold(one, complement(other)), all_hold(other, complement(one)))
