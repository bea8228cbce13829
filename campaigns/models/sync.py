"""Syncs: the members of a segment kept in a list of another mail program."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segments.models import Segment

# Only variables that are called so are read: no other secret of the process is sent to anybody.
KEY_PREFIX = "SYNC_KEY_"
KEY_NAME = RegexValidator(
    rf"^{KEY_PREFIX}[A-Z0-9_]+\Z",
    _("“SYNC_KEY_” and then capital letters, digits and “_”: the name, not the key itself."),
)
# A list's id stands in addresses of the target.
LIST_ID = RegexValidator(
    r"^[A-Za-z0-9_-]+\Z", _("The id of a list has letters, digits, “-” and “_” only.")
)


class SyncTarget(models.TextChoices):
    """Which program the list is in; the names are those of `segments.export.targets`."""

    KLAVIYO = "klaviyo", "Klaviyo"
    BREVO = "brevo", "Brevo"
    MAILCHIMP = "mailchimp", "Mailchimp"


class SyncState(models.TextChoices):
    """How a sync stands; it follows from its columns (`AudienceSync.state`)."""

    OFF = "off", _("off")
    # It ended by itself: somebody has to do something about `error`.
    STOPPED = "stopped", _("stopped by itself")
    # It is tried again at `not_before`.
    WAITING = "waiting", _("waiting for the target")
    FILLING = "filling", _("its first run")
    ACTIVE = "active", _("up to date")


class AudienceSync(models.Model):
    """That the members of a segment who may get mail are kept in a list elsewhere.

    What somebody says of it is written by `campaigns.editing.syncs`, the rest by `campaigns.syncs`.
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
    # Where the key is read from; it is stored nowhere here.
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
    # Up to here the change log is read.
    cursor = models.PositiveBigIntegerField(default=0, editable=False)
    # A round compares everybody with what is in the list. Under way: the last customer's key that
    # was looked at; null: none is.
    round_after = models.PositiveBigIntegerField(null=True, editable=False)
    round_at = models.DateTimeField(_("compared since"), null=True, editable=False)
    filled_at = models.DateTimeField(_("first run ended"), null=True, editable=False)
    ran_at = models.DateTimeField(_("last run"), null=True, editable=False)
    # Why the sync waits, or was turned off automatically; how often in a row it had to wait.
    error = models.TextField(_("error"), blank=True, default="", editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    not_before = models.DateTimeField(_("not before"), null=True, editable=False)
    # The lease of the worker that runs the sync; each new holder increments `fencing`.
    fencing = models.PositiveBigIntegerField(default=0, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    woken_at = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

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
        """How it stands."""
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
    """What a sync knows of an address: whether it is in the list, and what went wrong with it.

    The address itself is the customer's, and not stored again.
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
    # What the target calls them; empty as long as that is not known.
    remote_id = models.CharField(max_length=128, blank=True, default="")
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=SyncMemberState.choices,
        default=SyncMemberState.ENTERING,
    )
    # The keyed hash of what was sent of them last, or is to be sent: whether it has changed.
    digest = models.CharField(max_length=64, blank=True, default="")
    error = models.CharField(_("error"), max_length=500, blank=True, default="")
    # How often it was begun to send this; 0: the target knows nothing of it.
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
