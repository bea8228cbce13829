"""Scores: conditions follow them, and a nightly write marks only whom it changes, each once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from customers.changes.migrating import after_migration
from customers.changes.once import marking_once
from customers.changes.triggers import faults, remove
from customers.models import Customer, DirtyCustomer, Order
from customers.tests.imports.importing import CUSTOMERS, LINES, ORDERS
from customers.tests.rows import an_order
from segments.models import Membership
from segments.refresh import refresh_segment
from segments.tests.engine.harness import is_right, settle
from tests.loyalty.models import PointsEntry, PointsScore
from tests.loyalty.scores import write_scores

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 4, 10, 2, tzinfo=UTC)
NEXT_NIGHT = NIGHT + timedelta(days=1)


def marked():
    """Return how often each customer is marked since the last call, by number."""
    numbers = dict(Customer.objects.values_list("pk", "external_id"))
    found = Counter(numbers.get(row.customer_id) for row in DirtyCustomer.objects.all())
    DirtyCustomer.objects.all().delete()
    return dict(found)


def scores():
    return {one.customer.external_id: one.value for one in PointsScore.objects.all()}


def give(customer, points):
    PointsEntry.objects.create(customer=customer, points=points, at=NIGHT - timedelta(days=1))


@pytest.fixture
def people(make_customer):
    """Twenty customers with scores, none of them marked."""
    people = [make_customer(f"c{number}") for number in range(20)]
    for number, customer in enumerate(people):
        give(customer, number)
    write_scores(as_of=NIGHT)
    DirtyCustomer.objects.all().delete()
    return people


def test_a_score_is_ten_for_each_order_and_all_points(make_customer):
    ann, bob = make_customer("ann"), make_customer("bob")
    give(ann, "1.5")
    give(ann, "2")
    an_order(ann, "O1")
    PointsEntry.objects.create(customer=bob, points=7, at=NEXT_NIGHT)
    Order.objects.update(created_at=NIGHT)

    write_scores(as_of=NIGHT)

    assert scores() == {"ann": 13.5, "bob": 0}


def test_the_first_night_marks_everybody_once(make_customer):
    for number in "abc":
        make_customer(number)
    DirtyCustomer.objects.all().delete()
    write_scores(as_of=NIGHT)
    assert marked() == {"a": 1, "b": 1, "c": 1}


def test_a_night_in_which_nothing_changed_marks_nobody(people):
    write_scores(as_of=NEXT_NIGHT)
    assert set(PointsScore.objects.values_list("as_of", flat=True)) == {NEXT_NIGHT}
    assert marked() == {}


def test_a_night_marks_those_whose_value_changed_each_once(people, make_customer):
    give(people[3], 1)
    give(people[7], "0.0001")
    give(people[8], 5)
    give(people[8], -5)
    make_customer("new")
    DirtyCustomer.objects.all().delete()

    write_scores(as_of=NEXT_NIGHT)

    assert marked() == {"c3": 1, "c7": 1, "new": 1}
    assert faults() == []


def test_the_first_score_of_an_old_customer_marks_them(people):
    # Its key is the customer's: no larger than those that were there.
    PointsScore.objects.filter(customer=people[3]).delete()
    DirtyCustomer.objects.all().delete()
    write_scores(as_of=NEXT_NIGHT)
    assert marked() == {"c3": 1}


def test_a_customer_whose_rows_are_written_again_and_again_is_marked_once(people):
    ids = [one.pk for one in people[:3]]

    def write():
        for _ in range(3):
            PointsScore.objects.filter(customer__in=ids).update(value=F("value") + 1)

    write()
    assert marked() == {"c0": 3, "c1": 3, "c2": 3}
    with marking_once():
        write()
        PointsScore.objects.filter(customer=people[9]).delete()
    assert marked() == {"c0": 1, "c1": 1, "c2": 1, "c9": 1}


def test_a_score_given_to_another_customer_marks_both(people):
    PointsScore.objects.filter(customer=people[2]).delete()
    DirtyCustomer.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loyalty_pointsscore SET customer_id = %s WHERE customer_id = %s",
            [people[2].pk, people[1].pk],
        )
    assert marked() == {"c1": 1, "c2": 1}


def test_a_bulk_write_that_fails_is_undone_and_changes_are_noticed_as_before(people):
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), marking_once():
            PointsScore.objects.update(value=99)
            raise ZeroDivisionError
        # The transaction around it goes on.
        PointsScore.objects.filter(customer=people[0]).update(value=1)
    assert scores()["c5"] == 5
    assert (marked(), faults()) == ({"c0": 1}, [])


def test_a_segment_follows_the_scores(people, make_segment):
    best = [{"attribute": "loyalty.score", "operator": "gte", "value": "18"}]
    segment = make_segment("Best", best)
    refresh_segment(segment)
    settle()
    of_segment = Membership.objects.filter(segment=segment)
    assert set(of_segment.values_list("customer__external_id", flat=True)) == {"c18", "c19"}

    give(people[0], 100)
    settle()  # The entry marks; the score is that of last night still.
    assert of_segment.count() == 2
    write_scores(as_of=NEXT_NIGHT)
    settle()

    assert set(of_segment.values_list("customer__external_id", flat=True)) == {"c0", "c18", "c19"}
    assert is_right(segment)


def test_those_whom_an_import_touches_are_scored_in_it_and_marked_once(importer, people):
    importer(customers=CUSTOMERS, orders=ORDERS, order_items=LINES)
    found = scores()
    # c1 of the files has one order now, c2 is as good as before; the others were not touched.
    assert (found["c1"], found["c2"]) == (1 + 10, 2)
    assert PointsScore.objects.exclude(as_of=NIGHT).count() == 2
    assert marked() == {"c1": 1, "c2": 1}


def test_an_import_that_is_refused_scores_nobody(importer, people):
    assert importer.problems(customers=CUSTOMERS, orders="number\n1\n")
    assert not PointsScore.objects.exclude(as_of=NIGHT).exists()


def test_what_went_unnoticed_before_a_migration_is_scored_after_it(people):
    remove()
    give(people[4], 1000)
    after_migration(using="default")
    assert scores()["c4"] == 1004
