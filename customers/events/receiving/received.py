"""Received events, recorded for some days so that a repeated event counts once.

Views and log-ins may also be sent as behaviour, to an app above this one: both calls share one
space of ids.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from core.text.hashes import keyed_hash, known_hashes
from customers.models import ReceivedEvent

PURPOSE, CONTENT = "event", "event content"
# Events that are no version of a thing, with the column of their time.
HAPPENS = {"login": "logged_in_at", "product.viewed": "viewed_at"}


def name_of(kind: str, number: str) -> str:
    """Return the permanent name of an event: its type and id."""
    return f"{kind} {number}"


def content_of(customer: str, sku: str) -> str:
    """Return the keyed hash of an event's customer (as the sender names them) and its SKU."""
    return keyed_hash(CONTENT, json.dumps([customer, sku]))


def has_content(one: ReceivedEvent, customer: str, sku: str) -> bool:
    """Return whether the event had this content; True where its content was not recorded."""
    return not one.content or one.content in known_hashes(CONTENT, json.dumps([customer, sku]))


def make_received_event(
    name: str, at: datetime, *, content: str = "", happened_at: datetime | None = None
) -> ReceivedEvent:
    """Return the record of the event called `name`, received at `at` (aware)."""
    return ReceivedEvent(
        hash=keyed_hash(PURPOSE, name), at=at, content=content, happened_at=happened_at
    )


def remembered_as(names: Collection[str], at: datetime) -> dict[str, ReceivedEvent]:
    """Return those of `names` that were received before `at`, by name, with their records."""
    asked = {one: name for name in names for one in known_hashes(PURPOSE, name)}
    kept_since = at - timedelta(days=settings.KEEP_EVENTS_DAYS)
    rows = ReceivedEvent.objects.filter(hash__in=asked, at__gt=kept_since)
    return {asked[one.hash]: one for one in rows}


def remember(rows: Collection[ReceivedEvent]) -> None:
    """Store the records of received events."""
    ReceivedEvent.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=["at", "content", "happened_at"],
    )


def expired_events(at: datetime) -> QuerySet[ReceivedEvent]:
    """Return the records whose retention period has ended at `at`."""
    return ReceivedEvent.objects.filter(at__lt=at - timedelta(days=settings.KEEP_EVENTS_DAYS))
