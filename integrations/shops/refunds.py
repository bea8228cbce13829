"""Refunds of an order by files, which number them by the order, and by the API of the same shop."""

from collections.abc import Iterable

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat

from customers.models import Refund
from integrations.shops.conversion import Conversion
from integrations.shops.sources import with_prefix

KNOWN = "order whose refunds the API knows"
NUMBER = Concat(F("order__number"), Value("-R"))
BATCH = 2_000


def delete_refunds_of_files(conversion: Conversion, orders: Iterable[str]) -> None:
    """Delete the refunds of these orders that files of the shop have numbered by the orders."""
    numbered = Refund.objects.filter(order__number__in=[*orders], number__startswith=NUMBER)
    if count := numbered.count():
        numbered.delete()
        conversion.plan.deleted["refunds"] += count


def load_refunded_orders(conversion: Conversion) -> None:
    """Note the orders of the source that have refunds by the API: files know less of these."""
    start = with_prefix(conversion.options.prefix, "")
    for number in _refunds_of_apis(start).iterator(chunk_size=BATCH):
        conversion.scratch.add_name(KNOWN, number.removeprefix(start))


def has_known_refunds(conversion: Conversion, order: str) -> bool:
    """Return whether the API has given the refunds of an order."""
    return conversion.scratch.name(KNOWN, order) is not None


def _refunds_of_apis(start: str) -> "QuerySet[Refund, str]":
    """Return the numbers of orders whose numbers begin with `start` and that have such refunds."""
    refunds = Refund.objects.exclude(number__startswith=NUMBER)
    return refunds.filter(order__number__startswith=start).values_list("order__number", flat=True)
