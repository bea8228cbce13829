"""Every operator of every type at its boundaries, with the answers that the evaluator gives.

`docs/truth-table.md` is made from here; the tests compare each answer with what the contract says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import override

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES, Loaded
from conditions.evaluator.facts import Facts, FactStore
from conditions.evaluator.verdict import as_json
from conditions.language import types
from conditions.language.counted import MANY, form_of
from conditions.language.operators import Operator, Takes
from conditions.language.types import ValueType
from conditions.language.types.base import PERIOD_WORDS
from conditions.language.windows import LocalClock
from conditions.nodes.tree import Condition
from conditions.phrases.writing.values import part_said
from core.text.formats import in_quotes
from customers.models import Customer, Order

MISSING = "(missing)"
AMOUNTS: Sequence[Sequence[str]] = (
    (),
    (MISSING,),
    ("0",),
    ("50", MISSING),
    (MISSING, "50"),
    ("9", "1"),
    ("9", "1", "5"),
    ("9", "1", "5", "5"),
    ("33", "33", "34"),
    ("0", "0", "0.0001"),
)
EMPTY = "(empty text)"
TWO_CHARACTERS = "é (written as e and an accent)"


@dataclass(frozen=True)
class Table:
    """A type at one clock: the `stored` values by what they are called, and what is asked of them.

    `asked` has the values for each positive operator that takes one; its negative twin gets the
    same.
    """

    name: str
    type: ValueType
    stored: Mapping[str, Any]
    asked: Mapping[str, Sequence[Any]]
    about: str = ""
    clock: LocalClock = field(default=LocalClock(datetime(2026, 4, 10, 12, 0, tzinfo=UTC), "UTC"))
    # Only some operators have something to show here; the type's own table has them all.
    only: tuple[str, ...] = ()

    def rows(self) -> Iterator[tuple[Operator, Any]]:
        """Yield each operator with each value that it is asked with; None where it takes none."""
        for operator in self.type.operators.values():
            positive = operator.twin or operator.name
            if self.only and positive not in self.only:
                continue
            values = [None] if operator.takes is Takes.NOTHING else self.asked[positive]
            for value in values:
                yield operator, value

    def holding(self, operator: Operator, raw: Any) -> list[str]:
        """Return the names of the stored values for which the evaluator says yes."""
        return [name for name in self.stored if self._holds(name, operator, raw)]

    def _holds(self, name: str, operator: Operator, raw: Any) -> bool:
        attribute = _Stored(code="stored", label="", type=self.type, value=self.stored[name])
        value = None if raw is None else self.type.parse(operator, raw)
        nobody = Customer()
        facts = Facts(nobody, self.clock, FactStore([nobody]))
        return Condition("", {}, attribute, operator, value).evaluate(nobody, facts).holds


@dataclass(frozen=True, eq=False, kw_only=True)
class _Stored(Attribute):
    """An attribute that has one stored value, whatever the row."""

    value: Any

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        return () if self.value is None or self.value == "" else (self.value,)


def as_markdown() -> str:
    """Return the whole page, in English."""
    with override("en"):
        return "\n".join(_page())


def _page() -> Iterator[str]:
    yield "# What each condition means at its boundaries"
    yield ""
    yield "Made from the code by `bin/truth_table.py`. Each line asks one condition of all values"
    yield "that stand above its table. Where an operator has an opposite, named after it, that one"
    yield "holds for exactly what stands in the last column."
    for table in TABLES:
        yield ""
        yield f"## {table.name}"
        yield ""
        if table.about:
            yield table.about
            yield ""
        yield f"Values: {_listed(table.stored)}."
        yield ""
        yield "| condition | operator | holds for | does not hold for |"
        yield "| --- | --- | --- | --- |"
        opposites = {one.twin: one for one in table.type.operators.values() if one.twin}
        for operator, raw in table.rows():
            if operator.twin is None:
                yield _line(table, operator, opposites.get(operator.name), raw)
    yield from _figures()
    yield ""


def _figures() -> Iterator[str]:
    """Yield the table of what each figure makes of an amount of some rows."""
    yield ""
    yield "## Figures over rows"
    yield ""
    yield "What a relation group compares, by the amounts of the chosen rows, the latest one last."
    yield ""
    # Of amounts alone it cannot be told in which periods they lie.
    figures = [figure for figure in FIGURES.values() if not figure.needs_periods]
    yield f"| amounts | {' | '.join(f'`{figure.name}`' for figure in figures)} |"
    yield f"| --- |{' --- |' * len(figures)}"
    nobody = Customer()
    clock = LocalClock(datetime(2026, 4, 10, 12, 0, tzinfo=UTC), "UTC")
    facts = Facts(nobody, clock, FactStore([nobody]))
    amount = _Amount(code="amount", label="", type=types.MONEY)
    for amounts in AMOUNTS:
        values = [None if one == MISSING else Decimal(one) for one in amounts]
        rows = [Order(grand_total=value, created_at=clock.as_of) for value in values]
        loaded = Loaded(amount, rows, facts.inside(registry.relation("orders")))
        found = [figure.python(loaded) for figure in figures]
        shown = [MISSING if one is None else as_json((Decimal(one),)) for one in found]
        yield f"| {', '.join(amounts) or 'no row'} | {' | '.join(shown)} |"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Amount(Attribute):
    """The amount of a row, which need not be stored."""

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        return () if row.grand_total is None else (row.grand_total,)


def _line(table: Table, operator: Operator, opposite: Operator | None, raw: Any) -> str:
    yes = table.holding(operator, raw)
    names = f"`{operator.name}`"
    if opposite is None:
        no = [name for name in table.stored if name not in yes]
    else:
        no = table.holding(opposite, raw)
        names += f", opposite `{opposite.name}`"
    return f"| {_condition(table.type, operator, raw)} | {names} | {_listed(yes)} | {_listed(no)} |"


def _listed(names: Any) -> str:
    return " · ".join(f"`{name}`" for name in names) or "nobody"


def _condition(type_: ValueType, operator: Operator, raw: Any) -> str:
    if raw is None:
        return form_of(operator.words)
    parsed = type_.parse(operator, raw)
    value = _value(type_, operator, parsed.stored)
    whole = isinstance(parsed.meant, int | Decimal) and parsed.meant == int(parsed.meant)
    words = form_of(operator.words, int(parsed.meant) if whole else MANY)
    return words % {"value": value} if "%(value)s" in words else f"{words} {value}"


def _value(type_: ValueType, operator: Operator, stored: Any) -> str:
    match operator.takes:
        case Takes.LIST:
            return ", ".join(_one(type_, one) for one in stored)
        case Takes.PAIR:
            return " and ".join(_one(type_, one) for one in stored)
        case Takes.PERIOD:
            return str(PERIOD_WORDS[stored])
        case Takes.PART:
            return part_said(stored)
    return _one(type_, stored)


def _one(type_: ValueType, stored: Any) -> str:
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    return in_quotes(stored) if type_ is types.TEXT else str(stored)


def _days(*days: str) -> dict[str, Any]:
    return {MISSING: None, **{day: date.fromisoformat(day) for day in days}}


def _instants(*instants: str) -> dict[str, Any]:
    return {MISSING: None, **{each: datetime.fromisoformat(each) for each in instants}}


def _numbers(*numbers: str) -> dict[str, Any]:
    return {MISSING: None, **{number: Decimal(number) for number in numbers}}


def _texts(*texts: str) -> dict[str, Any]:
    stored: dict[str, Any] = {MISSING: None, EMPTY: "", **{text: text for text in texts}}
    if TWO_CHARACTERS in stored:
        stored[TWO_CHARACTERS] = "e\u0301"
    return stored


_AMOUNTS = _numbers("-100", "0", "99.9999", "100", "100.0001", "200", "200.0001")
_ABOUT_AMOUNTS: Mapping[str, Sequence[Any]] = {
    "is": ["100", "0"],
    "gt": ["100"],
    "gte": ["100"],
    "lt": ["100"],
    "lte": ["100"],
    "between": [["100", "200"]],
    "is_one_of": [["0", "100"]],
}
# Shoes > boots > winter boots; hats stand beside them.
CATEGORIES: Mapping[str, str | None] = {
    "shoes": None,
    "boots": "shoes",
    "winter-boots": "boots",
    "hats": None,
}


def _categories(*own: str) -> tuple[frozenset[str], frozenset[str]]:
    above: set[str] = set()
    for code in own:
        at: str | None = code
        while at is not None:
            above.add(at)
            at = CATEGORIES[at]
    return frozenset(own), frozenset(above)


_PERIODS = [
    "today",
    "yesterday",
    "tomorrow",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_year",
]

_ENDS = _instants(
    "0001-01-01T00:00:00Z",
    "0001-01-01T14:41:00.999999Z",
    "0001-01-01T14:41:01Z",
    "0001-01-02T04:56:01.999999Z",
    "0001-01-02T04:56:02Z",
    "9999-12-30T14:59:59.999999Z",
    "9999-12-30T15:00:00Z",
    "9999-12-31T04:59:59.999999Z",
    "9999-12-31T05:00:00Z",
    "9999-12-31T23:59:59.999999Z",
)
_AT_THE_ENDS: dict[str, list[Any]] = {
    "is": ["0001-01-01", "9999-12-31"],
    "before": ["0001-01-01", "0001-01-02", "9999-12-31"],
    "after": ["0001-01-01", "9999-12-30", "9999-12-31"],
    "on_or_before": ["0001-01-01", "9999-12-30", "9999-12-31"],
    "on_or_after": ["0001-01-01", "0001-01-02", "9999-12-31"],
    "between": [["0001-01-01", "0001-01-01"], ["0001-01-02", "9999-12-30"]],
}

TABLES: Sequence[Table] = (
    Table(
        "Text",
        types.TEXT,
        _texts(
            "Anna",
            "ANNA",
            "Annabel",
            "Hanna",
            " Anna ",
            "100%",
            "1000",
            "a_b",
            "axb",
            "é",
            TWO_CHARACTERS,
            "e",
            "Straße",
            "STRASSE",
            "ΟΔΟΣ",
            "οδος",
        ),
        {
            "is": ["anna", "É", "Straße", "οδοσ"],
            "contains": ["ANN", "%", "_"],
            "starts_with": ["ann", "a_"],
            "ends_with": ["NNA", "0%"],
            "is_one_of": [["anna", "100%"]],
        },
        "Capitals do not count; accents, spaces and every other character do.",
    ),
    Table("Number", types.NUMBER, _AMOUNTS, _ABOUT_AMOUNTS),
    Table("Money", types.MONEY, _AMOUNTS, _ABOUT_AMOUNTS, "In the shop's base currency."),
    Table(
        "Whole number",
        types.INTEGER,
        _numbers("0", "4", "5", "6", "10", "11"),
        {
            "is": ["5", "5.5"],
            "gt": ["5", "5.5"],
            "gte": ["5", "4.5", "-99999999999"],
            "lt": ["5", "5.5"],
            "lte": ["5", "5.5", "99999999999"],
            "between": [["5", "10"], ["4.5", "5.5"]],
            "is_one_of": [["5", "5.5"]],
        },
    ),
    Table(
        "Choice",
        types.CHOICE,
        _texts("male", "Male", "female"),
        {"is": ["male"], "is_one_of": [["male", "female"]]},
        "Codes are compared exactly.",
    ),
    Table(
        "Yes or no",
        types.BOOLEAN,
        {MISSING: None, "yes": True, "no": False},
        {"is": [True, False]},
    ),
    Table(
        "Several choices",
        types.SET,
        {
            MISSING: None,
            **{
                name: frozenset(name.split(", "))
                for name in ("vip", "VIP", "new", "new, vip", "new, old, vip")
            },
        },
        {"has": ["vip"], "has_any_of": [["vip", "new"]], "has_all_of": [["vip", "new"]]},
        "Such as the tags of a customer.",
    ),
    Table(
        "Category",
        types.CATEGORY,
        {
            MISSING: None,
            **{
                name: _categories(*name.split(", "))
                for name in ("shoes", "boots", "winter-boots", "hats", "boots, hats")
            },
        },
        {
            "is": ["boots"],
            "is_one_of": [["shoes", "hats"]],
            "is_or_below": ["shoes"],
            "is_one_of_or_below": [["boots", "hats"]],
        },
        "Winter boots are below boots, and boots below shoes; hats stand beside them.",
    ),
    Table(
        "Date",
        types.DATE,
        _days(
            "2024-02-29",
            "2025-01-01",
            "2025-12-31",
            "2026-01-01",
            "2026-03-01",
            "2026-03-10",
            "2026-03-11",
            "2026-03-30",
            "2026-03-31",
            "2026-04-01",
            "2026-04-05",
            "2026-04-06",
            "2026-04-09",
            "2026-04-10",
            "2026-04-11",
            "2026-04-12",
            "2026-04-13",
            "2026-04-30",
            "2026-05-10",
            "2026-05-11",
            "2026-06-30",
            "2026-12-31",
        ),
        {
            "is": ["2026-04-10", "2024-02-29"],
            "before": ["2026-04-10"],
            "after": ["2026-04-10"],
            "on_or_before": ["2026-04-10"],
            "on_or_after": ["2026-04-10"],
            "between": [["2026-04-01", "2026-04-10"]],
            "in_last_days": [30, 0],
            "more_than_days_ago": [30, 0],
            "in_next_days": [30, 0],
            "more_than_days_ahead": [30, 0],
            "in_period": _PERIODS,
            "anniversary_in_next_days": [0, 3, 366],
        },
        "Today is Friday, 10 April 2026.",
    ),
    Table(
        "Anniversaries in a common year",
        types.DATE,
        _days("2000-02-28", "2000-02-29", "2000-03-01"),
        {"anniversary_in_next_days": [0, 1]},
        "Today is 28 February 2027, when those born on 29 February have their birthday.",
        LocalClock(datetime(2027, 2, 28, 12, 0, tzinfo=UTC), "UTC"),
        only=("anniversary_in_next_days",),
    ),
    Table(
        "Anniversaries in a leap year",
        types.DATE,
        _days("2000-02-28", "2000-02-29", "2000-03-01"),
        {"anniversary_in_next_days": [0, 1, 2]},
        "Today is 28 February 2028.",
        LocalClock(datetime(2028, 2, 28, 12, 0, tzinfo=UTC), "UTC"),
        only=("anniversary_in_next_days",),
    ),
    Table(
        "Date and time",
        types.DATETIME,
        _instants(
            "2026-03-10T03:59:59.999999Z",
            "2026-03-10T04:00:00Z",
            "2026-04-08T03:29:59.999999Z",
            "2026-04-08T03:30:00Z",
            "2026-04-09T03:59:59.999999Z",
            "2026-04-09T04:00:00Z",
            "2026-04-10T03:30:00Z",
            "2026-04-10T03:30:00.000001Z",
            "2026-04-10T03:59:59.999999Z",
            "2026-04-10T04:00:00Z",
            "2026-05-10T03:59:59.999999Z",
            "2026-05-10T04:00:00Z",
        ),
        {
            "is": ["2026-04-09"],
            "before": ["2026-04-09", "2026-04-09T04:00:00Z", "2026-04-10T03:30:00"],
            "after": ["2026-04-09", "2026-04-09T04:00:00Z"],
            "on_or_before": ["2026-04-09", "2026-04-09T04:00:00Z", "2026-04-09T00:00"],
            "on_or_after": ["2026-04-09", "2026-04-09T04:00:00Z"],
            "between": [
                ["2026-04-08", "2026-04-09"],
                ["2026-04-09T04:00:00Z", "2026-04-10T03:30:00Z"],
                ["2026-04-09", "2026-04-10T03:30:00Z"],
            ],
            "in_last_days": [30, 0],
            "more_than_days_ago": [30, 0],
            "in_next_days": [30, 0],
            "more_than_days_ahead": [30, 0],
            "in_period": _PERIODS,
            "anniversary_in_next_days": [0, 30],
            "in_last_hours": [48, 0],
            "more_than_hours_ago": [48, 0],
        },
        "In New York it is Thursday, 9 April 2026, 23:30; the values are in UTC, four hours ahead.",
        LocalClock(datetime(2026, 4, 10, 3, 30, tzinfo=UTC), "America/New_York"),
    ),
    Table(
        "The calendar's ends, behind UTC",
        types.DATETIME,
        _ENDS,
        _AT_THE_ENDS,
        "In New York, where the first days began 4:56:02 after midnight in UTC and the last ones "
        "begin 5 hours after it. The first and the last day have whatever lies beyond them.",
        LocalClock(datetime(2026, 4, 10, 12, 0, tzinfo=UTC), "America/New_York"),
        only=tuple(_AT_THE_ENDS),
    ),
    Table(
        "The calendar's ends, ahead of UTC",
        types.DATETIME,
        _ENDS,
        _AT_THE_ENDS,
        "In Tokyo, where the first days began 9:18:59 before midnight in UTC and the last ones "
        "begin 9 hours before it.",
        LocalClock(datetime(2026, 4, 10, 12, 0, tzinfo=UTC), "Asia/Tokyo"),
        only=tuple(_AT_THE_ENDS),
    ),
    Table(
        "Segment",
        types.SEGMENT,
        {MISSING: None, "vip": "vip", "regular": "regular"},
        {"is": ["vip"], "is_one_of": [["vip", "regular"]]},
        "Of which segment the customer is a member.",
    ),
    Table(
        "Random part",
        types.PART,
        {unit: unit for unit in ("part-1", "part-2", "part-3", "part-4")},
        {
            "is_in": [
                {"salt": "tea", "to": "48.19"},
                {"salt": "tea", "from": "48.19", "to": "67.77"},
                {"salt": "tea", "from": "0", "to": "100"},
            ]
        },
        "In the draw “tea” these customers have the buckets 4819, 6776, 5848 and 2292 of 10,000.",
    ),
)
