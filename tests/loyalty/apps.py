"""The loyalty app; when Django is ready it registers its conditions and all else it hangs in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    name = "tests.loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        from conditions import registry
        from customers.changes.declared import Marked, declare
        from tests.loyalty.conditions import FAMILY, NAMES
        from tests.loyalty.models import LoyaltyAccount, PointsEntry

        declare(Marked(LoyaltyAccount, ("customer",)))
        declare(Marked(PointsEntry, ("customer",)))
        registry.register(FAMILY)
        registry.add_names("en", NAMES)

        from tests.loyalty.figures import FIGURES

        registry.register(FIGURES)

        from tests.loyalty import hooks

        hooks.register()
