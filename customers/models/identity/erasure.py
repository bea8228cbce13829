"""Erasures of customers, and the numbers that must not come back."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Orders(models.TextChoices):
    """The treatment of an erased customer's orders."""

    ANONYMIZE = "anonymize", _("kept without the customer")
    DELETE = "delete", _("deleted")


class ErasureState(models.TextChoices):
    """The state of an erasure."""

    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    FAILED = "failed", _("failed")


class Erasure(models.Model):
    """The erasure of a customer: its requester and its progress.

    `person` identifies the customer until the erasure is completed, and is cleared then. Each step
    can be repeated.
    """

    person = models.JSONField(null=True, editable=False)
    orders = models.CharField(_("orders"), max_length=16, choices=Orders.choices)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested"))
    # When the rows were erased; data outside the tables is erased afterwards.
    rows_erased_at = models.DateTimeField(_("rows erased"), null=True)
    completed_at = models.DateTimeField(_("completed"), null=True)
    failed_at = models.DateTimeField(_("given up"), null=True)
    # The earliest time of the next attempt.
    next_at = models.DateTimeField(_("next attempt"))
    # How many rows were touched, by table; what others have yet to remove.
    tables: Any = models.JSONField(_("rows by table"), default=dict)
    remaining: Any = models.JSONField(_("still to be removed"), default=list)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(completed_at=None, failed_at=None),
                name="erasure_unfinished_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state.label}"

    @property
    def state(self) -> ErasureState:
        """The state, which follows from the times."""
        if self.completed_at is not None:
            return ErasureState.COMPLETED
        return ErasureState.FAILED if self.failed_at is not None else ErasureState.RUNNING


class ErasedNumber(models.Model):
    """The keyed hash of an erased customer's number: incoming data with the number is left out."""

    hash = models.CharField(max_length=64, unique=True)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="numbers")

    def __str__(self) -> str:
        return self.hash[:8]
