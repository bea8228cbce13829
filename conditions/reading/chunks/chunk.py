"""The meanings of words, piece by piece: names, values, numbers, lengths of time, periods."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

# The words between the parts of a list.
JOINS = frozenset({"and", "or", "nor", "comma"})
# A date's condition: operator and value.
When = tuple[str, Any]


@dataclass(frozen=True)
class Quantity:
    """A number, or two for `between`; `op` is empty where no word compares it.

    `unit`: `money`, `times`, `pieces`, `products` (pieces of the products named next), `percent`,
    `worth` (of an amount, where there is one), or empty.
    """

    op: str
    numbers: tuple[Decimal, ...]
    unit: str = ""
    # It may be the total of all rows: "orders totalling 500".
    in_total: bool = False
    # "Three times", not "three mails".
    says_times: bool = False
    # It has the unit of the number after it: "at least 3 but at most 5 times".
    has_shared_unit: bool = False


@dataclass(frozen=True)
class Length:
    """A number of days or hours. `kind` places it in time: `last`, `next`, `ago_gt`, `for` ..."""

    kind: str
    number: int
    hours: bool = False
    # The comparison of `for`.
    op: str = ""
    # "in a week": of several rows it may be any week.
    is_single: bool = False


@dataclass(frozen=True)
class Period:
    """Named days; each of `choices` is a condition that they may mean.

    `latest`: the sentence names no year, so the latest such period that has begun is meant; this
    makes no sense for birthdays. `is_idle`: since then nobody has changed a cart.
    """

    choices: tuple[When, ...]
    latest: bool = False
    is_idle: bool = False


@dataclass(frozen=True)
class Habit:
    """A statement about the times of several rows.

    `kind`: `active` (in `least`, compared by `op`, of the last `count` periods), `each` (in each of
    these periods), `run` (the same, unless the sentence states that they have `stopped`), `row` (in
    each of several consecutive periods, perhaps long ago, unless they have `stopped`), `last` (the
    last `count` rows), `one_of_last` (some of them), `part_of_last` (`least` of them, compared by
    `op`), `earliest` (the first of them), `first` (the first row of all that fit but for its time:
    "bought shoes for the first time this month").
    """

    kind: str
    count: int = 0
    unit: str = ""
    op: str = ""
    least: int = 0


@dataclass(frozen=True)
class Chunk:
    """The meaning of the words from `start` to `end`."""

    start: int
    end: int
    kind: str
    what: Any = None
    cost: float = 1.0
    # The words as they are written.
    text: str = ""
