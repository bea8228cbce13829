"""Channels that alerts are sent by, and their queue of messages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models.alert import Alert, AlertKind
from core.database.sentence_field import SentenceField


class ChannelKind(models.TextChoices):
    """The transport of a channel."""

    MAIL = "mail", _("mail")
    WEBHOOK = "webhook", _("webhook")
    CHAT = "chat", _("chat")


class Digest(models.TextChoices):
    """When a channel sends."""

    AT_ONCE = "at_once", _("at once")
    DAILY = "daily", _("once a day")


def all_kinds() -> list[str]:
    """Return all kinds of alerts, which a new channel sends by default."""
    return list(AlertKind.values)


class AlertChannel(models.Model):
    """A recipient of alerts: a webhook or a chat with a URL, or mail with e-mail addresses."""

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("sent by"), max_length=8, choices=ChannelKind.choices)
    # Addresses of users who may see segments; empty for a webhook or a chat.
    addresses = models.JSONField(_("e-mail addresses"), default=list, blank=True)
    url = models.CharField(_("address"), max_length=2000, blank=True, default="")
    # The signing secret of a webhook; shown once.
    secret = models.CharField(max_length=128, blank=True, default="")
    kinds = models.JSONField(_("alerts"), default=all_kinds)
    # Codes of segments; null: all segments, and alerts without a segment.
    segments = models.JSONField(_("segments"), null=True, blank=True)
    digest = models.CharField(
        _("when"), max_length=8, choices=Digest.choices, default=Digest.AT_ONCE
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    delivered_at = models.DateTimeField(_("last sent"), null=True)
    # The error of the last attempt; empty after a success.
    error = SentenceField(_("error"), blank=True, default="")
    # The lease of the worker that sends: one worker at a time.
    lease_expires_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("alert channel")
        verbose_name_plural = _("alert channels")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class MessageEvent(models.TextChoices):
    """The event of an alert that a message reports."""

    OPENED = "alert.opened", _("opened")
    OVER = "alert.over", _("over")
    TEST = "test", _("test")


class MessageState(models.TextChoices):
    """The delivery state of a message."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    GIVEN_UP = "given_up", _("given up")


class AlertMessage(models.Model):
    """A queued message to a channel about an alert; a test has no alert."""

    channel = models.ForeignKey(
        AlertChannel, models.CASCADE, related_name="messages", db_index=False
    )
    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="+")
    event = models.CharField(_("event"), max_length=16, choices=MessageEvent.choices)
    state = models.CharField(
        _("state"), max_length=8, choices=MessageState.choices, default=MessageState.WAITING
    )
    # The id of the request or mail, equal in all attempts; messages that leave together share it.
    message_id = models.CharField(max_length=64, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The hashed addresses of the readers who have the mail: an attempt for the others skips them.
    reached = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    created_at = models.DateTimeField(_("created"))
    not_before = models.DateTimeField(_("next attempt"))
    # The time of the first attempt; the message is given up a day later.
    tried_at = models.DateTimeField(_("first attempt"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("alert message")
        verbose_name_plural = _("alert messages")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "alert", "event"],
                condition=Q(alert__isnull=False),
                name="alert_message_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "id"],
                condition=Q(state="waiting"),
                name="alert_message_waiting_idx",
            )
        ]

    def __str__(self) -> str:
        return self.message_id or str(self.pk)
