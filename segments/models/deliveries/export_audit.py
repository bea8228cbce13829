"""The audit log of exports of members."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExportAudit(models.Model):
    """A record that a user exported members. `rows` is null until the export has ended."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("user"),
    )
    # The user's name, kept when the user is deleted; empty for the command line.
    username = models.CharField(_("user name"), max_length=255, blank=True, default="")
    at = models.DateTimeField(_("at"))
    segment_code = models.CharField(_("segment"), max_length=64)
    format = models.CharField(_("format"), max_length=8)
    columns = models.JSONField(_("columns"))
    target = models.CharField(_("target"), max_length=64, blank=True, default="")
    # For an export of changes: only changes after this sequence number.
    since = models.BigIntegerField(_("changes since"), null=True)
    raw = models.BooleanField(_("raw"), default=False)
    rows = models.PositiveBigIntegerField(_("rows"), null=True)
    # Members left out because they may not get mail or do not accept marketing.
    left_out = models.PositiveBigIntegerField(_("left out"), null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.segment_code}.{self.format}"
