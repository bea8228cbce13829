"""Exports that are made in the background, and kept as files for a while."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.database.lease import LeasedWork
from core.database.sentence_field import SentenceField
from segments.models.deliveries.export_audit import ExportAudit


class ExportFormat(models.TextChoices):
    """How an export is written."""

    CSV = "csv", "CSV"
    XML = "xml", "XML"


class WithContents(models.Model):
    """The contents and the file format of an export (`segments.export.contents.Contents`)."""

    format = models.CharField(
        _("format"), max_length=8, choices=ExportFormat.choices, default=ExportFormat.CSV
    )
    # Null: the default columns, or the columns of the target.
    columns = models.JSONField(_("columns"), null=True, blank=True)
    target = models.CharField(_("target"), max_length=64, blank=True, default="")
    raw = models.BooleanField(_("raw"), default=False)
    bom = models.BooleanField(_("for Excel"), default=False)

    class Meta:
        abstract = True


class Export(WithContents, LeasedWork):
    """An export in the background: who requested it, its progress and its file.

    Only the user who requested the export may download the file, from an address that ends with
    `token`, until `expires_at`.
    """

    segment = models.ForeignKey(
        "segments.Segment", models.CASCADE, related_name="exports", verbose_name=_("segment")
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="+",
        verbose_name=_("requested by"),
    )
    audit = models.ForeignKey(ExportAudit, models.SET_NULL, null=True, related_name="+")
    # The scheduled export that delivers the file to a destination; null: a user downloads the file.
    scheduled = models.ForeignKey(
        "segments.ScheduledExport", models.CASCADE, null=True, related_name="exports"
    )
    # Changes after this sequence number; null: members.
    since = models.BigIntegerField(_("changes since"), null=True, blank=True)
    # Whether the requesting user lacked the permission to see personal data beyond e-mail address
    # and name when they requested the export.
    without_private = models.BooleanField(default=False)
    # The internal keys of the websites that the requesting user was limited to; null: no limit.
    websites = models.JSONField(null=True)
    # Set when the file is complete. The next export of changes starts at the cursor.
    rows = models.PositiveBigIntegerField(_("rows"), null=True)
    left_out = models.PositiveBigIntegerField(_("left out"), null=True)
    cursor = models.BigIntegerField(_("cursor"), null=True)
    size = models.PositiveBigIntegerField(_("bytes"), null=True)
    sha256 = models.CharField(_("checksum"), max_length=64, blank=True, default="")
    # The name of the complete file in the exports' folder; empty before, and once it is deleted.
    file = models.CharField(_("file"), max_length=64, blank=True, default="")
    token = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    error = SentenceField(_("error"), blank=True, default="")

    class Meta:
        verbose_name = _("background export")
        verbose_name_plural = _("background exports")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["id"], name="export_unfinished_idx", condition=Q(outcome="")),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"
