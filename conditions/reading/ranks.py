"""Places among others and averages in what merchants type: "the top 10% by sales"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.stored_nodes import is_rank
from conditions.reading.chunks import Length
from conditions.reading.facts import Unsaid
from conditions.reading.language import UNITS, Grammar
from conditions.reading.leaves import timed
from conditions.reading.model import Model
from conditions.reading.nodes import Node, rows_with
from conditions.reading.rank_words import FIGURES, RANK_WORDS, SLOTS

SALES = "sales"


@dataclass(frozen=True)
class RankRead:
    """What words ask: an operator, a number or a factor, of a figure, of orders of some days."""

    operator: str
    number: Decimal
    figure: str
    lately: Length | None


def rank_patterns(
    grammar: Grammar, length: Callable[[str, dict[str, str]], Length | None]
) -> Iterator[tuple[str, Callable[[re.Match[str]], Any]]]:
    """Yield the patterns of a language, each with what a match of it means.

    `length` returns the length of time that a unit and a number (`n`) are.
    """
    number = grammar.numbers.pattern
    slots = {**grammar.slots, **SLOTS[grammar.code]}
    slots["lately"] = slots["lately"].format(number=number, u=grammar.slots["u"])
    slots["by"] = f"(?: {slots['by']} {slots['figure']})?"
    for operator, pattern in RANK_WORDS[grammar.code]:
        yield pattern.format(**slots), _meaning(operator, grammar, length)


def _meaning(
    operator: str, grammar: Grammar, length: Callable[[str, dict[str, str]], Length | None]
) -> Callable[[re.Match[str]], Any]:
    def meaning(match: re.Match[str]) -> Any:
        groups = {name: text for name, text in match.groupdict().items() if text}
        number = Decimal(2) if "twice" in groups else Decimal(1)
        if "n" in groups:
            read = grammar.numbers.read(groups["n"])
            if read is None:
                return None
            number = read
        lately = None
        if "count" in groups:
            unit = next(one for one in UNITS if one in groups)
            lately = length(unit, {"n": groups["count"]})
        figure = next((name for name in FIGURES if name in groups), "sales")
        name = f"{operator}_percent" if "percent" in groups else operator
        return "rank", RankRead(name, number, figure, lately), 0.7

    return meaning


def rank_said(read: RankRead, model: Model) -> Node:
    """Return the node that a rank is; raises `Unsaid` where no condition says it."""
    code, aggregate = FIGURES[read.figure]
    node: Node = {"attribute": code}
    if read.lately is not None:
        relation = model.rows_of(SALES)
        time = None if relation is None else model.time_of(relation)
        amount = None if relation is None else model.amount_of(relation)
        if relation is None or time is None or amount is None:
            raise Unsaid
        node = rows_with(relation, aggregate, timed(time, read.lately, is_denied=False)[:1])
        node |= {} if aggregate == "count" else {"of": amount.code}
    operator = RANKS[read.operator]
    node["operator"] = read.operator
    if operator.measure is Measure.NUMBER:
        return {**node, "value": int(read.number)}
    if operator.measure is Measure.PERCENT:
        return {**node, "value": f"{read.number.normalize():f}"}
    times = {} if read.number == 1 else {"times": f"{read.number.normalize():f}"}
    return {**node, **times}


def with_populations(found: Sequence[Node], most: int) -> list[Node]:
    """Return `found`, and before each rank the same rank of those who meet its neighbours."""
    both: list[Node] = []
    for node in found:
        among = _among(node)
        both += [node] if among is None else [among, node]
    return both[:most]


def _among(node: Node) -> Node | None:
    conditions = node.get("conditions", ())
    ranks = [one for one in conditions if is_rank(one)]
    others = [one for one in conditions if not is_rank(one)]
    if node.get("match") != "all" or "relation" in node or not (ranks and others):
        return None
    group = {"match": "all", "conditions": others}
    ranked = [{**one, "among": group} for one in ranks]
    return ranked[0] if len(ranked) == 1 else {"match": "all", "conditions": ranked}
