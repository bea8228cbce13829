"""Attributes that are a number in a row of the customer, found by a key."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, Model, OuterRef, Subquery

from conditions.attribute import Attribute
from conditions.bases.column import unit_wrap
from conditions.language.windows import ZonedRanges
from conditions.sql.place import Context, Place
from conditions.sql.ranges import in_zone, path_within
from conditions.sql.sources import Read, Source, columns_on_path, join_source
from conditions.sql.truth import Truth, any_of, existing

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts


@dataclass(frozen=True)
class KeyedRows:
    """Rows of `model` that each give one customer (`customer`) a number for a key.

    `key` and `value` are the columns of the key and of the number.
    """

    model: type[Model]
    key: str
    value: str

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield the columns that a number comes from."""
        rows = join_source(source, "pk", self.model, "customer")
        for column in ("customer", self.key, self.value):
            yield from columns_on_path(rows, column)

    def load(self, customers: Collection[int]) -> dict[int, dict[Any, Any]]:
        """Return the numbers of each of `customers` (internal keys), by their keys."""
        rows = self.model._default_manager.filter(customer__in=list(customers))
        found: dict[int, dict[Any, Any]] = {}
        for customer, key, value in rows.values_list("customer", self.key, self.value):
            found.setdefault(customer, {})[key] = value
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class KeyedValue(Attribute):
    """The number that one of `rows` has for `key`."""

    rows: KeyedRows
    key: Any

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        wrap, column = unit_wrap(self.type), self.rows.value

        def fits(ranges: Any) -> Truth:
            q = path_within(column, "", [(None, ranges)], wrap).q
            return existing(Exists(self._of(place).filter(q)))

        return any_of(
            *(in_zone(place.website, websites, fits(ranges)) for websites, ranges in zoned)
        )

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [Subquery(self._of(place).values(self.rows.value)[:1])]

    def reads(self, source: Source) -> Iterator[Read]:
        yield from self.rows.reads(source)

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        value = (facts.loaded(self.rows.load) or {}).get(self.key)
        return () if value is None else (value,)

    def _of(self, place: Place) -> Any:
        owner = OuterRef(f"{place.path(self.prefix)}pk")
        return self.rows.model._default_manager.filter(
            **{"customer": owner, self.rows.key: self.key}
        )
