"""Webhooks: endpoints that receive changes of memberships, and their deliveries."""

from collections.abc import Sequence

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.access.website_limits import Websites, websites_of
from core.database.sentence_field import SentenceField
from segments.models.members.change import ChangeKind


class WebhookEndpoint(models.Model):
    """An address that receives, in order, which customers enter and leave segments.

    Every change up to `cursor` has been delivered or stands in a delivery that waits.
    """

    name = models.CharField(_("name"), max_length=200)
    url = models.CharField(_("address"), max_length=2000)
    # The key with which deliveries are signed; shown once.
    secret = models.CharField(max_length=128)
    # A flag of its own, so that an endpoint whose segments are all deleted receives nothing rather
    # than the changes of all segments.
    all_segments = models.BooleanField(_("all segments"), default=True)
    segments = models.ManyToManyField(
        "segments.Segment", related_name="+", blank=True, verbose_name=_("segments")
    )
    sends_entered = models.BooleanField(_("who enters"), default=True)
    sends_left = models.BooleanField(_("who leaves"), default=True)
    # Names of `segments.webhooks.topics.TOPICS`.
    topics = models.JSONField(
        _("further messages"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
    )
    # The internal keys of the websites whose customers the endpoint receives: those to which its
    # creator was limited; null: all.
    websites = models.JSONField(null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    cursor = models.BigIntegerField(_("cursor"))
    delivered_at = models.DateTimeField(_("last delivered"), null=True)
    # Since when no delivery has succeeded; null where the last one did.
    failing_since = models.DateTimeField(_("failing since"), null=True)
    disabled_reason = SentenceField(_("why it is off"), blank=True, default="")
    # The lease of the one worker that delivers to the endpoint; see `segments.lease`.
    fencing = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    not_before = models.DateTimeField(_("next attempt"), null=True)
    woken_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)

    # Codes of segments that were assigned and are not stored yet.
    given_segments: Sequence[str] | None = None

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def allowed_websites(self) -> Websites:
        """The websites whose customers the endpoint receives; None: all.

        They are those to which its creator was limited at that time and is limited today.
        """
        then = None if self.websites is None else frozenset(self.websites)
        today = websites_of(self.created_by)
        return then if today is None else today if then is None else then & today

    @property
    def chosen_segments(self) -> list[str] | None:
        """The sorted codes of the segments whose changes the endpoint receives; None for all."""
        if self.all_segments:
            return None
        given = self.given_segments
        return sorted([one.code for one in self.segments.all()] if given is None else given)

    @chosen_segments.setter
    def chosen_segments(self, codes: Sequence[str] | None) -> None:
        self.all_segments, self.given_segments = codes is None, codes

    @property
    def kinds(self) -> list[str]:
        """The kinds of changes that the endpoint receives."""
        told = {ChangeKind.ENTERED: self.sends_entered, ChangeKind.LEFT: self.sends_left}
        return [kind.value for kind, is_told in told.items() if is_told]

    @kinds.setter
    def kinds(self, kinds: Sequence[str]) -> None:
        self.sends_entered = ChangeKind.ENTERED in kinds
        self.sends_left = ChangeKind.LEFT in kinds


class DeliveryState(models.TextChoices):
    """The state of a delivery."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")
    DEAD = "dead", _("given up")


class WebhookDelivery(models.Model):
    """The payload of one request to an endpoint: changes, by their sequence numbers.

    With a `topic` the delivery is a message of another app, and `sequences` refer to that app's
    rows. The body is rendered from the rows when it is sent, so that it never contains somebody
    who was erased in the meantime.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    # The same for each attempt, so that a receiver can recognize repeated deliveries.
    message_id = models.CharField(_("message"), max_length=64, unique=True)
    is_test = models.BooleanField(_("test"), default=False)
    topic = models.CharField(_("topic"), max_length=64, default="", db_default="", blank=True)
    sequences = models.JSONField(_("changes"))
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=DeliveryState.choices,
        default=DeliveryState.WAITING,
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = SentenceField(_("error"), blank=True, default="")
    created_at = models.DateTimeField(_("created"))
    attempted_at = models.DateTimeField(_("last attempt"), null=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["endpoint", "id"], name="delivery_endpoint_idx"),
            models.Index(
                fields=["endpoint", "id"],
                name="delivery_waiting_idx",
                condition=Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.message_id
