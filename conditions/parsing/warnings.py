"""Warnings about trees that are allowed, yet seldom meant."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

from django.utils.translation import gettext as _

from conditions import registry
from conditions.bases.aggregates import Figure
from conditions.bases.comparison import Against
from conditions.chains.chain import EventChain
from conditions.language.operators import Operator, Takes
from conditions.language.types import NumberType, Value, ValueType
from conditions.nodes.ranks import Ranked
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node, meaning_of, positive
from conditions.parsing.counted_orders import contradictions
from conditions.parsing.untracked import absences
from core.problems import Problem


def warnings_of(root: Group) -> list[Problem]:
    """Return the warnings of a valid tree, in document order."""
    return [*_empty_root(root), *_below(root, direct=True), *absences(root)]


def warnings_of_rows(root: Group) -> list[Problem]:
    """Return the warnings of a valid tree about one row, in document order."""
    return [*_below(root, direct=False), *absences(root)]


def known_of_nobody(root: Group) -> list[Problem]:
    """Return warnings about attributes without any value so far; queries the database."""
    return [
        Problem(f"{node.path}.attribute", "known_of_nobody", str(why))
        for node in root.walk()
        if isinstance(node, Condition) and (why := node.attribute.known_of_nobody())
    ]


def _empty_root(root: Group) -> Iterator[Problem]:
    if not root.conditions:
        everybody = root.match in {"all", "none"}
        yield Problem(
            "",
            "empty_root",
            _("Without conditions the segment has everybody in its scope.")
            if everybody
            else _("Without conditions the segment has nobody."),
        )


def _below(node: Node, *, direct: bool) -> Iterator[Problem]:
    """Yield the warnings at `node` and below; `direct`: the node stands at the customer."""
    if isinstance(node, Condition):
        yield from _never_holds(node)
        yield from _asked_elsewhere(node)
        if direct:
            yield from _some_old_row(node)
    if isinstance(node, RelationGroup):
        yield from _figure_never_holds(node)
    if isinstance(node, EventChain):
        yield from _order_never_holds(node)
    if isinstance(node, Group) and direct:
        yield from _siblings(node)
        yield from _ranked_among_all(node)
    for child in (*node.parts, *node.children):
        yield from _below(child, direct=direct and node.rows_below is None)
    if isinstance(node, Ranked):
        for group in node.populations:
            yield from _below(group, direct=True)


def _ranked_among_all(group: Group) -> Iterator[Problem]:
    """Warn of ranks next to conditions that seem to restrict the population, but do not."""
    ranks = [node for node in group.conditions if isinstance(node, Ranked)]
    if group.match != "all" or len(ranks) == len(group.conditions):
        return
    for node in ranks:
        if node.rank.among.is_scope:
            yield Problem(
                f"{node.path}.operator",
                "ranked_among_all",
                _(
                    "Customers are compared with all in scope, not with those of the conditions "
                    "beside this one. If these are meant, compare with “customers for whom …” and "
                    "move the conditions there (in the API: into a group at “among”)."
                ),
            )


def _siblings(group: Group) -> Iterator[Problem]:
    """Warn of siblings under "all" that contradict each other, or may each mean another row."""
    if group.match != "all":
        return
    yield from contradictions(group.conditions)
    direct = [
        node
        for node in group.conditions
        if isinstance(node, Condition)
        and node.attribute.relation is not None
        and node.operator.twin is None
    ]
    direct.sort(key=lambda node: node.attribute.relation or "")
    for name, nodes in groupby(direct, key=lambda node: node.attribute.relation or ""):
        same = list(nodes)
        if len(same) > 1:
            relation = registry.relation(name)
            yield Problem(
                f"{group.path}.conditions" if group.path else "conditions",
                "each_another_row",
                _(
                    "%(label)s: each of these %(count)s conditions may be met by another one. If "
                    "all are meant for %(same)s, put them into one relation group: "
                    '{"relation": "%(name)s", "match": "all", "conditions": [...]}.'
                )
                % {
                    "label": relation.label,
                    "count": len(same),
                    "same": relation.same,
                    "name": name,
                },
            )


def _some_old_row(node: Condition) -> Iterator[Problem]:
    if node.attribute.relation is None or node.operator.name not in {
        "more_than_days_ago",
        "more_than_hours_ago",
    }:
        return
    largest = _("the largest (max) %(label)s in a relation group")
    instead = node.attribute.instead_of_old or largest % {"label": node.attribute.label}
    yield Problem(
        f"{node.path}.operator",
        "some_old_row",
        _(
            "This holds where some row is that old, whatever came later. For the latest one use "
            "%(instead)s."
        )
        % {"instead": instead},
    )


def _never_holds(node: Condition) -> Iterator[Problem]:
    attribute = node.attribute
    if node.operator.name == "is_empty" and attribute.always_known:
        yield Problem(
            f"{node.path}.operator",
            "never_holds",
            _("“%(label)s” is always known: this holds for nobody.") % {"label": attribute.label},
        )
    if not isinstance(node.value, Against) and _is_impossible(
        attribute.type, node.operator, node.value, attribute.minimum, attribute.maximum
    ):
        yield _impossible(node)


def _asked_elsewhere(node: Condition) -> Iterator[Problem]:
    """Warn of codes that no row has, because another attribute or relation stands for them."""
    elsewhere = node.attribute.asked_elsewhere
    if not elsewhere or node.value is None or isinstance(node.value, Against):
        return
    value = node.value.meant
    for code in [value] if isinstance(value, str) else value:
        if code in elsewhere:
            text = _("“%(code)s” is asked for by %(instead)s: no row has it here.")
            said = {"code": code, "instead": elsewhere[code]}
            yield Problem(f"{node.path}.value", "asked_elsewhere", text % said)


def _figure_never_holds(node: RelationGroup) -> Iterator[Problem]:
    if node.operator is None or not isinstance(node.aggregate, Figure):
        return
    type_ = node.aggregate.result_type(node.of)
    maximum = None if node.periods is None else node.periods.periods.count
    if _is_impossible(type_, node.operator, node.value, node.aggregate.minimum, maximum):
        yield _impossible(node)


def _order_never_holds(node: EventChain) -> Iterator[Problem]:
    """Warn of steps that no row can follow, and of rows that mostly have one time."""
    for before, step in pairwise(node.steps):
        if step.within is not None and not step.within.number and not step.is_absent:
            yield Problem(
                f"{step.path}.within_{step.within.unit}",
                "never_holds",
                _("Nothing happens later and within no time: this holds for nobody."),
            )
        if before.relation is step.relation and before.time.is_shared and step.time.is_shared:
            yield Problem(
                f"{step.path}.relation",
                "same_instant",
                _(
                    "%(label)s: most of these rows come several at one instant, and of these none "
                    "is after another. Ask for orders or refunds where a later one is meant."
                )
                % {"label": step.relation.label},
            )


def _is_impossible(
    type_: ValueType,
    operator: Operator,
    value: Value | None,
    minimum: int | None,
    maximum: int | None = None,
) -> bool:
    if operator.takes is Takes.NOTHING or not isinstance(type_, NumberType):
        return False
    ranges, scale = type_.ranges(positive(type_, operator), meaning_of(value)), type_.scale
    possible = [
        (low, high)
        for low, high in ranges
        if (minimum is None or high is None or high >= minimum * scale)
        and (maximum is None or low is None or low <= maximum * scale)
    ]
    return not possible if operator.twin is None else False


def _impossible(node: Node) -> Problem:
    return Problem(
        f"{node.path}.value", "never_holds", _("No value is like that: this holds for nobody.")
    )
