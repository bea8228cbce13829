"""The earliest and latest stored orders of guests, which a conversion's own orders lie between."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from customers.guests import guest_number
from customers.models import Address, Customer, Order, Store
from customers.models.identity.customer import CustomerKind
from integrations.shops.converting.conversion import AS_STORED, Conversion
from integrations.shops.converting.scratch import GuestFacts
from integrations.shops.databases.deletions import blocks, written_keys
from integrations.shops.sources import utc_texts, with_prefix

ADDRESS_COLUMNS = (
    *("first_name", "last_name", "company", "street", "city", "region"),
    *("region_code", "postcode", "country", "telephone"),
)
WRITTEN = "written order"


def load_latest_orders(conversion: Conversion) -> None:
    """Note the earliest and latest stored order of each guest that the conversion does not write.

    A guest so keeps website and store of the earliest order and the other values of the latest one
    where these orders are stored and the conversion does not write them.
    """
    if not Customer.objects.filter(kind=CustomerKind.GUEST).exists():
        return
    conversion.tables["orders"].flush()
    for number in written_keys(conversion, "orders", ("number",)):
        conversion.scratch.add_name(WRITTEN, number)
    for block in blocks(conversion.scratch.guests()):
        _load_block(conversion, block)


def _load_block(conversion: Conversion, block: Iterable[GuestFacts]) -> None:
    scratch, start = conversion.scratch, with_prefix(conversion.options.prefix, "")
    emails = {guest_number(one.email): one.email for one in block}
    guests = Customer.objects.filter(kind=CustomerKind.GUEST, external_id__in=emails)
    earliest: dict[int, tuple[datetime, int]] = {}
    latest: dict[int, tuple[datetime, str]] = {}
    orders = Order.objects.filter(customer__in=guests)
    columns = ("customer_id", "created_at", "number", "store_id")
    for pk, at, number, store_id in orders.values_list(*columns).iterator():
        if scratch.name(WRITTEN, number) is None:
            earliest[pk] = min(earliest.get(pk, (at, store_id)), (at, store_id))
            latest[pk] = max(latest.get(pk, (at, "")), (at, number))
    stores = Store.objects.select_related("website").in_bulk(
        {store_id for _at, store_id in earliest.values()}
    )
    addresses = _default_addresses(latest)
    for guest in guests.filter(pk__in=latest):
        at, number = latest[guest.pk]
        (at_text, accepts) = utc_texts(at, guest.accepts_marketing)
        person = {one: getattr(guest, one) or "" for one in ("first_name", "last_name", "email")}
        if accepts:
            person["accepts_marketing"] = accepts
        last = {"person": person, **addresses[guest.pk], "origin": [-1, 0]}
        email = emails[guest.external_id]
        first_at, store_id = earliest[guest.pk]
        store = stores[store_id]
        first = {AS_STORED: {"website": store.website.code, "store": store.code}}
        scratch.add_guest_order(email, at_text, number.removeprefix(start), first, last)
        # Orders of the conversion may lie between the two; the later one stays the latest.
        scratch.add_guest_order(email, utc_texts(first_at, None)[0], "", first, last)


def _default_addresses(customers: Iterable[int]) -> dict[int, dict[str, dict[str, str]]]:
    """Return the addresses of customers by `billing` and `shipping`."""
    found: dict[int, dict[str, dict[str, str]]] = defaultdict(
        lambda: {"billing": {}, "shipping": {}}
    )
    for address in Address.objects.filter(customer__in=[*customers]):
        values = {column: getattr(address, column) or "" for column in ADDRESS_COLUMNS}
        for kind in ("billing", "shipping"):
            if getattr(address, f"is_default_{kind}"):
                found[address.customer_id][kind] = values
    return found
