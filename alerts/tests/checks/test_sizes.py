"""Sizes are judged once a day; an alert goes on until the size is back in its habit."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.checks.alert_changes import resolve_alert
from alerts.checks.sizes import judge_sizes
from alerts.models import Alert, JudgedSize, Resolution
from segments.models import ChangeKind, ChangeReason, MembershipChange, Segment, SegmentVersion
from tests.factories.clients import new_user

pytestmark = pytest.mark.django_db


def sizes(kind="size_down"):
    return list(Alert.objects.filter(kind=kind).order_by("pk"))


def test_break_opens_one_alert_that_ends_in_habit(with_sizes, clock):
    segment = with_sizes(today=600)
    with_sizes("Steady")
    (alert,) = judge_sizes(clock.at, only_due=False)
    assert (alert.segment, alert.kind, alert.state) == (segment, "size_down", "open")
    assert (alert.size, alert.cause) == (600, "unknown")
    assert alert.low < alert.expected < alert.high
    assert judge_sizes(clock.at, only_due=False) == []
    # The next day of the same break is no further alert.
    clock.advance(days=1)
    judge_sizes(clock.at, only_due=False)
    assert len(sizes()) == 1
    clock.advance(days=1)
    Segment.objects.filter(pk=segment.pk).update(members_count=1_001)
    judge_sizes(clock.at, only_due=False)
    (ended,) = Alert.objects.all()
    assert (ended.state, ended.resolved_by) == ("over", None)
    assert ended.ended_at is not None


def test_alert_ends_when_its_segment_is_switched_off(with_sizes, clock):
    """Catches an alert that stays open for ever, since nobody judges the segment again."""
    segment = with_sizes(today=600)
    judge_sizes(clock.at, only_due=False)
    Segment.objects.filter(pk=segment.pk).update(is_active=False)
    judge_sizes(clock.at, only_due=True)
    assert [one.state for one in sizes()] == ["over"]


def test_sizes_wait_for_refresh_or_hour(with_sizes, clock, settings):
    settings.NIGHTLY_REFRESH_HOUR = 5
    clock.set("2026-04-10T04:00")
    segment = with_sizes(today=600)
    waiting = with_sizes("Waiting", today=600)
    Segment.objects.filter(pk=waiting.pk).update(refreshed_at="2026-04-09T12:00Z")
    assert [one.segment for one in judge_sizes(clock.at, only_due=True)] == [segment]
    clock.set("2026-04-10T06:00")
    assert [one.segment for one in judge_sizes(clock.at, only_due=True)] == [waiting]


def test_usual_size_counts_as_habit(with_sizes, clock):
    with_sizes(today=600)
    (alert,) = judge_sizes(clock.at, only_due=False)
    day = JudgedSize.objects.get()
    assert day.is_alarm
    resolved = resolve_alert(alert, Resolution.USUAL, new_user())
    day.refresh_from_db()
    assert (resolved.state, day.is_alarm) == ("usual", False)


def test_first_day_without_members_is_named(with_sizes, clock):
    segment = with_sizes(size=9, today=0)
    (alert,) = judge_sizes(clock.at, only_due=False)
    assert (alert.segment, alert.kind) == (segment, "empty")
    Segment.objects.filter(pk=segment.pk).update(members_count=4)
    clock.advance(days=1)
    judge_sizes(clock.at, only_due=False)
    assert [one.state for one in sizes("empty")] == ["over"]
    Segment.objects.filter(pk=segment.pk).update(members_count=0)
    clock.advance(days=1)
    assert judge_sizes(clock.at, only_due=False) == []


def test_changed_definition_is_the_cause(with_sizes, clock):
    segment = with_sizes(today=600)
    author = new_user()
    SegmentVersion.objects.create(
        segment=segment, number=7, definition={}, author=author, created_at=clock.at
    )
    clock.advance(hours=1)
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment=segment,
            customer_id=one,
            customer_external_id=str(one),
            kind=ChangeKind.LEFT,
            reason=ChangeReason.DEFINITION if one < 8 else ChangeReason.TIME,
            at=clock.at,
        )
        for one in range(10)
    )
    output = StringIO()
    call_command("check_alerts", as_of=clock.at, stdout=output)
    (alert,) = sizes()
    assert (alert.cause, alert.also) == ("definition", [])
    assert f"was changed by {author.username} on Apr 10" in output.getvalue()
    assert "VIP has 600 members" in output.getvalue()


def test_queries_do_not_grow_with_segments(with_sizes, clock):
    with_sizes("First")
    with CaptureQueriesContext(connection) as few:
        judge_sizes(clock.at, only_due=False)
    for number in range(5):
        with_sizes(f"Further {number}", days=40)
    with CaptureQueriesContext(connection) as many:
        judge_sizes(clock.at, only_due=False)
    assert len(many) == len(few)
    assert JudgedSize.objects.count() == 6
