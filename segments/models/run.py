"""Refresh runs: one refresh of a segment each."""

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
    """What a running run is at."""

    MATCHING = "matching", _("finding the members")
    COMPARING = "comparing", _("comparing with the stored members")
    WRITING = "writing", _("writing the difference")


class RefreshRun(LeasedWork):
    """One refresh of a segment: who asked, who holds it, how far it is, what came of it."""

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
    # The definition that the run went by; null until it has read it.
    version = models.PositiveIntegerField(_("version"), null=True)
    # The clock that was asked for; once the run has ended, the one that it went by.
    as_of = models.DateTimeField(_("as of"), null=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    # The engine that found the members over a shop snapshot; the database did where it is empty.
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
    """That something has happened which only a refresh of the segment as a whole will find out.

    Nobody works it in customer by customer, so the members may be wrong until a run that has begun
    to read after it has ended well, whatever becomes of the run that was asked for. Rows are only
    added and taken away, so that nobody waits for whoever adds one.
    """

    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="owed_refreshes")
    # The run that sees it: it has begun to read after this. No foreign key: a run may be deleted.
    run_id = models.BigIntegerField(null=True)
    # Why, as the change log will name it for those who enter and leave.
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
    """A stretch of customers that one worker finds the members among, for a run of a big segment.

    What it finds waits in `WantedMember` until all shards of the run are done.
    """

    run = models.ForeignKey(RefreshRun, models.CASCADE, related_name="shards")
    # Internal ids of customers, both included.
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    # All shards of a run go by one clock and one definition.
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
    """That a shard found a customer; kept outside the write-ahead log on PostgreSQL."""

    pk = models.CompositePrimaryKey("run_id", "customer_id")
    run_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.customer_id} for {self.run_id}"
