"""Places among others, and averages: "the top 10% by sales", with their words gathered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain
from typing import Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.types import DateType, NumberType
from conditions.reading.chunks.chunk import Chunk, Length, Period
from conditions.reading.languages.grammar import UNITS, Grammar
from conditions.reading.languages.rank_words import RANK_WORDS
from conditions.reading.languages.rank_words.model import COMPARE, FACTORS, FIGURES, PARTS, SHARES

# The operators of a place whose word stands after the population.
PLACES = {"most": "in_top", "least": "in_bottom"}
# Stands for each letter of a name in the line, where a pattern has the group `named`.
HIDDEN = "\x00"
# Groups of words that count rows, and of words for their amount.
COUNTING = frozenset({"deed", "number", "many", "few", "above", "below", "at_least", "at_most"})
AMOUNTS = frozenset({"largest", "smallest"})
# The rows and the attributes that the figures with words of their own are of.
ORDERS = frozenset({"sales", "orders", *(code for code, _aggregate in FIGURES.values())})
# The operators of the first and the last rows, where they are customers.
ENDS = {"earliest": "in_top", "last": "in_bottom"}
# Kinds of chunks between the number of customers and the word of their place.
BETWEEN = frozenset({"fill", "value", "rank_part"})


@dataclass(frozen=True)
class RankRead:
    """The content of a rank: an operator, a number or a factor, a figure, and some days of orders.

    `figure` is one of `FIGURES`, or the code of an attribute or a relation; empty where no figure
    is named. `sums` is whether rows are ranked by their amount, None where words leave this open.
    `per` is empty where all are compared with each other. `segment` is the code of the segment
    whose members are compared.
    """

    operator: str
    number: Decimal
    figure: str = ""
    lately: Length | Period | None = None
    per: str = ""
    segment: str = ""
    sums: bool | None = None
    # What happened to the rows that are counted: the code of its time.
    deed: str = ""


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
    slots["deed"] = f"(?P<deed>{HIDDEN}+)"
    slots["figure"] = f"(?:{slots['figure']}|{slots['named']}(?P<named>{HIDDEN}+))"
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
        rank = RankRead(name, number, _figure(groups), _lately(groups, length))
        return "rank", replace(rank, sums=_sums(groups)), 0.7

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
        what = (_figure(groups), _lately(groups, length), place, _sums(groups))
        return "rank_figure", what, 0.9

    return meaning


def _part_meaning(match: re.Match[str]) -> Any:
    return "rank_part", next(PARTS[name] for name in _groups(match)), 0.8


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in match.groupdict().items() if text}


def _figure(groups: dict[str, str]) -> str:
    return next((name for name in FIGURES if name in groups), "")


def _sums(groups: dict[str, str]) -> bool | None:
    """Return whether the words are about the amount of rows; None where they leave this open."""
    if "number" not in groups and AMOUNTS & groups.keys():
        return True
    return False if COUNTING & groups.keys() else None


def named_figure(codes: Sequence[str], attributes: Mapping[str, Attribute]) -> str:
    """Return the one of `codes` by which customers may be ranked; empty where there is none.

    The figures of orders have words of their own.
    """
    if ORDERS & set(codes):
        return ""
    own = [attributes[code] for code in codes if code in attributes]
    for one in own:
        if one.relation is None and isinstance(one.type, NumberType | DateType):
            return one.code
    own = [one for one in own if one.relation not in ORDERS]
    numbers = (one.code for one in own if isinstance(one.type, NumberType))
    rows = (code for code in codes if registry.find_relation(code) is not None)
    return next(chain(numbers, rows), "")


def with_figure(meant: tuple[str, Any, float], figure: str) -> tuple[str, Any, float]:
    """Return a rank, or the figure of one, by the `figure` that the line names."""
    kind, what, cost = meant
    if kind == "rank":
        return kind, replace(what, figure=figure), cost
    return kind, (figure, *what[1:]), cost


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
        if chunk.kind == "fill" and _is_by(chunk, found[:number], language):
            # The figure after it is none by which customers can be ranked.
            found[number] = replace(chunk, kind="unknown", what=None)
        if chunk.kind != "rank_figure":
            continue
        first = number - 1
        while first >= 0 and found[first].kind in BETWEEN:
            first -= 1
        count = found[first] if first >= 0 else None
        figure, lately, place, sums = chunk.what
        if not place:
            end = ENDS.get(count.what.kind) if count is not None and count.kind == "habit" else None
            if count is not None and end is not None:
                # "the first 30 of the segment VIP by orders"
                read = RankRead(end, Decimal(count.what.count))
                count = found[first] = replace(count, kind="rank", what=read)
            is_rank = count is not None and count.kind == "rank"
            if count is not None and is_rank and not (count.what.figure or count.what.lately):
                read = replace(count.what, figure=figure, lately=lately, sums=sums)
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


def _is_by(chunk: Chunk, before: Sequence[Chunk], language: str) -> bool:
    """Return whether `chunk` is a word before a figure, right after a rank."""
    is_next = bool(before) and before[-1].kind == "rank" and not before[-1].what.figure
    by = RANK_WORDS[language].slots["by"]
    return is_next and re.fullmatch(by, f"{chunk.what}") is not None
