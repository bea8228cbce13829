"""The base class of attributes: code, label, type, and how SQL and the evaluator read a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from conditions.evaluator.verdict import as_json
from conditions.language.counted import Counted
from conditions.language.countries import country_names
from conditions.language.operators import Operator, Takes, Words
from conditions.language.phrase import NOT_SAID, Phrase
from conditions.language.types import DATETIME, RangeType, Value, ValueType
from conditions.language.windows import (
    LocalClock,
    Ranges,
    ZonedRanges,
    crossed_ranges,
    days_between,
    month_days_ahead,
)
from conditions.sql.expressions import LocalDate, MonthDay
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone, one_of
from conditions.sql.truth import Truth, any_of
from core.access.personal import Kind, kind_of
from core.problems import Problem

if TYPE_CHECKING:
    from conditions.bases.row_figures.derived import Derived
    from conditions.evaluator.facts import Facts
    from conditions.language.choices import Choices
    from conditions.sql.sources import Read, Source
    from customers.models.rollup import Rollup

    RollupModel = type[Rollup]


@dataclass(frozen=True)
class StoredTexts:
    """Where a text attribute's values are stored: the column as written, and its folded copy."""

    rows: QuerySet[Any]
    column: str
    folded: str

    def like(self, lookup: str, folded: str) -> QuerySet[Any, str]:
        """Return the distinct values whose folded copy fits `lookup`, in alphabetical order."""
        rows = self.rows.filter(**{f"{self.folded}__{lookup}": folded})
        return rows.order_by(self.column).values_list(self.column, flat=True).distinct()

    @property
    def kind(self) -> Kind:
        """How personal the stored texts are."""
        return kind_of(self.rows.model, self.column)


# Rows (of the place) for which a condition may give another answer than before.
Flip = tuple[Place, Truth]


@dataclass(frozen=True, eq=False, kw_only=True)
class Attribute:
    """A property of a customer, or of a row of `relation`, that conditions can compare."""

    code: str
    label: Words
    type: ValueType
    relation: str | None = None
    choices: Choices | None = None
    unit: Counted = ""
    # How sentences word it; an attribute without a phrase is named by its label.
    phrase: Phrase = NOT_SAID
    # The operator that a new condition begins with, where it is not the type's own.
    usual: str = ""
    # Has more than one value at a time, so that it cannot be counted or compared with others.
    many: bool = False
    # Every customer has a value; "is not known" holds for no customer.
    always_known: bool = False
    # The least and the greatest value that it can have.
    minimum: int | None = None
    maximum: int | None = None
    # May it be the other side of a comparison?
    comparable: bool = True
    # Can only be compared with values: the database only knows in which ranges its value lies.
    values_only: bool = False
    # Codes that no row has, with the attribute or relation to use instead: "product_view.*".
    asked_elsewhere: Mapping[str, str] = field(default_factory=dict)
    # Codes that a row only has after another code: an unsubscribed row was subscribed before.
    only_after: Mapping[str, str] = field(default_factory=dict)
    # Returns conditions each of which holds only for customers with a known value ("tracking is
    # granted"), the one to offer first: a tree that asks for the value's absence without one of
    # them gets a warning, since all other customers lack the value, too.
    known_with: Callable[[], Sequence[Mapping[str, Any]]] | None = None
    # A missing value counts as greater than every other value.
    infinite: bool = False
    # Its values are countries, named by two letters.
    countries: bool = False
    # Further words by which a merchant may look for it.
    search_words: Words = ""
    # Permissions needed to see a customer's value, besides those that all such values need.
    permissions: tuple[str, ...] = ()
    # For reading typed sentences. `said_bare`: its values are recognized without its name ("in
    # Berlin"), `said_in_part`: by a part of them. `as_written`: its value is whatever is written
    # after its name. `with_or_without`: its name alone means more than 0 ("discount"). `email`: an
    # `address` for e-mail is its value wherever it is written, or the `domain` of one.
    # `too_common`: the names of its codes are everyday words ("lost"), which do not refer to it by
    # themselves. `meant`: its name alone means this code: a consent is a granted one.
    said_bare: bool = False
    said_in_part: bool = False
    as_written: bool = False
    with_or_without: bool = False
    email: str = ""
    too_common: bool = False
    meant: str = ""
    # The code of the date whose repetitions it counts: how often a mail was opened.
    repeats: str = ""
    # The attribute and its value that customers get when this date comes: a mail by which they
    # unsubscribed has that status as its consequence.
    brings: tuple[str, str] = ("", "")
    # Its number names a row, as the step of a sequence does: "step 2" is exactly that step.
    is_ordinal: bool = False
    # The value is the first of the choices that fits the customer.
    is_first_that_fits: bool = False
    # Its label is an everyday word ("left"), which does not refer to it by itself.
    has_common_label: bool = False
    # The condition to suggest instead of "some row is old", where one fits better than a figure.
    instead_of_old: Words = ""

    @property
    def prefix(self) -> str:
        """The part of the code before the first point."""
        return self.code.partition(".")[0]

    def nodes_behind(self, codes: Sequence[str], segment: str | None) -> int:
        """Return how many nodes `codes` stand for, where they name trees.

        Raises BadValue where they cannot stand in the tree of `segment`.
        """
        return 0

    def nodes_of_itself(self, segment: str | None) -> int:
        """Return how many nodes it stands for, whatever it is compared with; 0 as a rule.

        Raises BadValue where it cannot stand in the tree of `segment`.
        """
        return 0

    def known_of_nobody(self) -> Words:
        """Return why an attribute that a score computes has no values yet; "" as a rule."""
        return ""

    def doubts(self, value: Value) -> Iterator[Problem]:
        """Yield warnings about a value, by the path in it; may query the database."""
        yield from ()

    def stored_texts(self) -> Sequence[StoredTexts]:
        """Return where its values are stored, if they are texts that can be looked up."""
        return ()

    def names(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the names of those `codes` that are known: choices, countries."""
        if self.choices is not None:
            return self.choices.names(codes)
        return country_names(codes) if self.countries else {}

    def stored_figures(self) -> Iterator[Derived]:
        """Yield the figures that it is computed from and that a roll-up stores."""
        yield from ()

    @property
    def stored_in(self) -> RollupModel | None:
        """The only roll-up needed to compute its value; None where other tables are needed."""
        return None

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield every column that its value comes from; `source` is the row that has the value.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    @property
    def kind(self) -> Kind:
        """How personal those of its values are that users can look up."""
        if self.choices is not None:
            return self.choices.kind
        return max((one.kind for one in self.stored_texts()), default=Kind.OPEN)

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        """Return that a positive `operator` with `value` holds, for the database."""
        assert isinstance(self.type, RangeType)
        if operator.takes is Takes.ANNIVERSARY_DAYS:
            return self.anniversary([(0, value)], place, context)
        return self.within(self.type.zoned(operator, value, context.moment), place, context)

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        """Return that the value lies in one of the ranges for the customer's website.

        Raises NotImplementedError; subclasses with a range type override it.
        """
        raise NotImplementedError

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        """Return the value (each, where there are two) as SQL, for comparisons and aggregates.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        """Return the values that `row` has for the evaluator, missing ones left out.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def actual(self, value: Any, row: Any, facts: Facts) -> Any:
        """Return the value that an explanation shows next to the parsed `value`, as JSON."""
        return as_json(self.read(row, facts))

    def holds(self, operator: Operator, value: Any, row: Any, facts: Facts) -> bool:
        """Return whether a positive `operator` with `value` holds, for the evaluator."""
        return self.holds_of(facts.read(self, row), operator, value, facts.clock)

    def holds_of(
        self, actual: tuple[Any, ...], operator: Operator, value: Any, clock: LocalClock
    ) -> bool:
        """Return whether a positive `operator` with `value` holds of values that have been read."""
        if operator.takes is Takes.NOTHING:
            return bool(actual)
        test = self.type.test
        # A generator would take longer than most tests.
        for one in actual:  # noqa: SIM110
            if test(operator, one, value, clock):
                return True
        return False

    def anniversary(self, ahead: Ranges, place: Place, context: Context) -> Truth:
        """Return that the days to the next anniversary lie in one of the ranges `ahead`."""
        return self.on_days(
            lambda clock: month_days_ahead(tuple(ahead), clock.today), place, context
        )

    def on_days(
        self, days: Callable[[LocalClock], Sequence[int]], place: Place, context: Context
    ) -> Truth:
        """Return that the value's month and day are among `days` of the customer's clock."""
        return any_of(
            *(
                in_zone(place.website, ids, one_of(MonthDay(day), found))
                for ids, zone, found in (
                    (ids, clock.zone, days(clock)) for ids, clock in context.moment.clocks
                )
                for instant in self.expressions(place, context)
                for day in [LocalDate(instant, zone=zone) if self.type is DATETIME else instant]
            )
        )

    @property
    def moves(self) -> bool:
        """Return whether the value itself changes as days pass."""
        return False

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        """Yield where the answer to a positive `operator` may differ between two moments."""
        if not isinstance(self.type, RangeType):
            return
        if operator.takes is Takes.ANNIVERSARY_DAYS:
            yield self.anniversary_flips([(0, value)], place, earlier, later)
            return
        before, after = (
            self.type.zoned(operator, value, context.moment) for context in (earlier, later)
        )
        yield from self.crossed(crossed_ranges(before, after, later.moment), place, later)

    def crossed(self, zoned: ZonedRanges, place: Place, context: Context) -> Iterator[Flip]:
        """Yield where the value, or what it is made of, lies in the (narrow) ranges."""
        if any(ranges for _websites, ranges in zoned):
            yield place, self.within(zoned, place, context)

    def anniversary_flips(
        self, ahead: Ranges, place: Place, earlier: Context, later: Context
    ) -> Flip:
        """Return the place and truth of rows whose next anniversary enters or leaves the ranges."""

        def changed_days(clock: LocalClock) -> Sequence[int]:
            days = days_between(LocalClock(earlier.moment.as_of, clock.zone).today, clock.today)
            found = [set(month_days_ahead(tuple(ahead), day)) for day in days]
            return sorted(found[0].union(*found) - found[0].intersection(*found))

        return place, self.on_days(changed_days, place, later)
