"""The facts of a sentence: what each is about, whether it is denied, how often, when, of which."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from conditions.reading.chunks.chunk import Chunk, Habit, Length, Period, Quantity
from conditions.reading.nodes import Node
from conditions.reading.vocabulary.names import Named


class Unsaid(Exception):
    """A phrase that no condition can express."""


@dataclass(frozen=True)
class Values:
    """Values in one list: each may belong to several attributes, `join` is the word between them.

    `literal`: words as they are written, which may or may not be values.
    """

    each: tuple[tuple[Named, ...], ...]
    join: str = ""
    literal: bool = False
    # As they are written.
    texts: tuple[str, ...] = ()
    # The noun may mean all customers, too: "Kundinnen".
    may_be_all: bool = False
    # The nodes they stand for, where these are more than values: each possible meaning.
    ways: tuple[Node, ...] = ()

    @property
    def attributes(self) -> list[str]:
        """The attributes that have all of them, the likeliest first."""
        first, *others = [[named.attribute for named in one] for one in self.each]
        return [code for code in first if all(code in codes for codes in others)]

    def of(self, attribute: str) -> list[Any]:
        """Return the values under `attribute`; raises `Unsaid` where one does not belong to it."""
        found = [
            next((one.value for one in each if one.attribute == attribute), None)
            for each in self.each
        ]
        if None in found:
            raise Unsaid
        return found


@dataclass(eq=False)
class Field:
    """An attribute that is named, with its comparison."""

    codes: tuple[str, ...]
    chunk: Chunk
    denied: bool = False
    quantity: Quantity | None = None
    values: Values | None = None
    when: Length | Period | None = None
    spelled: str = ""
    # It is denied by "without".
    is_without: bool = False
    # It denies all products with its values: "orders without shoes".
    is_absent: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether the attribute has no comparison yet."""
        return self.quantity is None and self.values is None and self.when is None


@dataclass(eq=False)
class Fact:
    """One statement about customers. `head` is the relation or attribute that it is about."""

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
    # The sentence does not name the head: it comes from the fields, or from the fact before.
    implied: bool = False
    verb: bool = False
    # "All" may refer to the customers instead of their rows: "all shipped to Berlin".
    may_be_everyone: bool = False
    # Perhaps it denies the order of a cart before it: "abandoned cart, no purchase".
    may_be_of_cart: bool = False
    # One row has all of it: "shoes and toys in one order".
    together: bool = False
    # A value alone describes customers: where they live, their group.
    is_standing: bool = False
    # It is a noun for customers, at the beginning of a clause: "women and VIPs".
    is_noun: bool = False
    # It covers all time, whatever period stands after it.
    is_total: bool = False
    # The amount is the total of all rows: "2 orders over 100 in total".
    sums: bool = False
    # A clause with a verb of its own: "or who", "or are".
    apart: bool = False
    # The denial of the fact before an "or" covers this fact too, if it does not end at the "or".
    may_be_free: bool = False
    # A number of it without a unit may count rows, or be an amount: "no orders or more than 5".
    may_count: bool = False
    # The period of the fact after it, which may be the period of this fact, too.
    perhaps_when: list[Length | Period] = field(default_factory=list)
    # It has the period of the fact after it, or none: "bought shoes but no toys in June".
    may_lack_time: bool = False
    # Its period is that of the fact after it.
    has_shared_time: bool = False
    # The words that join it to the fact before.
    joined_by: list[Chunk] = field(default_factory=list)
    # "except" denies it, and perhaps the words after it as well.
    is_excepted: bool = False
    # Only one of two alternatives holds: "shoes or toys but not both".
    exclusive: bool = False
    # Another clause about the same rows was added: "got the campaign but did not open it".
    has_clauses: bool = False
    # An article, "any" or "one" stands in its clause: "but never opened one".
    is_of_any: bool = False
    # Its rows are those of the fact before: "never clicked any of them".
    is_of_them: bool = False
    # It states that customers got the rows: "got no mail in May".
    is_received: bool = False
    # A finite verb stands in its clause: "but have had no mail in May".
    has_verb: bool = False
    # It is about each of the rows before, not about their number: "none over 100".
    of_each: bool = False
    # It means another purchase: "have not come back for half a year".
    is_back: bool = False
    # It takes its rows from a fact before: "not ordered in 30 days or never".
    elided: bool = False
    # It contains words that are not understood.
    is_broken: bool = False
    # Words that are not understood change what the rest means: none of it is read.
    is_lost: bool = False
    # It compares the average, not the total.
    on_average: bool = False
    # It is denied by "without".
    is_without: bool = False
    # Its products are named by their origin: "not from Acme".
    is_origin: bool = False
    # It is about each row: "per order".
    is_per_row: bool = False
    # Its place is where something is, or went: "in Germany".
    is_inside: bool = False
    # It has a verb of its own: "and live not in Germany".
    is_stated: bool = False
    # It is denied by "outside", which refers to the place alone.
    is_outside: bool = False
    # Perhaps its number counts all rows, and its period is that of one: "only one order, in May".
    perhaps_ever: bool = False
    # The largest or the smallest of them: `max`, `min`.
    extreme: str = ""
    # The rows are the last ones, or lie in periods.
    habit: Habit | None = None
    # Other relations or attributes that the head may mean.
    others: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether the fact has no content yet."""
        is_said = self.head or self.quantities or self.when or self.values or self.fields
        return not (is_said or self.habit)

    @property
    def is_time_alone(self) -> bool:
        """Return whether the fact has a period and nothing else."""
        is_more = self.head or self.quantities or self.values or self.fields
        return bool(self.when) and not (is_more or self.denied or self.is_lost or self.is_broken)


def is_either_of_two(fact: Fact) -> bool:
    """Return whether `fact` names two values as alternatives, and no other values."""
    pairs = [one for one in fact.values if one.join == "or" and len(one.each) == 2]
    return len(pairs) == 1 and len(fact.values) == 1


# Facts and the words between them: `with` (one thought), `and`, `or`, `nor`, `comma`, `but`, `who`,
# `either`, `neither`; `(`, `)`, and `none(`, which denies all facts up to the next `but`.
Said = list[Fact | str]
