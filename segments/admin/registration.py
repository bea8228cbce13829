"""Registers the pages of this app by importing them; see `segmentation_site.admin_site`."""

from segments.admin import export_audit, priority_lists, scheduled_exports, segment, webhooks
from segments.admin.customer import activity
from segments.admin.customer import segments as customer_segments

__all__ = [
    "activity",
    "customer_segments",
    "export_audit",
    "priority_lists",
    "scheduled_exports",
    "segment",
    "webhooks",
]
