"""Customers, products and orders; directories of CSV files to import."""

from itertools import count

import pytest

from customers.models import Customer, CustomerGroup, Order, Product, Store, Website
from customers.tests.imports.importing import Importer

_numbers = count(1)


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
def make_order():
    """Return a function that stores an order of a customer; `at` is when it was created."""

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
def make_product(db):
    """Return a function that stores a product of a price of 10."""

    def make(sku, **values):
        return Product.objects.create(sku=sku, name=sku.title(), **{"price": 10} | values)

    return make


@pytest.fixture
def importer(db, tmp_path):
    """Return an importer of CSV files, which it writes below the test's directory."""
    return Importer(tmp_path)
