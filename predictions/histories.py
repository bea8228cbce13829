"""What exists about customers as of a moment, read for a batch of them at a time.

Days and hours are those of the time zone of the customer's website; a day is its number in the
calendar (`date.toordinal`). Money is in units of 1/10,000 of the base currency, so that sums are
exact and the same on every database.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Q, QuerySet

from conditions.language.windows import local_date, local_hour, shifted, start_of_day
from customers.models import (
    Cart,
    Customer,
    Login,
    OrderItem,
    OrderState,
    ProductView,
    Refund,
    RefundItem,
    WishlistItem,
)
from predictions.existing import existing, sales

# So many customers are read at a time.
BATCH = 1_000
# What "recently" is, in days.
RECENT = 30
SERVICE = "service"


class Sale(NamedTuple):
    """An order that is a sale; `reduced`: with a discount or a coupon."""

    day: int
    hour: int
    units: int
    reduced: bool


def days_of(sales: Iterable[Sale]) -> list[int]:
    """Return the different days with a sale, in order."""
    return sorted({sale.day for sale in sales})


def sum_of(sales: Iterable[Sale]) -> int:
    """Return the sum of sales, in units."""
    return sum(sale.units for sale in sales)


def sales_of(
    zones: Mapping[int, str], as_of: datetime, *, after: datetime | None = None
) -> Iterator[tuple[int, Sale]]:
    """Yield key and sale in the order of time, of the customers with the keys of `zones`.

    `zones` are the time zones of their days; with `after` only sales that are later than it.
    """
    rows = sales(as_of).filter(customer__in=list(zones))
    if after is not None:
        rows = rows.filter(created_at__gt=after)
    for key, at, units, discount, coupon in rows.order_by(
        "customer", "created_at", "pk"
    ).values_list(
        "customer", "created_at", *_units("grand_total"), "discount_amount", "coupon_code"
    ):
        day, hour = _local(at, zones[key])
        yield key, Sale(day, hour, units, bool(discount or coupon))


class Line(NamedTuple):
    """A line of an order (of any state but canceled) or of a refund, with the invoice's time.

    Of a refund `quantity` and `units` are negative. `country` is where the order was shipped to,
    '' for a refund. `quantity` is in 1/10,000, too.
    """

    day: int
    hour: int
    invoice: str
    is_refund: bool
    sku: str
    name: str
    product_type: str
    quantity: int
    price: int | None
    units: int
    country: str


@dataclass(frozen=True)
class CustomerToday:
    """A customer: internal key, number, and the day that it is for them at `as_of`."""

    key: int
    number: str
    zone: str
    today: int


class Batch:
    """What exists about `people`, by their keys; each kind of row is read when it is asked for."""

    def __init__(self, people: Sequence[CustomerToday], as_of: datetime) -> None:
        self.people = people
        self.as_of = as_of

    @cached_property
    def sales(self) -> Mapping[int, Sequence[Sale]]:
        """Their sales in the order of time."""
        found = defaultdict[int, list[Sale]](list)
        for key, sale in sales_of(self._zones, self.as_of):
            found[key].append(sale)
        return found

    @cached_property
    def refunds(self) -> Mapping[int, Sequence[int]]:
        """The amounts of their refunds, in units."""
        rows = existing(Refund, self.as_of).filter(customer__in=self._keys)
        found = defaultdict[int, list[int]](list)
        for key, units in rows.values_list("customer", *_units("amount")):
            found[key].append(units)
        return found

    @cached_property
    def products(self) -> Mapping[int, int]:
        """How many different products they have bought, by SKU, services left out."""
        return _counts(self._bought(), "order__customer", "sku_folded")

    @cached_property
    def categories(self) -> Mapping[int, int]:
        """In how many different categories the products are."""
        rows = self._bought().filter(product__product_categories__isnull=False)
        return _counts(rows, "order__customer", "product__product_categories__category")

    @cached_property
    def views_30d(self) -> Mapping[int, int]:
        """How many products they have viewed in the last 30 days."""
        return self._recent(ProductView, "viewed_at")

    @cached_property
    def logins_30d(self) -> Mapping[int, int]:
        """How often they have logged in in the last 30 days."""
        return self._recent(Login, "logged_in_at")

    @cached_property
    def wished(self) -> Mapping[int, int]:
        """How many products they wish for."""
        rows = existing(WishlistItem, self.as_of).filter(wishlist__customer__in=self._keys)
        return _counts(rows, "wishlist__customer", "product")

    @cached_property
    def open_carts(self) -> Mapping[int, int]:
        """How many active carts they have."""
        rows = existing(Cart, self.as_of).filter(customer__in=self._keys, is_active=True)
        return _counts(rows, "customer", "pk")

    @cached_property
    def seen(self) -> Collection[int]:
        """Who has a view, a cart, a wish or a log-in."""
        found: set[int] = set()
        for model, owner in (
            *((ProductView, "customer"), (Cart, "customer"), (Login, "customer")),
            (WishlistItem, "wishlist__customer"),
        ):
            rows = existing(model, self.as_of).filter(**{f"{owner}__in": self._keys})
            found.update(rows.order_by().values_list(owner, flat=True).distinct())
        return found

    @cached_property
    def lines(self) -> Mapping[int, Sequence[Line]]:
        """The lines of their orders and refunds."""
        found = defaultdict[int, list[Line]](list)
        for line in (*self._order_lines(), *self._refund_lines()):
            found[line[0]].append(line[1])
        return found

    def _order_lines(self) -> Iterator[tuple[int, Line]]:
        rows = (
            existing(OrderItem, self.as_of)
            .filter(order__customer__in=self._keys, parent__isnull=True)
            .exclude(order__state=OrderState.CANCELED)
        )
        for key, at, order, country, *line in rows.values_list(
            *("order__customer", "order__created_at", "order", "order__shipping_country"),
            *("sku", "name", "product_type"),
            *_units("quantity", "price", "row_total"),
        ):
            sku, name, kind, quantity, price, units = line
            day, hour = _local(at, self._zones[key])
            yield (
                key,
                Line(
                    *(day, hour, f"order {order}", False, sku, name or "", kind or "", quantity),
                    *(price, units or 0, country or ""),
                ),
            )

    def _refund_lines(self) -> Iterator[tuple[int, Line]]:
        rows = existing(RefundItem, self.as_of).filter(refund__customer__in=self._keys)
        for key, at, refund, sku, name, kind, quantity, units in rows.values_list(
            *("refund__customer", "refund__created_at", "refund", "sku", "name", "product_type"),
            *_units("quantity", "row_total"),
        ):
            day, hour = _local(at, self._zones[key])
            yield (
                key,
                Line(
                    *(day, hour, f"refund {refund}", True, sku, name or "", kind or "", -quantity),
                    *(None, -units, ""),
                ),
            )

    def _bought(self) -> QuerySet[OrderItem]:
        of_sales = Q(order__in=sales(self.as_of).filter(customer__in=self._keys))
        return OrderItem.objects.filter(of_sales, parent__isnull=True).exclude(product_type=SERVICE)

    def _recent(self, model: Any, time: str) -> Mapping[int, int]:
        """Count rows whose day is at most 30 days ago, as `in_last_days` counts days."""
        found: dict[int, int] = {}
        for zone, today, keys in self._by_zone():
            first = shifted(date.fromordinal(today), -RECENT)
            since = None if first is None else start_of_day(first, zone)
            rows = existing(model, self.as_of).filter(customer__in=keys)
            if since is not None:
                rows = rows.filter(**{f"{time}__gte": since})
            found |= _counts(rows, "customer", "pk")
        return found

    def _by_zone(self) -> Iterator[tuple[str, int, Collection[int]]]:
        keys = defaultdict[tuple[str, int], list[int]](list)
        for person in self.people:
            keys[person.zone, person.today].append(person.key)
        for (zone, today), found in keys.items():
            yield zone, today, found

    @cached_property
    def _keys(self) -> list[int]:
        return [person.key for person in self.people]

    @cached_property
    def _zones(self) -> Mapping[int, str]:
        return {person.key: person.zone for person in self.people}


def batches(customers: QuerySet[Customer], as_of: datetime) -> Iterator[Batch]:
    """Yield `customers` in batches, in the order of the query, which is by internal key."""
    rows = _people(customers).iterator(BATCH)
    while chunk := list(islice(rows, BATCH)):
        yield _batch(chunk, as_of)


def batch_of(customers: QuerySet[Customer], as_of: datetime) -> Batch:
    """Return `customers`, who are not many, as one batch."""
    return _batch(list(_people(customers)), as_of)


def _people(customers: QuerySet[Customer]) -> QuerySet[Customer, tuple[int, str, str]]:
    return customers.values_list("pk", "external_id", "website__timezone")


def _batch(people: Sequence[tuple[int, str, str]], as_of: datetime) -> Batch:
    return Batch(
        [
            CustomerToday(key, number, zone, local_date(as_of, zone).toordinal())
            for key, number, zone in people
        ],
        as_of,
    )


# The lines of an invoice have one time.
@lru_cache(maxsize=4096)
def _local(at: datetime, zone: str) -> tuple[int, int]:
    """Return day and hour of an instant."""
    return local_date(at, zone).toordinal(), local_hour(at, zone)


def _units(*names: str) -> list[Any]:
    """Return exact decimals as the whole numbers as which they are stored."""
    return [ExpressionWrapper(F(name), output_field=BigIntegerField()) for name in names]


def _counts(rows: QuerySet[Any], owner: str, counted: str) -> dict[int, int]:
    """Return how many different values of `counted` the rows of each customer have."""
    return dict(rows.order_by().values_list(owner).annotate(_n=Count(counted, distinct=True)))
