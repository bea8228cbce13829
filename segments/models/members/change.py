"""The change log of memberships, and the daily sizes of segments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.definitions.segment import Segment
from segments.models.work.run import ChangeReason, RefreshRun


class ChangeKind(models.TextChoices):
    """The direction of a membership change."""

    ENTERED = "entered", _("entered")
    LEFT = "left", _("left")


class MembershipChange(models.Model):
    """An entry of the change log: exactly one row for each time a customer enters or leaves."""

    sequence = models.BigAutoField(primary_key=True)
    # Not checked for each row, for the same reason as a membership's.
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="changes",
        db_index=False,
        db_constraint=False,
        verbose_name=_("segment"),
    )
    # Plain values instead of a foreign key, because entries outlive the customer. Both are null
    # once the customer is erased.
    customer_id = models.BigIntegerField(null=True)
    customer_external_id = models.CharField(_("customer number"), max_length=64, null=True)
    kind = models.CharField(_("kind"), max_length=16, choices=ChangeKind.choices)
    reason = models.CharField(_("reason"), max_length=16, choices=ChangeReason.choices)
    at = models.DateTimeField(_("at"))
    # Without a constraint: a run may be purged before its changes.
    run = models.ForeignKey(
        RefreshRun,
        models.DO_NOTHING,
        null=True,
        related_name="changes",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        verbose_name = _("membership change")
        verbose_name_plural = _("membership changes")
        indexes = [
            models.Index(fields=["segment", "sequence"], name="change_segment_idx"),
            models.Index(fields=["customer_id", "sequence"], name="change_customer_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_external_id} {self.kind}"


class SegmentSize(models.Model):
    """The size of a segment at the end of a day in the shop's time zone, and the day's changes.

    Days without changes may be missing.
    """

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="sizes", db_index=False, verbose_name=_("segment")
    )
    day = models.DateField(_("day"))
    members_count = models.PositiveBigIntegerField(_("members"))
    entered = models.PositiveBigIntegerField(_("entered"), default=0)
    left = models.PositiveBigIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("segment size")
        verbose_name_plural = _("segment sizes")
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="size_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.day}: {self.members_count}"
