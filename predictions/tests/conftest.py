"""Shops to compute features of."""

from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

import pytest
from django.db import transaction

from conditions.tests.examples.shops import awkward_shop
from customers.models import Order
from tests.cases import seeds

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Run the tests that begin with an empty shop before those of their module that share rows.

    Fixtures of a module that store rows are called `..._for_all`.
    """
    # Tests with real transactions stay behind all others, where pytest-django has put them.
    items[:] = chain.from_iterable(
        sorted(several, key=_shares_rows) if HERE in path.parents else several
        for path, several in groupby(items, key=attrgetter("path"))
    )


def _shares_rows(item):
    return any(name.endswith("_for_all") for name in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="module", params=seeds(3, start=1), ids="shop {}".format)
def shop_for_all(request, rows_for_all):
    """A small shop with nulls, ties, time zones, rows at the ends of days and in the future.

    The tests of a module share its rows.
    """
    made = awkward_shop(request.param)
    # The rollback removes the rows before the next shop is stored.
    with transaction.atomic():
        made.store()
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def shop(shop_for_all, db):
    """Return the shop of the module; a test's own changes are undone after it."""
    return shop_for_all


@pytest.fixture
def make_order(db):
    """Return a function that stores an order of a customer."""

    def make(customer, at, **values):
        values.setdefault("grand_total", 10)
        values.setdefault("state", "complete")
        return Order.objects.create(
            number=f"made {Order.objects.count()}",
            customer=customer,
            store=customer.store,
            created_at=at,
            updated_at=at,
            **values,
        )

    return make
