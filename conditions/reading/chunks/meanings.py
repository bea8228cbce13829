"""The meaning of each pattern of the grammar: a number, a length of time, a period."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from conditions.reading.chunks.chunk import Length, Period, Quantity, When
from conditions.reading.chunks.dates import spans_of
from conditions.reading.languages.grammar import DAYS, UNITS, Grammar
from core.clock import now

# A chunk's kind, content and cost; None where the match has no meaning.
Meant = tuple[str, Any, float] | None
Meaning = Callable[["re.Match[str]"], Meant]
DAY_BY_NAME = frozenset({"today", "yesterday", "tomorrow"})
# The cost of "untouched since ...", below that of "untouched" and "since ..." apart.
IDLE = 0.9
CALENDAR = frozenset({"this", "prior", "either_last", "either_prior", "this_or_prior"})


def word(kind: str, cost: float) -> Meaning:
    """Return the meaning of a word that joins or denies."""
    return lambda match: (kind, match.group(), cost)


def compared(op: str) -> Meaning:
    """Return the meaning of a comparison that stands after its number: "or more"."""
    return lambda match: ("compared", op, 1.0)


def quantity(grammar: Grammar) -> Meaning:
    """Return the meaning of a number, with its comparison and the unit that it counts."""

    def meaning(match: re.Match[str]) -> Meant:
        groups = _groups(match)
        numbers = [grammar.numbers.read(groups[end]) for end in ("n", "a", "b") if end in groups]
        if "once" in groups:
            numbers.append(Decimal(grammar.once[groups["once"]]))
        known = tuple(number for number in numbers if number is not None)
        if len(known) < len(numbers) or sorted(known) != list(known):
            return None
        ops = {name.removesuffix("_after") for name in groups} & grammar.comparing.keys()
        if len(ops) > 1:
            # "less than 3 or more": "or more" belongs to another number.
            return None
        op = next((one for one in grammar.comparing if {one, f"{one}_after"} & groups.keys()), "")
        if len(known) == 2:
            op = "is_one_of" if "either" in groups else "between"
        unit = _unit(groups)
        if unit == "pieces" and not op and groups.get("n") in grammar.indefinite:
            # "un produit" means any product, in any number.
            op = "gte"
        # A number that may be a year is a year, unless a comparison or a unit stands with it.
        is_year = not op and not unit and re.fullmatch(r"20[1-3]\d", match.group())
        if op == "is" and not unit and re.search(r"[a-z] 20[1-3]\d$", match.group()):
            # "ordered only 2024": no condition can express "only in that year".
            return "scope", match.group(), 1.0
        worth = (text for name, text in groups.items() if name.startswith("worth"))
        in_total = any(re.fullmatch(grammar.totalling, text) for text in worth)
        number = Quantity(op, known, unit, in_total, says_times=unit == "times")
        return "quantity", number, 1.05 if is_year else 1.0

    return meaning


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in match.groupdict().items() if text}


def _unit(groups: dict[str, str]) -> str:
    """Return the unit of a number, from the first parts of the names of the `groups` found."""
    found = {name.partition("_")[0] for name in groups}
    for group, unit in (
        ("money", "money"),
        ("times", "times"),
        ("once", "times"),
        ("percent", "percent"),
        ("pieces", "pieces"),
        ("worth", "worth"),
    ):
        if group in found:
            return unit
    return ""


def is_share(percent: Decimal) -> bool:
    """Return whether a random part may have this share, in per cent."""
    return 0 < percent <= 100 and percent == round(percent, 2)


def fraction(percent: Decimal) -> Meaning:
    """Return the meaning of a word for a share, in per cent."""
    return lambda match: ("fraction", percent, 0.8)


def draw(grammar: Grammar) -> Meaning:
    """Return the meaning of words for a random share: its size in per cent."""

    def meaning(match: re.Match[str]) -> Meant:
        share = grammar.numbers.read(match["n"])
        return ("draw", share, 0.8) if share is not None and is_share(share) else None

    return meaning


def length_of(grammar: Grammar) -> Callable[[str, dict[str, str]], Length | None]:
    """Return a function that reads a unit and a number (`n`) as a number of last days or hours."""

    def length(unit: str, groups: dict[str, str]) -> Length | None:
        found = _length("last", unit, groups, grammar)
        return None if found is None else found[1]

    return length


def period(concept: str, grammar: Grammar) -> Meaning:
    """Return the meaning of words for a length of time, or for named days."""

    def meaning(match: re.Match[str]) -> Meant:
        groups = _groups(match)
        if concept == "idle_since_yesterday":
            return _period([("more_than_days_ago", 0)], is_idle=True)
        if "month_or_day" in groups:
            groups["date"] = _latest(groups["month_or_day"], grammar)
            if concept == "bare_month":
                # A bare month is a period only after another period: "in May or June".
                return (
                    "bare_month",
                    Period(tuple(_read_dates("on", groups, grammar)), latest=True),
                    1.5,
                )
            choices = _read_dates(concept, groups, grammar)
            return _period(choices, latest=True, is_idle=concept == "idle_since")
        if "date" in groups:
            choices = _read_dates(concept, groups, grammar)
            return _period(choices, is_idle=concept == "idle_since")
        if concept == "since_yesterday":
            return _period([("in_last_days", 1)])
        if concept in DAY_BY_NAME:
            return _period([("in_period", concept)])
        unit = next(one for one in UNITS if one in groups)
        if concept in {"point", "calendar_next"}:
            # No condition can express a single day at that distance, or a month to come.
            return "scope", match.group(), 1.0
        if concept in {"span", "inside"}:
            kinds = ("ago_gte", "ago_lte") if concept == "span" else ("ago_gt", "ago_lt")
            return _span(kinds, unit, groups, grammar)
        if concept in CALENDAR:
            return _period(_calendar(concept, unit))
        return _length(concept, unit, groups, grammar)

    return meaning


def _period(choices: list[When], *, latest: bool = False, is_idle: bool = False) -> Meant:
    cost = IDLE if is_idle else 1.0
    return ("period", Period(tuple(choices), latest, is_idle), cost) if choices else None


def _latest(text: str, grammar: Grammar) -> str:
    """Return a day or a month with the year of its latest occurrence that has begun."""
    today = timezone.localdate(now())
    years = (today.year, today.year - 1)
    begun = (
        f"{text} {year}"
        for year in years
        if any(first <= today for first, _last in spans_of(f"{text} {year}", grammar))
    )
    return next(begun, text)


def _length(concept: str, unit: str, groups: dict[str, str], grammar: Grammar) -> Meant:
    number = grammar.numbers.read(groups["n"]) if "n" in groups else Decimal(1)
    if number is None or number != int(number) or number > 1_000_000:
        return None
    days = int(number) * DAYS.get(unit, 1)
    if unit == "month" and int(number) % 12 == 0:
        days = int(number) // 12 * DAYS["year"]
    op = ""
    if concept == "for" and "cmp" in groups:
        said = groups["cmp"].strip()
        least = (grammar.comparing["gte"], grammar.compared["gte"])
        op = "gte" if any(re.search(one, said) for one in least) else "gt"
        less = (one for one in ("lt", "lte") if re.fullmatch(grammar.comparing[one], said))
        op = next(less, op)
    is_single = concept == "within" and number == 1
    what = Length(concept, days, unit == "hour", op, is_single)
    return "length", what, 1.01 if concept == "length" else 1.0


def _span(kinds: tuple[str, str], unit: str, groups: dict[str, str], grammar: Grammar) -> Meant:
    """Return "between 30 and 90 days ago": both of `kinds`."""
    ends = [
        _length(kind, unit, {"n": groups[end]}, grammar)
        for kind, end in zip(kinds, ("a", "b"), strict=True)
    ]
    lengths = [end[1] for end in ends if end is not None]
    if len(lengths) < 2 or lengths[0].number >= lengths[1].number:
        return None
    return _period([("all", lengths)])


def _calendar(concept: str, unit: str) -> list[When]:
    if unit == "day":
        return [("in_period", "today")] if concept == "this" else []
    if concept == "this_or_prior":
        return [("any", [Period((("in_period", f"{one}_{unit}"),)) for one in ("this", "last")])]
    if concept in {"either_last", "either_prior"}:
        # "in the last year": 365 days, or the calendar's.
        ways: list[When] = [("in_last_days", DAYS[unit]), ("in_period", f"last_{unit}")]
        return ways if concept == "either_last" else ways[::-1]
    return [("in_period", f"{'this' if concept == 'this' else 'last'}_{unit}")]


def _read_dates(concept: str, groups: dict[str, str], grammar: Grammar) -> list[When]:
    text = groups["date"]
    if "date2" in groups and not re.search(r"\d{4}", text):
        # "between 15 November and 24 December 2025": the year stands once for both days.
        text = f"{text} {groups['date2'][-4:]}"
        if groups["date"].isdecimal():
            month = re.sub(r"^\d+\W*(?:st |nd |rd |th |er )?(?:of )?", "", groups["date2"])
            text = f"{groups['date']} {month}"
    choices: list[When] = []
    for first, last in spans_of(text, grammar):
        if concept == "between":
            ends = (end for _begin, end in spans_of(groups["date2"], grammar) if first <= end)
            choices += [("between", [str(first), str(end)]) for end in list(ends)[:1]]
        elif concept == "on":
            same = first == last
            choices.append(("is", str(first)) if same else ("between", [str(first), str(last)]))
        else:
            choices.append(
                {
                    "since": ("on_or_after", str(first)),
                    "idle_since": ("on_or_before", str(first)),
                    "until": ("on_or_before", str(last)),
                    "after": ("after", str(last)),
                    "before": ("before", str(first)),
                }[concept]
            )
    return choices
