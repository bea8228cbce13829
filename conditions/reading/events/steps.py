"""The clause of an event as a step of a node `steps`, with the conditions that stand beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conditions import registry
from conditions.bases.row_figures.derived import Derived
from conditions.language.types import DateType
from conditions.reading.nodes import Node

BOUGHT = "sales"


@dataclass(frozen=True)
class Event:
    """A step, and the conditions on the customer in its clause."""

    step: dict[str, Any]
    beside: Sequence[Node] = ()


def is_of_products(event: Event) -> bool:
    """Return whether the event names products and nothing else."""
    return event.step["relation"] == "order_items" and "conditions" in event.step


def event_with_products(event: Event, name: str = "order_items") -> Event | None:
    """Return the event of rows `name` with the products of `event`; a purchase as a rule.

    None where it names nothing else, or more than products.
    """
    prefix = registry.relation(event.step["relation"]).prefix
    rows = registry.relation(name)
    conditions = []
    for one in event.step.get("conditions", ()):
        of, _, kind = str(one.get("attribute")).partition(".")
        code = f"{rows.prefix}.{kind}"
        if of != prefix or registry.find_attribute(code) is None:
            return None
        conditions.append({**one, "attribute": code})
    if not conditions or event.beside or event.step["relation"] == rows.name:
        return None
    match = event.step["match"]
    return Event({"relation": rows.name, "match": match, "conditions": conditions})


def has_day(node: Node) -> bool:
    """Return whether `node` has a condition on the days of its rows."""
    attribute = registry.find_attribute(str(node.get("attribute")))
    if attribute is not None and isinstance(attribute.type, DateType):
        return True
    inner = [*node.get("steps", ()), *node.get("conditions", ())]
    return any(map(has_day, inner))


def answers_prompt(node: Node) -> bool:
    """Return whether `node` is an order of events that begins with what the shop sent."""
    inner = [one for one in (node, *node.get("conditions", ())) if "steps" in one]
    if not inner:
        return False
    first, *_others, last = inner[0]["steps"]
    event = registry.relation(first["relation"]).phrase.event
    return event is not None and event.is_prompt and last["relation"] != first["relation"]


def event_of(node: Node) -> Event | None:
    """Return a node that requires some row as an event; None for any other node."""
    if node.get("match") == "all" and "relation" not in node:
        steps = [step_of(one) for one in node["conditions"]]
        others = [one for one in node["conditions"] if step_of(one) is None]
        chosen = [one for one in steps if one is not None]
        is_plain = all("relation" not in one and "attribute" in one for one in others)
        return Event(chosen[0], others) if is_plain and len(chosen) == 1 else None
    found = step_of(node)
    return None if found is None else Event(found)


def step_of(node: Node) -> dict[str, Any] | None:
    """Return a node that requires some row as a step; None for any other node."""
    if "relation" in node:
        # "returned an article" counts at least one.
        is_some = node == {**node, "aggregate": "count", "operator": "gte", "value": 1}
        is_some |= node.get("aggregate", "exists") == "exists"
        if not is_some or {"first", "last"} & node.keys():
            return None
        return _step_with_time(
            node["relation"], node.get("conditions", []), node.get("match", "all")
        )
    attribute = registry.find_attribute(str(node.get("attribute")))
    if attribute is not None and attribute.relation is not None:
        return _step_with_time(attribute.relation, [node], "all")
    if isinstance(attribute, Derived) and attribute.aggregate.name == "count":
        at_least_one = {**node, "operator": "gte", "value": 1}
        return _step_with_time(attribute.over, [], "all") if node == at_least_one else None
    return None


def _step_with_time(name: str, conditions: Sequence[Node], match: str) -> dict[str, Any] | None:
    """Return a step of the relation `name`; a date of its rows becomes the time of the event."""
    relation = registry.relation(name)
    chosen, at = list(conditions), ""
    of, _, own = relation.time.rpartition("__")
    own = f"{of or relation.prefix}.{own}"
    for one in conditions:
        code = str(one.get("attribute"))
        attribute = registry.find_attribute(code)
        is_date = attribute is not None and isinstance(attribute.type, DateType)
        if is_date and one["operator"] != "is_empty" and match == "all" and not at:
            at = code
            if one["operator"] == "is_not_empty":
                # Rows without that time are no events.
                chosen.remove(one)
    if not (at or relation.time):
        return None
    said = {"match": match, "conditions": chosen} if chosen else {}
    return {"relation": name, **({"at": at} if at and at != own else {}), **said}


def returning_step(step: dict[str, Any]) -> dict[str, Any] | None:
    """Return the step of returning to what customers left in `step`; None for any other step."""
    span = registry.relation(step["relation"]).phrase.span
    if span is None or step.get("at") != span.end:
        return None
    return {key: value for key, value in step.items() if key != "at"}


def with_product(step: dict[str, Any]) -> dict[str, Any] | None:
    """Return `step` for rows with a product; None for rows without products, such as log-ins."""
    relation = registry.relation(step["relation"])
    if relation.name == BOUGHT and not step.get("conditions"):
        return {**step, "relation": "order_items"}
    has_product = registry.find_attribute(f"{relation.prefix}.sku") is not None
    return step if has_product else None
