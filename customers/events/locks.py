"""Whom a batch of events waits for: other batches about the same things, and an import."""

from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

from django.db import connection

from customers.events.reading import Event
from customers.imports.sql import IMPORT_LOCK
from customers.silence import end_soon_when_silent

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

    Raises OperationalError where that takes too long, as during an import. On SQLite there is one
    writer, and nothing to do.
    """
    if connection.vendor != "postgresql":
        return
    locks = sorted({_lock_of(key, name) for key, name in _names(events)})
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE}ms"])
        # In this order: nothing is held while an import is waited for.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s) UNION ALL"
            " SELECT pg_advisory_xact_lock(kind, stripe)"
            " FROM unnest(%s::int[], %s::int[]) AS lock (kind, stripe)",
            [IMPORT_LOCK, [kind for kind, _stripe in locks], [stripe for _kind, stripe in locks]],
        )


def _lock_of(key: str, name: str) -> tuple[int, int]:
    """Return both halves of the key of the lock of what `key` names."""
    number = crc32(name.encode("utf-8", "replace"))
    return (PRODUCTS, number % PRODUCT_STRIPES) if key == "sku" else (THINGS, number % STRIPES)


def _names(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Yield whatever may name a thing: the events' ids and the texts of their data, each by key."""
    for event in events:
        yield "id", f"{event.name} {event.id}"
        yield from _texts("", event.data)


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
