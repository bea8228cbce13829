"""Trees that ask for figures, and for rows, are answered from the roll-up, and say the same."""

import copy
import os
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from conditions.matching import matching_customers
from conditions.nodes.matching_customers import FoundCustomers, ids_of
from conditions.parse import parse_tree
from conditions.tests.agreement.test_agreement import SETTINGS, by_evaluator, store  # noqa: F401
from conditions.tests.examples.rollups import roll_up_everybody, roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import (
    AS_OF,
    every_attribute,
    trees,
    trees_of_figures,
    trees_of_figures_and_rows,
)
from customers.changes.once import marking_once
from customers.models import Customer, CustomerRollup, DirtyCustomer, Store, Website
from customers.tests.rows import a_customer, an_order

pytestmark = pytest.mark.django_db

SALES = {"attribute": "lifetime.sales", "operator": "gte", "value": 0}
EVERYBODY = {"match": "all", "conditions": [SALES]}
WHO = st.sampled_from(["registered", "guest", "both"])


def asked(customers):
    """Return what the query of ids, and the count, say of `customers`."""
    ids = [row["id"] for row in ids_of(customers)]
    assert customers.count() == len(ids) == len(set(ids))
    return sorted(ids)


@pytest.mark.parametrize("kind", [trees_of_figures, trees_of_figures_and_rows])
def test_the_roll_up_finds_whom_the_evaluator_finds(store, kind):  # noqa: F811
    numbers = dict(Customer.objects.values_list("pk", "external_id"))

    @SETTINGS
    @given(tree=kind(every=every_attribute()), as_of=AS_OF, applies_to=WHO)
    def agree(tree, as_of, applies_to):
        customers = matching_customers(tree, as_of=as_of, applies_to=applies_to)
        assert customers.in_rollup is not None
        found = [numbers[pk] for pk in asked(customers)]
        assert found == by_evaluator(tree, store, as_of, applies_to=applies_to)

    agree()


def test_count_and_ids_are_those_of_the_query_whatever_the_tree():
    awkward_shop(4).store()
    roll_up_in_every_way()

    @SETTINGS
    @given(tree=trees(depth=2, every=every_attribute()), as_of=AS_OF, applies_to=WHO)
    def agree(tree, as_of, applies_to):
        customers = matching_customers(tree, as_of=as_of, applies_to=applies_to)
        found = sorted(customers.values_list("pk", flat=True))
        assert asked(customers) == found
        # Within another query, where aliases are others.
        for within in (ids_of(customers), customers.values("pk")):
            others = Customer.objects.filter(pk__in=within).order_by("pk")
            assert list(others.values_list("pk", flat=True)) == found

    agree()


BIG_SALES = {
    "relation": "sales",
    "aggregate": "count",
    "operator": "gte",
    "value": 1,
    "match": "all",
    "conditions": [{"attribute": "order.grand_total", "operator": "gt", "value": 1}],
}


@pytest.mark.parametrize(
    "nodes",
    [
        [SALES, {"attribute": "customer.email", "operator": "is_not_empty"}],
        [SALES, {"attribute": "activity.days_inactive", "operator": "gte", "value": 1}],
        [BIG_SALES],
    ],
)
def test_what_the_roll_up_does_not_have_is_asked_of_customers(nodes):
    assert matching_customers({"match": "any", "conditions": nodes}).in_rollup is None


@pytest.mark.parametrize("node", [BIG_SALES, {"relation": "addresses", "aggregate": "exists"}])
@pytest.mark.parametrize("match", ["any", "all"])
def test_rows_beside_figures_are_asked_of_the_roll_up(match, node):
    tree = {"match": match, "conditions": [SALES, node]}
    assert parse_tree(EVERYBODY).stored_in is CustomerRollup
    assert parse_tree(tree).stored_in is None
    assert matching_customers(tree).in_rollup is not None


def test_a_scope_of_websites_or_groups_is_asked_of_customers():
    a_customer("ann")
    website = Website.objects.get()
    found = matching_customers(EVERYBODY, websites=[website.code])
    assert found.in_rollup is None
    assert matching_customers(EVERYBODY, customer_groups=["general"]).in_rollup is None
    assert found.count() == 1


def test_whoever_is_no_longer_in_scope_leaves_at_once_and_when_the_mark_is_gone():
    ann, bob, guest = a_customer("ann"), a_customer("bob"), a_customer("eve", kind="guest")
    roll_up_everybody()
    Customer.objects.filter(pk=ann.pk).update(is_active=False)
    Customer.objects.filter(pk=guest.pk).update(kind="registered")
    for _before_and_after_upkeep in range(2):
        assert asked(matching_customers(EVERYBODY)) == [bob.pk, guest.pk]
        assert asked(matching_customers(EVERYBODY, applies_to="guest")) == []
        roll_up_everybody()


def test_a_figure_that_no_column_can_hold_is_asked_of_the_rows():
    ann = a_customer("ann")
    an_order(ann, grand_total=7)
    roll_up_everybody()
    CustomerRollup.objects.update(complete=False, sales=None)
    is_seven = {"attribute": "lifetime.sales", "operator": "is", "value": 7}
    assert asked(matching_customers({"match": "all", "conditions": [is_seven]})) == [ann.pk]


@pytest.mark.parametrize("at_once", [True, False])
def test_nobody_is_found_who_was_deleted(at_once):
    gone, stays = a_customer("ann"), a_customer("bob")
    roll_up_everybody()
    pk = gone.pk
    with marking_once() if at_once else transaction.atomic():
        Customer.objects.filter(pk=pk).delete()
    for _before_and_after in range(2):
        assert asked(matching_customers(EVERYBODY)) == [stays.pk]
        assert not CustomerRollup.objects.filter(pk=pk).exists()
        DirtyCustomer.objects.all().delete()


@pytest.mark.skipif("TREE_EXAMPLES" in os.environ, reason="the same every time")
@pytest.mark.django_db(transaction=True)
def test_an_emptied_table_leaves_nobody():
    a_customer("ann")
    roll_up_everybody()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE customers_customer CASCADE")
    else:
        call_command("flush", interactive=False, verbosity=0)
    DirtyCustomer.objects.all().delete()
    assert asked(matching_customers(EVERYBODY)) == []
    assert not CustomerRollup.objects.exists()


def test_what_is_filtered_further_is_a_query_of_customers():
    ann, _bob = a_customer("ann"), a_customer("bob")
    roll_up_everybody()
    found = matching_customers(EVERYBODY)
    assert isinstance(found, FoundCustomers)
    assert found.filter(pk=ann.pk).count() == 1
    assert len(ids_of(found.filter(pk=ann.pk))) == 1
    assert found[:1].count() == 1
    assert found.none().count() == 0
    assert found.exclude(pk=ann.pk).count() == 1


def test_a_copy_and_what_was_read_count_alike():
    a_customer("ann")
    roll_up_everybody()
    found = matching_customers(EVERYBODY)
    assert copy.copy(found).count() == copy.deepcopy(found).count() == 1
    assert len(found) == 1
    CustomerRollup.objects.update(sales=-1)
    assert found.count() == 1, "what was read is not asked again"


@pytest.mark.parametrize("operator, value", [("is_empty", None), ("between", [1, 9]), ("gte", 3)])
def test_a_shop_without_a_website_has_nobody(operator, value):
    Customer.objects.all().delete()
    Store.objects.all().delete()
    Website.objects.all().delete()
    since = {"attribute": "activity.days_since_last_order", "operator": operator}
    tree = {"match": "all", "conditions": [since | ({} if value is None else {"value": value})]}
    customers = matching_customers(tree)
    assert (customers.count(), list(customers)) == (0, [])
    window = {"attribute": "order.created_at", "operator": "in_last_days", "value": 3}
    assert matching_customers({"match": "all", "conditions": [window]}).count() == 0


def test_days_go_by_the_customers_own_zone():
    """The roll-up has the website, by which a day begins."""
    late = datetime(2024, 3, 10, 23, 30, tzinfo=UTC)
    for number, zone in enumerate(["UTC", "Asia/Tokyo"]):
        website = Website.objects.create(code=f"w{number}", name=zone, timezone=zone)
        an_order(a_customer(zone), grand_total=1, created_at=late)
        Customer.objects.filter(external_id=zone).update(website=website)
    roll_up_everybody()
    on_the_tenth = {"attribute": "activity.last_order_at", "operator": "is", "value": "2024-03-10"}
    found = matching_customers(
        {"match": "all", "conditions": [on_the_tenth]}, as_of=late + timedelta(days=1)
    )
    (pk,) = asked(found)
    assert Customer.objects.get(pk=pk).external_id == "UTC"
