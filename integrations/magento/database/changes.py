"""Rows of Magento that an incremental run reads: changed ones, and all that depends on them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, QuerySet

from customers.guests import normalized_email
from customers.models import (
    Address,
    Cart,
    Customer,
    NewsletterSubscription,
    Order,
    Product,
    Refund,
)
from customers.models.identity.customer import CustomerKind
from integrations.magento.database.attributes import Attributes
from integrations.magento.database.interest import IS_VIEW
from integrations.magento.database.layouts import CARTS, LOGINS, ORDERS, REFUNDS
from integrations.magento.database.shop import MagentoShop
from integrations.shops.databases.changes import MOST_ROWS, Changes, EarlierRuns, is_one_of
from integrations.shops.databases.deletions import SEPARATOR, blocks
from integrations.shops.models import SourceRow
from integrations.shops.sources import utc_texts, with_prefix

SETTINGS = "settings"
STORED, COUNTED, LATEST = "stored account", "addresses of an account", "latest subscription"


@dataclass(frozen=True)
class _Table:
    """A table whose changed rows are known by times, and whose new ones by a growing key."""

    name: str
    key: str
    times: tuple[str, ...] = ("updated_at", "created_at")


class MagentoChanges:
    """Finds the changes of a shop, and the marks by which the next run finds its own."""

    def __init__(self, shop: MagentoShop) -> None:
        self.shop, self.source = shop, shop.source
        self.scratch = shop.conversion.scratch
        self._prefix = shop.conversion.options.prefix
        self.customers = _Table("customer_entity", "entity_id")
        self.addresses = _Table("customer_address_entity", "entity_id")
        self.subscriptions = _Table("newsletter_subscriber", "subscriber_id", ("change_status_at",))
        self.products = _Table("catalog_product_entity", "entity_id")
        self.orders = _Table(shop.name(ORDERS), "entity_id")
        self.refunds = _Table(shop.name(REFUNDS), "entity_id")
        self.carts = _Table(shop.name(CARTS), "entity_id")
        self.logins = _Table(shop.name(LOGINS), "log_id", ("login_at", "last_login_at"))
        self.views = _Table("report_event", "event_id", ("logged_at",))
        self.last_views = _Table("report_viewed_product_index", "index_id", ("added_at",))
        self._earlier: EarlierRuns
        self._found = Changes()
        # Accounts that are new or gone, or have another e-mail address or website: orders and carts
        # of theirs may belong to somebody else by now.
        self._moved: set[str] = set()

    def marks(self) -> dict[str, str]:
        """Return the largest key and the count of each table, and a digest of the settings."""
        found = {SETTINGS: self._digest()}
        for table in (
            *(self.customers, self.addresses, self.subscriptions, self.products, self.orders),
            *(self.refunds, self.carts, self.logins, self.views, self.last_views),
        ):
            if self.source.has(table.name, table.key):
                sql = f"SELECT COALESCE(MAX(`{table.key}`), 0), COUNT(*) FROM {self._of(table)}"
                found[table.name] = " ".join(self.source.rows(sql)[0])
        return found

    def find(self, earlier: EarlierRuns, marks: dict[str, str]) -> Changes | None:
        """Return what to read since the earlier runs; None where everything has to be read."""
        self._earlier = earlier
        if marks[SETTINGS] != earlier.marks.get(SETTINGS) or self._has_renamed_products():
            return None
        found = self._found
        self._compare_accounts()
        if len(self._moved) > MOST_ROWS:
            return None
        found.customers |= self._numbers(self.customers, "entity_id")
        addresses = self._numbers(self.addresses, "parent_id")
        found.customers |= addresses
        # An address that changed may have been another customer's.
        if addresses or self._has_lost_rows(self.addresses):
            self._compare_addresses()
        self._find_subscriptions()
        found.orders |= self._numbers(
            self.orders, "entity_id", is_one_of("t.customer_id", self._moved)
        )
        found.orders |= self._numbers(self.refunds, "order_id")
        if self._has_lost_rows(self.refunds):
            self._find_deleted_refunds()
        found.carts |= self._numbers(
            self.carts, "entity_id", is_one_of("t.customer_id", self._moved)
        )
        if self._has_lost_rows(self.carts):
            self._find_deleted_carts()
        self._add_dependent_rows()
        found.visitors |= self._numbers(self.logins, "customer_id")
        found.visitors |= self._numbers(self.views, "subject_id", where=IS_VIEW)
        found.visitors |= self._numbers(self.last_views, "customer_id")
        found.visitors |= self._moved
        return None if found.are_many else found

    def _digest(self) -> str:
        """Return a digest of what the rows of all tables depend on."""
        shop, options = self.shop, self.shop.conversion.options
        kinds = (("customer", "customer_entity"), ("customer_address", "customer_address_entity"))
        parts = (
            *(shop.places, shop.groups, sorted(shop.regions.items()), settings.BASE_CURRENCY),
            *(sorted(options.rates.items()), str(options.zone), options.matches_guests),
            sorted(self.source.columns.items()),
            # Only where there are any, so that other shops keep their digest.
            *(("shared numbers",) if shop.has_shared_numbers else ()),
            # A copy of the database on another server is another one.
            *self.source.database.stream("SELECT @@hostname, @@port, DATABASE()"),
            *(sorted(Attributes(self.source, *kind).by_code.items()) for kind in kinds),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _of(self, table: _Table) -> str:
        return self.source.table(table.name)

    def _last(self, table: _Table) -> list[str]:
        """Return the largest key and the count that the last run has seen."""
        return self._earlier.marks.get(table.name, "0 0").split()

    def _is_changed(self, table: _Table) -> str:
        """Return the SQL condition that a row of `t` is new or changed."""
        since = self._earlier.since.strftime("%Y-%m-%d %H:%M:%S")
        last, _count = self._last(table)
        times = [
            f"t.`{one}` >= '{since}'" for one in table.times if self.source.has(table.name, one)
        ]
        return " OR ".join([f"t.`{table.key}` > {last}", *times])

    def _has_lost_rows(self, table: _Table) -> bool:
        """Return whether there are other rows than before among those that the last run saw."""
        key, count = self._last(table)
        return self.source.count(table.name, f"t.`{table.key}` <= {key}") != int(count)

    def _numbers(
        self, table: _Table, column: str, more: str = "FALSE", where: str = "TRUE"
    ) -> set[str]:
        """Return the values of a column in rows that changed, or that meet the condition `more`."""
        if not self.source.has(table.name, table.key):
            return set()
        sql = (
            f"SELECT DISTINCT t.`{column}` FROM {self._of(table)} AS t"
            f" WHERE ({self._is_changed(table)} OR {more}) AND {where}"
        )
        return {number for (number,) in self.source.database.stream(sql) if number}

    def _has_renamed_products(self) -> bool:
        """Return whether a product has another SKU now: its views are stored under the former."""
        last = self._last(self.products)[0]
        rows = self.source.database.stream(
            f"SELECT t.sku FROM {self._of(self.products)} AS t"
            f" WHERE ({self._is_changed(self.products)}) AND t.entity_id <= {last}"
        )
        # The database answers nothing else before the last row is read, so that all are.
        unknown = 0
        for block in blocks(sku for (sku,) in rows if sku):
            skus = set(block)
            unknown += len(skus) - Product.objects.filter(sku__in=skus).count()
        return unknown > 0

    def _stored_customers(self) -> QuerySet[Customer]:
        rows = SourceRow.objects.filter(
            source__name=self.shop.conversion.plan.source,
            kind=SourceRow.Kind.CUSTOMER,
            row=OuterRef("pk"),
        )
        return Customer.objects.filter(Exists(rows))

    def _number(self, stored: str) -> str:
        """Return the shop's number of a stored one."""
        return stored.removeprefix(with_prefix(self._prefix, ""))

    def _compare_accounts(self) -> None:
        """Note the accounts that are new, gone or moved, with their e-mail addresses."""
        found, scratch = self._found, self.scratch
        start = f"{self._prefix}-" if self._prefix else ""
        accounts = self._stored_customers().filter(kind=CustomerKind.REGISTERED)
        columns = ("external_id", "email", "website__code")
        for name, email, website in accounts.values_list(*columns).iterator():
            number, former = self._number(name), normalized_email(email or "")
            scratch.add_name(STORED, number)
            account = scratch.account(number)
            code = website.removeprefix(start)
            if account is None or account[0] != former or account[1] not in ("", code):
                self._moved.add(number)
                found.emails.add(former)
        self._moved.update(scratch.accounts_without_name(STORED))
        found.emails.update(map(self._email, self._moved))
        found.emails.discard("")
        for email in found.emails:
            self._moved.update(scratch.accounts_with_email(email))
        found.customers |= self._moved

    def _email(self, account: str) -> str:
        return (self.scratch.account(account) or ("",))[0]

    def _compare_addresses(self) -> None:
        """Note the accounts that have another number of addresses than are stored."""
        for parent, count in self.source.database.stream(
            f"SELECT parent_id, COUNT(*) FROM {self._of(self.addresses)} GROUP BY parent_id"
        ):
            self.scratch.add_name(COUNTED, parent, count)
        accounts = self._stored_customers().filter(kind=CustomerKind.REGISTERED)
        stored = Address.objects.filter(customer__in=accounts).values("customer__external_id")
        columns = ("customer__external_id", "count")
        for name, count in stored.annotate(count=Count("pk")).values_list(*columns).iterator():
            if self.scratch.counted(COUNTED, self._number(name)) != count:
                self._found.customers.add(self._number(name))

    def _find_subscriptions(self) -> None:
        """Note the owners of subscriptions that changed, are gone or have lost their account."""
        if not self.source.has(self.subscriptions.name):
            return
        gone = [one for one in self._moved if not self.scratch.has_account(one)]
        for customer, email in self.source.database.stream(
            f"SELECT customer_id, subscriber_email FROM {self._of(self.subscriptions)} AS t"
            f" WHERE {self._is_changed(self.subscriptions)} OR {is_one_of('t.customer_id', gone)}"
        ):
            self._add_owner(customer, email)
        if self._has_lost_rows(self.subscriptions):
            self._compare_subscriptions()

    def _add_owner(self, customer: str, email: str) -> None:
        """Note the account, or without one the e-mail address, to which a row belongs."""
        if customer and self.scratch.has_account(customer):
            self._found.customers.add(customer)
        elif address := normalized_email(email):
            self._found.emails.add(address)

    def _compare_subscriptions(self) -> None:
        """Note the owners of stored subscriptions that are no longer the latest of their store."""
        shop, scratch = self.shop, self.scratch
        for customer, email, store, at in self.source.database.stream(
            "SELECT customer_id, subscriber_email, store_id, change_status_at FROM"
            f" {self._of(self.subscriptions)} ORDER BY change_status_at DESC, subscriber_id DESC"
        ):
            owner = shop.owner_of(customer, email, shop.website_of_store(store))
            scratch.add_name(LATEST, f"{owner}{SEPARATOR}{shop.store(store)}", at)
        stored = NewsletterSubscription.objects.filter(customer__in=self._stored_customers())
        columns = (
            *("customer__external_id", "customer__kind", "customer__email"),
            *("store__code", "status_changed_at"),
        )
        start = f"{self._prefix}-" if self._prefix else ""
        for name, kind, email, store, changed in stored.values_list(*columns).iterator():
            number = name if kind == CustomerKind.GUEST else self._number(name)
            latest = scratch.name(LATEST, f"{number}{SEPARATOR}{store.removeprefix(start)}")
            if latest != utc_texts(changed, None)[0]:
                self._add_owner(number if kind == CustomerKind.REGISTERED else "", email or "")

    def _find_deleted_carts(self) -> None:
        for (number,) in self.source.database.stream(
            f"SELECT entity_id FROM {self._of(self.carts)}"
        ):
            self.scratch.add_name(self.carts.name, number)
        rows = SourceRow.objects.filter(
            source__name=self.shop.conversion.plan.source,
            kind=SourceRow.Kind.CART,
            row=OuterRef("pk"),
        )
        for (stored,) in Cart.objects.filter(Exists(rows)).values_list("external_id").iterator():
            number = self._number(stored)
            if self.scratch.name(self.carts.name, number) is None:
                self._found.carts.add(number)

    def _find_deleted_refunds(self) -> None:
        """Note the orders of stored refunds that the shop has no more."""
        number, joins = self.shop.number(REFUNDS, "t")
        for (refund,) in self.source.database.stream(
            f"SELECT {number} FROM {self._of(self.refunds)} AS t{joins}"
        ):
            self.scratch.add_name(self.refunds.name, refund)
        start = with_prefix(self._prefix, "")
        stored = Refund.objects.filter(number__startswith=start, order__isnull=False)
        gone = {
            order
            for refund, order in stored.values_list("number", "order__number").iterator()
            if self.scratch.name(self.refunds.name, self._number(refund)) is None
        }
        self._add_orders(gone)

    def _add_dependent_rows(self) -> None:
        """Add rows until all of each customer, and of each guest, is among the changes."""
        found, done = self._found, Changes()
        owners = {with_prefix(self._prefix, number) for number in self._moved}
        while not found.are_many:
            customers, emails = found.customers - done.customers, found.emails - done.emails
            orders, carts = found.orders - done.orders, found.carts - done.carts
            if not any((customers, emails, orders, carts)):
                return
            for all_of, new in (
                *((done.customers, customers), (done.emails, emails)),
                *((done.orders, orders), (done.carts, carts)),
            ):
                all_of |= new
            found.emails.update(filter(None, map(self._email, customers)))
            for email in emails:
                found.customers.update(self.scratch.accounts_with_email(email))
            self._add_stored_rows(owners | Changes(emails=emails).guests())
            owners = set()
            self._add_owners_of_orders(orders)
            self._add_owners_of_carts(carts)

    def _add_stored_rows(self, owners: Iterable[str]) -> None:
        """Add the orders and carts that are stored as those of `owners`, numbers of ours."""
        for block in blocks(owners):
            stored = Order.objects.filter(customer__external_id__in=block)
            self._add_orders(stored.values_list("number", flat=True))
            carts = Cart.objects.filter(customer__external_id__in=block)
            self._found.carts.update(map(self._number, carts.values_list("external_id", flat=True)))

    def _add_orders(self, stored: Iterable[str]) -> None:
        """Add the orders with these numbers of ours."""
        for numbers in blocks(stored):
            sql = f"SELECT entity_id FROM {self._of(self.orders)} WHERE increment_id IN %s"
            own = [self._number(one) for one in numbers]
            # An order may share its number with another one, which is read again as well.
            shared = [one.rpartition("#")[0] for one in own if "#" in one]
            rows = self.source.rows(sql, own + shared)
            self._found.orders.update(number for (number,) in rows)

    def _add_owners_of_orders(self, orders: Iterable[str]) -> None:
        """Add the e-mail addresses of guests to whom orders belong, here or in the shop."""
        addresses = self.source.table(f"{self.orders.name}_address")
        number, joins = self.shop.number(ORDERS, "t")
        for block in blocks(orders):
            rows = self.source.rows(
                f"SELECT {number}, t.customer_id,"
                " COALESCE(NULLIF(t.customer_email, ''), b.email) FROM"
                f" {self._of(self.orders)} AS t LEFT JOIN {addresses} AS b"
                f" ON b.parent_id = t.entity_id AND b.address_type = 'billing'{joins}"
                f" WHERE {is_one_of('t.entity_id', block)}"
            )
            self._add_owners(row[1:] for row in rows)
            numbers = {with_prefix(self._prefix, row[0]) for row in rows}
            self._add_guests(Order.objects.filter(number__in=numbers))

    def _add_owners_of_carts(self, carts: Iterable[str]) -> None:
        """Add the e-mail addresses of guests to whom carts belong, here or in the shop."""
        for block in blocks(carts):
            self._add_owners(
                self.source.rows(
                    f"SELECT t.customer_id, t.customer_email FROM {self._of(self.carts)} AS t"
                    f" WHERE {is_one_of('t.entity_id', block)}"
                )
            )
            numbers = [with_prefix(self._prefix, number) for number in block]
            self._add_guests(Cart.objects.filter(external_id__in=numbers))

    def _add_owners(self, rows: Iterable[list[str]]) -> None:
        for customer, email in rows:
            if not self.scratch.has_account(customer) and (address := normalized_email(email)):
                self._found.emails.add(address)

    def _add_guests(self, rows: "QuerySet[Order] | QuerySet[Cart]") -> None:
        guests = rows.filter(customer__kind=CustomerKind.GUEST)
        emails: Iterator[str | None] = guests.values_list("customer__email", flat=True).iterator()
        self._found.emails.update(normalized_email(email) for email in emails if email)
