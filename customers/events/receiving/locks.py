"""Whom a batch of events waits for: other batches about the same things, and an import."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

from django.db import connection

from core.database.silence import end_soon_when_silent
from core.text.json_documents import can_be_stored
from customers.events.reading import Event
from customers.imports.sql import IMPORT_LOCK
from customers.models import Product

# First half of the advisory locks' keys: any number that nobody else uses.
THINGS, PRODUCTS = 0x54524556, 0x54524557
# Things share locks, so that a batch of any size takes no more than the server has room for.
# Products have some of their own: a batch may name tens of thousands, and who logs in meanwhile
# waits for none of them.
STRIPES, PRODUCT_STRIPES = 512, 128
# How long an import is waited for (milliseconds).
PATIENCE = 10_000


def lock_things(events: Iterable[Event]) -> None:
    """Wait until no other transaction works on anything that `events` name, in one order for all.

    A product that is there and only named, as in an order, may be named by others as well; one
    that is new or told of is this transaction's alone. Raises OperationalError where that takes
    too long, as during an import. On SQLite there is one writer, and nothing to do.
    """
    if connection.vendor != "postgresql":
        return
    alone: dict[tuple[int, int], bool] = {}
    for lock, is_alone in _locks(list(events)):
        alone[lock] = alone.get(lock, False) or is_alone
    locks = sorted((kind, stripe, is_alone) for (kind, stripe), is_alone in alone.items())
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE}ms"])
        # In this order: nothing is held while an import is waited for.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s) UNION ALL"
            " SELECT CASE WHEN is_alone THEN pg_advisory_xact_lock(kind, stripe)"
            " ELSE pg_advisory_xact_lock_shared(kind, stripe) END"
            " FROM unnest(%s::int[], %s::int[], %s::bool[]) AS lock (kind, stripe, is_alone)",
            [IMPORT_LOCK, *([one[at] for one in locks] for at in range(3))],
        )


def _locks(events: Sequence[Event]) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield both halves of the key of each lock, and whether it is to be held alone."""
    skus: set[str] = set()
    for event in events:
        yield _thing(f"{event.name} {event.id}"), True
        for key, name in _texts("", event.data):
            if key != "sku":
                yield _thing(name), True
            elif event.type.thing == "product":
                yield _product(name), True
            else:
                skus.add(name)
    # What is wrong with the others is said where they are read.
    known = [sku for sku in skus if can_be_stored(sku)]
    there = set(Product.objects.filter(sku__in=known).values_list("sku", flat=True))
    for sku in skus:
        yield _product(sku), sku not in there


def _thing(name: str) -> tuple[int, int]:
    return THINGS, crc32(name.encode("utf-8", "replace")) % STRIPES


def _product(sku: str) -> tuple[int, int]:
    return PRODUCTS, crc32(sku.encode("utf-8", "replace")) % PRODUCT_STRIPES


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for below, one in value.items():
            if below in NAMING or isinstance(one, list):
                yield from _texts(below, one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(key, one)
    elif value is not None:
        yield key, str(value)


NAMING = {"id", "number", "customer", "guest", "order", "sku"}
