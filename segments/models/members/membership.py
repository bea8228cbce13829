"""Memberships, customers on lists, and overrides."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segments.models.definitions.segment import Segment


class OverrideKind(models.TextChoices):
    """The effect of an override on a customer's membership."""

    INCLUDE = "include", _("always a member")
    EXCLUDE = "exclude", _("never a member")


class MembershipOverride(models.Model):
    """An override: a customer is always or never a member, independently of the conditions."""

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
    """A customer on the list of a segment that has a list instead of conditions."""

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
    """A customer's membership in a segment; only `engine.stored_members` writes memberships."""

    # Rows are written by the million, under `lock_members` only. Foreign keys need not be checked:
    # `segments.editing.deletion` deletes a segment's rows, and the memberships of a deleted
    # customer end, with entries in the change log, when the deletion is processed.
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
