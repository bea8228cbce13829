"""The personalization app; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from customers.privacy.holdings import HOLDINGS, Holding
        from personalization.experiences import hooks
        from personalization.models import BehaviorEvent

        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        hooks.register()
