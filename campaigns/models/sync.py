"""Syncs: the members of a segment kept in a list of another mail program."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.sentence_field import SentenceField, ShortSentenceField
from customers.models import Customer
from segments.models import Segment

# Only variables with such names are read, so that no other secret of the process is sent anywhere.
KEY_PREFIX = "SYNC_KEY_"
KEY_NAME = RegexValidator(
    rf"^{KEY_PREFIX}[A-Z0-9_]+\Z",
    _("“SYNC_KEY_” and then capital letters, digits and “_”: the name, not the key itself."),
)
# The id of a list is part of the target's URLs.
LIST_ID = RegexValidator(
    r"^[A-Za-z0-9_-]+\Z", _("The id of a list has letters, digits, “-” and “_” only.")
)


class SyncTarget(models.TextChoices):
    """The mail program of a list; the names are those of `segments.export.targets`."""

    KLAVIYO = "klaviyo", "Klaviyo"
    BREVO = "brevo", "Brevo"
    MAILCHIMP = "mailchimp", "Mailchimp"


class SyncState(models.TextChoices):
    """The state of a sync, computed from its columns (`AudienceSync.state`)."""

    OFF = "off", _("off")
    # Turned off automatically: a user has to resolve `error`.
    STOPPED = "stopped", _("stopped by itself")
    # Retried at `not_before`.
    WAITING = "waiting", _("waiting for the target")
    FILLING = "filling", _("its first run")
    ACTIVE = "active", _("up to date")


class AudienceSync(models.Model):
    """The members of a segment who may get mail, kept in a list of another program.

    Users' settings are written by `campaigns.editing.syncs`, the other columns by
    `campaigns.syncs`.
    """

    segment = models.ForeignKey(
        Segment, models.PROTECT, related_name="+", verbose_name=_("segment")
    )
    target = models.CharField(_("program"), max_length=16, choices=SyncTarget.choices)
    list: Any = models.CharField(
        _("list"),
        max_length=64,
        validators=[LIST_ID],
        help_text=_("The id that the program gives it; of Mailchimp that of the audience."),
    )
    # The environment variable with the API key, which is not stored in the database.
    key_variable = models.CharField(
        _("variable of the key"),
        max_length=64,
        validators=[KEY_NAME],
        help_text=_(
            "The name of the environment variable with the key to the program, such as "
            "SYNC_KEY_KLAVIYO. The key itself is never stored."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    # The keyed hash of the API key of the last requests.
    key_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    # The last entry of the change log that was read.
    cursor = models.PositiveBigIntegerField(default=0, editable=False)
    # A round compares all customers with the list. During a round: the key of the last compared
    # customer; null: no round is in progress.
    round_after = models.PositiveBigIntegerField(null=True, editable=False)
    round_at = models.DateTimeField(_("compared since"), null=True, editable=False)
    filled_at = models.DateTimeField(_("first run ended"), null=True, editable=False)
    ran_at = models.DateTimeField(_("last run"), null=True, editable=False)
    # Why the sync waits, or was turned off automatically; how often in a row it had to wait.
    error = SentenceField(_("error"), blank=True, default="", editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(_("not before"), null=True, editable=False)
    # The lease of the worker that runs the sync; each new holder increments `fencing`.
    fencing = models.PositiveBigIntegerField(default=0, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    woken_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    # Set for rows that the API shows.
    counts: dict[str, int]
    webhook_url: str | None

    class Meta:
        verbose_name = _("audience sync")
        verbose_name_plural = _("audience syncs")
        constraints = [
            models.UniqueConstraint(
                fields=["target", "key_variable", "list", "segment"], name="sync_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()}: {self.list}"

    @property
    def state(self) -> SyncState:
        """The current state."""
        if not self.is_active:
            return SyncState.STOPPED if self.error else SyncState.OFF
        if self.error:
            return SyncState.WAITING
        return SyncState.ACTIVE if self.filled_at else SyncState.FILLING


class SyncMemberState(models.TextChoices):
    """The state of a member of a synced list."""

    ENTERING = "entering", _("to be added")
    THERE = "there", _("in the list")
    LEAVING = "leaving", _("to be removed")
    REFUSED = "refused", _("refused")
    GONE = "gone", _("removed from the list")


class SyncMember(models.Model):
    """An address in a sync: whether it is in the list, and its error.

    The address itself is only stored with the customer.
    """

    sync = models.ForeignKey(AudienceSync, models.CASCADE, related_name="members", db_index=False)
    # The customer with the address. No constraint: after their deletion, they have yet to be
    # removed from the list.
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("customer"),
    )
    # By `campaigns.consent.addresses.hash_of`.
    address_hash = models.CharField(max_length=64)
    # The target's id of the person; empty while it is not known.
    remote_id = models.CharField(max_length=128, blank=True, default="")
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=SyncMemberState.choices,
        default=SyncMemberState.ENTERING,
    )
    # The keyed hash of the last data that were or are to be sent, to detect changes.
    digest = models.CharField(max_length=64, blank=True, default="")
    error = ShortSentenceField(_("error"), max_length=500, blank=True, default="")
    # The number of attempts to send these data; 0: the target has never got them.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(null=True)
    # When the unsubscription of the address was sent to the target, if it is sent to that target.
    told_unsubscribed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("member of a list")
        verbose_name_plural = _("members of lists")
        constraints = [
            models.UniqueConstraint(fields=["sync", "address_hash"], name="sync_member_once")
        ]
        indexes = [
            models.Index(fields=["sync", "state", "id"], name="sync_member_state_idx"),
            models.Index(fields=["sync", "customer"], name="sync_member_round_idx"),
            models.Index(fields=["customer"], name="sync_member_customer_idx"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
