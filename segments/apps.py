"""The segments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from conditions import registry
        from customers.merging import BEFORE_MERGE
        from customers.rest.parts import PARTS, Part
        from segments.engine.merged_guests import end_memberships
        from segments.rules.references import FAMILY

        registry.register(FAMILY)
        BEFORE_MERGE.register(end_memberships)
        PARTS.register(Part("segments", "segments.api.urls"))
