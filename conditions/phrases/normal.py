"""The normal form of a tree: one spelling for each meaning; sentences are read into it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from conditions import registry
from conditions.bases.aggregates import AGGREGATES, Figure
from conditions.language.gaps import AFTER, WITHIN
from conditions.language.operators import Takes
from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.stored_nodes import is_rank
from conditions.language.types import DATETIME_SPELLING, INTEGER, DateType, NumberType, ValueType

# The keys of a step that have a single spelling.
KEPT = ("relation", "at", "only", "same")


def normal(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a valid tree in its normal form; keeps codes, lists and the order of everything.

    A number is a text without needless zeros, a whole number of a whole attribute a JSON number; a
    time has its seconds, and UTC is Z. A relation group names its `aggregate`, and has `match` and
    `conditions` only where there are conditions; `first` and `last` without conditions are the
    number of rows. `times` is left out where it is 1, and so are a rank's default values. A part
    has both its ends. A step has `not` only where it is true.
    """
    if "attribute" in tree:
        if is_rank(tree):
            return {"attribute": tree["attribute"], **_normal_rank_keys(tree)}
        type_ = registry.attribute(tree["attribute"]).type
        return _with_value(tree, type_)
    if "relation" in tree:
        return _rows(tree)
    if "steps" in tree:
        return {"steps": [_step(one) for one in tree["steps"]]}
    return {"match": tree["match"], "conditions": [normal(one) for one in tree["conditions"]]}


def _rows(tree: dict[str, Any]) -> dict[str, Any]:
    aggregate = AGGREGATES[tree.get("aggregate", "exists")]
    found = {"relation": tree["relation"], "aggregate": aggregate.name}
    if isinstance(aggregate, Figure):
        of = registry.attribute(tree["of"]) if "of" in tree else None
        if of is not None:
            found["of"] = of.code
    if is_rank(tree):
        found |= _normal_rank_keys(tree)
    elif isinstance(aggregate, Figure):
        compared: dict[str, Any] = {key: tree[key] for key in ("operator", "value") if key in tree}
        found |= _with_value(compared, aggregate.result_type(of))
    if "at" in tree:
        found["at"] = tree["at"]
    for end in ("first", "last"):
        if end in tree:
            found[end] = _limit(tree[end])
    if "periods" in tree:
        found["periods"] = {**tree["periods"], "count": int(Decimal(str(tree["periods"]["count"])))}
    return found | _normal_row_keys(tree)


def _normal_row_keys(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that choose rows, of a relation group, of its limits or of a step."""
    if not tree.get("conditions"):
        return {}
    nodes = [normal(one) for one in tree["conditions"]]
    return {"match": tree.get("match", "all"), "conditions": nodes}


def _step(step: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {key: step[key] for key in KEPT if key in step}
    for key in (*AFTER, *WITHIN):
        if key in step:
            found[key] = int(Decimal(str(step[key])))
    if step.get("not"):
        found["not"] = True
    return found | _normal_row_keys(step)


def _limit(limit: Any) -> Any:
    if not isinstance(limit, dict):
        return int(Decimal(str(limit)))
    rows = int(Decimal(str(limit["rows"])))
    chosen = _normal_row_keys(limit)
    return {"rows": rows} | chosen if chosen else rows


def _normal_rank_keys(tree: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of a node's rank."""
    found = {"operator": tree["operator"]}
    if "value" in tree:
        whole = RANKS[tree["operator"]].measure is Measure.NUMBER
        found["value"] = _number(tree["value"], whole=whole)
    times = _number(tree.get("times", 1), whole=False)
    among = tree.get("among", "scope")
    if times != "1":
        found["times"] = times
    if tree.get("ties") == "out":
        found["ties"] = "out"
    if "per" in tree:
        found["per"] = tree["per"]
    if among != "scope":
        found["among"] = among if "segment" in among else normal(among)
    return found


def _with_value(node: dict[str, Any], type_: ValueType) -> dict[str, Any]:
    if "value" not in node:
        return dict(node)
    value = node["value"]
    takes = type_.operators[node["operator"]].takes
    if takes is Takes.PART:
        ends = {key: _number(value.get(key, 0), whole=False) for key in ("from", "to")}
        return {**node, "value": {"salt": value["salt"], **ends}}
    if isinstance(value, dict):
        times = _number(value.get("times", 1), whole=False)
        plain = {"attribute": value["attribute"]}
        return {**node, "value": plain if times == "1" else {**plain, "times": times}}
    if takes in {Takes.DAYS, Takes.HOURS, Takes.ANNIVERSARY_DAYS}:
        return {**node, "value": int(Decimal(str(value)))}
    if takes is Takes.PERIOD:
        return dict(node)
    if isinstance(value, list):
        return {**node, "value": [_normal_value(one, type_) for one in value]}
    return {**node, "value": _normal_value(value, type_)}


def _normal_value(value: Any, type_: ValueType) -> Any:
    if isinstance(type_, NumberType):
        return _number(value, whole=type_ is INTEGER)
    if isinstance(type_, DateType) and DATETIME_SPELLING.fullmatch(value):
        at = datetime.fromisoformat(value)
        return at.isoformat().replace("+00:00", "Z")
    return value


def _number(value: Any, *, whole: bool) -> int | str:
    number = Decimal(str(value))
    if whole and number == int(number):
        return int(number)
    return format((number or Decimal(0)).normalize(), "f")
