"""Behavior events as the shop's server sends them, and customers who consent."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache

from core.clock import now
from customers.models import (
    Consent,
    ConsentState,
)
from customers.tests.rows import a_customer

CALL = "/api/v1/personalization/track-behavior"


class Tracker:
    """Sends behaviour by the API; the reply's body is returned, and must have the status."""

    def __init__(self, client):
        self.client = client

    def __call__(self, body, *, status=202, address=CALL, **headers):
        reply = self.client.post(
            address, json.dumps(body), content_type="application/json", headers=headers
        )
        assert reply.status_code == status, reply.content
        return reply.json()

    def faults(self, body, status=400):
        """Return the paths and codes of what is refused."""
        return [(one["path"], one["code"]) for one in self(body, status=status)["errors"]]


@pytest.fixture
def track(client_with):
    cache.clear()
    return Tracker(client_with("personalization.track_behavior"))


@pytest.fixture
def consenting(db):
    """Return a function that makes a customer who has granted both purposes."""

    def make(number="C1", **values):
        customer = a_customer(number, **values)
        say(customer)
        return customer

    return make


def say(customer, state=ConsentState.GRANTED, purposes=("tracking", "personalization"), at=None):
    """Note what a customer says."""
    for purpose in purposes:
        Consent.objects.create(
            customer=customer,
            purpose=purpose,
            state=state,
            source="test",
            at=at or now() - timedelta(hours=1),
        )


def behavior(kind="search", customer="C1", /, **values):
    """Return one behaviour; of a search with something that is looked for."""
    data = {"search": {"query": "red shoe"}, "cart_added": {"sku": "TEA"}}.get(kind, {})
    return {"behavior_type": kind, "customer_id": customer, "data": data, **values}
