"""Segments that are left alone or cannot be asked stop no other."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.db.models import BooleanField, Func, Value

from segments.engine.live_changes import changed_customers
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.members import stored_members
from segments.engine.refreshes.execution import execute_run
from segments.models import RefreshRun, Segment
from segments.rules.evaluation.rule import Rule
from segments.tests.engine.harness import AT_SHOP, BROKEN, is_right, marks, settle, stored

pytestmark = pytest.mark.django_db


# Who is left alone ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "left_alone",
    [
        {"refresh_mode": "manual"},
        {"is_active": False},
        {"version": 2},
        {"follows_clock": False},
        {"quarantined_at": datetime(2026, 4, 1, tzinfo=UTC)},
        {"members_version": None},
    ],
    ids=lambda values: next(iter(values)),
)
def test_segments_that_are_not_kept_current_are_left_alone(make_customer, kept, left_alone):
    segment, other = kept("1", AT_SHOP), kept("2", AT_SHOP)
    Segment.objects.filter(pk=segment.pk).update(**left_alone)
    make_customer("ann", email="ann@shop.example")

    process_changes()

    assert (stored(segment), stored(other)) == (set(), {"ann"})
    assert marks() == []
    assert not RefreshRun.objects.unfinished()


# Segments that cannot be asked ------------------------------------------------------------------


def test_an_invalid_tree_stops_no_other_segment_and_gets_a_run(make_customer, kept):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)
    make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1

    assert stored(first) == stored(last) == {"ann"}
    run = RefreshRun.objects.unfinished().get()
    assert run.segment_id == broken.pk
    assert execute_run(run).state == "failed"
    assert marks() == []


def test_an_error_of_the_database_stops_no_other_segment_and_gets_a_run(
    make_customer, kept, monkeypatch
):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    rule_of = changed_customers.rule_of

    @dataclass(frozen=True)
    class Overflowing(Rule):
        def is_member(self, moment, place):
            return Func(Value(1), function="no_such_function", output_field=BooleanField())

    def rule(segment):
        found = rule_of(segment)
        return Overflowing(**vars(found)) if segment == broken else found

    monkeypatch.setattr(changed_customers, "rule_of", rule)
    make_customer("ann", email="ann@shop.example")

    assert process_batch() == 1

    assert stored(first) == stored(last) == {"ann"}
    assert RefreshRun.objects.unfinished().get().segment_id == broken.pk
    settle()
    assert is_right(first, broken, last)


def test_who_was_announced_is_who_was_written_where_a_segment_failed(
    make_customer, kept, monkeypatch, django_capture_on_commit_callbacks
):
    first, broken, last = (kept(name, AT_SHOP) for name in "123")
    Segment.objects.filter(pk=broken.pk).update(conditions=BROKEN)
    told = []
    monkeypatch.setattr(
        stored_members,
        "announce",
        lambda segment, run, after, last: told.extend(
            segment.changes.filter(sequence__gt=after, sequence__lte=last).values_list(
                "segment_id", "customer_external_id"
            )
        ),
    )
    make_customer("ann", email="ann@shop.example")
    with django_capture_on_commit_callbacks(execute=True):
        process_batch()

    assert told == [(first.pk, "ann"), (last.pk, "ann")]
