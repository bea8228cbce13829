"""Customers, segments and people for the app's tests."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from conftest import (
    garbage_is_looked_for_less_often,
    passwords_are_hashed_fast,
    static_files_are_listed_once,
)
from customers.models import Customer, CustomerGroup, Store, Website
from customers.tests.conftest import importer
from segments.tests.conftest import clock, make_customer, make_segment, member_numbers, sent
from tests.loyalty.models import LoyaltyAccount, PointsEntry
from tests.loyalty.tests.rows import NOW

__all__ = [
    "clock",
    "garbage_is_looked_for_less_often",
    "importer",
    "make_customer",
    "make_segment",
    "member_numbers",
    "passwords_are_hashed_fast",
    "sent",
    "static_files_are_listed_once",
]


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
        user = user_with(*permissions)
        client = Client()
        client.force_login(user)
        return client

    return log_in


def user_with(*permissions):
    user, _created = User.objects.get_or_create(username="clerk", is_staff=True)
    names = [name.split(".") for name in permissions]
    user.user_permissions.set(
        [
            Permission.objects.get(content_type__app_label=app, codename=codename)
            for app, codename in names
        ]
    )
    return User.objects.get(pk=user.pk)


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
