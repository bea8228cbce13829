"""Customers, segments and people for the app's tests."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from customers.models import Customer, CustomerGroup, Store, Website
from tests.factories.clients import staff_user
from tests.loyalty.models import LoyaltyAccount, PointsEntry
from tests.loyalty.tests.rows import NOW


@pytest.fixture
def boss():
    """A client logged in as somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def clerk():
    """Return a function that logs in somebody with the given permissions ("app.name") only."""

    def log_in(*permissions):
        client = Client()
        client.force_login(staff_user("clerk", *permissions))
        return client

    return log_in


@pytest.fixture
def shop(db):
    """Return a function that stores a customer with an account and entries."""

    def make(number, *, points=None, tier="", entries=(), kind="registered"):
        customer = Customer.objects.create(
            external_id=number,
            kind=kind,
            website=Website.objects.get(),
            store=Store.objects.get(),
            group=CustomerGroup.objects.get(),
        )
        if points is not None:
            LoyaltyAccount.objects.create(customer=customer, points=points, tier=tier)
        for days_ago, (amount, reason) in enumerate(entries):
            PointsEntry.objects.create(
                customer=customer,
                points=Decimal(amount),
                reason=reason,
                at=NOW - timedelta(days=days_ago),
            )
        return customer

    return make
