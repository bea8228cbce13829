"""Muted segments, whose alerts are not sent for a while."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from alerts.audit import MUTED
from alerts.models import MutedSegment
from core.audit import AuditAction, record
from segments.models import Segment


def muted_until(segment: Segment) -> datetime | None:
    """Return until when the alerts of `segment` are muted; None where they are not."""
    rows = MutedSegment.objects.filter(segment=segment)
    return rows.values_list("until", flat=True).first()


def mute_segment(segment: Segment, until: datetime | None, author: User) -> None:
    """Mute the alerts of `segment` until an aware instant, or no longer (None); audited."""
    with transaction.atomic():
        Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
        before = muted_until(segment)
        if until is None:
            MutedSegment.objects.filter(segment=segment).delete()
        else:
            MutedSegment.objects.update_or_create(segment=segment, defaults={"until": until})
        noted = [
            {"alerts_muted_until": None if one is None else one.isoformat()}
            for one in (before, until)
        ]
        record(author, AuditAction.CHANGED, MUTED, segment.code, before=noted[0], after=noted[1])
