"""Experiments, and shoppers who were shown something by them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from customers.models import Order
from personalization.models import Assignment

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
RIGHTS = ("view", "add", "change", "delete", "start", "stop")


@pytest.fixture
def tester(client_with):
    """Somebody who may do everything about experiments, and ask for experiences."""
    rights = [f"personalization.{right}_experiment" for right in RIGHTS]
    return client_with(
        "personalization.serve_experience",
        "personalization.change_placement",
        "personalization.delete_placement",
        "personalization.view_recommendations",
        "segments.view_segment",
        "segments.delete_segment",
        *rights,
    )


@pytest.fixture
def boss(client):
    """Somebody who may do everything, logged in to the admin."""
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture(autouse=True)
def served_to_everybody(nobody_held_out):
    """Serve experiences to all customers in the tests of this folder."""


@pytest.fixture(autouse=True)
def everybody_tracked(settings):
    settings.TRACKING_CONSENT = "opt_out"


@pytest.fixture
def assign_to(make_customer):
    """Return a function that has somebody be assigned a variant at `at`, and buy afterwards.

    `orders` are (seconds after the assignment, amount).
    """
    number = iter(range(10**6))

    def assign(experiment, code, *, at=BEGUN, orders=(), customer=None, segments=()):
        one = customer or make_customer(f"U{next(number)}")
        Assignment.objects.create(
            experiment=experiment,
            customer=one,
            variant=code,
            arm=f"{experiment.code}:{code}",
            assigned_at=at,
            segments=list(segments),
        )
        for seconds, amount in orders:
            count = next(number)
            Order.objects.create(
                number=f"O{count}",
                customer=one,
                store=one.store,
                state="complete",
                created_at=at + timedelta(seconds=seconds),
                updated_at=at + timedelta(seconds=seconds),
                grand_total=amount,
            )
        return one

    return assign
