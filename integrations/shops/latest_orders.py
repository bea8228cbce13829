"""The latest stored orders of guests, beside which a conversion's own orders may be older."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from customers.guests import guest_number
from customers.models import Address, Customer, Order
from customers.models.customer import CustomerKind
from integrations.shops.conversion import Conversion
from integrations.shops.databases.deletions import blocks, written_keys
from integrations.shops.scratch import GuestFacts
from integrations.shops.sources import utc_texts, with_prefix

ADDRESS_COLUMNS = (
    *("first_name", "last_name", "company", "street", "city", "region"),
    *("region_code", "postcode", "country", "telephone"),
)
WRITTEN = "written order"


def load_latest_orders(conversion: Conversion) -> None:
    """Note the latest stored order of each guest, but for the orders that the conversion writes.

    A guest so keeps the values of their latest order if that order is not among those.
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
    latest: dict[int, tuple[datetime, str]] = {}
    orders = Order.objects.filter(customer__in=guests)
    for pk, at, number in orders.values_list("customer_id", "created_at", "number").iterator():
        if scratch.name(WRITTEN, number) is None:
            latest[pk] = max(latest.get(pk, (at, "")), (at, number))
    addresses = _default_addresses(latest)
    for guest in guests.filter(pk__in=latest):
        at, number = latest[guest.pk]
        (at_text, accepts) = utc_texts(at, guest.accepts_marketing)
        person = {one: getattr(guest, one) or "" for one in ("first_name", "last_name", "email")}
        if accepts:
            person["accepts_marketing"] = accepts
        last = {"person": person, **addresses[guest.pk], "origin": [-1, 0]}
        email = emails[guest.external_id]
        scratch.add_guest_order(email, at_text, number.removeprefix(start), {}, last)


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
