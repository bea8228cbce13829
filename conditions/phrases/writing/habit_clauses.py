"""Clauses of relation groups about the first or the last rows, or about periods with rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conditions.bases.aggregates import QUANTIFIERS
from conditions.phrases.forms import quoted_label, rows_forms
from conditions.phrases.template import template
from conditions.phrases.writing.clauses import Clause, Said, Style
from conditions.phrases.writing.habits import (
    active_said,
    going_by_clause,
    limited_clause,
    stopped_said,
    when_clause,
)
from conditions.phrases.writing.rows import number_said, rows_clause, where_said
from core.text.formats import number_shown

if TYPE_CHECKING:
    from conditions.nodes.relation_group import RelationGroup
    from conditions.sql.place import Relation


def habit_clause(
    node: RelationGroup, of_rows: Callable[[Relation | None, Style], Clause], style: Style
) -> Clause:
    """Return the clause of a relation group with a limit or with periods.

    `of_rows` returns its clause about all rows, without periods.
    """
    own = _none_of_last(node, style)
    if own is not None:
        return own
    if node.periods is None:
        return with_limit(node, of_rows(None, style), style)
    unit, count = node.periods.periods.unit, node.periods.periods.count
    if node.operator is None:
        when = stopped_said(unit, count)
    else:
        said = Said(node.figure, node.operator, node.value)
        when = active_said(number_said(said, "", style), unit, count)
    return in_periods(node, when, style)


def in_periods(node: RelationGroup, when: str, style: Style) -> Clause:
    """Return that the customer has rows that `node` chooses; `when` words their periods."""
    did = rows_forms(node.relation, nested=False).exists_at_time
    if did is not None and not node.group.conditions:
        return with_limit(node, Clause(did.write(alone=style.alone, when=when)), style)
    group = node.group
    clause = rows_clause(
        node.relation,
        QUANTIFIERS["exists"],
        None,
        "",
        group.match,
        group.conditions,
        nested=False,
        own=None,
        style=style,
    )
    return with_limit(node, when_clause(when, clause, style), style)


def with_limit(node: RelationGroup, clause: Clause, style: Style) -> Clause:
    """Return `clause` with the rows that `node` looks at: all, or the first or last ones."""
    limit, time = node.limit, node.time
    label = "" if time is None or time.at is None else quoted_label(time.at, node.relation)
    if limit is None:
        return going_by_clause(label, clause, style) if label else clause
    match, parts = limit.group.match, limit.group.conditions
    where = where_said(match, parts, node.relation, style, nested=False)
    return limited_clause(limit.end, limit.number, label, where, clause, style)


def _none_of_last(node: RelationGroup, style: Style) -> Clause | None:
    """Return the clause of last rows that all lack an attribute; None for any other group."""
    limit, group = node.limit, node.group
    if limit is None or limit.end != "last" or limit.number == 1 or limit.group.conditions:
        return None
    if node.aggregate.name != "every" or limit.time.at is not None or group.match != "all":
        return None
    for code, words in node.relation.phrase.none_of_last.items():
        absent = {"attribute": code, "operator": "is_empty"}
        if [one.json for one in group.conditions] == [absent]:
            number = number_shown(limit.number)
            return Clause(template(str(words)).write(alone=style.alone, number=number))
    return None
