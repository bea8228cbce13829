"""The shapes of what conditions read of profiles, of consent and of behaviour."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from conditions.attribute import Attribute, Flip
from conditions.bases.codes import Codes
from conditions.bases.column import Column
from conditions.evaluator.verdict import as_json
from conditions.language.operators import Operator, Takes
from conditions.language.windows import LocalClock, Ranges, ZonedRanges, contains
from conditions.sql.place import Context, Place
from conditions.sql.sources import OF_CUSTOMER, Read, Source, columns_on_path, join_source
from conditions.sql.truth import NEVER, Truth, all_hold, any_of, existing
from customers.changes.declared import By
from customers.models import (
    Consent,
    OrderItem,
    ProductAttributeValue,
    ProductCategory,
    Purpose,
)
from customers.privacy.consent import refusing
from personalization.behavior.activity import tables
from personalization.engagement import (
    NOTHING_DONE,
    UNREACHED,
    at_time,
    format_score,
    rest_at,
    rest_of,
)
from personalization.models import Assignment, CustomerInterest, CustomerProfile

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

PROFILE = "profile"
LEVEL = f"{PROFILE}__engagement_level"


def reads_of_activity() -> Iterator[Read]:
    """Yield the columns, beside their own, from which figures of a profile are computed."""
    yield from columns_on_path(
        join_source(OF_CUSTOMER, "pk", CustomerProfile, "customer"), "customer"
    )
    consent = join_source(OF_CUSTOMER, "pk", Consent, "customer")
    for column in ("customer", "purpose", "state", "at"):
        yield from columns_on_path(consent, column)
    for model, (owner, columns) in tables().items():
        rows = Source(model, owner)
        for column in (owner, *columns):
            yield from columns_on_path(rows, column)


def reads_of_products() -> Iterator[Read]:
    """Yield the columns, beside their own and the activity, from which interests are computed."""
    lines = Source(OrderItem, "order__customer")
    for column in ("product", "order__customer"):
        yield from columns_on_path(lines, column)
    of_product = (
        (ProductCategory, ("category",)),
        (ProductAttributeValue, ("attribute", "text", "choice")),
    )
    for model, columns in of_product:
        rows = Source(model, by=By(OrderItem, "product", "product"))
        for column in ("product", *columns):
            yield from columns_on_path(rows, column)


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfileColumn(Column):
    """A column of `CustomerProfile`."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from super().reads(source)
        yield from reads_of_activity()


@dataclass(frozen=True, eq=False, kw_only=True)
class ProfileCount(ProfileColumn):
    """A whole number of it that is 0 where there is no row."""

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        truth = super().within(zoned, place, context)
        ((_all, ranges),) = zoned
        if not _has_zero(ranges):
            return truth
        return any_of(
            truth, *(Truth(Q(**{f"{path}__isnull": True})) for path in self._paths(place))
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [Coalesce(F(path), 0) for path in self._paths(place)]

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        return super().read(row, facts) or (0,)

    def _paths(self, place: Place) -> list[str]:
        return [f"{place.path(self.prefix)}{path}" for path in self.paths]


@dataclass(frozen=True, eq=False, kw_only=True)
class Score(Attribute):
    """The engagement score, by the level that is stored: it falls as time passes, by itself."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, LEVEL)
        yield from reads_of_activity()

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        path, now = f"{place.path(self.prefix)}{LEVEL}", at_time(context.moment.as_of)
        return any_of(*(_rest_truth(path, bounds, now) for bounds in _rests(operator, value)))

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        return (rest_at(facts.follow(row, self.prefix, LEVEL), facts.clock.as_of),)

    def actual(self, value: Any, row: Any, facts: "Facts") -> Any:
        return as_json(tuple(format_score(rest) for rest in self.read(row, facts)))

    def holds_of(
        self, actual: tuple[Any, ...], operator: Operator, value: Any, clock: LocalClock
    ) -> bool:
        ranges = _rests(operator, value)
        return any(contains(bounds, rest) for rest in actual for bounds in ranges)

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        path = f"{place.path(self.prefix)}{LEVEL}"
        times = sorted(at_time(context.moment.as_of) for context in (earlier, later))
        ranges = _rests(operator, value)
        for rest in sorted({one for bounds in ranges for one in _thresholds(bounds)}):
            low, high = (rest + time for time in times)
            if low < high:
                yield place, Truth(Q(**{f"{path}__gte": low, f"{path}__lt": high}))


def _rests(operator: Operator, value: Any) -> Ranges:
    """Return the ranges of rests that a positive `operator` with scores as its `value` means."""
    assert operator.ranges is not None
    if operator.takes is Takes.NOTHING:
        return operator.ranges()
    if isinstance(value, tuple):
        return operator.ranges(tuple(Decimal(rest_of(one)) for one in value), 1)
    return operator.ranges(Decimal(rest_of(value)), 1)


def _thresholds(bounds: tuple[int | None, int | None]) -> Iterator[int]:
    """Yield the rests between which a range begins and ends, those that no level has left out."""
    low, high = bounds
    for rest in (low, None if high is None else high + 1):
        if rest is not None and NOTHING_DONE + 1 < rest < UNREACHED:
            yield rest


def _rest_truth(path: str, bounds: tuple[int | None, int | None], now: int) -> Truth:
    """Return that a customer's rest at the time `now` lies within `bounds`."""
    low, high = bounds
    if contains(bounds, NOTHING_DONE):
        truth = Q(**{f"{path}__isnull": True})
        if high is None or high >= UNREACHED - 1:
            return Truth(truth | Q(**{f"{path}__isnull": False}))
        return Truth(truth | Q(**{f"{path}__lt": high + 1 + now}) if high > NOTHING_DONE else truth)
    if (low is not None and low >= UNREACHED) or (high is not None and high < NOTHING_DONE):
        return NEVER
    known: dict[str, Any] = {}
    if low is not None and low > NOTHING_DONE + 1:
        known[f"{path}__gte"] = low + now
    if high is not None and high < UNREACHED - 1:
        known[f"{path}__lt"] = high + 1 + now
    return Truth(Q(**(known or {f"{path}__isnull": False})))


@dataclass(frozen=True, eq=False, kw_only=True)
class BestInterests(Attribute):
    """The categories that a customer is most interested in."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        owner = OuterRef(f"{place.path(self.prefix)}pk")
        rows = CustomerInterest.objects.filter(customer=owner)
        if operator.takes is Takes.NOTHING:
            return existing(Exists(rows))
        codes = (value,) if operator.takes is Takes.ONE else value
        ids = context.category_ids(codes, below=operator.name.endswith("_or_below"))
        return existing(Exists(rows.filter(category__in=ids))) if ids else NEVER

    def reads(self, source: Source) -> Iterator[Read]:
        rows = join_source(source, "pk", CustomerInterest, "customer")
        for path in ("customer", "category__code", "category__parent"):
            yield from columns_on_path(rows, path)
        yield from reads_of_activity()
        yield from reads_of_products()

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        owner = facts.follow(row, self.prefix, "pk")
        own = facts.codes(CustomerInterest, "customer", "category__code", owner)
        return ((own, facts.with_those_above(own)),) if own else ()


@dataclass(frozen=True, eq=False, kw_only=True)
class BestBrands(Codes):
    """The brands that a customer is most interested in."""

    def reads(self, source: Source) -> Iterator[Read]:
        yield from super().reads(source)
        yield from reads_of_activity()
        yield from reads_of_products()


@dataclass(frozen=True, eq=False, kw_only=True)
class Arms(Codes):
    """The variants of experiments that a customer got; none of who refuses personalization."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        owner = f"{place.path(self.prefix)}pk"
        refuses = refusing(Purpose.PERSONALIZATION, owner)
        return all_hold(
            super().truth(operator, value, place, context), Truth(~refuses, certain=True)
        )

    def reads(self, source: Source) -> Iterator[Read]:
        yield from super().reads(source)
        rows = join_source(source, "pk", Consent, "customer")
        for column in ("customer", "purpose", "state", "at"):
            yield from columns_on_path(rows, column)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        codes = facts.loaded(_arms)
        return (codes,) if codes else ()


def _arms(customers: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the variants of each of `customers` (internal keys) who does not refuse."""
    rows = Assignment.objects.filter(customer__in=list(customers))
    rows = rows.exclude(refusing(Purpose.PERSONALIZATION, "customer"))
    found: dict[int, set[str]] = {}
    for customer, arm in rows.values_list("customer", "arm"):
        found.setdefault(customer, set()).add(arm)
    return {customer: frozenset(arms) for customer, arms in found.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class Said(Attribute):
    """The latest consent state of a customer for a purpose; missing where there is none."""

    purpose: Purpose

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        if operator.takes is Takes.NOTHING:
            return existing(Exists(self._entries(place)))
        states = [value] if operator.takes is Takes.ONE else list(value)
        return Truth(Q(In(self._state(place), states)))

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [self._state(place)]

    def reads(self, source: Source) -> Iterator[Read]:
        rows = join_source(source, "pk", Consent, "customer")
        for column in ("customer", "purpose", "state", "at"):
            yield from columns_on_path(rows, column)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        states = facts.loaded(LOADED[self.purpose])
        return (states,) if states else ()

    def _entries(self, place: Place) -> Any:
        owner = OuterRef(f"{place.path(self.prefix)}pk")
        return Consent.objects.filter(customer=owner, purpose=self.purpose)

    def _state(self, place: Place) -> Subquery:
        return Subquery(self._entries(place).order_by("-at", "-pk").values("state")[:1])


def _latest_states(purpose: Purpose, customers: Collection[int]) -> dict[int, str]:
    """Return the latest consent state by customer (internal key), for those of `customers` who have
    one.
    """
    rows = Consent.objects.filter(customer__in=list(customers), purpose=purpose)
    return dict(rows.order_by("at", "pk").values_list("customer", "state"))


# Loads the states of all customers at once, by purpose.
LOADED: Mapping[Purpose, Callable[[Collection[int]], dict[int, str]]] = {
    purpose: partial(_latest_states, purpose) for purpose in Purpose
}


def _has_zero(ranges: Ranges) -> bool:
    return any(contains(bounds, 0) for bounds in ranges)
