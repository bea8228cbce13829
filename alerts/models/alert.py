"""Alerts about unusual sizes and failures: their begin and end, and decisions about them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.causes.shares import Cause
from segments.models import Segment


class AlertKind(models.TextChoices):
    """The subject of an alert."""

    SIZE_UP = "size_up", _("more members than usual")
    SIZE_DOWN = "size_down", _("fewer members than usual")
    EMPTY = "empty", _("no members")
    REFRESH_FAILED = "refresh_failed", _("refreshes fail")
    STALE = "stale", _("members are out of date")
    WEBHOOK_OFF = "webhook_off", _("webhook turned off")
    SYNC_FAILED = "sync_failed", _("audience sync stopped")
    EXPORT_FAILED = "export_failed", _("export failed")
    DRIFT = "drift", _("model drifts")
    NOTHING_COMES_IN = "nothing_comes_in", _("nothing comes in from the shop")


SIZE_KINDS = (AlertKind.SIZE_UP, AlertKind.SIZE_DOWN)


class AlertState(models.TextChoices):
    """Where an alert stands."""

    OPEN = "open", _("open")
    NOTED = "noted", _("noted")
    USUAL = "usual", _("usual from now on")
    OVER = "over", _("over")


class Resolution(models.TextChoices):
    """A person's decision about an alert."""

    NOTED = AlertState.NOTED.value, _("noted")
    USUAL = AlertState.USUAL.value, _("usual from now on")


class Alert(models.Model):
    """One alert; written by `alerts.checks` only.

    `key` names the subject of the alert; each key has at most one alert that goes on, whatever its
    state. Sizes are numbers of members; they are null where the kind is no size. The permissions
    to see and change alerts are those of `segments`.
    """

    key = models.CharField(max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=AlertKind.choices)
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        null=True,
        related_name="alerts",
        db_index=False,
        verbose_name=_("segment"),
    )
    at = models.DateTimeField(_("at"))
    state = models.CharField(
        _("state"), max_length=8, choices=AlertState.choices, default=AlertState.OPEN
    )
    size = models.PositiveBigIntegerField(_("members"), null=True)
    expected = models.PositiveBigIntegerField(_("expected"), null=True)
    low = models.PositiveBigIntegerField(_("usual at least"), null=True)
    high = models.PositiveBigIntegerField(_("usual at most"), null=True)
    cause = models.CharField(_("cause"), max_length=16, choices=Cause.choices, blank=True)
    # The codes of further causes, and what sentences name of the cause or the failure.
    also = models.JSONField(_("also"), default=list)
    details = models.JSONField(default=dict)
    # When it was back in its habit, or the failure had ended; null while it goes on.
    ended_at = models.DateTimeField(_("over since"), null=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(ended_at=None), name="alert_goes_on_once"
            )
        ]
        indexes = [
            models.Index(fields=["segment", "id"], name="alert_segment_idx"),
            models.Index(fields=["state", "id"], name="alert_state_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def change_percent(self) -> float | None:
        """How far the size is from the expected one, in per cent with one decimal."""
        if not self.expected or self.size is None:
            return None
        return round((self.size - self.expected) / self.expected * 100, 1)


class MutedSegment(models.Model):
    """A segment whose alerts are stored and shown, but not sent, for a while."""

    segment = models.OneToOneField(
        Segment, models.CASCADE, primary_key=True, related_name="muted_alerts"
    )
    until = models.DateTimeField(_("muted until"))

    class Meta:
        verbose_name = _("muted segment")
        verbose_name_plural = _("muted segments")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.segment_id)
