"""Exports that run on a schedule and deliver their files to a destination."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.sentence_field import SentenceField
from segments.models.cron import validate_schedule
from segments.models.deliveries.export import WithContents


class ScheduledExport(WithContents):
    """An export of a segment that runs on a schedule and is delivered to a destination.

    It runs with the permissions of the `responsible` user, as long as they may export.
    """

    name = models.CharField(_("name"), max_length=200)
    segment = models.ForeignKey(
        "segments.Segment",
        models.CASCADE,
        related_name="scheduled_exports",
        verbose_name=_("segment"),
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("responsible"),
    )
    schedule = models.CharField(_("schedule"), max_length=100, validators=[validate_schedule])
    # Export the changes since the last delivery instead of all members.
    is_delta = models.BooleanField(_("only changes"), default=False)
    # A name from `settings.EXPORT_DESTINATIONS`, and a folder below that destination.
    destination = models.CharField(_("destination"), max_length=64)
    folder = models.CharField(_("folder"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"))
    # Changes up to this sequence number were delivered; moved only after a delivery.
    cursor = models.BigIntegerField(_("cursor"))
    # When an export last began, and when one was last delivered.
    begun_at = models.DateTimeField(_("last begun"), null=True)
    brought_at = models.DateTimeField(_("last brought"), null=True)
    # Why the last delivery failed.
    error = SentenceField(_("error"), blank=True, default="")
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1, editable=False)

    class Meta:
        verbose_name = _("scheduled export")
        verbose_name_plural = _("scheduled exports")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
