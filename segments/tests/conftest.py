"""Customers and segments for this app's tests."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.utils import timezone

from customers.models import Customer, CustomerGroup, Store, Website
from segments.editing.saving import create_segment
from segments.engine import runs
from segments.models import Segment
from segments.rules.definition import Definition, Handling

_numbers = count(1)


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The messages to workers, as (name, arguments); none goes out."""
    messages = []
    monkeypatch.setattr(
        runs.current_app,
        "send_task",
        lambda name, args, **options: messages.append((name, args)),
    )
    return messages


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self):
        self.at = datetime(2026, 4, 10, 12, tzinfo=UTC)

    def __call__(self):
        return self.at

    def advance(self, **step):
        self.at += timedelta(**step)

    def set(self, text):
        """Set the clock to an instant as ISO 8601, in UTC unless it says otherwise."""
        at = datetime.fromisoformat(text)
        self.at = at if at.tzinfo else at.replace(tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """The product's clock, in the test's hands."""
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def make_customer():
    """Return a function that stores a customer; the number is made up unless given."""

    def make(external_id="", **values):
        values.setdefault("group", CustomerGroup.objects.get(code="general"))
        values.setdefault("website", Website.objects.get(code="default"))
        values.setdefault("store", Store.objects.get(code="default"))
        return Customer.objects.create(external_id=external_id or f"C{next(_numbers)}", **values)

    return make


@pytest.fixture
def make_segment():
    """Return a function that stores a segment through the normal way in."""

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
def member_numbers():
    """Return a function that gives the stored members' numbers, in internal order."""

    def numbers(segment):
        return list(
            segment.memberships.order_by("customer_id").values_list(
                "customer__external_id", flat=True
            )
        )

    return numbers
