"""A client of the API, and people with chosen permissions."""

import json

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from customers.models import Order
from segments.tests.conftest import clock, make_customer, make_segment, member_numbers, sent

__all__ = ["clock", "make_customer", "make_segment", "member_numbers", "sent"]


class ApiClient(Client):
    """A browser session that speaks JSON."""

    def send(self, method, path, body=None, **headers):
        """Return the response to a request below /api/v1/; `.json()` is its body."""
        data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        return self.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture(autouse=True)
def marks_of_previews(settings, tmp_path):
    """SQLite's marks lie in a file, which no transaction of a test undoes."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def client_with(db):
    """Return a function that logs somebody in who holds the given permissions ("app.name")."""

    def client(*permissions, **options):
        user = User.objects.create_user(f"user{User.objects.count()}")
        for name in permissions:
            app, codename = name.split(".")
            user.user_permissions.add(
                Permission.objects.get(content_type__app_label=app, codename=codename)
            )
        api = ApiClient(**options)
        api.force_login(user)
        api.user = user
        return api

    return client


@pytest.fixture
def anonymous():
    """Somebody without a session."""
    return ApiClient()


@pytest.fixture
def ask(client):
    """Return a function that asks for a preview and returns its body, which must be a 200.

    `client`: of the module that asks.
    """

    def ask(conditions, **body):
        answer = client.send("POST", "segments/preview/", {"conditions": conditions, **body})
        assert answer.status_code == 200, answer.content
        return answer.json()

    return ask


@pytest.fixture
def make_order():
    """Return a function that stores an order of a customer's; `at`: when it was created."""

    def make(customer, **values):
        values = {"state": "complete", "grand_total": 10, "store": customer.store, **values}
        at = values.pop("at", "2026-01-01T00:00:00Z")
        return Order.objects.create(
            customer=customer,
            number=f"O{Order.objects.count()}",
            created_at=at,
            updated_at=at,
            **values,
        )

    return make


@pytest.fixture
def people(make_customer):
    """Four customers, three of them at the shop."""
    return [
        make_customer("a", email="a@shop.example", gender="male", first_name="Ann", last_name="A"),
        make_customer("b", email="b@shop.example", gender="female"),
        make_customer("c", email="c@shop.example"),
        make_customer("d", email="d@elsewhere.example", gender="male"),
    ]
