"""Merges of guests into customers."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from customers.models.identity.customer import Customer


class CustomerMerge(models.Model):
    """The merge of a guest into a customer, by which the guest's number finds the customer."""

    guest_external_id = models.CharField(_("guest's number"), max_length=64, unique=True)
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="merges", verbose_name=_("customer")
    )
    at = models.DateTimeField(_("merged"))
    # When the shop's row of the guest was first seen to refuse marketing; null: it does not. A file
    # repeats that row every night, which is no new refusal (`note_marketing`).
    refused_marketing_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("merged guest")
        verbose_name_plural = _("merged guests")

    def note_marketing(self, accepts: bool | None) -> None:
        """Store what a file without times says about the guest; None: nothing.

        A new refusal of the guest also counts for the customer; a consent of the guest does not
        undo a refusal of the customer.
        """
        if accepts is None or accepts is (self.refused_marketing_at is None):
            return
        self.refused_marketing_at = None if accepts else now()
        self.save(update_fields=["refused_marketing_at"])
        if not accepts:
            customer = Customer.objects.using(self._state.db).select_for_update()
            refusing = customer.get(pk=self.customer_id)
            refusing.say_marketing(False, None)
            refusing.save(update_fields=["accepts_marketing"])

    def __str__(self) -> str:
        return f"{self.guest_external_id} is {self.customer_id}"
