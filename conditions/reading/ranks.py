"""Reads places among others, and averages: "the top 10% by sales"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from conditions.language.operators.ranks import RANKS, Measure
from conditions.language.stored_nodes import is_rank
from conditions.language.types import SEGMENT
from conditions.reading.chunks import Chunk, Length, Period
from conditions.reading.facts import Unsaid, Values
from conditions.reading.language import UNITS, Grammar
from conditions.reading.leaves import conditions_on_day
from conditions.reading.model import Model
from conditions.reading.nodes import Node, rows_with
from conditions.reading.rank_words import RANK_WORDS
from conditions.reading.rank_words.model import COMPARE, FACTORS, FIGURES, PARTS, SHARES

SALES = "sales"
# The operators of a place whose word stands after the population.
PLACES = {"most": "in_top", "least": "in_bottom"}
# Kinds of chunks between the number of customers and the word of their place.
BETWEEN = frozenset({"fill", "value", "rank_part"})


@dataclass(frozen=True)
class RankRead:
    """The content of a rank: an operator, a number or a factor, a figure, and some days of orders.

    `figure` is empty where no figure is named, `per` where all are compared with each other.
    `segment` is the code of the segment whose members are compared.
    """

    operator: str
    number: Decimal
    figure: str = ""
    lately: Length | Period | None = None
    per: str = ""
    segment: str = ""


def rank_patterns(
    grammar: Grammar, length: Callable[[str, dict[str, str]], Length | None]
) -> Iterator[tuple[str, Callable[[re.Match[str]], Any]]]:
    """Yield the patterns of a language, each with the meaning of a match.

    `length` returns the length of time of a unit and a number (`n`).
    """
    words = RANK_WORDS[grammar.code]
    slots = {**grammar.slots, "number": grammar.numbers.pattern, "pieces": grammar.pieces}
    # The expression of a slot may use the slots before it.
    for name in ("goods", "by", "figure", "whom", "lately", "times", *words.slots):
        slots[name] = words.slots[name].format(**slots)
    slots["by_figure"] = f"{slots['by']} {slots['figure']}"
    slots["by"] = f"(?: {slots['by_figure']})?"
    for operator, pattern in words.patterns:
        # "Top 10 products" are not customers.
        whole = f"(?:{pattern.format(**slots)})(?! {slots['goods']}(?: |$))"
        yield whole, _meaning(operator, grammar, length)
    for pattern in words.by_figure:
        whole = f"(?:{pattern.format(**slots)})(?! {slots['goods']}(?: |$))"
        yield whole, _figure_meaning(length)
    yield words.per_part, _part_meaning


def _meaning(
    operator: str, grammar: Grammar, length: Callable[[str, dict[str, str]], Length | None]
) -> Callable[[re.Match[str]], Any]:
    def meaning(match: re.Match[str]) -> Any:
        groups = _groups(match)
        factors = {**FACTORS, **SHARES}
        number = Decimal(next((one for name, one in factors.items() if name in groups), 1))
        if "n" in groups:
            read = grammar.numbers.read(groups["n"])
            if read is None:
                return None
            number = read
        name = _comparison(groups, number) if operator == COMPARE else operator
        if not name:
            return None
        name = f"{name}_percent" if {"percent", *SHARES} & groups.keys() else name
        return "rank", RankRead(name, number, _figure(groups), _lately(groups, length)), 0.7

    return meaning


def _comparison(groups: dict[str, str], times: Decimal) -> str:
    """Return the operator that compares with an average or a median; empty where no word does.

    "Twice the average" means more than that; "half of it" is unclear. "At least" denies "less
    than", which is the same for figures that are never missing.
    """
    sides = {"at_least": "not_below", "at_most": "not_above", "below": "below", "above": "above"}
    side = next((one for name, one in sides.items() if name in groups), "")
    if not side and times > 1:
        side = "above"
    return f"{side}_{'median' if 'median' in groups else 'average'}" if side else ""


def _figure_meaning(
    length: Callable[[str, dict[str, str]], Length | None],
) -> Callable[[re.Match[str]], Any]:
    def meaning(match: re.Match[str]) -> Any:
        groups = _groups(match)
        place = next((one for name, one in PLACES.items() if name in groups), "")
        return "rank_figure", (_figure(groups), _lately(groups, length), place), 0.9

    return meaning


def _part_meaning(match: re.Match[str]) -> Any:
    return "rank_part", next(PARTS[name] for name in _groups(match)), 0.8


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in match.groupdict().items() if text}


def _figure(groups: dict[str, str]) -> str:
    return next((name for name in FIGURES if name in groups), "")


def _lately(
    groups: dict[str, str], length: Callable[[str, dict[str, str]], Length | None]
) -> Length | None:
    if "count" not in groups:
        return None
    return length(next(one for one in UNITS if one in groups), {"n": groups["count"]})


def with_ranks(chunks: Sequence[Chunk], language: str) -> list[Chunk]:
    """Return `chunks` with what stands after the population of a rank moved into the rank.

    A number is read as a rank where its place stands there, and a rank takes its figure from there:
    "The 20 customers of the segment VIP with the most orders", "the 5 of each website who spent the
    most", "the top 3% of Wholesale by orders"; but "the 5 products of each website" are not
    customers.
    """
    found = list(chunks)
    whom = RANK_WORDS[language].slots["whom"]
    for number, chunk in enumerate(found):
        if chunk.kind != "rank_figure":
            continue
        first = number - 1
        while first >= 0 and found[first].kind in BETWEEN:
            first -= 1
        count = found[first] if first >= 0 else None
        figure, lately, place = chunk.what
        if not place:
            is_rank = count is not None and count.kind == "rank"
            if count is not None and is_rank and not (count.what.figure or count.what.lately):
                read = replace(count.what, figure=figure, lately=lately)
                found[first] = replace(count, what=read)
                found[number] = replace(chunk, kind="fill", what="")
            continue
        if count is None or count.kind != "quantity" or count.what.op:
            continue
        between = found[first + 1 : number]
        if all(one.kind == "fill" for one in between):
            continue
        if between[0].kind == "fill" and not re.fullmatch(whom, str(between[0].what)):
            continue
        is_percent = count.what.unit == "percent"
        if (is_percent or not count.what.unit) and len(count.what.numbers) == 1:
            operator = f"{place}{'_percent' if is_percent else ''}"
            found[first] = replace(count, kind="rank", what=RankRead(operator, *count.what.numbers))
    return found


def complete_rank(read: RankRead, kind: str, what: Any, model: Model) -> RankRead | None:
    """Return `read` with the content of a chunk after a rank; None where the chunk adds nothing."""
    if kind == "rank_figure" and not read.figure and read.operator.startswith(what[2]):
        figure, lately, _place = what
        is_twice = lately is not None and read.lately is not None
        return None if is_twice else replace(read, figure=figure, lately=lately or read.lately)
    if kind == "rank_part" and not read.per:
        return replace(read, per=what)
    is_past = kind == "period" or (kind == "length" and what.kind in {"last", "within"})
    if is_past and read.lately is None:
        return replace(read, lately=what)
    if kind == "value" and not read.segment:
        segment = _segment(what, model)
        return replace(read, segment=segment) if segment else None
    return None


def _segment(values: Values, model: Model) -> str:
    """Return the code of the segment of `values`, where they can be nothing else."""
    codes = values.attributes
    is_segment = all(model.attributes[code].type is SEGMENT for code in codes)
    return str(values.of(codes[0])[0]) if codes and is_segment and len(values.each) == 1 else ""


def rank_said(read: RankRead, model: Model) -> list[Node]:
    """Return the nodes that a rank may mean; raises `Unsaid` where no condition can express it."""
    code, aggregate = FIGURES[read.figure or SALES]
    nodes: list[Node] = [{"attribute": code}]
    if read.lately is not None:
        relation = model.rows_of(SALES)
        time = None if relation is None else model.time_of(relation)
        amount = None if relation is None else model.amount_of(relation)
        if relation is None or time is None or amount is None:
            raise Unsaid
        if aggregate == "avg" and read.operator.startswith("not_"):
            # Customers without orders in these days have no average, and are not "at least" it.
            raise Unsaid
        of = {} if aggregate == "count" else {"of": amount.code}
        nodes = [
            rows_with(relation, aggregate, [one]) | of
            for one in conditions_on_day(time, read.lately, is_denied=False)
        ]
    return [{**node, **_rank_node(read)} for node in nodes]


def _rank_node(read: RankRead) -> Node:
    keys: Node = {"operator": read.operator}
    measure = RANKS[read.operator].measure
    if measure is Measure.NUMBER:
        keys["value"] = int(read.number)
    elif measure is Measure.PERCENT:
        keys["value"] = f"{read.number.normalize():f}"
    elif read.number != 1:
        keys["times"] = f"{read.number.normalize():f}"
    among = {"among": {"segment": read.segment}} if read.segment else {}
    return {**keys, **among, **({"per": read.per} if read.per else {})}


def with_populations(found: Sequence[Node], most: int) -> list[Node]:
    """Return `found`; before each rank, the same rank among customers who match its neighbours."""
    both: list[Node] = []
    for node in found:
        among = _among(node)
        both += [node] if among is None else [among, node]
    return both[:most]


def _among(node: Node) -> Node | None:
    conditions = node.get("conditions", ())
    ranks = [one for one in conditions if is_rank(one) and "among" not in one]
    others = [one for one in conditions if not is_rank(one)]
    if node.get("match") != "all" or "relation" in node or not (ranks and others):
        return None
    group = {"match": "all", "conditions": others}
    ranked = [{**one, "among": group} for one in ranks]
    return ranked[0] if len(ranked) == 1 else {"match": "all", "conditions": ranked}
