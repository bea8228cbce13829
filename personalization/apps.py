"""The personalization app; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.rest.parts import PARTS, Part
        from personalization.models import (
            BehaviorEvent,
            CustomerBrand,
            CustomerInterest,
            CustomerProfile,
            WaitingProfile,
        )

        PARTS.register(Part("personalization", "personalization.api.urls"))
        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        # What is written of a guest is the guest's: the customer's own is written again.
        for model in (CustomerProfile, CustomerInterest, CustomerBrand):
            HOLDINGS.register(Holding(model, "customer", stays=True))
        HOLDINGS.register(
            Holding(
                WaitingProfile,
                rows=lambda person: WaitingProfile.objects.filter(pk=person.pk),
                columns=("customer_id",),
            )
        )
