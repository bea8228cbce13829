"""Newsletter subscriptions, one for each customer and store."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.shop import Store


class SubscriptionStatus(models.TextChoices):
    """Where a subscription stands (Maho's 1 to 4)."""

    SUBSCRIBED = "subscribed", _("subscribed")
    NOT_ACTIVE = "not_active", _("not active")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    UNCONFIRMED = "unconfirmed", _("unconfirmed")


class NewsletterSubscription(models.Model):
    """A customer's subscription to the newsletter of a store."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="subscriptions")
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    status = models.CharField(_("status"), max_length=16, choices=SubscriptionStatus.choices)
    status_changed_at = models.DateTimeField(_("status changed"))

    class Meta:
        verbose_name = _("newsletter subscription")
        verbose_name_plural = _("newsletter subscriptions")
        constraints = [
            models.UniqueConstraint(fields=["customer", "store"], name="subscription_once")
        ]
        indexes = [models.Index(fields=["status", "customer"], name="subscription_status_idx")]

    def __str__(self) -> str:
        return self.get_status_display()
