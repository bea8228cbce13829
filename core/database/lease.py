"""Work that one process at a time does under a lease, such as refresh runs and exports.

The state is not stored, but derived from the outcome and the lease, so that no work stays "running"
after its worker was killed.
"""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.clock import now

Work = TypeVar("Work", bound="LeasedWork")


class RunState(models.TextChoices):
    """The state of a refresh run or an export."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class LeasedQuerySet(models.QuerySet[Work]):
    """Leased work, filtered by the state that follows from outcome and lease."""

    def unfinished(self) -> Self:
        """Return the work that is queued or running."""
        return self.filter(outcome="")

    def in_state(self, *states: str, at: datetime | None = None) -> Self:
        """Return the work that is in one of `states` at `at`, by default now."""
        return self.alias(state_at=state_expression(at or now())).filter(state_at__in=states)


def free_lease(at: datetime) -> Q:
    """Return the condition that no process holds the lease at `at`."""
    return Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)


def is_due(at: datetime) -> Q:
    """Return the condition that the next attempt may begin at `at`."""
    return Q(not_before=None) | Q(not_before__lte=at)


def state_expression(at: datetime) -> Case:
    """Return the expression for the state at `at`."""
    return Case(
        When(~Q(outcome=""), then=F("outcome")),
        When(lease_expires_at__gt=at, then=Value(RunState.RUNNING)),
        default=Value(RunState.QUEUED),
        output_field=models.CharField(),
    )


class LeasedWork(models.Model):
    """Base of models for leased work: its lease, its phase and its outcome."""

    # The final state; empty until the work has ended.
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
    # The present phase; each kind of work has phases of its own.
    phase = models.CharField(_("phase"), max_length=16, blank=True, default="")
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True)
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True, default="")
    # The lease: its owner, and when it expires unless the owner renews it. Each claim increments
    # `fencing`, so that an owner whose lease has expired cannot write any more.
    owner = models.CharField(_("worker"), max_length=128, blank=True, default="")
    fencing = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(_("cancel requested"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The earliest time of the next attempt, after a failed one.
    not_before = models.DateTimeField(_("next attempt"), null=True)
    # When the last message about this work was sent to the workers; messages may be lost.
    woken_at = models.DateTimeField(null=True)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def state(self) -> RunState:
        """The present state."""
        if self.outcome:
            return RunState(self.outcome)
        held = self.lease_expires_at is not None and self.lease_expires_at > now()
        return RunState.RUNNING if held else RunState.QUEUED
