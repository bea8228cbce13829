"""Messages: one mail to one customer, from its creation to its outcome."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import Campaign
from campaigns.models.reason import MessageReason
from campaigns.models.sequence import Run, Sequence, Step
from campaigns.models.template import MailTemplateVersion
from core.access.personal import Personal
from core.database.fields import FoldedTextField, FoldingModel
from customers.models import Customer, Store
from price_rules.models import Coupon


class MessageKind(models.TextChoices):
    """The kind of object that a message belongs to."""

    CAMPAIGN = "campaign", _("campaign")
    SEQUENCE = "sequence", _("sequence")
    TEST = "test", _("test")


class MessageState(models.TextChoices):
    """The state of a message."""

    SCHEDULED = "scheduled", _("scheduled")
    SENDING = "sending", _("being handed over")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    SKIPPED = "skipped", _("skipped")
    UNCERTAIN = "uncertain", _("perhaps sent")


# A hand-over after which the mail may have been delivered.
HANDED = (MessageState.SENT, MessageState.SENDING, MessageState.UNCERTAIN)
OPEN = (MessageState.SCHEDULED, MessageState.SENDING)


class Message(FoldingModel):
    """One mail to one customer. Its state is written by `campaigns.sending` and `delivery` only.

    The history of another tool (`campaigns.results.history`) has rows too: with `external_id`,
    without campaign, sequence and `claimed_at`, so that neither a report nor the weekly cap counts
    them.
    """

    personal = Personal(private=("address",))
    # An insert, or an update of one of these columns, may affect conditions about mail.
    asked_for = (
        *("kind", "campaign", "sequence", "step", "store", "variant", "variant_folded"),
        *("external_campaign", "external_sequence", "state", "reason", "sent_at", "delivered_at"),
        *("bounced_at", "complained_at", "unsubscribed_at"),
        *("opened_at", "opens", "clicked_at", "clicks"),
    )

    kind = models.CharField(_("kind"), max_length=16, choices=MessageKind.choices)
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("campaign"),
    )
    sequence = models.ForeignKey(
        Sequence,
        models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("sequence"),
    )
    run = models.ForeignKey(
        Run,
        models.CASCADE,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("run"),
    )
    # The number of the step, as of the sending for a sent message; and the step, unless deleted.
    step = models.PositiveIntegerField(_("step"), null=True)
    of_step = models.ForeignKey(
        Step, models.SET_NULL, null=True, related_name="messages", verbose_name=_("its step")
    )
    customer = models.ForeignKey(
        Customer,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("customer"),
    )
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    # The address to which it was sent; empty before.
    address = models.CharField(_("address"), max_length=320, blank=True, default="")
    # The keyed hash of the folded address, stored at the hand-over: no address gets two copies of a
    # campaign, even if it belongs to another customer by then.
    address_hash = models.CharField(max_length=64, null=True)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=MessageState.choices,
        default=MessageState.SCHEDULED,
    )
    reason = models.CharField(
        _("reason"), max_length=32, choices=MessageReason.choices, blank=True, default=""
    )
    # The last reply of the mail server.
    reply = models.CharField(_("reply"), max_length=500, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due"))
    # Whether the message was postponed to the customer's best hour, which happens at most once.
    is_timed = models.BooleanField(default=False)
    # When a sender last claimed the message for hand-over, and the end of its lease.
    claimed_at = models.DateTimeField(_("begun"), null=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # Set at the first hand-over, and the same for every attempt.
    message_id = models.CharField(_("Message-ID"), max_length=320, null=True, unique=True)
    token_hash = models.CharField(max_length=64, null=True, unique=True)
    template = models.ForeignKey(
        MailTemplateVersion,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("template"),
    )
    # The variant of its campaign's experiment; empty: the campaign's own mail.
    variant = models.CharField(_("variant"), max_length=64, blank=True, default="")
    variant_folded = FoldedTextField("variant")
    # Whether the message is in its campaign's test share, sent before the winner is chosen.
    in_test = models.BooleanField(_("of the test share"), default=False, db_default=False)
    coupon = models.ForeignKey(
        Coupon, models.SET_NULL, null=True, related_name="+", verbose_name=_("coupon")
    )
    # For imported history: the other tool's id of the mail, and its codes as imported.
    external_id = models.CharField(
        _("number in another tool"), max_length=255, null=True, unique=True
    )
    external_campaign = models.CharField(
        _("campaign of another tool"), max_length=255, blank=True, default="", db_default=""
    )
    external_sequence = models.CharField(
        _("sequence of another tool"), max_length=255, blank=True, default="", db_default=""
    )
    # Reports on the mail: the time of the first one of each kind.
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    bounced_at = models.DateTimeField(_("bounced"), null=True)
    complained_at = models.DateTimeField(_("complained"), null=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True)
    # Empty for customers who refuse tracking (`campaigns.tracking`).
    opened_at = models.DateTimeField(_("first opened"), null=True)
    opens = models.PositiveIntegerField(_("times opened"), default=0, db_default=0)
    # The last open that was not reported as automatic.
    person_opened_at = models.DateTimeField(_("last opened by a person"), null=True)
    clicked_at = models.DateTimeField(_("first clicked"), null=True)
    clicks = models.PositiveIntegerField(_("times clicked"), default=0, db_default=0)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        permissions = [
            ("resolve_uncertain", _("Can decide what became of messages that are perhaps sent"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="message_once"),
            models.UniqueConstraint(
                fields=["campaign", "address_hash"], name="message_address_once"
            ),
            models.UniqueConstraint(fields=["run", "of_step"], name="message_step_once"),
        ]
        indexes = [
            models.Index(fields=["campaign", "state", "reason"], name="message_campaign_idx"),
            models.Index(fields=["customer", "claimed_at"], name="message_customer_idx"),
            models.Index(
                fields=["campaign", "due_at", "id"],
                name="message_due_idx",
                condition=Q(state="scheduled"),
            ),
            models.Index(
                fields=["sequence", "due_at", "id"],
                name="message_step_due_idx",
                condition=Q(state="scheduled", sequence__isnull=False),
            ),
            models.Index(
                fields=["sequence", "step", "state", "reason"],
                name="message_sequence_idx",
                condition=Q(sequence__isnull=False),
            ),
            models.Index(
                fields=["lease_until"], name="message_lease_idx", condition=Q(state="sending")
            ),
            models.Index(
                fields=["external_campaign"],
                name="message_external_idx",
                condition=~Q(external_campaign=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def source(self) -> str | None:
        """The source of the message: `campaign:CODE` or `sequence:ID`; None for test mail."""
        if self.external_id is not None:
            code = self.external_campaign or self.external_sequence
            return f"{self.kind}:{code}" if code else None
        if self.campaign is not None:
            return f"campaign:{self.campaign.code}"
        return self.sequence.source if self.sequence is not None else None


class Pace(models.Model):
    """A single row that a sender locks while it takes its turn."""


class HandOver(models.Model):
    """The time at which a mail was handed over; kept for a little more than a minute."""

    at = models.DateTimeField(db_index=True)
