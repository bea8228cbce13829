"""Locks a batch of events against other batches about the same things, and against an import."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

from django.db import connection

from core.database.idle_timeouts import end_soon_when_silent
from core.text.json_documents import can_be_stored
from customers.events.reading import Event
from customers.imports.storing.sql import IMPORT_LOCK
from customers.models import Product

# First half of the advisory locks' keys: arbitrary numbers that no other code uses.
THINGS, PRODUCTS = 0x54524556, 0x54524557
# Things share locks, so that a batch of any size fits into the server's lock table. Products have
# locks of their own: a batch may name tens of thousands of products, and an event such as a log-in
# must not wait for them.
STRIPES, PRODUCT_STRIPES = 512, 128
# Lock timeout while an import holds its lock (milliseconds).
PATIENCE = 10_000


def lock_things(events: Iterable[Event]) -> None:
    """Lock everything that `events` name; all transactions take these locks in the same order.

    A stored product that is only named, as in an order, gets a shared lock. A product that is new
    or that an event saves, and everything else, gets an exclusive lock. Raises OperationalError
    where a lock takes too long, as during an import. SQLite has one writer and needs no locks.
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
        # The import's lock comes first, so that no other lock is held while waiting for an import.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s) UNION ALL"
            " SELECT CASE WHEN is_alone THEN pg_advisory_xact_lock(kind, stripe)"
            " ELSE pg_advisory_xact_lock_shared(kind, stripe) END"
            " FROM unnest(%s::int[], %s::int[], %s::bool[]) AS lock (kind, stripe, is_alone)",
            [IMPORT_LOCK, *([one[at] for one in locks] for at in range(3))],
        )


def _locks(events: Sequence[Event]) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield both halves of the key of each lock, and whether the lock is exclusive."""
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
    # Problems of the other SKUs are reported when the events are read.
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
