"""Who is in which segment, the lists of customers, and the overrides of both."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segments.models.segment import Segment


class OverrideKind(models.TextChoices):
    """Whether a customer was included or excluded, whatever the conditions say."""

    INCLUDE = "include", _("always a member")
    EXCLUDE = "exclude", _("never a member")


class MembershipOverride(models.Model):
    """That a customer always or never is a member, whatever the conditions say; with the reason."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="overrides", db_index=False, verbose_name=_("segment")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=OverrideKind.choices)
    reason = models.CharField(_("reason"), max_length=255, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("author"),
    )
    created_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        constraints = [
            models.UniqueConstraint(fields=["segment", "customer"], name="override_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.get_kind_display()}"


class ListedCustomer(models.Model):
    """That a customer is on the list of a segment that has a list instead of conditions."""

    segment = models.ForeignKey(
        Segment, models.CASCADE, related_name="listed", db_index=False, verbose_name=_("segment")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", verbose_name=_("customer")
    )

    class Meta:
        verbose_name = _("customer on a list")
        verbose_name_plural = _("customers on lists")
        constraints = [models.UniqueConstraint(fields=["segment", "customer"], name="listed_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} on the list of {self.segment_id}"


class Membership(models.Model):
    """That a customer is in a segment, and since when; written by `engine.stored_members` only."""

    # Rows come and go by the million, under `lock_members` only. That the segment is there need not
    # be checked for each (`segments.editing.deletion`), nor the customer: the memberships of one
    # who is deleted end, with their rows in the change log, when the change is processed.
    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    segment = models.ForeignKey(
        Segment,
        models.CASCADE,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer,
        models.DO_NOTHING,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
    )
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        indexes = [models.Index(fields=["customer", "segment"], name="member_customer_idx")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"
