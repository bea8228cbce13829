"""The loyalty app; it registers its conditions when Django is ready."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "tests.loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from conditions import registry
        from tests.loyalty.conditions import FAMILY

        registry.register(FAMILY)
