"""Refresh runs: one refresh of a segment each, and the lease by which a worker holds it.

A run's state is never stored: it follows from how the run ended and from the lease, so that
nothing stays "running" after a worker was killed.
"""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from customers.clock import now


class RunState(models.TextChoices):
    """Where a refresh run stands."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class RunPhase(models.TextChoices):
    """What a running run is at."""

    MATCHING = "matching", _("finding the members")
    COMPARING = "comparing", _("comparing with the stored members")
    WRITING = "writing", _("writing the difference")


class RunQuerySet(models.QuerySet["RefreshRun"]):
    """Refresh runs, by the state that follows from their lease."""

    def unfinished(self) -> "RunQuerySet":
        """Return the runs that are queued or running."""
        return self.filter(outcome="")

    def in_state(self, *states: str, at: datetime | None = None) -> "RunQuerySet":
        """Return the runs that are in one of `states` at `at`, now unless given."""
        return self.alias(state_at=state_expression(at or now())).filter(state_at__in=states)


def free_lease(at: datetime) -> Q:
    """Return that nobody holds the lease of a run, or of a shard, at `at`."""
    return Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)


def state_expression(at: datetime) -> Case:
    """Return the state that a run is in at `at`, as SQL."""
    return Case(
        When(~Q(outcome=""), then=F("outcome")),
        When(lease_expires_at__gt=at, then=Value(RunState.RUNNING)),
        default=Value(RunState.QUEUED),
        output_field=models.CharField(),
    )


class RefreshRun(models.Model):
    """One refresh of a segment: who asked, who holds it, how far it is, what came of it."""

    segment = models.ForeignKey(
        "segments.Segment",
        models.CASCADE,
        related_name="runs",
        db_index=False,
        verbose_name=_("segment"),
    )
    # How the run ended; empty as long as it has not.
    outcome = models.CharField(
        _("outcome"),
        max_length=16,
        blank=True,
        default="",
        choices=[
            (state.value, state.label)
            for state in (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED)
        ],
    )
    phase = models.CharField(
        _("phase"), max_length=16, blank=True, default="", choices=RunPhase.choices
    )
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True)
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
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True, default="")
    is_definition_invalid = models.BooleanField(_("invalid definition"), default=False)
    # The lease: who works on it, and until when that counts without another sign of life. Each
    # claim counts `fencing` up, so that an owner who was thought dead cannot write any more.
    owner = models.CharField(_("worker"), max_length=128, blank=True, default="")
    fencing = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Not to be begun before: after a failed attempt.
    not_before = models.DateTimeField(_("next attempt"), null=True)
    # When a worker was last woken for it; the message may have been lost.
    woken_at = models.DateTimeField(null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("refresh run")
        verbose_name_plural = _("refresh runs")
        indexes = [
            models.Index(fields=["segment", "id"], name="run_segment_idx"),
            models.Index(fields=["id"], name="run_unfinished_idx", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"

    @property
    def state(self) -> RunState:
        """Where the run stands now."""
        if self.outcome:
            return RunState(self.outcome)
        held = self.lease_expires_at is not None and self.lease_expires_at > now()
        return RunState.RUNNING if held else RunState.QUEUED


class OwedRefresh(models.Model):
    """That something has happened which only a refresh of the segment as a whole will find out.

    Nobody works it in customer by customer, so the members may be wrong until a run that has begun
    to read after it has ended well, whatever becomes of the run that was asked for. Rows are only
    added and taken away, so that nobody waits for whoever adds one.
    """

    segment = models.ForeignKey("segments.Segment", models.CASCADE, related_name="owed_refreshes")
    # The run that sees it: it has begun to read after this. No foreign key: a run may be deleted.
    run_id = models.BigIntegerField(null=True)

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
