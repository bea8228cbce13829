"""Conditions on the last rows, and on periods with rows: "4 of the last 6 months"."""

from __future__ import annotations

from conditions import registry
from conditions.reading.chunks.chunk import Habit
from conditions.reading.events.steps import has_day, step_of
from conditions.reading.facts.fact import Fact, Unsaid
from conditions.reading.nodes import Node, complement_of
from conditions.reading.vocabulary.model import Model

# The keys for the first or last rows, by the kinds of habits.
ENDS = {"last": "last", "one_of_last": "last", "part_of_last": "last", "earliest": "first"}


def with_habit(nodes: list[Node], fact: Fact, model: Model) -> list[Node]:
    """Return `nodes`, which require rows, with the habit of `fact`, denied or not.

    Raises `Unsaid` where no condition can express the habit, such as for nodes that do not just
    require rows.
    """
    found, habit = [], fact.habit
    if habit is None or habit.kind == "row":
        raise Unsaid
    is_end = habit.kind in ENDS
    is_part = habit.kind in {"earliest", "part_of_last"}
    if is_part and not all(node.get("conditions") for node in nodes):
        # "The first 3 orders" says nothing about these orders.
        raise Unsaid
    for node in nodes:
        if is_end and node.get("aggregate") == "every" and not fact.denied:
            # "The last 3 orders all had a coupon"
            found.append({**node, ENDS[habit.kind]: habit.count})
            continue
        if node.get("aggregate") != "exists":
            raise Unsaid
        if habit.kind == "first":
            found.append(_first_time(node, model))
        elif habit.kind == "part_of_last":
            found += _part_of_last(node, habit, fact, model)
        else:
            found += _of_last(node, habit, fact, model) if is_end else _in_periods(node, habit)
    return [complement_of(node, model) for node in found] if fact.denied and not is_end else found


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
    rows = {ENDS[habit.kind]: habit.count}
    every = {**node, "aggregate": "every", **rows}
    if not fact.denied:
        some = [] if any(one.denied for one in fact.fields) else [{**node, **rows}]
        if habit.count == 1:
            return [every]
        return some if habit.kind == "one_of_last" and some else [every, *some]
    # "Have not clicked the last 5": none of these rows was clicked.
    conditions = node.get("conditions", [])
    if len(conditions) != 1:
        raise Unsaid
    return [{**every, "conditions": [complement_of(conditions[0], model)]}]


def _part_of_last(node: Node, habit: Habit, fact: Fact, model: Model) -> list[Node]:
    """Return that the number of the last rows that `node` chooses compares with that of `habit`.

    A number without comparison means at least this number, or exactly. "Have not opened 3 of their
    last 5 mails" are 3 unopened mails; "have not opened more than 3" may deny the number.
    """
    group = {**node, "aggregate": "count", ENDS[habit.kind]: habit.count, "value": habit.least}
    operators = [habit.op] if habit.op else ["gte", "is"]
    counts: list[Node] = [{**group, "operator": one} for one in operators]
    if not fact.denied:
        return counts
    denied = [complement_of(one, model) for one in counts]
    conditions = node.get("conditions", [])
    if len(conditions) != 1 or any(one.kind == "never" for one in fact.chunks):
        return denied
    others = [{**one, "conditions": [complement_of(conditions[0], model)]} for one in counts]
    return [*denied, *others] if habit.op in {"gt", "lt", "lte"} else [*others, *denied[:1]]


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
