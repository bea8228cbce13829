"""What mail providers have reported: which reports are known, and how often addresses bounced."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
