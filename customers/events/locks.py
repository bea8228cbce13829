"""Whom a batch of events waits for: other batches about the same things, and an import."""

from collections.abc import Iterable, Iterator
from typing import Any
from zlib import crc32

from django.db import connection

from customers.events.reading import Event
from customers.imports.sql import IMPORT_LOCK
from customers.silence import end_soon_when_silent

# First half of the advisory locks' keys: any number that nobody else uses.
THINGS = 0x54524556
# Things share locks, so that a batch of any size takes no more than the server has room for.
STRIPES = 256
# How long an import is waited for (milliseconds).
PATIENCE = 10_000


def lock_things(events: Iterable[Event]) -> None:
    """Wait until no other transaction works on anything that `events` name, in one order for all.

    Raises OperationalError where that takes too long, as during an import. On SQLite there is one
    writer, and nothing to do.
    """
    if connection.vendor != "postgresql":
        return
    stripes = sorted({crc32(name.encode("utf-8", "replace")) % STRIPES for name in _names(events)})
    end_soon_when_silent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE}ms"])
        # In this order: nothing is held while an import is waited for.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s)"
            " UNION ALL SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key",
            [IMPORT_LOCK, THINGS, stripes],
        )


def _names(events: Iterable[Event]) -> Iterator[str]:
    """Yield whatever may name a thing: the events' ids and the texts of their data."""
    for event in events:
        yield f"{event.name} {event.id}"
        yield from _texts(event.data)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in NAMING or isinstance(one, list):
                yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif value is not None:
        yield str(value)


NAMING = {"id", "number", "customer", "guest", "order", "sku"}
