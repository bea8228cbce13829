"""Work that one process at a time holds by a lease: refresh runs, exports.

Its state is never stored: it follows from how the work ended and from the lease, so that nothing
stays "running" after a worker was killed.
"""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.clock import now

Work = TypeVar("Work", bound="LeasedWork")


class RunState(models.TextChoices):
    """Where a refresh run, or an export, stands."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class LeasedQuerySet(models.QuerySet[Work]):
    """Leased work, by the state that follows from its lease."""

    def unfinished(self) -> Self:
        """Return what is queued or running."""
        return self.filter(outcome="")

    def in_state(self, *states: str, at: datetime | None = None) -> Self:
        """Return what is in one of `states` at `at`, now unless given."""
        return self.alias(state_at=state_expression(at or now())).filter(state_at__in=states)


def free_lease(at: datetime) -> Q:
    """Return that nobody holds the lease at `at`."""
    return Q(lease_expires_at=None) | Q(lease_expires_at__lte=at)


def is_due(at: datetime) -> Q:
    """Return that the next attempt may begin at `at`."""
    return Q(not_before=None) | Q(not_before__lte=at)


def state_expression(at: datetime) -> Case:
    """Return the state at `at`, as SQL."""
    return Case(
        When(~Q(outcome=""), then=F("outcome")),
        When(lease_expires_at__gt=at, then=Value(RunState.RUNNING)),
        default=Value(RunState.QUEUED),
        output_field=models.CharField(),
    )


class LeasedWork(models.Model):
    """Who holds the work, how far it is, what came of it."""

    # How it ended; empty as long as it has not.
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
    # What its worker is at; each kind of work has its own.
    phase = models.CharField(_("phase"), max_length=16, blank=True, default="")
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True)
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True, default="")
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

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def state(self) -> RunState:
        """Where it stands now."""
        if self.outcome:
            return RunState(self.outcome)
        held = self.lease_expires_at is not None and self.lease_expires_at > now()
        return RunState.RUNNING if held else RunState.QUEUED
