"""Segments and their members, a clock that tests set, and the messages to Celery workers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as configured
from django.utils import timezone

from core.clock import now
from segments.editing.saving import create_segment
from segments.engine.refreshes import runs
from segments.models import Membership, MembershipChange, Segment
from segments.rules.definition import Definition, Handling


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """Keep messages from Celery; return them as (name, arguments)."""
    messages = []
    monkeypatch.setattr(
        runs.current_app,
        "send_task",
        lambda name, args=(), **options: messages.append((name, args)),
    )
    return messages


class Clock:
    """A clock that stands still until a test advances it."""

    def __init__(self):
        self.at = datetime(2026, 4, 10, 12, tzinfo=UTC)

    def __call__(self):
        return self.at

    def advance(self, **step):
        self.at += timedelta(**step)

    def set(self, text):
        """Set the clock to an instant as ISO 8601, in UTC unless it names another zone."""
        at = datetime.fromisoformat(text)
        self.at = at if at.tzinfo else at.replace(tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """Replace the product's clock by one that the test sets."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def make_segment():
    """Return a function that stores a segment as its form does."""

    def make(name="Everybody", conditions=None, *, handling=None, code="", **values) -> Segment:
        definition = Definition(
            name=name,
            conditions={"match": "all", "conditions": conditions or []},
            **values,
        )
        return create_segment(
            definition, Handling(**(handling or {})), code=code, author=None
        ).segment

    return make


@pytest.fixture
def join(db):
    """Return a function that makes customers stored members of a segment."""

    def join(segment, *customers):
        for customer in customers:
            Membership.objects.create(segment=segment, customer=customer, entered_at=now())

    return join


@pytest.fixture
def member_numbers():
    """Return a function that returns the numbers of a segment's members, by primary key."""

    def numbers(segment):
        return list(
            segment.memberships.order_by("customer_id").values_list(
                "customer__external_id", flat=True
            )
        )

    return numbers


@pytest.fixture
def small(settings, transactional_db):
    """Partition the change log by 20 numbers; return the function that creates other partitions.

    Nothing changes on SQLite. The partitions of the settings come back after the test.
    """
    from segments.tests.engine.partitions.log import lay_out

    settings.CHANGES_PER_PARTITION = 20
    lay_out(20)
    yield lay_out
    MembershipChange.objects.all()._raw_delete("default")
    lay_out(configured.CHANGES_PER_PARTITION)
