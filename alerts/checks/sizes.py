"""The daily judgement of sizes: alerts for those that left their habit, and for empty segments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils.timezone import get_default_timezone, localtime

from alerts.checks.alert_changes import end_alerts, open_alerts
from alerts.checks.size_history import load_sizes
from alerts.facts.changes import SizeChange
from alerts.facts.explaining import explain_changes
from alerts.failures.findings import Finding
from alerts.habit.expectations import Matrix, build_history
from alerts.habit.judgement import DayJudgement, judge_day
from alerts.models import SIZE_KINDS, Alert, AlertKind, AlertState, JudgedSize
from segments.models import Segment

# So many segments are judged together; the arrays of a group take some 20 MB.
TOGETHER = 100
# A segment without members is worth an alert once in so many days.
EMPTY_DAYS = 28
# Changes since the judgement before are looked at, and no older ones.
LONGEST_CHANGE = timedelta(days=7)


@dataclass(frozen=True)
class DayOfSegment:
    """The judgement of one segment's size; sizes are numbers of customers."""

    segment: Segment
    members: int
    is_judged: bool
    is_alarm: bool
    expected: int | None
    low: int | None
    high: int | None
    is_newly_empty: bool

    @property
    def kind(self) -> AlertKind:
        """The kind of the alert where the size has left its habit."""
        return AlertKind.SIZE_UP if self.members > (self.expected or 0) else AlertKind.SIZE_DOWN


def judge_sizes(at: datetime, *, only_due: bool) -> list[Alert]:
    """Judge each active segment once on the day of `at` (aware) and return the new alerts.

    With `only_due`, a segment is judged after its refresh of the day or, without one, from an hour
    after `NIGHTLY_REFRESH_HOUR` on.
    """
    local = localtime(at, get_default_timezone())
    today = local.date()
    segments = Segment.objects.filter(is_active=True)
    judged = JudgedSize.objects.filter(day=today).values("segment")
    waiting = segments.exclude(pk__in=judged)
    if only_due and local.hour < settings.NIGHTLY_REFRESH_HOUR + 1:
        midnight = datetime.combine(today, time(), tzinfo=get_default_timezone())
        waiting = waiting.filter(refreshed_at__gte=midnight)
    _end_alerts_of_inactive(at)
    found: list[Alert] = []
    chosen = list(waiting.order_by("pk").defer("conditions", "description"))
    for start in range(0, len(chosen), TOGETHER):
        with transaction.atomic():
            found += _judge_together(chosen[start : start + TOGETHER], today, at)
    return found


def _judge_together(segments: Sequence[Segment], today: date, at: datetime) -> list[Alert]:
    first, members, alarm_days = load_sizes(segments, today)
    history = build_history(first, members)
    judgement = judge_day(history, members.shape[1] - 1, alarm_days)
    days = list(_days_of(segments, members, judgement))
    since = _judged_before(segments, today, at)
    # Days of an alert that a person called usual count as habit.
    usual = set(
        Alert.objects.filter(
            segment__in=segments, kind__in=SIZE_KINDS, state=AlertState.USUAL, ended_at=None
        ).values_list("segment", "kind")
    )
    JudgedSize.objects.bulk_create(
        [
            JudgedSize(
                segment=one.segment,
                day=today,
                members=one.members,
                at=at,
                is_alarm=one.is_alarm and (one.segment.pk, one.kind.value) not in usual,
            )
            for one in days
        ],
        ignore_conflicts=True,
    )
    _end_alerts(days, at)
    return _open_alerts(days, since, at)


def _days_of(
    segments: Sequence[Segment], members: Matrix, judgement: DayJudgement
) -> Iterator[DayOfSegment]:
    def whole(values: Matrix, row: int) -> int | None:
        return round(float(values[row])) if judgement.judged[row] else None

    carried = np.nan_to_num(members, nan=-1)
    for row, segment in enumerate(segments):
        lately = carried[row, -EMPTY_DAYS - 1 : -1]
        yield DayOfSegment(
            segment,
            int(members[row, -1]),
            bool(judgement.judged[row]),
            bool(judgement.alarm[row]),
            whole(judgement.expected, row),
            whole(judgement.low, row),
            whole(judgement.high, row),
            is_newly_empty=bool(
                members[row, -1] == 0 and not (lately == 0).any() and (carried[row, :-1] > 0).any()
            ),
        )


def _judged_before(segments: Sequence[Segment], today: date, at: datetime) -> datetime:
    """Return since when changes may have led to today's sizes."""
    earlier = JudgedSize.objects.filter(segment__in=segments, day__lt=today)
    latest = earlier.order_by("-day").values_list("at", flat=True).first()
    return max(latest or at - timedelta(days=1), at - LONGEST_CHANGE)


def _end_alerts_of_inactive(at: datetime) -> None:
    """End alerts about the size of segments that were switched off, which nobody judges again."""
    kinds = [*SIZE_KINDS, AlertKind.EMPTY]
    end_alerts(Alert.objects.filter(kind__in=kinds, segment__is_active=False), at)


def _end_alerts(days: Sequence[DayOfSegment], at: datetime) -> None:
    """End alerts of segments that are back in their habit, or have members again."""
    back = [one.segment.pk for one in days if one.is_judged and not one.is_alarm]
    end_alerts(Alert.objects.filter(kind__in=SIZE_KINDS, segment__in=back), at)
    for kind in SIZE_KINDS:
        # A size that has left its habit upwards is no longer too small.
        turned = [one.segment.pk for one in days if one.is_alarm and one.kind != kind]
        end_alerts(Alert.objects.filter(kind=kind, segment__in=turned), at)
    filled = [one.segment.pk for one in days if one.members]
    end_alerts(Alert.objects.filter(kind=AlertKind.EMPTY, segment__in=filled), at)


def _open_alerts(days: Sequence[DayOfSegment], since: datetime, at: datetime) -> list[Alert]:
    alarms = [one for one in days if one.is_alarm or one.is_newly_empty]
    changes = {
        one.segment.pk: SizeChange(
            one.segment.pk, one.segment.code, one.kind == AlertKind.SIZE_UP, since, at
        )
        for one in alarms
    }
    explained = explain_changes(list(changes.values()))
    findings = []
    for one in alarms:
        cause = explained[one.segment.pk]
        size = {
            "size": one.members,
            "expected": one.expected,
            "low": one.low,
            "high": one.high,
            "cause": cause.explanation.cause,
            "also": [other.value for other in cause.explanation.also],
        }
        kinds = [one.kind] * one.is_alarm + [AlertKind.EMPTY] * one.is_newly_empty
        findings += [
            Finding(kind, one.segment, details=cause.details, values=size) for kind in kinds
        ]
    return open_alerts(findings, at)
