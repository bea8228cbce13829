"""Which guests have become which customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class CustomerMerge(models.Model):
    """That the guest of a number was merged into a customer, so that the number leads there."""

    guest_external_id = models.CharField(_("guest's number"), max_length=64, unique=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="merges")
    at = models.DateTimeField(_("merged"))

    class Meta:
        verbose_name = _("merged guest")
        verbose_name_plural = _("merged guests")

    def __str__(self) -> str:
        return f"{self.guest_external_id} is {self.customer_id}"
