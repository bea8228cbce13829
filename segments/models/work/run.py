"""Refresh runs, one refresh of a segment each, and the worker processes that do them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.database.lease import LeasedWork


class ChangeReason(models.TextChoices):
    """Why a customer entered or left."""

    REFRESH = "refresh", _("refresh")
    EVENT = "event", _("shop event")
    SCORE = "score", _("scores changed")
    TIME = "time", _("time passed")
    MANUAL = "manual", _("by hand")
    DEFINITION = "definition", _("new definition")


class RunPhase(models.TextChoices):
    """The current step of a running refresh run."""

    MATCHING = "matching", _("finding the members")
    COMPARING = "comparing", _("comparing with the stored members")
    WRITING = "writing", _("writing the difference")


class RefreshRun(LeasedWork):
    """One refresh of a segment: who requested it, its lease, progress and result."""

    segment = models.ForeignKey(
        "segments.Segment",
        models.CASCADE,
        related_name="runs",
        db_index=False,
        verbose_name=_("segment"),
    )
    phase = models.CharField(
        _("phase"), max_length=16, blank=True, default="", choices=RunPhase.choices
    )
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)
    # The version of the definition that the run used; null until it has read the definition.
    version = models.PositiveIntegerField(_("version"), null=True)
    # The requested time of evaluation; once the run has ended, the time that was used.
    as_of = models.DateTimeField(_("as of"), null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    # The engine that found the members on a shop snapshot; empty where the database found them.
    engine = models.CharField(_("engine"), max_length=16, blank=True, default="", db_default="")
    is_definition_invalid = models.BooleanField(_("invalid definition"), default=False)

    class Meta:
        verbose_name = _("refresh run")
        verbose_name_plural = _("refresh runs")
        indexes = [
            models.Index(fields=["segment", "id"], name="run_segment_idx"),
            models.Index(fields=["id"], name="run_unfinished_idx", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"


class OwedRefresh(models.Model):
    """A note that only a complete refresh of the segment will work in something that has happened.

    The incremental update does not handle it, so the members may be wrong until a run that started
    to read afterwards has succeeded, even if the run that was queued for it fails. Rows are only
    inserted and deleted, never updated, so that no writer waits for another one's row lock.
    """

    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="owed_refreshes")
    # The run that started to read after this row was written. No foreign key: a run may be deleted.
    run_id = models.BigIntegerField(null=True)
    # The reason that the change log gives for customers who enter or leave because of it.
    reason = models.CharField(
        max_length=16,
        choices=ChangeReason.choices,
        default=ChangeReason.REFRESH,
        db_default=ChangeReason.REFRESH,
    )

    class Meta:
        verbose_name = _("owed refresh")
        verbose_name_plural = _("owed refreshes")

    def __str__(self) -> str:
        return str(self.segment_id)


class RefreshShard(models.Model):
    """A range of customers in which one worker finds the members, for a run of a big segment.

    The members that it finds wait in `WantedMember` until all shards of the run are done.
    """

    run = models.ForeignKey(RefreshRun, models.CASCADE, related_name="shards")
    # Internal ids of customers, inclusive.
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    # All shards of a run use the same time of evaluation and the same definition.
    as_of = models.DateTimeField()
    version = models.PositiveIntegerField()
    fencing = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("refresh shard")
        verbose_name_plural = _("refresh shards")

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first_id} to {self.last_id}"


class WantedMember(models.Model):
    """A customer that a shard found; an unlogged table on PostgreSQL."""

    pk = models.CompositePrimaryKey("run_id", "customer_id")
    run_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.customer_id} for {self.run_id}"


class Worker(models.Model):
    """A worker process, and when it was last seen at work."""

    name = models.CharField(_("worker"), max_length=128, primary_key=True)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name
