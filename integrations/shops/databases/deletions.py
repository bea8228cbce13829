"""Deletion of rows that are gone from a shop's database: after an import, in its transaction."""

import csv
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop as _

from customers.guests import guest_number
from customers.models import (
    Address,
    Cart,
    Customer,
    CustomerMerge,
    NewsletterSubscription,
    Refund,
    Wishlist,
    WishlistItem,
)
from customers.models.identity.customer import CustomerKind
from customers.models.identity.newsletter import SubscriptionStatus
from customers.models.shop import DEFAULT_STORE
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.output import IS_GUEST
from integrations.shops.databases.changes import Changes
from integrations.shops.models import ShopSource, SourceRow
from integrations.shops.sources import merge_into_account, refusal, utc_texts, with_prefix

T = TypeVar("T")
M = TypeVar("M", bound=Model)
BATCH = 500
# More deleted customers than both at once look like a mistake.
MANY = 100
PART = 10
SEPARATOR = "\0"
# The columns that identify the stored row of a row in our files.
KEYS = {
    "customers": ("id",),
    "carts": ("id",),
    "addresses": ("customer",),
    "newsletter_subscriptions": ("customer", "store"),
    "wishlists": ("customer",),
    "wishlist_items": ("customer", "sku"),
}


def delete_gone_rows(
    conversion: Conversion, source: ShopSource, changes: Changes | None, *, allows_many: bool
) -> None:
    """Delete what earlier imports of the source have stored and this one has not met.

    Of an incremental run only rows of its `changes` are compared, and all wished products. Guests
    whose e-mail address an account has are merged into the account. The rows of this import are
    noted as the source's. Raises ImportRefused where more customers are gone than a mistake should
    delete.
    """
    _Deletion(conversion, source, changes, allows_many).run()


def forget_merges(conversion: Conversion) -> None:
    """Delete the merges of guests who are guests in the shop's database again.

    The account that such a guest was merged into has another e-mail address by now, or is deleted.
    """
    for block in blocks(filter(IS_GUEST, written_keys(conversion, "customers", ("id",)))):
        CustomerMerge.objects.filter(guest_external_id__in=block).delete()


def written_keys(conversion: Conversion, table: str, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys of the rows of our file, with the prefix of the source."""
    path = conversion.folder / f"{table}.csv"
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield SEPARATOR.join(
                row.get(column) or (DEFAULT_STORE if column == "store" else "")
                for column in columns
            )


class _Deletion:
    def __init__(
        self,
        conversion: Conversion,
        source: ShopSource,
        changes: Changes | None,
        allows_many: bool,
    ) -> None:
        self.scratch, self.plan = conversion.scratch, conversion.plan
        self.conversion, self.source, self.allows_many = conversion, source, allows_many
        self.prefix = conversion.options.prefix
        # Our numbers of the customers and carts whose rows were read; None: of all.
        self._customers: list[str] | None = None
        self._carts: list[str] | None = None
        if changes is not None:
            numbers = (with_prefix(self.prefix, number) for number in changes.customers)
            self._customers = [*numbers, *changes.guests()]
            self._carts = [with_prefix(self.prefix, number) for number in changes.carts]

    def run(self) -> None:
        for table, columns in KEYS.items():
            for key in self._written(table, columns):
                self.scratch.add_name(f"met {table}", key)
        self._forget_rows()
        # First, because the rows that a new account takes over from a guest are compared, too.
        for kind, table, model in (
            (SourceRow.Kind.CUSTOMER, "customers", Customer),
            (SourceRow.Kind.CART, "carts", Cart),
        ):
            note_rows(self.source, kind, model, self._written(table, ("id",)))
        self._note_refusals()
        self._delete_customers()
        self._delete_carts()
        self._delete_of_customers()
        self._delete_refunds()

    def _written(self, table: str, columns: tuple[str, ...]) -> Iterator[str]:
        return written_keys(self.conversion, table, columns)

    def _is_met(self, table: str, *key: str) -> bool:
        return self.scratch.name(f"met {table}", SEPARATOR.join(key)) is not None

    def _rows(self, kind: str) -> QuerySet[SourceRow]:
        return SourceRow.objects.filter(source=self.source, kind=kind)

    def _stored_customers(self) -> QuerySet[Customer]:
        rows = self._rows(SourceRow.Kind.CUSTOMER).filter(row=OuterRef("pk"))
        return Customer.objects.filter(Exists(rows))

    def _stored(
        self, rows: "QuerySet[M]", number: str, read: list[str] | None, *columns: str
    ) -> Iterator[Any]:
        """Yield `columns` of those of `rows` whose column `number` is among those that were read.

        All of them where `read` is None.
        """
        if read is None:
            yield from rows.values_list(*columns).iterator(chunk_size=BATCH)
            return
        for block in blocks(read):
            yield from rows.filter(**{f"{number}__in": block}).values_list(*columns)

    def _forget_rows(self) -> None:
        """Remove the notes of rows that are no more."""
        for kind, model in (
            (SourceRow.Kind.CUSTOMER, Customer),
            (SourceRow.Kind.CART, Cart),
            (SourceRow.Kind.REFUSAL, NewsletterSubscription),
            (SourceRow.Kind.REFUND, Refund),
        ):
            there = model._default_manager.filter(pk=OuterRef("row"))
            self._rows(kind).exclude(Exists(there)).delete()

    def _delete_customers(self) -> None:
        stored = self._stored_customers()
        gone: list[tuple[int, str, str]] = []
        accounts = 0
        columns = ("pk", "external_id", "kind", "email")
        for pk, number, kind, email in self._stored(
            stored, "external_id", self._customers, *columns
        ):
            if not self._is_met("customers", number):
                accounts += kind == CustomerKind.REGISTERED
                gone.append((pk, number, email or ""))
        if accounts > MANY and not self.allows_many:
            refuse_many(accounts, stored.filter(kind=CustomerKind.REGISTERED).count())
        others = SourceRow.objects.exclude(source=self.source).filter(
            kind=SourceRow.Kind.CUSTOMER, row=OuterRef("pk")
        )
        deleted = []
        for pk, number, email in gone:
            if IS_GUEST(number):
                is_shared = Customer.objects.filter(Exists(others), pk=pk).exists()
                if is_shared or self._merges(number, email):
                    continue
            deleted.append(pk)
        for block in blocks(deleted):
            Customer.objects.filter(pk__in=block).delete()
        if deleted:
            self.plan.deleted["customers"] += len(deleted)

    def _merges(self, number: str, email: str) -> bool:
        """Merge a guest into the account that has the guest's e-mail address, if there is one."""
        if not self.conversion.options.matches_guests or number != guest_number(email):
            return False
        account = self.scratch.account_by_email(email)
        if not account:
            return False
        merge_into_account(number, with_prefix(self.prefix, account))
        self.plan.derived["guests_merged"] += 1
        return True

    def _delete_carts(self) -> None:
        rows = self._rows(SourceRow.Kind.CART).filter(row=OuterRef("pk"))
        carts = Cart.objects.filter(Exists(rows))
        stored = self._stored(carts, "external_id", self._carts, "pk", "external_id")
        self._delete(Cart, "carts", stored, lambda number: self._is_met("carts", number))

    def _note_refusals(self) -> None:
        """Note the stored unsubscriptions that the source has stated, with their times.

        An unsubscription with another time was made here.
        """
        refused, kind = SubscriptionStatus.UNSUBSCRIBED.value, SourceRow.Kind.REFUSAL
        columns = ("status", "customer", "store", "status_changed_at")
        written = self._written("newsletter_subscriptions", columns)
        keys = (tuple(key.split(SEPARATOR)) for key in written)
        names = ("pk", "customer__external_id", "store__code", "status_changed_at")
        rows = NewsletterSubscription.objects.filter(status=refused).values_list(*names)
        for block in blocks(key[1:] for key in keys if key[0] == refused):
            stated = {*block}
            customers = {customer for customer, _store, _at in stated}
            notes = [
                SourceRow(source=self.source, kind=kind, row=pk, status_changed_at=at)
                for pk, customer, store, at in rows.filter(customer__external_id__in=customers)
                if (customer, store, utc_texts(at, None)[0]) in stated
            ]
            SourceRow.objects.bulk_create(
                notes,
                update_conflicts=True,
                unique_fields=["kind", "row", "source"],
                update_fields=["status_changed_at"],
            )

    def _delete_of_customers(self) -> None:
        """Delete subscriptions, addresses and wished products that customers have no more.

        An unsubscription that was made here stays, also after the shop's own: the shop lacks it.
        """
        customers = self._stored_customers().values("pk")
        stores = {*self._written("stores", ("code",))}
        number = "customer__external_id"
        noted = {"row": OuterRef("pk"), "status_changed_at": OuterRef("status_changed_at")}
        stated = self._rows(SourceRow.Kind.REFUSAL).filter(**noted)
        made_here = Q(~Exists(stated), status=SubscriptionStatus.UNSUBSCRIBED)
        self._delete(
            NewsletterSubscription,
            "newsletter_subscriptions",
            self._stored(
                NewsletterSubscription.objects.filter(
                    customer__in=customers, store__code__in=stores
                ).exclude(made_here),
                number,
                self._customers,
                *("pk", number, "store__code"),
            ),
            lambda number, store: self._is_met("newsletter_subscriptions", number, store),
        )
        self._delete(
            WishlistItem,
            "wishlist_items",
            WishlistItem.objects.filter(wishlist__customer__in=customers)
            .values_list("pk", "wishlist__customer__external_id", "product__sku")
            .iterator(chunk_size=BATCH),
            lambda number, sku: self._is_met("wishlist_items", number, sku),
        )
        self._delete(
            Wishlist,
            "wishlists",
            self._stored(
                Wishlist.objects.filter(customer__in=customers), number, None, "pk", number
            ),
            lambda number: self._is_met("wishlists", number),
        )
        self._delete(
            Address,
            "addresses",
            self._stored(
                Address.objects.filter(customer__in=customers),
                number,
                self._customers,
                "pk",
                number,
            ),
            lambda number: self._is_met("addresses", number),
        )

    def _delete_refunds(self) -> None:
        """Delete the refunds that were canceled since."""
        start = with_prefix(self.prefix, "")
        for block in blocks(self.scratch.names("canceled refund")):
            numbers = [f"{start}{number}" for number, _value in block]
            gone = Refund.objects.filter(number__in=numbers)
            if count := gone.count():
                gone.delete()
                self.plan.deleted["refunds"] += count

    def _delete(
        self,
        model: type[Model],
        table: str,
        stored: Iterator[Any],
        is_met: Callable[..., bool],
    ) -> None:
        if table not in self.conversion.tables:
            # The shop's database has no such table, so no stored row comes from this source.
            return
        gone = [pk for pk, *key in stored if not is_met(*key)]
        for block in blocks(gone):
            model._default_manager.filter(pk__in=block).delete()
        if gone:
            self.plan.deleted[table] += len(gone)


def refuse_many(gone: int, count: int) -> None:
    """Raise ImportRefused where more of `count` accounts are gone than a mistake should delete."""
    if gone > MANY and gone * PART > count:
        message = _(
            "{gone} of {count} customers are gone from the shop: say --allow-deletions if they"
            " shall be deleted here"
        )
        raise refusal(message, gone=gone, count=count)


def note_rows(
    source: ShopSource,
    kind: str,
    model: type[Model],
    keys: Iterable[str],
    *,
    number: str = "external_id",
) -> None:
    """Note that the source has the stored rows with these numbers."""
    noted = SourceRow.objects.filter(source=source, kind=kind, row=OuterRef("pk"))
    for block in blocks(keys):
        new = model._default_manager.filter(**{f"{number}__in": block}).exclude(Exists(noted))
        notes = [SourceRow(source=source, kind=kind, row=pk) for (pk,) in new.values_list("pk")]
        SourceRow.objects.bulk_create(notes, ignore_conflicts=True)


def blocks(keys: Iterable[T]) -> Iterator[list[T]]:
    """Yield the keys in blocks that a query can name."""
    rest = iter(keys)
    while block := [*islice(rest, BATCH)]:
        yield block
