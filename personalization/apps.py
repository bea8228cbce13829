"""The personalization app; when Django is ready it hangs in all that others show of it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizationConfig(AppConfig):
    name = "personalization"
    verbose_name = _("Personalization")

    def ready(self) -> None:
        from customers.changes.declared import Marked, declare
        from customers.changes.hooks import WHEN_PROCESSED
        from customers.gauges import GAUGES
        from customers.privacy import retention
        from customers.privacy.holdings import HOLDINGS, Holding
        from customers.rest.parts import PARTS, Part
        from personalization.counted import BEHAVIORS
        from personalization.models import BehaviorEvent, FactDetails
        from personalization.refused import forget_refused
        from personalization.retention import RULES

        PARTS.register(Part("personalization", "personalization.api.urls"))
        HOLDINGS.register(Holding(BehaviorEvent, "customer"))
        HOLDINGS.register(Holding(FactDetails, "customer"))
        declare(Marked(BehaviorEvent, ("customer",)))
        WHEN_PROCESSED.register(forget_refused)
        GAUGES.register(BEHAVIORS)
        for rule in RULES:
            retention.RULES.register(rule)
