"""Suppressed addresses and reports of mail providers about them, stored as keyed hashes."""

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
    """An address that gets no mail, as the keyed hash of the folded address."""

    address_hash = models.CharField(_("hash of the address"), max_length=64, unique=True)
    reason = models.CharField(_("reason"), max_length=16, choices=SuppressionReason.choices)
    at = models.DateTimeField(_("since"))
    # When a former owner of the address refused mail; `reason` and `at` take precedence over it.
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
        """The name in lists and in the audit log, in any language."""
        return self.address_hash[:12]


class ReportedEvent(models.Model):
    """A received report, by the hash of its id, so that it counts once."""

    hash = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField(_("received"), db_index=True)

    class Meta:
        verbose_name = _("report of a mail provider")
        verbose_name_plural = _("reports of mail providers")

    def __str__(self) -> str:
        return self.hash[:12]


class SoftBounce(models.Model):
    """A soft bounce of an address, by the keyed hash of the folded address."""

    address_hash = models.CharField(_("hash of the address"), max_length=64)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("mail that came back")
        verbose_name_plural = _("mails that came back")
        indexes = [models.Index(fields=["address_hash", "at"], name="soft_bounce_idx")]

    def __str__(self) -> str:
        return self.address_hash[:12]
