"""Reads the last rows, and periods with rows: "4 of the last 6 months", "the last 5"."""

from __future__ import annotations

import re

from conditions import registry
from conditions.language.periods import MOST_PERIODS
from conditions.language.windows import UNITS
from conditions.nodes.row_limit import MOST_ROWS
from conditions.reading.chunks import Habit
from conditions.reading.event_steps import has_day, step_of
from conditions.reading.facts import Fact, Unsaid
from conditions.reading.language import Grammar
from conditions.reading.meanings import Meaning, Meant
from conditions.reading.model import Model
from conditions.reading.nodes import Node, complement_of

# The numbers of months in the groups of `Grammar.years`.
YEARS = {"half_year": 6, "one_year": 12}


def habit(kind: str, grammar: Grammar) -> Meaning:
    """Return the meaning of words of `Grammar.habits`; none where no condition can express it."""

    def number(match: re.Match[str], name: str) -> int:
        text = match.groupdict().get(name)
        found = grammar.numbers.read(text) if text else None
        return int(found) if found is not None and found == int(found) else 0

    def meaning(match: re.Match[str]) -> Meant:
        count = number(match, "n")
        if kind == "stopped":
            return "stopped", None, 0.7
        if kind == "first":
            return "habit", Habit(kind), 0.7
        if kind == "last":
            return ("habit", Habit(kind, count), 0.7) if 1 <= count <= MOST_ROWS else None
        groups = {name for name, text in match.groupdict().items() if text}
        unit = next((one for one in UNITS if one in groups), "")
        if months := next((months for name, months in YEARS.items() if name in groups), 0):
            count, unit = months, "month"
        again = {one.removesuffix("_again") for one in groups if one.endswith("_again")}
        if not unit or again - {unit} or not 1 <= count <= MOST_PERIODS:
            # "every week for 3 months" has no number of weeks.
            return None
        op = next((one for one in grammar.comparing if one in groups), "")
        return "habit", Habit(kind, count, unit, op, number(match, "a")), 0.7

    return meaning


def with_habit(nodes: list[Node], fact: Fact, model: Model) -> list[Node]:
    """Return `nodes`, which require rows, with the habit of `fact`, denied or not.

    Raises `Unsaid` where no condition can express the habit, such as for nodes that do not just
    require rows.
    """
    found, habit = [], fact.habit
    if habit is None or habit.kind == "row":
        raise Unsaid
    is_last = habit.kind == "last"
    for node in nodes:
        if is_last and node.get("aggregate") == "every" and not fact.denied:
            # "The last 3 orders all had a coupon"
            found.append({**node, "last": habit.count})
            continue
        if node.get("aggregate") != "exists":
            raise Unsaid
        if habit.kind == "first":
            found.append(_first_time(node, model))
        else:
            found += _of_last(node, habit, fact, model) if is_last else _in_periods(node, habit)
    return (
        [complement_of(node, model) for node in found]
        if fact.denied and habit.kind != "last"
        else found
    )


def _first_time(node: Node, model: Model) -> Node:
    """Return that the first of the rows that fit otherwise has the time of `node`.

    Raises `Unsaid` where `node` has no time: every customer with such a row has a first one.
    """
    time = model.time_of(registry.relation(node["relation"]))
    conditions = node.get("conditions", [])
    when = [one for one in conditions if time is not None and one.get("attribute") == time.code]
    others = [one for one in conditions if one not in when]
    if not when or node.get("match", "all") != "all":
        raise Unsaid
    first: int | Node = {"rows": 1, "match": "all", "conditions": others} if others else 1
    return {**node, "first": first, "conditions": when}


def _of_last(node: Node, habit: Habit, fact: Fact, model: Model) -> list[Node]:
    every = {**node, "aggregate": "every", "last": habit.count}
    if not fact.denied:
        some = [] if any(one.denied for one in fact.fields) else [{**node, "last": habit.count}]
        return [every, *some]
    # "Have not clicked the last 5": none of these rows was clicked.
    conditions = node.get("conditions", [])
    if len(conditions) != 1:
        raise Unsaid
    return [{**every, "conditions": [complement_of(conditions[0], model)]}]


def _in_periods(node: Node, habit: Habit) -> list[Node]:
    """Return that the rows of `node` lie in the latest periods.

    Raises `Unsaid` where `node` has a time of its own: "every week for 4 weeks in 2024".
    """
    step = step_of(node)
    if step is None or has_day(step):
        raise Unsaid
    periods = {"unit": habit.unit, "count": habit.count}
    if habit.kind == "stopped":
        return [{**step, "aggregate": "stopped", "periods": periods}]
    regular = {**step, "aggregate": "active_periods", "periods": periods}
    if habit.kind in {"each", "run"}:
        return [{**regular, "operator": "gte", "value": habit.count}]
    # A number without comparison means exactly this number, or at least.
    operators = [habit.op] if habit.op else ["gte", "is"]
    return [{**regular, "operator": one, "value": habit.least} for one in operators]
