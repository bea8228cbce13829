"""Consent and refusals of customers, by purpose."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.identity.customer import Customer


class Purpose(models.TextChoices):
    """A purpose that customers are asked to consent to."""

    TRACKING = "tracking", _("tracking")
    PERSONALIZATION = "personalization", _("personalization")


class ConsentState(models.TextChoices):
    """A customer's decision on a purpose."""

    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")


class Consent(models.Model):
    """A customer's consent to a purpose, or refusal; entries are only added.

    The entry with the newest `at` counts, and of equal times the entry that was added last
    (`customers.privacy.consent`).
    """

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="consents",
        db_index=False,
        verbose_name=_("customer"),
    )
    purpose = models.CharField(_("purpose"), max_length=16, choices=Purpose.choices)
    state = models.CharField(_("state"), max_length=16, choices=ConsentState.choices)
    # Where the entry comes from: the API, a form of the shop, a file.
    source = models.CharField(_("source"), max_length=64)
    at = models.DateTimeField(_("at"))
    evidence = models.TextField(_("evidence"), blank=True, default="")

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                fields=["customer", "purpose", "at", "id"],
                include=["state"],
                name="consent_customer_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.get_state_display()}"
