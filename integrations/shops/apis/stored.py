"""Rows stored by earlier blocks, as far as the conversion of a block needs them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q

from core.text.folding import folded_address
from customers.guests import guest_number
from customers.models import (
    Address,
    Cart,
    Customer,
    NewsletterSubscription,
    Order,
    Product,
)
from customers.models.identity.customer import CustomerKind
from integrations.shops.apis.platforms import Mentions
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.scratch import Scratch, digits
from integrations.shops.databases.deletions import blocks, written_keys
from integrations.shops.models import ShopSource, SourceRow
from integrations.shops.sources import (
    merge_into_account,
    source_accounts,
    utc_texts,
    with_prefix,
)


def load_mentioned_customers(scratch: Scratch, prefix: str, mentions: Mentions) -> None:
    """Note the stored accounts and guests that a block names by number or e-mail address."""
    start = with_prefix(prefix, "")
    numbers = [with_prefix(prefix, one) for one in mentions.customers]
    mailboxes = [*filter(None, map(folded_address, mentions.emails))]
    columns = ("external_id", "registered_at", "accepts_marketing", "email")
    for condition in (
        *(Q(external_id__in=block) for block in blocks(numbers)),
        *(Q(mailbox__in=block) for block in blocks(mailboxes)),
    ):
        accounts = source_accounts(prefix).filter(condition).values_list(*columns)
        for external_id, registered_at, accepts, email in accounts:
            number = external_id.removeprefix(start)
            scratch.add_account(number, email or "")
            scratch.add_stored(number, *utc_texts(registered_at, accepts))
    for block in blocks(map(guest_number, mentions.emails)):
        guests = Customer.objects.filter(kind=CustomerKind.GUEST, external_id__in=block)
        for number, *values in guests.values_list(*columns[:3]):
            scratch.add_stored(number, *utc_texts(*values))
    load_accounts_by_phone(scratch, prefix, mentions.phones)


def load_accounts_by_phone(scratch: Scratch, prefix: str, phones: Iterable[str]) -> None:
    """Note the stored accounts one of whose addresses has the digits of one of these phones."""
    start = with_prefix(prefix, "")
    for block in blocks({found for one in phones if (found := digits(one))}):
        pattern = "|".join(r"\D*".join(one) for one in block)
        addresses = Address.objects.filter(
            telephone__regex=rf"^\D*({pattern})\D*$", customer__in=source_accounts(prefix)
        )
        columns = ("customer__external_id", "customer__email", "telephone")
        for number, email, phone in addresses.values_list(*columns):
            scratch.add_account(number.removeprefix(start), email or "", phone)


def load_stored_products(conversion: Conversion) -> None:
    """Note the products that are stored already: lines that name them derive none."""
    skus = (sku for sku, _value in [*conversion.scratch.names("sku of a line")])
    for block in blocks(skus):
        for (sku,) in Product.objects.filter(sku__in=block).values_list("sku"):
            conversion.note_product(sku)


def delete_removed_addresses(conversion: Conversion, source: ShopSource) -> int:
    """Delete the addresses of customers of the block who have none in the shop; return how many.

    The import replaces the addresses of customers who have any. Customers of other sources than
    `source` keep theirs.
    """
    owners = {*written_keys(conversion, "addresses", ("customer",))}
    others = SourceRow.objects.filter(kind=SourceRow.Kind.CUSTOMER, row=OuterRef("customer"))
    is_of_others = Exists(others.exclude(source=source))
    count = 0
    for block in blocks({*written_keys(conversion, "customers", ("id",))} - owners):
        gone = Address.objects.filter(~is_of_others, customer__external_id__in=block)
        count += gone.delete()[1].get(Address._meta.label, 0)
    return count


def guests_of_orders(prefix: str, mentions: Mentions) -> set[int]:
    """Return the keys of the guests whose orders are stored under the numbers of the block."""
    found: set[int] = set()
    for block in blocks(with_prefix(prefix, number) for number in mentions.orders):
        orders = Order.objects.filter(number__in=block, customer__kind=CustomerKind.GUEST)
        found.update(pk for (pk,) in orders.values_list("customer_id"))
    return found


def delete_orphaned_guests(source: ShopSource, guests: Iterable[int]) -> int:
    """Delete those of `guests` (internal keys) that nothing refers to any more; return how many.

    A guest stays while another source than `source` has them, or an order, cart or newsletter
    subscription refers to them.
    """
    others = SourceRow.objects.exclude(source=source).filter(
        kind=SourceRow.Kind.CUSTOMER, row=OuterRef("pk")
    )
    named: list[Any] = [
        model._default_manager.filter(customer=OuterRef("pk"))
        for model in (Order, Cart, NewsletterSubscription)
    ]
    count = 0
    for block in blocks(guests):
        gone = Customer.objects.filter(pk__in=block, kind=CustomerKind.GUEST)
        for rows in (others, *named):
            gone = gone.exclude(Exists(rows))
        keys = [*gone.values_list("pk", flat=True)]
        Customer.objects.filter(pk__in=keys).delete()
        count += len(keys)
    return count


def merge_mentioned_guests(conversion: Conversion, mentions: Mentions) -> int:
    """Merge the stored guests of a block into the accounts with their e-mail address."""
    numbers = {guest_number(email): email for email in mentions.emails}
    merged = 0
    for block in blocks(numbers):
        guests = Customer.objects.filter(kind=CustomerKind.GUEST, external_id__in=block)
        for number in [*guests.values_list("external_id", flat=True)]:
            if account := conversion.scratch.account_by_email(numbers[number]):
                merge_into_account(number, with_prefix(conversion.options.prefix, account))
                merged += 1
    return merged
