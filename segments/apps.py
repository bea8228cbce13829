"""The segments app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        from conditions import registry
        from customers.merging import before_merge
        from segments.merging import end_memberships
        from segments.references import FAMILY

        registry.register(FAMILY)
        before_merge(end_memberships)
