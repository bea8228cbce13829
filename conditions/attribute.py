"""What every attribute is: a code, a label, a type, and two readings of one meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThanOrEqual, In, IsNull, LessThanOrEqual

from conditions.evaluator.verdict import as_json
from conditions.language.counted import Counted
from conditions.language.operators import Operator, Takes, Words
from conditions.language.types import DATETIME, BadValue, RangeType, ValueType
from conditions.language.windows import (
    LocalClock,
    Ranges,
    ZonedRanges,
    crossed_ranges,
    days_between,
    month_days_ahead,
)
from conditions.sql.expressions import LocalDate, MonthDay, WithinForWebsite
from conditions.sql.place import Context, Place
from conditions.sql.truth import NEVER, Truth, either
from customers.personal import Kind, kind_of

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts
    from conditions.language.choices import Choices
    from conditions.sql.sources import Read, Source


@dataclass(frozen=True)
class StoredTexts:
    """Where a text attribute's values are stored: the column as written, and its folded copy."""

    rows: QuerySet[Any]
    column: str
    folded: str

    def like(self, lookup: str, folded: str) -> QuerySet[Any, str]:
        """Return the different values whose folded copy fits `lookup`, in alphabetical order."""
        rows = self.rows.filter(**{f"{self.folded}__{lookup}": folded})
        return rows.order_by(self.column).values_list(self.column, flat=True).distinct()

    @property
    def kind(self) -> Kind:
        """How personal they are."""
        return kind_of(self.rows.model, self.column)


# Rows (of the place) about which a condition may say something else than before.
Flip = tuple[Place, Truth]


@dataclass(frozen=True, eq=False, kw_only=True)
class Attribute:
    """Something that conditions may ask of a customer, or of a row of `relation`."""

    code: str
    label: Words
    type: ValueType
    relation: str | None = None
    choices: Choices | None = None
    unit: Counted = ""
    # The operator that a new condition begins with, where it is not the type's own.
    usual: str = ""
    # Has more than one value at a time, so that it cannot be counted or compared with others.
    many: bool = False
    # Never missing for anybody; "is not known" then holds for nobody.
    always_known: bool = False
    # The least value that it can have.
    minimum: int | None = None
    # May it be the other side of a comparison?
    comparable: bool = True

    @property
    def prefix(self) -> str:
        """The part of the code before the first point."""
        return self.code.partition(".")[0]

    def refuses(self, codes: Sequence[str], segment: str | None) -> BadValue | None:
        """Return why known `codes` cannot stand in the tree of `segment`; None where they can."""
        return None

    def nodes_behind(self, codes: Sequence[str]) -> int:
        """Return how many nodes `codes` stand for, where they name trees."""
        return 0

    def stored_texts(self) -> Sequence[StoredTexts]:
        """Return where its values can be looked up, if they are texts and stored as such."""
        return ()

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield every column that its value comes from; `source` is the row it is asked of."""
        raise NotImplementedError

    @property
    def kind(self) -> Kind:
        """How personal those of its values are that can be looked up."""
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
        """Return that the value lies in one of the ranges for the customer's website."""
        raise NotImplementedError

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        """Return the value (each, where there are two) as SQL, for comparisons and aggregates."""
        raise NotImplementedError

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        """Return the values that `row` has for the evaluator, missing ones left out."""
        raise NotImplementedError

    def actual(self, value: Any, row: Any, facts: Facts) -> Any:
        """Return what an explanation shows as compared with the parsed `value`, as JSON."""
        return as_json(self.read(row, facts))

    def holds(self, operator: Operator, value: Any, row: Any, facts: Facts) -> bool:
        """Return whether a positive `operator` with `value` holds, for the evaluator."""
        actual = self.read(row, facts)
        if operator.takes is Takes.NOTHING:
            return bool(actual)
        return any(self.type.test(operator, one, value, facts.clock) for one in actual)

    def anniversary(self, ahead: Ranges, place: Place, context: Context) -> Truth:
        """Return that the next anniversary is as many days ahead as `ahead` says."""
        return self._on_days(lambda clock: month_days_ahead(ahead, clock.today), place, context)

    def _on_days(
        self, days: Callable[[LocalClock], Sequence[int]], place: Place, context: Context
    ) -> Truth:
        """Return that the value's month and day are among `days` of the customer's clock."""
        return either(
            *(
                in_zone(place.website, ids, _one_of(MonthDay(day), found))
                for ids, zone, found in (
                    (ids, clock.zone, days(clock)) for ids, clock in context.moment.clocks
                )
                for instant in self.expressions(place, context)
                for day in [LocalDate(instant, zone=zone) if self.type is DATETIME else instant]
            )
        )

    @property
    def moves(self) -> bool:
        """Whether the value itself changes as days pass."""
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
        """Return where the next anniversary comes into the ranges, or leaves them, on any day."""

        def changed(clock: LocalClock) -> Sequence[int]:
            days = days_between(LocalClock(earlier.moment.as_of, clock.zone).today, clock.today)
            found = [set(month_days_ahead(ahead, day)) for day in days]
            return sorted(found[0].union(*found) - found[0].intersection(*found))

        return place, self._on_days(changed, place, later)


def in_zone(website: str, websites: Sequence[int] | None, truth: Truth) -> Truth:
    """Return `truth` for the customers of `websites` only (None: of all)."""
    if websites is None:
        return truth
    return Truth(Q(**{f"{website}__in": list(websites)}) & truth.q, truth.certain)


def by_zone(context: Context, place: Place, make: Any) -> Combinable:
    """Return what `make(clock)` gives, an SQL expression, for the zone of each customer."""
    clocks = context.moment.clocks
    if len(clocks) == 1:
        return make(clocks[0][1])  # type: ignore[no-any-return]
    return Case(
        *(When(**{f"{place.website}__in": list(ids or ())}, then=make(c)) for ids, c in clocks)
    )


def expression_within(expression: Any, ranges: Ranges) -> Truth:
    """Return that the SQL `expression` lies in one of `ranges`; unknown where it is NULL."""
    single = [low for low, high in ranges if low == high and low is not None]
    others = [pair for pair in ranges if pair[0] != pair[1] or pair[0] is None]
    return either(
        _one_of(expression, single), *(Truth(_between(expression, *pair)) for pair in others)
    )


def _one_of(expression: Any, values: Sequence[int]) -> Truth:
    return Truth(Q(In(expression, list(values)))) if values else NEVER


def _between(expression: Any, low: Any, high: Any) -> Q:
    q = Q(IsNull(expression, False))
    if low is not None:
        q &= Q(GreaterThanOrEqual(expression, low))
    if high is not None:
        q &= Q(LessThanOrEqual(expression, high))
    return q


def path_within(
    path: str, website: str, zoned: ZonedRanges, wrap: Any, *, bounded: bool = False
) -> Truth:
    """Return that the column at `path` lies in the ranges for the website at the path `website`.

    Unknown where the column is NULL. `bounded`: the column holds less than every whole number, so
    that Django answers a bound beyond its own with TRUE, for missing values too.
    """
    if len(zoned) > 1:
        told = [(ids, ranges) for ids, ranges in zoned if ranges]
        if not told:
            return NEVER
        within = WithinForWebsite(F(path), F(website), zoned=told)
        # One range around all of them, for which an index on the column can be used.
        lows, highs = zip(*(pair for _ids, ranges in told for pair in ranges), strict=True)
        around = (None if None in lows else min(lows), None if None in highs else max(highs))
        return Truth(_path_between(path, *around, wrap, bounded=bounded) & Q(within))
    ranges = zoned[0][1]
    single = [wrap(low) for low, high in ranges if low == high and low is not None]
    if len(single) < 2:
        return either(
            *(Truth(_path_between(path, *pair, wrap, bounded=bounded)) for pair in ranges)
        )
    others = [pair for pair in ranges if pair[0] != pair[1] or pair[0] is None]
    return either(
        Truth(Q(**{f"{path}__in": single})),
        *(Truth(_path_between(path, *pair, wrap, bounded=bounded)) for pair in others),
    )


def _path_between(path: str, low: Any, high: Any, wrap: Any, *, bounded: bool) -> Q:
    if low is None and high is None:
        return Q(**{f"{path}__isnull": False})
    if low == high:
        return Q(**{path: wrap(low)})
    bounds = {f"{path}__isnull": False} if bounded and (low is None or high is None) else {}
    if low is not None:
        bounds[f"{path}__gte"] = wrap(low)
    if high is not None:
        bounds[f"{path}__lte"] = wrap(high)
    return Q(**bounds)
