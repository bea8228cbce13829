"""The data about customers as of a moment, read in batches of customers into arrays.

Days and hours are in the time zone of the customer's website; a day is its ordinal number
(`date.toordinal`). Money is in units of 1/10,000 of the base currency, so that sums are exact and
equal on every database.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from conditions.language.windows import local_date, shift_day, start_of_day
from conditions.sql.row_arrays import codes, rows_with_texts, whole_rows
from customers.models import (
    NO_SALE_STATES,
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
from customers.purchases import SERVICE
from predictions.history.columns import Mask, Whole, starts_of, sums
from predictions.history.local_days import local_days
from predictions.history.population import existing, sales
from predictions.history.raw_columns import Seconds, Units

# The number of customers in a batch.
BATCH = 4_000
# The number of days that count as recent.
RECENT = 30
# Orders with a discount or a coupon.
REDUCED = (~Q(discount_amount=0) & Q(discount_amount__isnull=False)) | Q(coupon_code__gt="")

# Keys, numbers and time zones of customers.
People = QuerySet[Customer, tuple[int, str, str]]
# Returns a filter for rows of the batch's customers, from the path from a row to its customer.
Whose = Callable[[str], Q]


@dataclass(frozen=True, eq=False)
class Sales:
    """Orders that are sales, grouped by customer and in the order of time.

    The sales of the customer at position i are elements `starts[i]` up to `starts[i + 1]` of the
    arrays `days`, `hours` and `units`.
    """

    starts: Whole
    days: Whole
    hours: Whole
    units: Whole

    @cached_property
    def counts(self) -> Whole:
        """The number of sales per customer."""
        return np.diff(self.starts)

    @cached_property
    def buyers(self) -> Mask:
        """Whether each customer has a sale."""
        return np.asarray(self.counts > 0)

    @cached_property
    def owners(self) -> Whole:
        """The position of each sale's customer."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @cached_property
    def totals(self) -> Whole:
        """The sum of sales per customer, in units."""
        return sums(self.units, self.starts)

    @cached_property
    def first_days(self) -> Whole:
        """The day of each customer's first sale; 0 without sales."""
        return self._at(self.starts[:-1])

    @cached_property
    def last_days(self) -> Whole:
        """The day of each customer's last sale; 0 without sales."""
        return self._at(self.starts[1:] - 1)

    @cached_property
    def opens_day(self) -> Mask:
        """Whether each sale is the first of its customer on its day."""
        is_other_day = np.diff(self.days, prepend=0) != 0
        return np.asarray(is_other_day | (np.diff(self.owners, prepend=-1) != 0))

    @cached_property
    def purchase_days(self) -> Whole:
        """The number of distinct days on which each customer bought."""
        return self.count_of(self.opens_day)

    @cached_property
    def gaps(self) -> Whole:
        """The days from each purchase day to the next one of the same customer."""
        days, owners = self.days[self.opens_day], self.owners[self.opens_day]
        return np.asarray(np.diff(days)[np.diff(owners) == 0])

    def count_of(self, chosen: Mask) -> Whole:
        """Return the number of `chosen` sales per customer."""
        return sums(chosen.astype(np.int64), self.starts)

    def total_of(self, chosen: Mask) -> Whole:
        """Return the sum of `chosen` sales per customer, in units."""
        return sums(np.where(chosen, self.units, 0), self.starts)

    def modes(self, codes: Whole, most: int) -> Whole:
        """Return the most frequent of each customer's `codes` (0 to `most`); of several, the least.

        `codes` has a code per sale.
        """
        counts = np.bincount(
            self.owners * (most + 1) + codes, minlength=len(self.counts) * (most + 1)
        )
        return np.asarray(counts.reshape(len(self.counts), most + 1).argmax(axis=1))

    def _at(self, places: Whole) -> Whole:
        found = np.zeros(len(self.counts), dtype=np.int64)
        found[self.buyers] = self.days[places[self.buyers]]
        return found


class Line(NamedTuple):
    """A line of an order (of any state but canceled) or of a refund, with the invoice's time.

    `quantity` (in 1/10,000) and `units` are negative for a refund. `country` is the country that
    the order was shipped to; '' for a refund.
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


class Batch:
    """The data about a batch of customers; each kind of row is read on first access.

    `keys` (ascending), `numbers`, `zones` and `todays` (each customer's current day at `as_of`)
    have the same order, which all columns have too.
    """

    def __init__(self, people: People, as_of: datetime, *, is_stretch: bool = False) -> None:
        (keys,), (numbers, zones) = rows_with_texts(people, 1, 2)
        order = np.argsort(keys)
        self.as_of = as_of
        self.keys = keys[order]
        self.numbers = [numbers[place] for place in order.tolist()]
        self.zones = [zones[place] for place in order.tolist()]
        # The distinct zones, in the order in which `codes` numbers them.
        names = dict.fromkeys(self.zones)
        self.today_in = {zone: local_date(as_of, zone).toordinal() for zone in names}
        self._zones = codes(self.zones)
        self.todays = np.array(list(self.today_in.values()), dtype=np.int64)[self._zones]
        is_one = is_stretch and len(keys) > 0
        self.whose: Whose = self._in_stretch if is_one else self._in_list

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def sales(self) -> Sales:
        """The customers' sales up to `as_of`."""
        return self._sales(None, self.as_of)

    def sales_until(self, end: datetime) -> Sales:
        """Return the customers' sales after `as_of`, up to and with `end`."""
        return self._sales(self.as_of, end)

    @cached_property
    def refunds(self) -> tuple[Whole, Whole]:
        """The number of refunds per customer, and their sum in units."""
        rows = existing(Refund, self.as_of).filter(self.whose("customer"))
        owners, units = whole_rows(rows.values_list("customer", Units("amount")), 2)
        places, there = self._places(owners)
        order = np.argsort(places)
        starts = starts_of(np.bincount(places, minlength=len(self)))
        return np.diff(starts), sums(units[there][order], starts)

    @cached_property
    def reduced(self) -> Whole:
        """The number of sales with a discount or a coupon per customer."""
        rows = sales(self.as_of).filter(REDUCED, self.whose("customer"))
        return self._counts(rows, "customer", "pk")

    @property
    def products(self) -> Whole:
        """The number of distinct products bought, by SKU, without services."""
        return self._bought[0]

    @property
    def categories(self) -> Whole:
        """The number of distinct categories of the products bought."""
        return self._bought[1]

    @cached_property
    def views_30d(self) -> Whole:
        """The number of product views in the last 30 days."""
        return self._count_recent(ProductView, "viewed_at")

    @cached_property
    def logins_30d(self) -> Whole:
        """The number of log-ins in the last 30 days."""
        return self._count_recent(Login, "logged_in_at")

    @cached_property
    def wished(self) -> Whole:
        """The number of products on wish lists."""
        rows = existing(WishlistItem, self.as_of).filter(self.whose("wishlist__customer"))
        return self._counts(rows, "wishlist__customer", "product")

    @cached_property
    def open_carts(self) -> Whole:
        """The number of active carts."""
        rows = existing(Cart, self.as_of).filter(self.whose("customer"), is_active=True)
        return self._counts(rows, "customer", "pk")

    @cached_property
    def seen(self) -> Mask:
        """Whether each customer has a product view, a cart, a wish-list item or a log-in."""
        found = np.zeros(len(self), dtype=np.bool_)
        for model, owner in (
            *((ProductView, "customer"), (Cart, "customer"), (Login, "customer")),
            (WishlistItem, "wishlist__customer"),
        ):
            rows = existing(model, self.as_of).filter(self.whose(owner))
            (owners,) = whole_rows(rows.values_list(owner).distinct(), 1)
            found[self._places(owners)[0]] = True
        return found

    @cached_property
    def lines(self) -> Sequence[Sequence[Line]]:
        """The lines of each customer's orders and refunds."""
        found = defaultdict[int, list[Line]](list)
        for line in (*self._order_lines(), *self._refund_lines()):
            found[line[0]].append(line[1])
        return [found.get(key, ()) for key in self.keys.tolist()]

    def dated(self, owners: Whole, instants: Whole) -> tuple[Whole, Mask, Whole]:
        """Return positions, mask and days: the mask selects the rows of this batch's customers.

        Positions of customers, and days in their zones, are of the selected rows.
        """
        places, there = self._places(owners)
        return places, there, self._local(places, instants[there])[0]

    def _sales(self, after: datetime | None, until: datetime) -> Sales:
        rows = sales(until).filter(self.whose("customer"))
        if after is not None:
            rows = rows.filter(created_at__gt=after)
        found = rows.values_list("customer", Seconds("created_at"), Units("grand_total"))
        owners, instants, units = whole_rows(found, 3)
        places, there = self._places(owners)
        instants, units = instants[there], units[there]
        # Sales of a customer in the same second have the same day and hour: any order will do.
        order = np.lexsort((instants, places))
        places, instants, units = places[order], instants[order], units[order]
        days, hours = self._local(places, instants)
        starts = starts_of(np.bincount(places, minlength=len(self)))
        return Sales(starts, days, hours, units)

    def _places(self, keys: Whole) -> tuple[Whole, Mask]:
        """Return the positions of rows' customers in this batch, and a mask of these rows."""
        places = np.searchsorted(self.keys, keys)
        places[places == len(self)] = 0
        there = self.keys[places] == keys if len(self) else np.zeros(len(keys), dtype=np.bool_)
        return places[there], there

    def _local(self, places: Whole, instants: Whole) -> tuple[Whole, Whole]:
        """Return days and hours of instants, each in the zone of the customer at its position."""
        names = list(self.today_in)
        if len(names) == 1:
            return local_days(instants, names[0])
        zones = self._zones[places]
        days, hours = np.zeros((2, len(instants)), dtype=np.int64)
        for at, name in enumerate(names):
            inside = np.flatnonzero(zones == at)
            days[inside], hours[inside] = local_days(instants[inside], name)
        return days, hours

    def _order_lines(self) -> Iterator[tuple[int, Line]]:
        rows = (
            existing(OrderItem, self.as_of)
            .filter(self.whose("order__customer"), parent__isnull=True)
            .exclude(order__state=OrderState.CANCELED)
        )
        names = ("order", "order__shipping_country", "sku", "name", "product_type")
        amounts = (Units("quantity"), Units("price"), Units("row_total"))
        for key, day, hour, *line in self._rows_with_days(rows, "order", *names, *amounts):
            order, country, sku, name, kind, quantity, price, units = line
            yield (
                key,
                Line(
                    *(day, hour, f"order {order}", False, sku, name or "", kind or "", quantity),
                    *(price, units or 0, country or ""),
                ),
            )

    def _refund_lines(self) -> Iterator[tuple[int, Line]]:
        rows = existing(RefundItem, self.as_of).filter(self.whose("refund__customer"))
        names = ("refund", "sku", "name", "product_type")
        amounts = (Units("quantity"), Units("row_total"))
        for key, day, hour, *line in self._rows_with_days(rows, "refund", *names, *amounts):
            refund, sku, name, kind, quantity, units = line
            yield (
                key,
                Line(
                    *(day, hour, f"refund {refund}", True, sku, name or "", kind or "", -quantity),
                    *(None, -units, ""),
                ),
            )

    def _rows_with_days(
        self, rows: QuerySet[Any], invoice: str, *names: Any
    ) -> Iterator[tuple[Any, ...]]:
        """Yield key, day and hour of each line of an invoice, and the columns `names`."""
        at = Seconds(f"{invoice}__created_at")
        found = list(rows.values_list(f"{invoice}__customer", at, *names))
        places, there = self._places(np.array([row[0] for row in found], dtype=np.int64))
        chosen = [found[n] for n in np.flatnonzero(there).tolist()]
        days, hours = self._local(places, np.array([row[1] for row in chosen], dtype=np.int64))
        for row, day, hour in zip(chosen, days.tolist(), hours.tolist(), strict=True):
            yield row[0], day, hour, *row[2:]

    @cached_property
    def _bought(self) -> tuple[Whole, Whole]:
        """The numbers of distinct products, and of distinct categories of products, bought."""
        rows = (
            existing(OrderItem, self.as_of)
            .filter(self.whose("order__customer"), parent__isnull=True)
            .exclude(order__state__in=NO_SALE_STATES)
            .exclude(product_type=SERVICE)
        )
        category = Coalesce("product__product_categories__category", 0)
        (owners, categories), (skus,) = rows_with_texts(
            rows.values_list("order__customer", category, "sku_folded"), 2, 1
        )
        places, there = self._places(owners)
        categories, products = categories[there], codes(skus)[there]
        is_in_one = categories != 0
        return (
            self._distinct(places, products),
            self._distinct(places[is_in_one], categories[is_in_one]),
        )

    def _distinct(self, places: Whole, values: Whole) -> Whole:
        """Return the number of distinct `values` at each position."""
        found, numbers = np.unique(values, return_inverse=True)
        many = len(found) + 1
        return np.bincount(np.unique(places * many + numbers) // many, minlength=len(self))

    def _count_recent(self, model: Any, time: str) -> Whole:
        """Count rows whose day is at most 30 days ago, as `in_last_days` counts days."""
        first_days = (
            (zone, shift_day(date.fromordinal(today), -RECENT))
            for zone, today in self.today_in.items()
        )
        since = {
            zone: None if first is None else start_of_day(first, zone) for zone, first in first_days
        }
        rows = existing(model, self.as_of).filter(self.whose("customer"))
        if since and None not in since.values():
            # The query uses the earliest start of all zones; the exact day is checked below.
            rows = rows.filter(**{f"{time}__gte": min(filter(None, since.values()))})
        owners, instants = whole_rows(rows.values_list("customer", Seconds(time)), 2)
        places, there = self._places(owners)
        days, _hours = self._local(places, instants[there])
        is_recent = self.todays[places] - days <= RECENT
        return np.bincount(places[is_recent], minlength=len(self))

    def _counts(self, rows: QuerySet[Any], owner: str, counted: str) -> Whole:
        """Return the number of distinct values of `counted` in the rows of each customer."""
        found = rows.values_list(owner).annotate(_n=Count(counted, distinct=True))
        return self._by_customer(*whole_rows(found, 2))

    def _by_customer(self, keys: Whole, numbers: Whole) -> Whole:
        """Return a number per customer from pairs of key and number; 0 for other customers."""
        places, there = self._places(keys)
        result = np.zeros(len(self), dtype=np.int64)
        result[places] = numbers[there]
        return result

    def _in_stretch(self, owner: str) -> Q:
        return Q(**{f"{owner}__gte": int(self.keys[0]), f"{owner}__lte": int(self.keys[-1])})

    def _in_list(self, owner: str) -> Q:
        return Q(**{f"{owner}__in": self.keys.tolist()})


def batches(customers: QuerySet[Customer], as_of: datetime) -> Iterator[Batch]:
    """Yield `customers`, a queryset ordered by internal key, in batches.

    Each batch reads rows by a range of keys; rows of other customers in the range are dropped.
    """
    rows, after = _people(customers), 0
    # No cursor stays open during a batch: on SQLite an open cursor would block every write.
    while len(batch := Batch(rows.filter(pk__gt=after)[:BATCH], as_of, is_stretch=True)):
        yield batch
        after = int(batch.keys[-1])


def stretch_of(customers: QuerySet[Customer], as_of: datetime) -> Batch:
    """Return `customers` as one batch that reads rows by the range of their keys.

    Suitable for customers whose keys are close together.
    """
    return Batch(_people(customers), as_of, is_stretch=True)


def batch_of(customers: QuerySet[Customer], as_of: datetime) -> Batch:
    """Return `customers` as one batch that reads rows by a list of keys; for few customers."""
    return Batch(_people(customers), as_of)


def _people(customers: QuerySet[Customer]) -> People:
    return customers.values_list("pk", "external_id", "website__timezone")
