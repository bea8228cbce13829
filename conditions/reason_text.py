"""Why a condition holds for one customer or not, in the phrases of its sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conditions.attribute import Attribute
from conditions.bases.aggregates import QUANTIFIERS, Figure, Quantifier
from conditions.bases.column import Column
from conditions.chains.chain import EventChain
from conditions.evaluator.verdict import Verdict
from conditions.language.counted import form_of
from conditions.language.stored_nodes import LISTS_OF_NODES
from conditions.language.types import PART, DateType, NumberType, Value
from conditions.nodes.ranks import Ranked
from conditions.nodes.relation_group import RelationGroup
from conditions.nodes.tree import Condition, Group, Node
from conditions.parsing.counted_orders import remark
from conditions.phrases import measures
from conditions.phrases.forms import figure_form, forms_of, rows_forms
from conditions.phrases.measures import kind_of
from conditions.phrases.names import names_of
from conditions.phrases.template import Template, template
from conditions.phrases.writing.clauses import ALONE, Clause, Said, clause_of, rows_said
from conditions.phrases.writing.habit_clauses import in_periods, with_limit
from conditions.phrases.writing.habits import active_said
from conditions.phrases.writing.rows import label_of, rows_clause, where_said
from conditions.phrases.writing.values import in_a_row, takes_names, unit_of, with_unit
from conditions.sql.place import Relation
from core.text.formats import day_shown, number_shown

# Returns whether a reader may see a customer's values of an attribute, or rows of a relation.
CanSee = Callable[[Attribute | Relation | None], bool]
# Returns the day of the customer's last row of a relation; None where there is no row.
LastDay = Callable[[Relation], date | None]


def _no_last_day(_relation: Relation) -> date | None:
    return None


def explain_node(
    node: Node,
    verdict: Verdict,
    can_see: CanSee,
    order_states: Collection[str] = (),
    last_day: LastDay = _no_last_day,
) -> dict[str, Any]:
    """Return the node's tree with `holds`, `actual`, and `because` at conditions on the customer.

    `order_states` are the states of the customer's orders: `because` names those that count. Nodes
    below a relation group have no `because`, since their conditions are about single rows. Nodes
    whose values the reader may not see have neither `actual` nor `because`.
    """
    found = verdict.tree
    if isinstance(node, Group):
        pairs = zip(node.children, verdict.children, strict=True)
        below = [explain_node(child, its, can_see, order_states, last_day) for child, its in pairs]
        return {**found, "conditions": below}
    if not is_seen(node, can_see):
        return _without_values(found)
    return {**found, "because": because(node, verdict, order_states, last_day)}


def is_seen(node: Node, can_see: CanSee) -> bool:
    """Return whether a reader may see what `node` found; in an order of events, at every step."""
    if isinstance(node, EventChain):
        return all(is_seen(step, can_see) for step in node.steps)
    return can_see(node.attribute if isinstance(node, Condition) else node.rows_below)


def _without_values(tree: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in tree.items() if key != "actual"}
    for key in LISTS_OF_NODES:
        if key in kept:
            kept[key] = [_without_values(child) for child in kept[key]]
    for key, value in kept.items():
        if isinstance(value, dict) and "holds" in value:  # A node under a key of its own.
            kept[key] = _without_values(value)
    return kept


def because(
    node: Node,
    verdict: Verdict,
    order_states: Collection[str] = (),
    last_day: LastDay = _no_last_day,
) -> str:
    """Return a true clause about the customer: "because they have spent 620 EUR in all".

    Where the customer has orders that some conditions count and others do not, the clause states
    whether this one does: "because they have ordered 2 times (closed orders do not count)". Where
    the customer has no row at the time that is asked for, it states the day of the last row.
    """
    clause = _clause(node, verdict)
    if clause is None:
        return ""
    said = clause.text
    if not clause.has_pronoun:
        said = pgettext("because", "they %(clause)s") % {"clause": said}
    remarks = [remark(node, order_states)]
    if isinstance(node, RelationGroup) and _asks_when(node) and not verdict.actual["count"]:
        day = last_day(node.relation)
        remarks.append(_("the last time on %(day)s") % {"day": day_shown(day)} if day else "")
    if any(remarks):
        said = f"{said} ({'; '.join(filter(None, remarks))})"
    return _("because %(clause)s") % {"clause": said}


def _asks_when(group: RelationGroup) -> bool:
    """Return whether the group asks for rows at some time, and for nothing else of them."""
    parts = group.group.conditions
    is_plain = isinstance(group.aggregate, Quantifier) and group.periods is None
    return bool(parts) and is_plain and all(_is_time_of(one, group.relation) for one in parts)


def _is_time_of(node: Node, relation: Relation) -> bool:
    """Return whether a condition is about the time of a row of `relation`."""
    attribute = node.attribute if isinstance(node, Condition) else None
    if not isinstance(attribute, Column):
        return False
    return relation.paths.get(attribute.prefix, "") + attribute.paths[0] == relation.time


def _clause(node: Node, verdict: Verdict) -> Clause | None:
    if isinstance(node, Ranked):
        return node.answer(ALONE, holds=verdict.holds)
    actual = verdict.actual
    if isinstance(node, RelationGroup):
        return _of_rows(node, verdict)
    if isinstance(node, EventChain):
        # There are no words for an order of events that did not happen.
        return node.clause(None, ALONE) if verdict.holds else None
    assert isinstance(node, Condition)
    attribute = node.attribute
    if attribute.relation is not None:
        return rows_said(node.said, ALONE, has_rows=actual["count"] > 0)
    if attribute.type is PART:
        is_in = verdict.holds != bool(node.operator.twin)
        operator = attribute.type.operators["is_in" if is_in else "is_not_in"]
        return clause_of(Said(attribute, operator, node.value), None, ALONE)
    if isinstance(actual, dict):
        return _of_segments(attribute, actual)
    return _of_value(attribute, actual)


def _of_segments(attribute: Attribute, actual: dict[str, bool]) -> Clause:
    within = [code for code, is_in in actual.items() if is_in]
    operator = attribute.type.operators["is_one_of" if within else "is_not_one_of"]
    codes = within or list(actual)
    return clause_of(Said(attribute, operator, Value(tuple(codes), codes)), None, ALONE)


def _of_value(attribute: Attribute, actual: Any) -> Clause:
    forms = forms_of(attribute, None)
    name = "is_empty" if actual is None else f"is {actual}"
    if isinstance(actual, bool):
        name = "yes" if actual else "no"
    if name in forms.special:
        return _write_clause(template(form_of(forms.special[name])))
    assert forms.subject is not None
    if actual is None:
        return _write_clause(forms.subject, **{"is": str(measures.KNOWN[1])})
    if forms.has is not None:
        return _write_clause(forms.has, value=_plain(attribute, actual))
    copula = template(str(kind_of(attribute.type).copula[0]))
    return _write_clause(forms.subject, **{"is": copula.write(value=_plain(attribute, actual))})


def _write_clause(phrase: Template, **slots: str) -> Clause:
    return Clause(phrase.write(alone=True, **slots), phrase.has_pronoun)


def _plain(attribute: Attribute, actual: Any) -> str:
    """Return a value that was found, as a phrase shows it."""
    if isinstance(actual, list):
        codes = [str(one) for one in names_of(attribute, actual, ())]
        return in_a_row(codes, _(" and "))
    if isinstance(actual, bool):
        return _("yes") if actual else _("no")
    if isinstance(attribute.type, NumberType):
        number = Decimal(actual)
        if not number.is_finite():
            return pgettext("how long", "ever")
        return with_unit(attribute, number, unit_of(attribute))
    if isinstance(attribute.type, DateType):
        words = kind_of(attribute.type).measures["is"]
        point = template(str(measures.POINT)).write(day=day_shown(_day(actual)))
        return template(form_of(words)).write(value=point)
    if takes_names(attribute, attribute.type.operators["is_not_empty"]):
        return str(names_of(attribute, [actual], ())[0])
    return with_unit(attribute, actual, "")


def _day(actual: str) -> date:
    if "T" not in actual:
        return date.fromisoformat(actual)
    return timezone.localtime(datetime.fromisoformat(actual)).date()


def _of_rows(node: RelationGroup, verdict: Verdict) -> Clause | None:
    if node.periods is None:
        clause = _of_chosen_rows(node, verdict.actual)
        return None if clause is None else with_limit(node, clause, ALONE)
    if node.operator is None:
        return node.clause(None, ALONE) if verdict.holds else None
    periods = node.periods.periods
    when = active_said(number_shown(verdict.actual), periods.unit, periods.count)
    return in_periods(node, when, ALONE)


def _of_chosen_rows(node: RelationGroup, actual: dict[str, Any]) -> Clause | None:
    match, parts, relation = node.group.match, node.group.conditions, node.relation
    count = actual["count"]
    if isinstance(node.aggregate, Quantifier) or (node.aggregate.name == "count" and not count):
        if node.aggregate.name == "every":
            return None
        quantifier = QUANTIFIERS["exists" if count else "not_exists"]
        return rows_clause(
            relation, quantifier, None, "", match, parts, nested=False, own=None, style=ALONE
        )
    assert isinstance(node.aggregate, Figure)
    if node.aggregate.name == "count":
        forms = rows_forms(relation, nested=False)
        where = where_said(match, parts, relation, ALONE, nested=False)
        value = with_unit(node.figure, count, forms.unit)
        return _write_clause(forms.count, value=value, where=where)
    phrase = figure_form(
        relation,
        node.aggregate,
        label_of(node.of, relation),
        of_dates=isinstance(node.figure.type, DateType),
        nested=False,
    )
    value = actual["value"]
    copula = template(str(kind_of(node.figure.type).copula[0]))
    return _write_clause(
        phrase,
        where=where_said(match, parts, relation, ALONE, nested=True, always=True),
        **{
            "is": str(measures.KNOWN[1])
            if value is None
            else copula.write(value=_plain(node.figure, value))
        },
    )
