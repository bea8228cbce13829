"""What a sentence says, fact by fact: of what, whether it is denied, how often, when, of which."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conditions.reading.chunks import Chunk, Habit, Length, Period, Quantity
from conditions.reading.names import Named
from conditions.reading.nodes import Node


class Unsaid(Exception):
    """What cannot be said as conditions."""


@dataclass(frozen=True)
class Values:
    """Values that stand together: each is one under several attributes, `join` how they are listed.

    `literal`: words as they are written, of which nobody knows whether they are values.
    """

    each: tuple[tuple[Named, ...], ...]
    join: str = ""
    literal: bool = False
    # As they are written.
    texts: tuple[str, ...] = ()
    # What they stand for, where that is more than the values: each way that it may be meant.
    ways: tuple[Node, ...] = ()

    @property
    def attributes(self) -> list[str]:
        """The attributes that have all of them, the likeliest first."""
        first, *others = [[named.attribute for named in one] for one in self.each]
        return [code for code in first if all(code in codes for codes in others)]

    def of(self, attribute: str) -> list[Any]:
        """Return the values under `attribute`; raises `Unsaid` where one is none of its."""
        found = [
            next((one.value for one in each if one.attribute == attribute), None)
            for each in self.each
        ]
        if None in found:
            raise Unsaid
        return found


@dataclass(eq=False)
class Field:
    """An attribute that is named, with what is said of it."""

    codes: tuple[str, ...]
    chunk: Chunk
    denied: bool = False
    quantity: Quantity | None = None
    values: Values | None = None
    when: Length | Period | None = None
    spelled: str = ""
    # It is denied by "without".
    is_without: bool = False
    # There is no product with its values: "orders without shoes".
    is_absent: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nothing is said of it yet."""
        return self.quantity is None and self.values is None and self.when is None


@dataclass(eq=False)
class Fact:
    """One thing that is said of customers. `head` is the relation or attribute that it is about."""

    head: str = ""
    denied: bool = False
    every: bool = False
    quantities: list[Quantity] = field(default_factory=list)
    when: list[Length | Period] = field(default_factory=list)
    values: list[Values] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    inherited: bool = False
    against: tuple[str, Decimal] | None = None
    # The head was not said: it is that of the fields, or of the fact before.
    implied: bool = False
    verb: bool = False
    # "All" may say of whom, not of which rows: "all shipped to Berlin".
    may_be_everyone: bool = False
    # It denies the order of a cart before it, perhaps: "abandoned cart, no purchase".
    may_be_of_cart: bool = False
    # All of it in one row: "shoes and toys in one order".
    together: bool = False
    # It says something of customers by a value alone: where they live, their group.
    is_standing: bool = False
    # It is a noun for customers, at the beginning of a clause: "women and VIPs".
    is_noun: bool = False
    # In all their time, whatever period stands after it.
    is_total: bool = False
    # The amount is that of all the rows together: "2 orders over 100 in total".
    sums: bool = False
    # A clause with a verb of its own: "or who", "or are".
    apart: bool = False
    # The denial of the fact before an "or" covers this fact too, if it does not end at the "or".
    may_be_free: bool = False
    # A number of it without a unit may count rows, or be an amount: "no orders or more than 5".
    may_count: bool = False
    # The period of the fact after it, of which it is not said whether it is this one's, too.
    perhaps_when: list[Length | Period] = field(default_factory=list)
    # It has the period of the fact after it, or none: "bought shoes but no toys in June".
    may_lack_time: bool = False
    # Its period is that of the fact after it.
    has_shared_time: bool = False
    # The words that join it to the fact before.
    joined_by: list[Chunk] = field(default_factory=list)
    # "except" denies it, and perhaps what is said after it as well.
    is_excepted: bool = False
    # Only one of two alternatives holds: "shoes or toys but not both".
    exclusive: bool = False
    # What it says is said of each of the rows before, not of their number: "none over 100".
    of_each: bool = False
    # It takes its rows from a fact before: "not ordered in 30 days or never".
    elided: bool = False
    # Words that nobody understands stand in it.
    is_broken: bool = False
    # What is not understood of it says how the rest is meant: none of it is read.
    is_lost: bool = False
    # What it is on average, not in all.
    on_average: bool = False
    # It is denied by "without".
    is_without: bool = False
    # Its products are named by what they are of: "not from Acme".
    is_origin: bool = False
    # What is said of it is said per row: "per order".
    is_per_row: bool = False
    # A place of it is where something is, or went: "in Germany".
    is_inside: bool = False
    # A verb of its own says it: "and live not in Germany".
    is_stated: bool = False
    # It is denied by "outside", which is said of the place alone.
    is_outside: bool = False
    # Its number is perhaps that of all rows, and its period that of one: "only one order, in May".
    perhaps_ever: bool = False
    # The largest or the smallest of them: `max`, `min`.
    extreme: str = ""
    # The rows are the last ones, or lie in periods.
    habit: Habit | None = None
    # What the head may mean besides.
    others: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said at all."""
        is_said = self.head or self.quantities or self.when or self.values or self.fields
        return not (is_said or self.habit)

    @property
    def is_time_alone(self) -> bool:
        """Whether only a period is said."""
        is_more = self.head or self.quantities or self.values or self.fields
        return bool(self.when) and not (is_more or self.denied or self.is_lost or self.is_broken)


def is_either_of_two(fact: Fact) -> bool:
    """Whether `fact` names two values as alternatives, and no other values."""
    pairs = [one for one in fact.values if one.join == "or" and len(one.each) == 2]
    return len(pairs) == 1 and len(fact.values) == 1


# Facts with what joins them: `with` (one thought), `and`, `or`, `nor`, `comma`, `but`, `who`,
# `either`, `neither`; `(`, `)`, and `none(` for what is denied as a whole, to the next `but`.
Said = list[Fact | str]
