"""Figures that the app stores for each customer, and facts that it loads for many at once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions import registry
from conditions.bases.row_figures.fresh_rows import stored_figures
from conditions.evaluator.facts import FactStore, facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.agreement.test_every_condition import AS_OF, values_of
from conditions.tests.examples.awkward_values import AMOUNTS, INSTANTS
from conditions.tests.examples.shops import awkward_shop
from conditions.upkeep.rollup import build, reconcile, update
from customers.changes.once import marking_once
from customers.models import Customer, CustomerRollup, DirtyCustomer
from segments.tests.engine.harness import is_right, settle, stored
from tests.loyalty.models import LoyaltyAccount, PointsEntry, PointsRollup

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tree(attribute, operator, *value):
    node = {"attribute": attribute, "operator": operator}
    node |= {"value": value[0]} if value else {}
    return {"match": "all", "conditions": [node]}


def matches(attribute, operator, *value):
    found = matching_customers(tree(attribute, operator, *value), as_of=NOW)
    return set(found.values_list("external_id", flat=True))


def give(customer, points, days_ago=0):
    at = NOW - timedelta(days=days_ago)
    return PointsEntry.objects.create(customer=customer, points=Decimal(points), at=at)


def rolled_up(*customers):
    """Bring the figures up to date, as the engine does when it has taken the marks."""
    DirtyCustomer.objects.all().delete()
    update([customer.pk for customer in customers])


@pytest.fixture
def ann(make_customer):
    customer = make_customer("ann")
    give(customer, "1.5", days_ago=9)
    give(customer, "2", days_ago=3)
    return customer


# Stored figures ----------------------------------------------------------------------------------
def test_its_columns_are_kept_as_the_shops_own_are(ann, make_customer):
    bob = make_customer("bob")
    assert set(stored_figures(PointsRollup)) == {
        registry.attribute(f"loyalty.{name}")
        for name in ("points_in_all", "entries", "last_entry_at")
    }
    assert set(PointsRollup.objects.values_list("pk", "complete")) == {
        (ann.pk, False),
        (bob.pk, False),
    }
    rolled_up(ann, bob)
    figures = PointsRollup.objects.order_by("pk").values_list(
        "points", "entries", "last_entry_at", "complete", "website_id"
    )
    assert list(figures) == [
        (Decimal("3.5"), 2, NOW - timedelta(days=3), True, ann.website_id),
        (Decimal(0), 0, None, True, bob.website_id),
    ]
    bob_id = bob.pk
    bob.delete()
    assert not PointsRollup.objects.filter(pk=bob_id).exists()
    assert CustomerRollup.objects.get().pk == ann.pk


def test_a_stored_figure_is_read_and_of_who_is_pending_worked_out(ann):
    rolled_up(ann)
    PointsRollup.objects.update(points=Decimal(100))
    assert matches("loyalty.points_in_all", "is", 100) == {"ann"}
    give(ann, 1)
    assert matches("loyalty.points_in_all", "is", "4.5") == {"ann"}
    assert matches("loyalty.points_in_all", "is", 100) == set()
    DirtyCustomer.objects.all().delete()
    assert matches("loyalty.points_in_all", "is", 100) == {"ann"}
    # Of a row that is not complete nothing is believed.
    PointsRollup.objects.update(complete=False)
    assert matches("loyalty.points_in_all", "is", "4.5") == {"ann"}


def test_a_wrong_figure_is_found_and_whoever_has_it_judged_again(ann):
    rolled_up(ann)
    assert reconcile() == 0
    PointsRollup.objects.update(entries=7)
    assert reconcile() == 1
    assert PointsRollup.objects.get().entries == 2
    assert DirtyCustomer.objects.get().customer_id == ann.pk


def test_everybodys_figures_are_built_at_once(ann):
    PointsRollup.objects.all().delete()
    PointsRollup.objects.filter(pk=ann.pk).update(entries=9)
    build()
    assert PointsRollup.objects.get().entries == 2
    assert build() == 0


def test_a_bulk_write_brings_the_figures_with_it(ann):
    rolled_up(ann)
    with marking_once():
        give(ann, 5)
    assert PointsRollup.objects.get().points == Decimal("8.5")
    assert DirtyCustomer.objects.get().is_rolled_up


def test_a_sum_that_no_column_holds_is_asked_of_the_rows(ann):
    PointsEntry.objects.filter(customer=ann).update(points=Decimal(2**62) / 10_000)
    rolled_up(ann)
    row = PointsRollup.objects.get()
    assert (row.points, row.complete, row.entries) == (None, False, 2)
    assert matches("loyalty.entries", "is", 2) == {"ann"}


def test_segments_follow_the_figures(ann, make_segment, monkeypatch):
    from segments.refresh import refresh_segment

    monkeypatch.setattr(
        "segments.engine.refreshes.runs.current_app.send_task", lambda name, args: None
    )
    segment = make_segment(conditions=tree("loyalty.points_in_all", "gte", 5)["conditions"])
    refresh_segment(segment)
    settle()
    assert stored(segment) == set()
    give(ann, 2)
    settle()
    assert stored(segment) == {"ann"}
    assert is_right(segment)


# Facts -------------------------------------------------------------------------------------------
def test_facts_are_loaded_for_all_customers_at_once(ann, make_customer):
    people = [ann, *(make_customer(f"C{number}") for number in range(5))]
    for customer in people[:3]:
        LoyaltyAccount.objects.create(customer=customer, points=7)
    root = parse_tree(
        {
            "match": "any",
            "conditions": [
                tree("loyalty.points", "is", 8),
                tree("loyalty.tier", "is", "gold"),
                tree("loyalty.points_at_first", "is", "1.5"),
            ],
        }
    )
    known = list(Customer.objects.select_related("website").order_by("pk"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        held = [root.holds(one.customer, one) for one in facts_of(known, NOW)]
    assert held == [True, False, False, False, False, False]
    # The accounts, once for both conditions, and the first entries.
    assert len(asked) == 2


def test_query_and_evaluator_agree_on_each():
    awkward_shop(3).store()
    people = Customer.objects.select_related("website", "store", "group").order_by("pk")
    for number, customer in enumerate(people):
        for entry in range(number % 4):
            PointsEntry.objects.create(
                customer=customer,
                points=AMOUNTS[(number + entry) % len(AMOUNTS)],
                at=INSTANTS[(number * entry) % len(INSTANTS)],
            )
    settled, changed, gone = ([customer.pk for customer in people][n::3] for n in range(3))
    DirtyCustomer.objects.all().delete()
    update([*settled, *changed])
    PointsRollup.objects.filter(pk__in=changed).update(points=Decimal(1), entries=1)
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(customer_id=pk, reason="event", at=NOW) for pk in changed
    )
    PointsRollup.objects.filter(pk__in=gone).update(complete=False)
    store = FactStore(list(people))
    codes = [one.code for one in registry.families()[-1].attributes]
    assert len(codes) == 5
    telling = set()
    for code in codes:
        attribute = registry.attribute(code)
        for operator in attribute.type.operators.values():
            for value in values_of(attribute, operator):
                asked = tree(code, operator.name, *([] if value is None else [value]))
                found = by_query(asked, AS_OF)
                assert found == by_evaluator(asked, store, AS_OF), asked
                if 0 < len(found) < len(people):
                    telling.add(code)
    assert telling == set(codes)


def test_its_entries_have_a_latest_one(ann):
    node = {"relation": "points_entries", "aggregate": "latest", "of": "points_entry.points"}
    root = {"match": "all", "conditions": [{**node, "operator": "is", "value": 2}]}
    assert matching_customers(root, as_of=NOW).get() == ann


def test_the_builder_finds_them_by_words_of_their_own(boss):
    page = boss.get("/admin/segments/segment/add/").content.decode()
    assert "bonus stamps collected" in page
