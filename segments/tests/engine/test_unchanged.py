"""A refresh that finds nothing changed writes nothing; any other set of members is put right."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from segments.engine.members.comparing import size_if_unchanged
from segments.models import Membership, MembershipChange, Segment
from segments.refresh import refresh_segment

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL's way")


@pytest.fixture
def segment(make_customer, make_segment):
    """Store a segment of the first three of five customers."""
    for number in range(5):
        make_customer(f"c{number}", gender="male" if number < 3 else "")
    condition = {"attribute": "customer.gender", "operator": "is", "value": "male"}
    segment = make_segment(conditions=[condition])
    refresh_segment(segment)
    segment.refresh_from_db()
    return segment


def compared(segment):
    """Refresh, and return whether members were laid beside those who were wanted."""
    with CaptureQueriesContext(connection) as asked:
        refresh_segment(segment)
    return any("segment_changed" in query["sql"] for query in asked.captured_queries)


@on_postgresql
def test_what_is_the_same_is_not_laid_beside_each_other(segment):
    assert not compared(segment)
    Segment.objects.update(members_count=7)
    assert not compared(segment)
    segment.refresh_from_db()
    assert segment.members_count == 3, "the size is counted all the same"
    assert segment.runs.latest("pk").done == 3


@pytest.mark.parametrize("gone, come", [(1, 1), (1, 0), (0, 1), (2, 2)])
def test_members_that_are_not_the_wanted_ones_are_put_right(segment, member_numbers, gone, come):
    everybody = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    Membership.objects.filter(customer__in=everybody[:gone]).delete()
    store(segment, everybody[3 : 3 + come])
    assert compared(segment)
    assert member_numbers(segment) == ["c0", "c1", "c2"]
    assert MembershipChange.objects.filter(kind="left").count() == come


def store(segment, ids):
    """Make the customers of these ids members, by nobody's leave."""
    Membership.objects.bulk_create(
        Membership(segment=segment, customer_id=pk, entered_at=segment.refreshed_at) for pk in ids
    )


@on_postgresql
@pytest.mark.parametrize("seed", range(20))
def test_two_sets_are_the_same_only_if_they_are(segment, seed):
    rng = random.Random(seed)
    people = sorted(Customer.objects.values_list("pk", flat=True))
    Membership.objects.all().delete()
    stored = set(rng.sample(people, rng.randint(0, 5)))
    store(segment, stored)
    stranger = rng.choice([2**31, 2**32, 2**40]) + seed
    for wanted in [stored, set(rng.sample(people, rng.randint(0, 5))), stored | {stranger}]:
        values = ", ".join(f"({segment.pk}, {pk}::bigint)" for pk in wanted)
        statement = (f"SELECT * FROM (VALUES {values}) AS v" if wanted else _NOBODY, ())
        found = size_if_unchanged(segment.pk, statement)
        assert found == (len(stored) if wanted == stored else None)


_NOBODY = "SELECT 0, 0::bigint WHERE 1 = 0"
