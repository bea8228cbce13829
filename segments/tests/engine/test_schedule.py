"""Refreshes that nobody asks for: when they are due, made up once, and not for ever retried."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import cancel_run, request_refresh
from segments.engine.refreshes.schedule import nightly, request_due
from segments.models import RefreshRun, Segment
from segments.models.cron import last_time, validate_schedule
from segments.refresh import refresh_segment

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("expression", ["0 5 * * *", "*/15 * * * *", "30 4 1,15 * 5", "0 0 29 2 *"])
def test_a_cron_expression_is_a_schedule(expression):
    validate_schedule(expression)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("daily", "“daily”"),
        ("0 5 * *", "“0 5 * *”"),
        ("61 * * * *", "“61” is wrong for the minute"),
        ("0 5 * * * *", "“0 5 * * * *”"),
        ("@daily", "“@daily” is written “0 0 * * *”"),
        ("0 0 30 2 *", "“0 0 30 2 *” never comes"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong_in_it(expression, fault):
    with pytest.raises(ValidationError) as refused:
        validate_schedule(expression)
    assert fault in str(refused.value)


@pytest.mark.parametrize(
    ("expression", "at", "last"),
    [
        ("0 5 * * *", "2026-04-10T05:00+02:00", "2026-04-10T05:00+02:00"),
        ("0 5 * * *", "2026-04-10T04:59:59+02:00", "2026-04-09T05:00+02:00"),
        ("0 5 * * *", "2026-04-10T05:00:59+02:00", "2026-04-10T05:00+02:00"),
        ("0 0 1 * *", "2026-04-10T05:00+02:00", "2026-04-01T00:00+02:00"),
        # Half past two is skipped: due when the clock goes on at three.
        ("30 2 * * *", "2026-03-29T03:10+02:00", "2026-03-29T03:00+02:00"),
        ("30 2 * * *", "2026-03-29T01:59+01:00", "2026-03-28T02:30+01:00"),
        # It comes twice: due the first time.
        ("30 2 * * *", "2026-10-25T02:45+01:00", "2026-10-25T02:30+02:00"),
        ("30 2 * * *", "2026-10-25T12:00+01:00", "2026-10-25T02:30+02:00"),
    ],
)
def test_the_last_time_is_by_the_clock_of_the_shop(expression, at, last):
    found = last_time(expression, at=datetime.fromisoformat(at), zone="Europe/Berlin")

    # Times that come twice are equal to none of another zone.
    assert found.astimezone(UTC) == datetime.fromisoformat(last)


# The nightly refresh ----------------------------------------------------------------------------


@pytest.fixture
def segment(make_segment, clock, settings):
    """Return a segment that was refreshed at noon of 10 April; nights are at five, in UTC."""
    settings.NIGHTLY_REFRESH_HOUR, settings.DEFAULT_TIME_ZONE = 5, "UTC"
    made = make_segment()
    Segment.objects.update(created_at=clock())
    refresh_segment(made)
    return made


def due():
    return [run.segment.code for run in request_due()]


def test_each_night_is_one_refresh(segment, clock):
    assert nightly() == "0 5 * * *"
    for night in ("2026-04-11", "2026-04-12"):
        clock.set(f"{night}T04:59:59")
        assert due() == []
        clock.set(f"{night}T05:00")
        (run,) = request_due()
        assert due() == []
        assert execute_run(run).state == "completed"
        clock.advance(hours=3)
        assert due() == []


def test_missed_nights_are_made_up_once(segment, clock):
    clock.set("2026-04-20T11:00")

    (run,) = request_due()
    execute_run(run)
    clock.advance(minutes=1)

    assert due() == []


def test_a_refresh_that_somebody_asked_for_since_then_is_enough(segment, clock):
    clock.set("2026-04-11T08:00")
    refresh_segment(segment)

    assert due() == []


def test_one_that_stands_as_of_another_time_stays_so_until_the_next_night(segment, clock):
    refresh_segment(segment, as_of=clock())
    clock.advance(hours=1)
    assert due() == []
    clock.set("2026-04-11T05:00")

    assert due() == [segment.code]


def test_a_segment_of_its_own_schedule_is_left_out_at_night(segment, clock):
    Segment.objects.update(refresh_schedule="0 0 1 * *")
    clock.set("2026-04-30T23:59")
    assert due() == []

    clock.set("2026-05-01T00:00")
    assert due() == [segment.code]


def test_neither_manual_nor_inactive_segments_are_due(segment, clock):
    clock.set("2026-04-11T06:00")

    Segment.objects.update(refresh_mode="manual")
    assert due() == []
    Segment.objects.update(refresh_mode="auto", is_active=False)
    assert due() == []


def test_those_referred_to_come_first(segment, make_segment, clock):
    outer = make_segment("A", [{"attribute": "segment", "operator": "is", "value": segment.code}])
    clock.set("2026-04-12T06:00")

    assert due() == [segment.code, outer.code]


def test_a_nights_refresh_that_failed_is_not_asked_for_again_before_the_next(
    segment, clock, monkeypatch, settings
):
    settings.REFRESH_ATTEMPTS = 1

    def members_of(segment, as_of):
        raise RuntimeError("no")

    monkeypatch.setattr(execution, "members_of", members_of)
    clock.set("2026-04-11T05:00")
    (run,) = request_due()
    assert execute_run(run).state == "failed"

    clock.advance(hours=2)
    assert due() == []
    clock.set("2026-04-12T05:00")
    assert due() == [segment.code]


def test_a_nights_refresh_that_somebody_cancelled_stays_cancelled(segment, clock):
    clock.set("2026-04-11T05:00")
    (run,) = request_due()
    cancel_run(run)
    clock.advance(hours=2)

    assert due() == []


def test_a_night_joins_the_refresh_that_waits_already(segment, clock):
    clock.set("2026-04-11T04:00")
    waiting = request_refresh(segment)
    clock.set("2026-04-11T05:00")

    assert request_due() == [waiting]
    assert RefreshRun.objects.unfinished().count() == 1
