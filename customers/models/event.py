"""What is remembered of the shop's live events: which came already, how new each thing is."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReceivedEvent(models.Model):
    """That an event was taken; another one of its type and id changes nothing.

    The id stands there as a keyed hash: shops may put a customer's number into it. Of what may also
    come by another call (views, log-ins), `content` is the keyed hash of whom and what it was about
    and `happened_at` when it was: the same id with other ones is a mistake.
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
    """As of when an event has said what is stored of a thing, or that it was deleted.

    `kind` is which thing (`customers.events.types`), `key` its number, `detail` what else tells it
    apart (a subscription's store; `consent`: a customer's last yes to marketing). An event that is
    older changes nothing.
    """

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
