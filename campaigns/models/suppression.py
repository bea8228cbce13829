"""Addresses that get no mail any more, and what mail providers report of them; as keyed hashes."""

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _


class SuppressionReason(models.TextChoices):
    """Why an address gets no mail."""

    HARD_BOUNCE = "hard_bounce", _("its server refused it for good")
    SOFT_BOUNCES = "soft_bounces", _("its server refused it three times in 30 days")
    COMPLAINT = "complaint", _("somebody reported a mail as spam")
    ERASED = "erased", _("refused by a customer who has it no longer")
    BY_HAND = "by_hand", _("by hand")


class Suppression(models.Model):
    """That an address gets no mail; the keyed hash of the folded address."""

    address_hash = models.CharField(_("hash of the address"), max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=16, choices=SuppressionReason.choices)
    at = models.DateTimeField(_("since"))
    # When somebody refused mail who has the address no longer; what stands above it hides that.
    refused_at = models.DateTimeField(_("refused since"), null=True, editable=False)

    class Meta:
        verbose_name = _("blocked address")
        verbose_name_plural = _("blocked addresses")
        ordering = ["-pk"]

    def __str__(self) -> str:
        # The address itself is not stored, and its hash means nothing to a reader.
        return f"{self.get_reason_display()}, {date_format(localtime(self.at))}"

    @property
    def called(self) -> str:
        """What lists and the audit log call it, in any language."""
        return self.address_hash[:12]


class ReportedEvent(models.Model):
    """That a report came in, so that it counts once; the hash of its id."""

    hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(_("received"), db_index=True)

    class Meta:
        verbose_name = _("report of a mail provider")
        verbose_name_plural = _("reports of mail providers")

    def __str__(self) -> str:
        return self.hash[:12]


class SoftBounce(models.Model):
    """That a mail to an address came back for now; the keyed hash of the folded address."""

    address_hash = models.CharField(_("hash of the address"), max_length=64)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("mail that came back")
        verbose_name_plural = _("mails that came back")
        indexes = [models.Index(fields=["address_hash", "at"], name="soft_bounce_idx")]

    def __str__(self) -> str:
        return self.address_hash[:12]
