"""Alerts opened, ended and resolved: the only writers of `Alert`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.timezone import get_default_timezone, localdate

from alerts.audit import ALERT
from alerts.channels.queueing import queue_messages
from alerts.failures.findings import Finding
from alerts.models import (
    SIZE_KINDS,
    Alert,
    AlertKind,
    AlertState,
    JudgedSize,
    MessageEvent,
    Resolution,
)
from core.audit import AuditAction, record
from core.clock import now


def open_alerts(findings: Sequence[Finding], at: datetime) -> list[Alert]:
    """Store an alert for each finding that has none going on; return the new ones."""
    going_on = set(
        Alert.objects.filter(key__in=[one.key for one in findings], ended_at=None).values_list(
            "key", flat=True
        )
    )
    new: dict[str, Alert] = {}
    for one in findings:
        if one.key not in going_on:
            new[one.key] = Alert(
                key=one.key,
                kind=one.kind,
                segment=one.segment,
                at=at,
                details=one.stored_details(),
                **one.values,
            )
    with transaction.atomic():
        # Another process may have stored one of them since.
        Alert.objects.bulk_create(new.values(), ignore_conflicts=True)
        stored = Alert.objects.filter(key__in=new, ended_at=None, at=at)
        opened = list(stored.select_related("segment").order_by("pk"))
        queue_messages(opened, MessageEvent.OPENED, at)
    return opened


def end_alerts(alerts: QuerySet[Alert], at: datetime) -> None:
    """Note that the causes of these alerts are over; resolved alerts keep their state."""
    is_open = When(state=AlertState.OPEN, then=Value(AlertState.OVER))
    with transaction.atomic():
        going_on = alerts.filter(ended_at=None).select_for_update(no_key=True, of=("self",))
        ended = {one.pk: one.state for one in going_on}
        if not ended:
            return
        rows = Alert.objects.filter(pk__in=ended)
        rows.update(state=Case(is_open, default=F("state")), ended_at=at)
        opened = [pk for pk, state in ended.items() if state == AlertState.OPEN]
        over = Alert.objects.filter(pk__in=opened).select_related("segment")
        queue_messages(over, MessageEvent.OVER, at)


def keep_current(
    kinds: Collection[AlertKind], findings: Sequence[Finding], at: datetime
) -> list[Alert]:
    """Have alerts of `kinds` for `findings` and no others; return the new ones."""
    with transaction.atomic():
        others = Alert.objects.filter(kind__in=kinds).exclude(key__in=[one.key for one in findings])
        end_alerts(others, at)
        return open_alerts(findings, at)


def resolve_alert(alert: Alert, resolution: Resolution, author: User) -> Alert:
    """Note that `author` knows of the alert or calls it usual, and return the alert; audited.

    A size that is called usual counts as habit from then on.
    """
    with transaction.atomic():
        held = Alert.objects.select_for_update(no_key=True).get(pk=alert.pk)
        before = {"state": held.state}
        held.state, held.resolved_at, held.resolved_by = resolution.value, now(), author
        held.save(update_fields=["state", "resolved_at", "resolved_by"])
        if held.kind in SIZE_KINDS:
            _count_as_habit(held, resolution == Resolution.USUAL)
        after = {"state": held.state}
        record(author, AuditAction.CHANGED, ALERT, str(held.pk), before=before, after=after)
    return Alert.objects.select_related("segment", "resolved_by").get(pk=held.pk)


def _count_as_habit(alert: Alert, is_usual: bool) -> None:
    """Let the errors of the days of an alert count as habit, or not."""
    zone = get_default_timezone()
    days = JudgedSize.objects.filter(segment=alert.segment, day__gte=localdate(alert.at, zone))
    if alert.ended_at is not None:
        days = days.filter(day__lt=localdate(alert.ended_at, zone))
    days.update(is_alarm=not is_usual)
