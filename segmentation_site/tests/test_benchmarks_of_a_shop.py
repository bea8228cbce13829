"""Benchmarks of a shop on PostgreSQL: all forms count the same, and what is measured is undone."""

from argparse import Namespace
from collections.abc import Iterator

import pytest
from django.db import connection

from benchmarks import changes, large
from benchmarks.chaos import condition
from benchmarks.made import PREFIX
from benchmarks.preview import AS_OF, ours, same_count
from benchmarks.trees import TREES, parts
from conditions.matching import matching_customers
from customers.generate.shop import generate_shop
from customers.models import Customer, DirtyCustomer, Order
from segments.models import Segment

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the other two forms are PostgreSQL's"
)

CUSTOMERS = 1_500
OPTIONS = Namespace(rounds=1, seconds=0.0, plans=False)


@pytest.fixture(scope="module")
def shop_for_all(rows_for_all: None) -> None:
    generate_shop(CUSTOMERS, 1, AS_OF)


@pytest.fixture
def shop(shop_for_all: None, db: None) -> Iterator[None]:
    with parts():
        yield


def test_all_three_forms_of_every_tree_count_the_same(shop: None) -> None:
    counts = {name: same_count(name) for name in TREES}
    everybody = Customer.objects.filter(is_active=True, kind="registered").count()
    assert [name for name, count in counts.items() if not 0 < count < everybody] == []


def test_they_do_for_customers_whose_figures_are_not_up_to_date(shop: None) -> None:
    before = {name: ours(name) for name in TREES}
    DirtyCustomer.objects.all().delete()
    orders = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    Order.objects.filter(pk__in=orders[::3]).update(grand_total=900)
    Order.objects.filter(pk__in=orders[1::3]).update(state="canceled")
    after = {name: same_count(name) for name in TREES}
    assert after["lifetime sales"] != before["lifetime sales"]
    assert after["days since last order"] != before["days since last order"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("members", [0, changes.MEMBERS])
def test_every_segment_of_a_benchmark_of_changes_follows_them(
    shop: None, monkeypatch: pytest.MonkeyPatch, members: int
) -> None:
    few = {"CUSTOMERS": 50, "FEW": 3, "MANY": 24, "BIRTHDAYS": 4, "MEMBERS": members}
    for name, number in few.items():
        monkeypatch.setattr(changes, name, number)
    before = list(Order.objects.order_by("pk").values_list("grand_total", flat=True))
    found = {row.what: row for row in changes.rows(OPTIONS)}
    assert {what: row.amount for what, row in found.items() if row.unit == "asked"} == {
        "an order each of 50 x 3 segments": 2,
        "group and an order each of 50 x 3 segments": 3,
        "an order each of 50 x 24 segments": 13,
        "group and an order each of 50 x 24 segments": 24,
        "an order each of 50 x 4 segments about birthdays": 0,
    }
    assert list(Order.objects.order_by("pk").values_list("grand_total", flat=True)) == before
    assert not Segment.objects.filter(code__startswith=PREFIX).exists()


@pytest.mark.exhaustive
def test_what_is_measured_of_a_large_shop(shop: None) -> None:
    found = large.rows(OPTIONS)
    assert [row.what for row in found[:5]] == list(large.TREES)
    assert {row.against for row in found[:5]} == {"by hand"}
    refreshed = {row.what: row for row in found[5:]}
    assert sorted(refreshed) == sorted(
        f"{what}, {how}" for what in large.SEGMENTS for how in ("from empty", "nothing changed")
    )
    for what, index in large.SEGMENTS.items():
        row = refreshed[f"{what}, from empty"]
        tree = {"match": "all", "conditions": [condition(index)]}
        assert row.amount == matching_customers(tree, applies_to="both").count()
        assert row.ratio and refreshed[f"{what}, nothing changed"].ratio
    assert not Segment.objects.filter(code__startswith=PREFIX).exists()
