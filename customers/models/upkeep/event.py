"""Received live events, and the time of the newest event of each thing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceivedEvent(models.Model):
    """A received event; a further event of the same type and id changes nothing.

    The id is stored as a keyed hash, since shops may put a customer's number into it. For events
    that may also arrive by another API call (views, log-ins), `content` is the keyed hash of the
    customer and the product, and `happened_at` is the event's time: the same id with other values
    is an error.
    """

    hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(db_index=True)
    content = models.CharField(max_length=64, blank=True, default="")
    happened_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("received event")
        verbose_name_plural = _("received events")

    def __str__(self) -> str:
        return self.hash[:8]


class EventVersion(models.Model):
    """The time of the newest event that has stored or deleted a thing; older events change nothing.

    `kind` is the kind of thing (`customers.events.types`), `key` the thing's number, and `detail`
    what else identifies it (a subscription's store; `CONSENT`: a customer's last consent to
    marketing).
    """

    CONSENT = "consent"
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=255)
    detail = models.CharField(max_length=64, blank=True, default="")
    occurred_at = models.DateTimeField()

    class Meta:
        verbose_name = _("version of an event")
        verbose_name_plural = _("versions of events")
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "detail"], name="event_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
