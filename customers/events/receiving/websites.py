"""Checks that events only concern the websites that their sender is limited to."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q

from core.access.website_limits import OutsideWebsites, Websites
from customers.events.reading import Event, Row
from customers.models import Cart, Customer, Order, Refund, Store

# Events whose first column is the number of the thing.
ORDERS, REFUNDS, CARTS = ("order.saved",), ("refund.saved",), ("cart.saved", "cart.deleted")
# Products belong to no website: users who are limited to websites may not change any.
OF_ALL_WEBSITES = frozenset({"product.saved"})

Read = Sequence[tuple[Event, Row]]


def check_websites(read: Read, numbers: Iterable[str], websites: Websites) -> None:
    """Raise OutsideWebsites where an event is about something outside of `websites`.

    `numbers` are the numbers of the customers in the events. Called before the events are stored,
    to check the stored rows, and again afterwards, to check the result.
    """
    if websites is None:
        return
    allowed = sorted(websites)
    named = sorted(set(numbers))
    whose = Q(external_id__in=named) | Q(merges__guest_external_id__in=named)
    outside = (
        any(event.name in OF_ALL_WEBSITES for event, _row in read)
        or Customer.objects.filter(whose).exclude(website__in=allowed).exists()
        or _outside(Order, "number", _things(read, ORDERS), allowed)
        or _outside(Refund, "number", _things(read, REFUNDS), allowed, "order__")
        or _outside(Cart, "external_id", _things(read, CARTS), allowed)
        or not _named(read, "website") <= websites
        or Store.objects.filter(pk__in=_named(read, "store")).exclude(website__in=allowed).exists()
    )
    if outside:
        raise OutsideWebsites


def _things(read: Read, names: Sequence[str]) -> list[str]:
    found = []
    for event, row in read:
        if event.name in names:
            table = event.type.table
            found.append(str(row[table.columns[0] if table else event.type.numbers[0]]))
    return found


def _outside(
    model: Any, column: str, numbers: Sequence[str], allowed: Sequence[int], path: str = ""
) -> bool:
    """Return whether one of the rows with these `numbers` belongs to another website.

    The store of a row, which `path` leads to, or its customer determines the website.
    """
    if not numbers:
        return False
    of_store = Q(**{f"{path}store__isnull": False}) & ~Q(**{f"{path}store__website__in": allowed})
    of_customer = Q(customer__isnull=False) & ~Q(customer__website__in=allowed)
    rows = model._default_manager.filter(**{f"{column}__in": list(numbers)})
    return bool(rows.filter(of_store | of_customer).exists())


def _named(read: Read, column: str) -> set[int]:
    """Return the internal keys in a `column` of websites or stores."""
    return {int(row[column]) for _event, row in read if row[column]}
