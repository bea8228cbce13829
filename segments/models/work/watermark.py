"""Watermarks of regular work: sweeps of passing time, purges, comparisons."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models
from django.db.models import F

from core.clock import now

# Clocks of two processes, and the beginning and the commit of an event's transaction around a
# sweep, may differ by this time: each sweep covers so much of the previous one's time again.
OVERLAP = timedelta(seconds=5)


class Work(StrEnum):
    """The names of the kinds of regular work that have a watermark."""

    SWEEP = "time swept"
    PURGE = "changes purged"
    ANALYZE = "change log analyzed"
    RECONCILE = "roll-ups reconciled"
    REGULAR = "regular work"
    TOTALS = "totals counted"
    METRICS_SENT = "metrics sent"
    SPANS_DROPPED = "spans dropped"


class Watermark(models.Model):
    """The moment (or number) up to which a kind of regular work is done."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField(null=True)
    number = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.at or self.number}"


def is_time_for(work: Work, *, every: timedelta) -> bool:
    """Return True to one process in each period `every`, and False to the others."""
    at = now()
    due = Watermark.objects.filter(name=work, at__lte=at - every)
    if due.update(at=at):
        return True
    _mark, created = Watermark.objects.get_or_create(name=work, defaults={"at": at})
    return created


def swept_until() -> datetime | None:
    """Return the end of the last sweep of passing time; None before the first sweep."""
    return Watermark.objects.filter(name=Work.SWEEP).values_list("at", flat=True).first()


def purged_number() -> int:
    """Return the highest sequence number that has been purged; 0 where none has."""
    number = Watermark.objects.filter(name=Work.PURGE).values_list("number", flat=True).first()
    return number or 0


def note_purged(number: int) -> None:
    """Store that changes are purged up to a sequence number; never lowers the stored number."""
    Watermark.objects.get_or_create(name=Work.PURGE, defaults={"number": number})
    Watermark.objects.filter(name=Work.PURGE, number__lt=number).update(number=number)


def count(work: Work, more: int) -> None:
    """Add `more` to the number of `work`."""
    Watermark.objects.get_or_create(name=work, defaults={"number": 0})
    Watermark.objects.filter(name=work).update(number=F("number") + more)
