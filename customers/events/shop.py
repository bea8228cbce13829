"""The stored rows that a batch of events names: read together, changed in memory."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection, models

from core.clock import is_ahead
from core.database.prepared import rows_by_key
from customers.events.reading import Event, Row
from customers.events.types import TYPES
from customers.imports.run import known_of
from customers.imports.staging.cells import Value
from customers.imports.staging.staging_tables import Known, StoredAttribute
from customers.imports.storing.sql import Sql
from customers.imports.tables import Table
from customers.models import (
    Cart,
    Customer,
    CustomerMerge,
    EventVersion,
    Login,
    NewsletterSubscription,
    Order,
    Product,
    ProductView,
    Refund,
    Store,
    Wishlist,
)

# The key of a versioned thing: its kind, its number, and the store of a subscription.
Thing = tuple[str, str, str]
# A row and the child rows that replace its former ones, by the row's number.
Hanging = dict[str, tuple[Any, list[Any]]]


class Names:
    """The numbers that the events of a batch name, by kind."""

    def __init__(self, read: Iterable[tuple[Event, Row]]) -> None:
        self.customers: set[str] = set()
        self.orders: set[str] = set()
        self.refunds: set[str] = set()
        self.carts: set[str] = set()
        self.skus: set[str] = set()
        self.changed_skus: set[str] = set()
        for event, row in read:
            self._add(event, row)

    def _add(self, event: Event, row: Row) -> None:
        table = event.type.table
        if table is None:
            numbers = {str(row[column]) for column in event.type.numbers}
            (self.carts if event.type.thing == "cart" else self.customers).update(numbers)
            return
        found = {table.customer: self.customers, "sku": self.skus}
        found |= {"order": self.orders} if table.name == "refunds" else {}
        own = {"orders": self.orders, "refunds": self.refunds, "carts": self.carts}
        found |= {table.key[0]: own[table.name]} if table.name in own else {}
        for column, names in found.items():
            if row[column] is not None:
                names.add(row[column])
        if event.type.thing == "product":
            self.changed_skus.add(row["sku"])
        for rows in row.below.values():
            self.skus.update(str(one["sku"]) for one in rows if "sku" in one)


class Shop:
    """The stored rows by their numbers; `None` where there is none. Changed ones are written later.

    Rows that events may change are locked until the end of the transaction.
    """

    def __init__(
        self, read: Sequence[tuple[Event, Row]], merges: Mapping[str, CustomerMerge]
    ) -> None:
        names = Names(read)
        self.merges = {name: merges[name] for name in names.customers if name in merges}
        numbers = names.customers | {one.customer.external_id for one in self.merges.values()}
        self.customers = _rows_by_name(Customer, "external_id", numbers)
        self.orders = _rows_by_name(Order, "number", names.orders, "customer")
        self.refunds = _rows_by_name(Refund, "number", names.refunds, "customer")
        self.carts = _rows_by_name(Cart, "external_id", names.carts)
        self.products = _rows_by_name(Product, "sku", names.changed_skus)
        self.products |= named_products(names.skus - names.changed_skus)
        missing = {one.order_id for one in self.refunds.values() if one.order_id}
        missing -= {one.pk for one in self.orders.values()}
        if missing:
            for order in Order.objects.filter(pk__in=missing).select_related("customer"):
                self.orders[order.number] = order
        kinds = {event.name for event, _row in read}
        keys = [one.pk for one in self.customers.values()]
        self.wishlists: dict[int, Wishlist] = {}
        if "wishlist.saved" in kinds:
            rows = Wishlist.objects.filter(customer__in=keys)
            self.wishlists = {one.customer_id: one for one in rows}
        self.subscriptions: dict[tuple[int, int], NewsletterSubscription] = {}
        if "newsletter.saved" in kinds:
            found = NewsletterSubscription.objects.filter(customer__in=keys)
            self.subscriptions = {(one.customer_id, one.store_id): one for one in found}
        # The rows to write, by their number, and their child rows.
        self.changed: dict[type[models.Model], dict[Any, Any]] = defaultdict(dict)
        self.hanging: dict[type[models.Model], Hanging] = defaultdict(dict)
        self.attributes: dict[Table, dict[str, dict[StoredAttribute, Value]]] = defaultdict(dict)
        self.logins: list[Login] = []
        self.views: list[ProductView] = []
        self.gone_carts: list[int] = []

    def customer(self, number: str | None) -> Customer | None:
        """Return the customer with this number, or the one that a guest with it was merged into."""
        if number is None:
            return None
        merge = self.merges.get(number)
        return self.customers.get(merge.customer.external_id if merge else number)

    def order_with(self, key: int | None) -> Order | None:
        """Return the order of this key, if it was read."""
        return next((one for one in self.orders.values() if key and one.pk == key), None)

    def change(self, number: Any, row: models.Model) -> None:
        """Have `row` written under its number."""
        self.changed[type(row)][number] = row

    def product(self, sku: str, name: str = "") -> Product:
        """Return the product of this SKU, a new one of this name where there is none."""
        if sku not in self.products:
            product = Product(sku=sku, name=name or sku, product_type="simple")
            self.products[sku] = product
            self.change(sku, product)
        found: Product = self.products[sku]
        return found

    @cached_property
    def stores(self) -> dict[int, Store]:
        """The stores by their key."""
        return Store.objects.in_bulk()


class Versions:
    """The event time that each thing of a batch is stored with, and the times the batch changes."""

    def __init__(self, keys: set[str]) -> None:
        rows = EventVersion.objects.filter(kind__in=_THINGS, key__in=keys) if keys else ()
        self._known = {(one.kind, one.key, one.detail): one.occurred_at for one in rows}
        self._new: dict[Thing, datetime] = {}

    def at(self, thing: Thing) -> datetime | None:
        """Return the time of the event that the stored thing comes from; None if from no event."""
        return self._known.get(thing)

    def is_older(self, thing: Thing, at: datetime) -> bool:
        """Return whether the thing is stored from a later event than `at`.

        A stored time in the future counts as no time.
        """
        known = self.at(thing)
        return known is not None and at < known and not is_ahead(known)

    def note(self, thing: Thing, at: datetime) -> None:
        """Note that an event at `at` (aware) changed `thing`; a later known time stays.

        `write` stores the noted times.
        """
        known = self._known.get(thing, at)
        self._known[thing] = self._new[thing] = at if is_ahead(known) else max(at, known)

    def write(self) -> None:
        """Store the noted times."""
        EventVersion.objects.bulk_create(
            [
                EventVersion(kind=kind, key=key, detail=detail, occurred_at=at)
                for (kind, key, detail), at in sorted(self._new.items())
            ],
            update_conflicts=True,
            unique_fields=["kind", "key", "detail"],
            update_fields=["occurred_at"],
        )


_THINGS = sorted({one.thing for one in TYPES.values() if one.thing})


def knowledge(events: Iterable[Event]) -> dict[str, Known]:
    """Return the lookups that are needed to read the data of `events`, by the name of the table."""
    tables = {}
    for event in events:
        for table in (event.type.table, *(below.table for below in event.type.below.values())):
            if table is not None:
                tables[table.name] = table
    sql = Sql(connection)
    nothing_refused: dict[str, set[str]] = defaultdict(set)
    return {name: known_of(sql, table, nothing_refused) for name, table in tables.items()}


def named_products(skus: set[str]) -> dict[str, Product]:
    """Return the products that are only named, by SKU: they may be changed, but not deleted."""
    if not skus:
        return {}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT 1 FROM {Product._meta.db_table} WHERE sku = ANY(%s)"
                " ORDER BY id FOR KEY SHARE",
                [list(skus)],
            )
    return {one.sku: one for one in Product.objects.filter(sku__in=skus)}


def _rows_by_name(
    model: type[models.Model], field: str, names: set[str], *related: str
) -> dict[str, Any]:
    if not names:
        return {}

    def rows_of(*names: str) -> models.QuerySet[Any]:
        rows = model._default_manager.select_for_update(no_key=True, of=("self",)).order_by("pk")
        rows = rows.select_related(*related) if related else rows
        return rows.filter(**{f"{field}__in": names})

    found: Iterable[Any]
    if len(names) == 1:  # Most events come alone.
        found = rows_by_key((model, field, "locked"), connection.alias, rows_of, *names)
    else:
        found = rows_of(*names)
    return {getattr(row, field): row for row in found}
